"""Further contacts are drawn for the customer and the number of the contact, whatever happens."""

from __future__ import annotations

import numpy as np
import pytest

from simkpi.demand import return_links as links
from simkpi.demand import returns as module
from simkpi.demand.bots import CONTAINED, GAVE_UP
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.errors import InputError


@pytest.fixture
def shop(scenario, contact):
    """Build a scenario of 600 chats and 600 calls a day, of which half are solved."""

    def build(chat=None, voice=None, **blocks):
        rich = {
            "volume": {"expected": [[100, 200, 200, 100]]},
            "patience": {"law": {"exponential": {"mean": "2m"}}},
            "resolved": 0.5,
        }
        contacts = {"chat": contact(**rich | (chat or {})), "voice": contact(channel="voice", **rich | (voice or {}))}
        return draw(scenario(contacts, **blocks), seed=1, replication=0)

    return build


def retry(**more):
    return {"retry": {"chance": 0.4, "after": {"exponential": {"mean": "10m"}}, "by": {"chat": 1.0}, **more}}


def recontact(**more):
    return {"recontact": {"chance": 0.6, "within": "1d", "by": {"chat": 0.7, "voice": 0.3}, **more}}


def columns(demand, rows):
    """All that was drawn for *rows*, by case and contact type."""
    names = ("talk", "hold", "wrap", "patience", "resolved", "customer", "bot_outcome")
    keys = zip(
        demand.customer[rows], demand.contact_type[demand.returns.case[rows]], demand.contact_type[rows],
        demand.returns.attempt[rows], strict=True,
    )  # fmt: skip
    return {
        tuple(map(int, key)): tuple(getattr(demand, name)[row] for name in names) for key, row in zip(keys, rows, strict=True)
    }


def test_without_chances_nobody_comes_back_and_nothing_is_drawn(shop):
    assert shop().returns is None
    none = shop(chat=retry(chance=0))
    assert none.returns.n_fresh == len(none)


def test_fresh_contacts_stay_what_they_are(shop):
    plain, more = shop(), shop(chat=retry(), voice=recontact())
    for name in ("arrived", "talk", "patience", "resolved", "customer", "contact_type"):
        assert np.array_equal(getattr(more, name)[: more.returns.n_fresh], getattr(plain, name)), name
    assert (more.arrived[more.returns.n_fresh :] == NEVER).all()


def test_links_lead_to_the_next_contact_of_the_same_case(shop):
    demand = shop(chat=retry() | recontact(), voice=retry() | recontact())
    links = demand.returns
    for to, after in ((links.redial_to, links.redial_after), (links.return_to, links.return_after)):
        rows = np.flatnonzero(to >= 0)
        assert len(rows) > 300
        assert (links.case[to[rows]] == links.case[rows]).all()
        assert (links.attempt[to[rows]] == links.attempt[rows] + 1).all()
        assert (demand.customer[to[rows]] == demand.customer[rows]).all()
        assert (after[rows] >= 1).all()
    reached = np.union1d(links.redial_to, links.return_to)
    assert reached[reached >= 0].tolist() == list(range(links.n_fresh, len(demand)))


def test_shares_and_delays_are_those_of_the_scenario(shop):
    demand = shop(chat=retry() | recontact(), voice={})
    links, chats = demand.returns, demand.contact_type == 0
    first = chats & (links.attempt == 0)
    assert (links.redial_to >= 0)[first].mean() == pytest.approx(0.4, abs=0.08)
    assert (links.return_to >= 0)[first & ~demand.resolved].mean() == pytest.approx(0.6, abs=0.1)
    assert not (links.return_to >= 0)[demand.resolved].any()
    assert not (links.redial_to >= 0)[~chats].any()
    assert links.redial_after[links.redial_to >= 0].mean() == pytest.approx(600_000, rel=0.2)
    back = links.return_to[links.return_to >= 0]
    assert (demand.contact_type[back] == 1).mean() == pytest.approx(0.3, abs=0.08)
    delays = links.return_after[links.return_to >= 0] / 86_400_000
    assert delays.max() <= 1
    assert delays.mean() == pytest.approx(0.5, abs=0.06)


def test_contacts_of_one_case_are_drawn_independently(shop):
    demand = shop(chat=retry(chance=0.9, at_most=1))
    rows = np.flatnonzero(demand.returns.redial_to >= 0)
    both = np.corrcoef(np.log(demand.talk[rows] + 1), np.log(demand.talk[demand.returns.redial_to[rows]] + 1))
    assert abs(both[0, 1]) < 4 / np.sqrt(len(rows))


def test_the_same_further_contacts_whatever_else_may_follow(shop):
    few = shop(chat=retry(at_most=2))
    many = shop(chat=retry(chance=0.7, at_most=3) | recontact(), voice=recontact(), run={"replications": 3})
    some, all_of_them = columns(few, np.arange(len(few))), columns(many, np.arange(len(many)))
    assert some.items() <= all_of_them.items()
    assert len(all_of_them) > len(some) + 500


def test_at_most_limits_the_number_of_further_contacts(shop):
    demand = shop(chat=retry(chance=1, at_most=3))
    assert demand.returns.attempt.max() == 3
    chats = demand.contact_type == 0
    assert np.bincount(demand.returns.attempt[chats]).tolist() == [chats[: demand.returns.n_fresh].sum()] * 4


def test_the_way_a_bot_session_ends_decides_what_may_follow(shop):
    bot = {"serves": ["chat"], "contains": 0.4, "gives_up": 0.2, "solves": 0.5, "time": "1m"}
    demand = shop(chat=retry() | recontact(), bots={"bot": bot})
    links, outcome = demand.returns, demand.bot_outcome
    assert not (links.redial_to >= 0)[outcome == CONTAINED].any()
    assert (links.return_to >= 0)[outcome == CONTAINED].any()
    assert not (links.return_to >= 0)[outcome == GAVE_UP].any()
    assert (links.redial_to >= 0)[outcome == GAVE_UP].any()


def test_too_many_possible_contacts_are_refused(shop, monkeypatch):
    monkeypatch.setattr(module, "MOST_CONTACTS", 2000)
    with pytest.raises(InputError, match="lower the chances or write at_most"):
        shop(chat=retry(chance=0.99))


def endless(after, chance=1.0):
    """Everybody might come back for ever, were there no end: who answers decides who is helped (``resolves``)."""
    team = {"skills": {"chat": {"resolves": 0.5}, "voice": {}}, "staffing": {"interval": "6h", "count": [[2, 2, 2, 2]]}}
    by = {"chat": 1.0}
    return {"chat": {"recontact": {"chance": chance, "after": {"fixed": after}, "by": by}}, "teams": {"desk": team}}


def test_cases_without_end_are_drawn_as_far_as_the_horizon_goes(shop):
    drawn = shop(**endless("30m"))
    returns, last = drawn.returns, links.MANY + 1
    assert 24 < returns.attempt.max() <= 24 * 2 + 1
    late = returns.attempt > last
    # whoever has come so often has come early: each further contact takes another half hour
    first = drawn.arrived[returns.case[late]]
    assert (first + (returns.attempt[late] - 1) * 1_800_000 < 86_400_000).all()


def test_rows_beyond_the_horizon_are_none_that_a_run_needs(shop, monkeypatch):
    found = []
    for many in (0, links.MANY, 1000):
        monkeypatch.setattr(links, "MANY", many)
        drawn = shop(**endless("1h", chance=0.9))
        earliest = drawn.arrived[drawn.returns.case] + drawn.returns.attempt * 3_600_000
        found.append(columns(drawn, np.flatnonzero(earliest < 86_400_000)))
    assert found[0] == found[1] == found[2]


def test_cases_that_do_not_end_before_memory_does_are_refused_early(shop, monkeypatch):
    monkeypatch.setattr(module, "MOST_LATE", 20_000)
    with pytest.raises(
        InputError, match=r"make [\d,]+ possible contacts of [\d,]+ and more, up to \d+ of one case; lower the chances"
    ):
        shop(**endless("0s"))
