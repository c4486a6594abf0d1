"""A recorded log comes again: at its moments, with work content drawn; scaled, it keeps the customers it can."""

import numpy as np
import pytest

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.draws import draw
from simkpi.demand.field import Profile
from simkpi.demand.replay import MOST_COPIES
from simkpi.demand.streams import World
from simkpi.errors import InputError
from simkpi.scenario.spec import Volume

RECORDED = [np.sort(np.random.default_rng(day).integers(8 * 3_600_000, 12 * 3_600_000, 500)).tolist() for day in range(2)]


def counts(factor=1.0):
    rows = [np.bincount(np.array(row) // 3_600_000, minlength=24) * factor for row in RECORDED]
    return [row.tolist() for row in rows]


def volume(factor=1.0):
    fields = {"interval": "1h", "from": "00:00", "expected": counts(factor), "arrivals": RECORDED, "mode": "replay"}
    return Volume.model_validate(fields)


def people(factor=1.0):
    return dict(zip(*(column.tolist() for column in draw_arrivals(volume(factor), World(1, 0, "voice"))), strict=True))


def test_the_recorded_moments_come_again_in_every_replication():
    moments = sorted(moment + day * 86_400_000 for day, row in enumerate(RECORDED) for moment in row)
    for replication in range(3):
        customer, arrived = draw_arrivals(volume(), World(1, replication, "voice"))
        assert sorted(arrived.tolist()) == moments
        assert np.all(np.diff(customer.astype(np.int64)) > 0)


def test_work_content_is_drawn_anew_in_every_replication(scenario, contact):
    given = scenario({"voice": contact(volume(1.0).model_dump(mode="json", by_alias=True), channel="voice")})
    first, second = (draw(given, seed=1, replication=n) for n in (0, 1))
    assert np.array_equal(first.arrived, second.arrived)
    assert not np.array_equal(first.talk, second.talk)


def test_less_volume_leaves_some_out_and_more_repeats_some():
    low, base, high = people(0.7), people(), people(2.5)
    assert low.items() < base.items() < high.items()
    assert len(low) == pytest.approx(700, abs=4 * np.sqrt(1000 * 0.7 * 0.3))
    assert len(high) == pytest.approx(2500, abs=4 * np.sqrt(1000 * 0.25))


def test_copies_come_within_the_interval_of_the_recorded_contact():
    _, arrived = draw_arrivals(volume(3.0), World(1, 0, "voice"))
    day, moment = np.divmod(arrived, 86_400_000)
    assert np.array_equal(np.bincount(day * 24 + moment // 3_600_000, minlength=48), np.ravel(counts(3.0)))
    assert len(set(arrived.tolist())) > 2800


def test_no_record_gives_nobody():
    empty = Volume.model_validate({"interval": "12h", "expected": [[0, 0]], "arrivals": [[]], "mode": "replay"})
    assert [len(column) for column in draw_arrivals(empty, World(1, 0, "voice"))] == [0, 0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"arrivals": [[1], [2]]}, "must hold one row per day"),
        ({"arrivals": [[80_000_000]], "expected": [[5.0]]}, "lies outside the intervals"),
        ({"arrivals": [[1]], "expected": [[MOST_COPIES + 1.0, 0]]}, "at most 255"),
    ],
)
def test_what_does_not_fit_is_refused(fields, message):
    given = Volume.model_validate({"interval": "12h", "expected": [[1, 1]], "mode": "replay"} | fields)
    with pytest.raises(InputError, match=message):
        draw_arrivals(given, World(1, 0, "voice"))


def test_the_profile_of_a_replay_counts_what_was_recorded():
    assert Profile.of(volume()).expected.sum() == 1000
