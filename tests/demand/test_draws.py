from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import MISSING, fields

import numpy as np
import pytest

from simkpi.demand import streams
from simkpi.demand.bots import CONTAINED, GAVE_UP, HANDED_OFF
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.errors import InputError

BOT = {"serves": ["chat"], "contains": 0.4, "time": {"lognormal": {"mean": "60s", "cv": 0.6}}}


def columns_of(demand):
    """The columns that every demand has."""
    return [field for field in fields(demand) if field.name != "contact_types" and field.default is MISSING]


def digest(demand):
    """Fingerprint of every column."""
    state = hashlib.blake2b(digest_size=8)
    for field in columns_of(demand):
        column = getattr(demand, field.name)
        state.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
    return state.hexdigest()


def of_type(demand, name):
    """Columns of one contact type by customer identity."""
    rows = np.flatnonzero(demand.contact_type == demand.contact_types.index(name))
    rows = rows[np.argsort(demand.customer[rows])]
    return {field.name: getattr(demand, field.name)[rows] for field in columns_of(demand) if field.name != "contact_type"}


def assert_same(one, two, *, but=()):
    for name in one.keys() - set(but):
        assert np.array_equal(one[name], two[name]), name


@pytest.fixture
def shop(scenario, contact):
    """Build a scenario that uses every purpose: voice beside chat with a bot, balking, shares of resolved contacts."""

    def build(*, voice=None, chat=None, bot=None, **blocks):
        rich = {
            "handle": {
                "talk": {"lognormal": {"mean": "6m", "cv": 0.9}},
                "hold": {"gamma": {"mean": "40s", "cv": 1.2}},
                "wrap": {"exponential": {"mean": "30s"}},
            },
            "patience": {"law": {"weibull": {"scale": "2m", "shape": 0.8}}, "balk": 0.1},
            "resolved": 0.7,
        }
        whole_bot = BOT | {"understands": 0.9, "gives_up": 0.05, "solves": 0.8} | (bot or {})
        contacts = {"voice": contact(channel="voice", **rich | (voice or {})), "chat": contact(**rich | (chat or {}))}
        return scenario(contacts, **{"bots": {"assistant": whole_bot}} | blocks)

    return build


class TestRows:
    def test_they_are_sorted_by_arrival_then_contact_type_then_customer(self, scenario, contact):
        crowded = {"interval": "1s", "from": "00:00", "expected": [[200]]}
        demand = draw(scenario({"b": contact(crowded), "a": contact(crowded)}), seed=1, replication=0)
        keys = list(zip(demand.arrived, demand.contact_type, demand.customer, strict=True))
        assert keys == sorted(keys)
        assert len(np.unique(demand.arrived)) < len(demand) - 20, "ties were wanted"
        assert demand.contact_types == ("b", "a")

    def test_columns_have_the_types_of_the_contract(self, shop):
        demand = draw(shop(), seed=1, replication=0)
        kinds = {"contact_type": "i2", "bot": "i2", "bot_outcome": "i1", "resolved": "?", "customer": "u8"}
        for field in columns_of(demand):
            assert getattr(demand, field.name).dtype == kinds.get(field.name, "i8"), field.name
            assert getattr(demand, field.name).shape == (len(demand),)

    def test_no_contacts_give_empty_columns(self, scenario, contact):
        assert len(draw(scenario({"chat": contact({"expected": [[0, 0]]})}), seed=1, replication=0)) == 0


class TestWorlds:
    def test_the_same_world_gives_the_same_rows(self, shop):
        assert digest(draw(shop(), seed="spring", replication=3)) == digest(draw(shop(), seed="spring", replication=3))

    def test_no_two_replications_or_seeds_are_alike(self, shop):
        worlds = [(seed, replication) for seed in (1, 2, -1, "spring") for replication in range(25)]
        assert len({digest(draw(shop(), seed=seed, replication=number)) for seed, number in worlds}) == len(worlds)

    def test_rows_stay_what_they_were_when_results_were_published(self, shop):
        # a change here changes every user's figures: bump streams.FORMAT and list it in the changelog
        assert digest(draw(shop(), seed=1, replication=0)) == "778ebd48aa3b1f2c"

    def test_rows_do_not_depend_on_the_vector_instructions_of_the_processor(self, scenario, contact):
        try:
            from numpy._core import _multiarray_umath as core
        except ImportError:
            from numpy.core import _multiarray_umath as core
        features = [name for name in core.__cpu_dispatch__ if core.__cpu_features__[name]]
        if not features:
            pytest.skip("this processor has nothing to switch off")
        script = (
            "import hashlib, numpy as np\n"
            "from simkpi.demand.laws import sample\n"
            "from simkpi.demand.arrivals import draw_arrivals\n"
            "from simkpi.demand.streams import World, Addresses\n"
            "from simkpi.scenario.laws import Law\n"
            "from simkpi.scenario.spec import Volume\n"
            "volume = Volume.model_validate({'expected': [[5000, 9000]], 'day_spread': '10%', 'interval_spread': '5%'})\n"
            "customer, arrived = draw_arrivals(volume, World(1, 0, 'voice'))\n"
            "u = World(1, 0, 'voice').uniforms('talk', Addresses(customer))\n"
            "laws = [{'lognormal': {'mean': '5m', 'cv': 0.9}}, {'gamma': {'mean': '5m', 'cv': 0.7}}, {'exponential': '5m'},\n"
            "        {'weibull': {'scale': '2m', 'shape': 0.8}}]\n"
            "columns = [customer.astype('i8'), arrived] + [sample(Law.model_validate(law), u) for law in laws]\n"
            "print(hashlib.sha256(np.array(columns).tobytes()).hexdigest())\n"
        )

        def run(**environment):
            done = subprocess.run(
                [sys.executable, "-c", script], env=os.environ | environment, capture_output=True, text=True, check=True
            )
            return done.stdout

        assert run(NPY_DISABLE_CPU_FEATURES=" ".join(features)) == run()


class TestSameCustomers:
    @pytest.fixture
    def large(self, scenario, contact):
        """Build 100,000 chats whose staffing, routing and bot may differ."""

        def build(count=10, bot=None, **routing):
            chat = contact(
                {"expected": [[50_000, 55_000]]},
                handle={"talk": {"exponential": {"mean": "5m"}}, "wrap": {"exponential": {"mean": "20s"}}},
                patience={"law": {"exponential": {"mean": "3m"}}},
                resolved=0.7,
            )
            team = {"skills": {"chat": {"at_once": 3}}, "count": count}
            return draw(
                scenario({"chat": chat}, teams={"team": team}, bots={"assistant": BOT | (bot or {})}, routing=routing),
                seed=1,
                replication=0,
            )

        return build

    def test_they_come_whatever_the_staffing_and_routing(self, large):
        base = large()
        assert len(base) >= 100_000
        assert digest(large(count=25)) == digest(large(agent="longest_idle", priority={"chat": 3})) == digest(base)

    def test_they_bring_the_same_work_whatever_the_bot_contains(self, large):
        few, many = (of_type(large(bot={"contains": share}), "chat") for share in (0.2, 0.25))
        assert_same(few, many, but=("bot_outcome", "resolved"))
        unchanged = few["bot_outcome"] == many["bot_outcome"]
        assert np.array_equal(few["resolved"][unchanged], many["resolved"][unchanged])
        contained_few, contained_many = few["bot_outcome"] == CONTAINED, many["bot_outcome"] == CONTAINED
        assert np.all(contained_many[contained_few]), "who was contained still is"
        extra = contained_many.sum() - contained_few.sum()
        assert abs(extra - 0.05 * len(contained_few)) < 4 * np.sqrt(0.05 * len(contained_few))

    def test_more_volume_leaves_each_customer_as_they_were(self, shop):
        volume = {"interval": "1h", "from": "08:00", "expected": [[40, 80, 120, 60]]}
        base = of_type(draw(shop(chat={"volume": volume}), seed=1, replication=0), "chat")
        busy = of_type(draw(shop(chat={"volume": volume | {"scale": 1.1}}), seed=1, replication=0), "chat")
        kept = np.isin(busy["customer"], base["customer"])
        assert kept.sum() == len(base["customer"]) < len(kept)
        assert_same(base, {name: column[kept] for name, column in busy.items()})

    def test_other_contact_types_change_nothing(self, scenario, contact):
        alone = of_type(draw(scenario({"chat": contact()}), seed=1, replication=0), "chat")
        last = of_type(draw(scenario({"voice": contact(), "chat": contact()}), seed=1, replication=0), "chat")
        assert_same(alone, last)
        voice = of_type(draw(scenario({"voice": contact()}), seed=1, replication=0), "voice")
        assert not np.array_equal(voice["talk"][:50], alone["talk"][:50])

    def test_switching_one_quantity_off_leaves_the_others(self, shop):
        base = of_type(draw(shop(), seed=1, replication=0), "voice")
        plain = of_type(draw(shop(voice={"resolved": 1.0, "patience": "never"}), seed=1, replication=0), "voice")
        assert_same(base, plain, but=("resolved", "patience"))

    def test_quantities_of_one_customer_are_independent(self, shop):
        volume = {"interval": "1h", "from": "08:00", "expected": [[10_000]]}
        chat = of_type(draw(shop(chat={"volume": volume}), seed=1, replication=0), "chat")
        ranks = [np.argsort(np.argsort(chat[name])) for name in ("arrived", "talk", "hold", "wrap", "patience", "bot_time")]
        ranks += [chat["resolved"] & (chat["bot_outcome"] == HANDED_OFF), chat["bot_outcome"] == GAVE_UP]
        correlation = np.corrcoef(np.array(ranks, dtype=float))
        pairs = correlation[np.triu_indices(len(ranks), 1)][:-1]  # the last two exclude one another
        assert np.max(np.abs(pairs)) < 4 / np.sqrt(len(chat["talk"]))


class TestQuantities:
    def test_what_a_scenario_leaves_no_choice_draws_nothing(self, scenario, contact, monkeypatch):
        purposes = []
        uniforms = streams.World.uniforms

        def record(self, purpose, addresses, **options):
            purposes.append(purpose)
            return uniforms(self, purpose, addresses, **options)

        monkeypatch.setattr(streams.World, "uniforms", record)
        plain = contact(handle={"talk": {"fixed": "5m"}}, patience={"law": {"fixed": "1m"}, "balk": 0})
        bot = BOT | {"contains": 1.0, "gives_up": 0, "time": {"contained": 0, "handed_off": {"fixed": "30s"}, "gave_up": 0}}
        demand = draw(scenario({"chat": plain}, bots={"assistant": bot}), seed=1, replication=0)
        assert purposes == ["level", "time"]
        assert set(demand.talk) == {300_000}
        assert set(demand.patience) == {60_000}
        assert set(demand.bot_outcome) == {CONTAINED}
        assert set(demand.bot_time) == set(demand.hold) == set(demand.wrap) == {0}
        assert demand.resolved.all()

    @pytest.mark.parametrize(
        ("patience", "expected"),
        [({"law": None}, NEVER), ({"law": None, "at_most": "2m"}, 120_000), ({"law": None, "balk": 1}, 0)],
    )
    def test_customers_without_a_law_of_patience_wait_as_told(self, scenario, contact, patience, expected):
        demand = draw(scenario({"chat": contact(patience=patience)}), seed=1, replication=0)
        assert set(demand.patience) == {expected}

    def test_patience_is_cut_and_some_leave_at_once(self, scenario, contact):
        law = {"exponential": {"mean": "2m"}}
        volume = {"expected": [[5000, 5000]]}
        free, told = (
            of_type(draw(scenario({"chat": contact(volume, patience=patience)}), seed=1, replication=0), "chat")["patience"]
            for patience in ({"law": law}, {"law": law, "at_most": "3m", "balk": 0.2})
        )
        balks = told == 0
        assert np.array_equal(told[~balks], np.minimum(free, 180_000)[~balks])
        assert abs(balks.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / len(told))

    def test_a_bot_session_ends_as_often_as_the_scenario_says(self, scenario, contact):
        bot = BOT | {"understands": 0.8, "contains": 0.5, "gives_up": 0.1, "solves": 0.9}
        many = contact({"expected": [[20_000, 20_000]]}, resolved=0.6)
        chat = of_type(draw(scenario({"chat": many}, bots={"assistant": bot}), seed=1, replication=0), "chat")
        outcome, resolved = chat["bot_outcome"], chat["resolved"]
        shares = {GAVE_UP: 0.1, CONTAINED: 0.9 * 0.4, HANDED_OFF: 0.9 * 0.6}
        for ending, share in shares.items():
            assert abs((outcome == ending).mean() - share) < 4 * np.sqrt(share * (1 - share) / len(outcome))
        for ending, share in ((CONTAINED, 0.9), (HANDED_OFF, 0.6)):
            chosen = resolved[outcome == ending]
            assert abs(chosen.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(chosen))

    def test_the_length_of_a_bot_session_follows_how_it_ends(self, scenario, contact):
        time = {"contained": {"fixed": "2m"}, "handed_off": {"uniform": {"low": "0s", "high": "10s"}}, "gave_up": 0}
        bots = {"assistant": BOT | {"gives_up": 0.3, "time": time}}
        chat = of_type(draw(scenario({"chat": contact()}, bots=bots), seed=1, replication=0), "chat")
        assert set(chat["bot_time"][chat["bot_outcome"] == CONTAINED]) == {120_000}
        assert set(chat["bot_time"][chat["bot_outcome"] == GAVE_UP]) == {0}
        handed_off = chat["bot_time"][chat["bot_outcome"] == HANDED_OFF]
        assert 0 <= handed_off.min() < handed_off.max() <= 10_000

    def test_handed_off_contacts_may_be_harder_and_come_with_what_the_bot_asked(self, shop):
        plain = of_type(draw(shop(), seed=1, replication=0), "chat")
        other = of_type(draw(shop(bot={"harder": 1.5, "saves_agent": "100s"}), seed=1, replication=0), "chat")
        handed = plain["bot_outcome"] == HANDED_OFF
        assert_same(plain, other, but=("talk",))
        assert np.array_equal(plain["talk"][~handed], other["talk"][~handed])
        expected = np.maximum(np.floor(plain["talk"][handed] * 1.5 + 0.5) - 100_000, 0)
        assert np.array_equal(other["talk"][handed], expected)
        assert (expected == 0).any()

    def test_only_the_contact_types_that_a_bot_serves_meet_it(self, shop):
        second = BOT | {"serves": ["voice"], "contains": 0.0}
        demand = draw(shop(bots={"assistant": BOT, "ivr": second}), seed=1, replication=0)
        assert set(of_type(demand, "chat")["bot"]) == {0}
        assert set(of_type(demand, "voice")["bot"]) == {1}
        voice = of_type(draw(shop(), seed=1, replication=0), "voice")
        assert set(voice["bot"]) == set(voice["bot_outcome"]) == {-1}
        assert set(voice["bot_time"]) == {0}


class TestRefusals:
    def test_a_law_beyond_the_clock_names_its_contact_type(self, scenario, contact):
        endless = contact(handle={"talk": {"weibull": {"scale": "10h", "shape": 0.1}}})
        with pytest.raises(InputError, match=r"^contacts\.chat: the weibull law .* more than 10,000"):
            draw(scenario({"chat": endless}), seed=1, replication=0)

    def test_a_seed_that_is_none_is_refused(self, shop):
        with pytest.raises(InputError, match=r"^seed: must be a whole number or a text, got 1\.5"):
            draw(shop(), seed=1.5, replication=0)
