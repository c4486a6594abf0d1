from __future__ import annotations

import numpy as np
import pytest

from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.turns import count_law
from simkpi.planning.calibrate.writers import fit_writers, note
from tests.planning.test_backtest_chats import STRIPE


def replies(paces: dict[str, float], *, each: int = 60, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    agent = np.repeat(np.array(list(paces), dtype=object), each)
    return agent, random.lognormal(3.5, 1.0, len(agent)) * np.repeat(list(paces.values()), each)


def test_agents_of_different_pace_are_told_apart() -> None:
    found = fit_writers(*replies({"ann": 0.5, "bob": 1.0, "cid": 2.0}))
    for name, true in (("ann", 0.5), ("bob", 1.0), ("cid", 2.0)):
        assert abs(found[name].ratio - true) < 4 * found[name].error
        assert found[name].replies == 60
    assert note(found).startswith("agents' replies take so many times as long as usual: ann 0.")


def test_agents_who_are_alike_have_no_pace_of_their_own() -> None:
    told = [bool(fit_writers(*replies(dict.fromkeys("abcd", 1.0), seed=seed))) for seed in range(100)]
    assert sum(told) <= 5


def test_few_or_unknown_replies_tell_nothing() -> None:
    agent, work = replies({"ann": 0.2, "bob": 3.0}, each=9)
    assert fit_writers(agent, work) == {}
    agent, work = replies({"ann": 0.2, "bob": 3.0})
    assert fit_writers(agent, np.where(agent == "ann", np.nan, work)) == {}
    assert fit_writers(agent, np.full(len(agent), 30.0)) == {}


def test_few_counts_that_a_geometric_law_could_give_are_one() -> None:
    counts = np.random.default_rng(2).geometric(0.25, 25)
    found = count_law(counts)
    ratios = np.array(found.weights[1:10]) / np.array(found.weights[:9])
    assert ratios == pytest.approx(np.full(9, 1 - 1 / found.mean))
    assert sum(found.weights) == pytest.approx(1)
    assert float(np.arange(1, len(found.weights) + 1) @ np.array(found.weights)) == pytest.approx(found.mean, rel=0.01)


def test_counts_that_are_not_geometric_keep_their_shares() -> None:
    counts = np.random.default_rng(2).integers(4, 7, 200)
    assert count_law(counts).weights[:3] == (0.0, 0.0, 0.0)
    assert count_law(np.array([1, 1, 1])).weights == (1.0,)


@pytest.mark.skipif(not STRIPE.exists(), reason="needs ../shared/data/stripe_dev_chat, a log that is not part of the project")
def test_agents_who_write_at_a_pace_of_their_own_are_said() -> None:
    from simkpi.interactions.files import read_log
    from simkpi.interactions.zones import as_wall_clock

    notes = fit(as_wall_clock(read_log(str(STRIPE))).collect()).notes
    assert any(told.startswith("agents' replies take so many times as long as usual: U001 0.5") for told in notes)
