"""Generated worlds: small centres in whole seconds, so that most events share their tick with others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st

from simkpi.demand.rows import Demand
from simkpi.engine.routing.policy import is_own, load_policies
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, scenario

KINDS = ("voice", "chat", "email")
AGENT_POLICIES = [name for name, policy in load_policies().items() if policy.rank_agent and not is_own(policy)]
CONTACT_POLICIES = [name for name, policy in load_policies().items() if policy.rank_contact and not is_own(policy)]
EVENING = 86_360  # 40 s before the horizon


@st.composite
def returning_worlds(draw: Any) -> tuple[Scenario, Demand]:
    """Draw a centre whose contacts slow one another down and whose customers may balk and come back, over two days."""
    return draw(worlds(returns=True))


@st.composite
def blended_worlds(draw: Any) -> tuple[Scenario, Demand]:
    """Draw a centre whose agents do e-mails in the background: set aside for calls and chats, and gone on with."""
    return draw(worlds(returns=draw(st.booleans()), background=True))


@st.composite
def long_lives(draw: Any) -> tuple[Scenario, Demand]:
    """Draw a centre with transfers, calls back, threads, closed doors, silent departures, announced waits and trunk lines."""
    return draw(worlds(returns=draw(st.booleans()), lives=True))


@st.composite
def worlds(draw: Any, *, returns: bool = False, background: bool = False, lives: bool = False) -> tuple[Scenario, Demand]:
    """Draw a centre and its contacts."""
    kinds = KINDS[: 3 if background else draw(st.integers(1, 3))]
    start = draw(st.sampled_from([0, EVENING]))
    mail = (
        "email" if background else draw(st.sampled_from(["voice", "email"]))
    )  # calls by another name, or what can wait for another day
    contacts = {
        kind: {
            "channel": mail if kind == "email" else kind,
            "priority": draw(st.integers(0, 2)),
            **(
                {"pick": draw(st.sampled_from([None, "newest", "easiest"]))}
                if kind == mail and background and not returns
                else {}
            ),
            "queue_capacity": draw(st.sampled_from([None, None, 0, 1, 2])) if kind != mail else None,
            **(_more(draw, kind) if returns else {}),
            **({**_lives(draw), "turns": None} if lives else {}),
        }
        for kind in kinds
    }
    skill = st.fixed_dictionaries(
        {
            "at_once": st.integers(1, 3),
            "speed": st.sampled_from([1.0, 1.0, 0.95, 1.5]),
            "preference": st.integers(0, 1),
            "order": st.integers(0, 1),
            "after": st.sampled_from(["0s", "0s", "2s", "5s"]),
            "level": st.integers(1, 2),
        }
    )
    behind = skill.flatmap(lambda plain: st.sampled_from([0, 1, 3]).map(lambda cost: {**plain, **_behind(cost)}))
    skills = st.dictionaries(st.sampled_from(kinds), skill, min_size=1)
    if background:
        skills = st.fixed_dictionaries({"email": behind, "voice": skill}, optional={"chat": skill})
    counts = st.lists(st.integers(0, 3), min_size=1, max_size=8)
    if background:
        counts = st.one_of(counts, st.lists(st.integers(1, 2), min_size=6, max_size=8))
    teams = {
        f"team{number}": {
            "skills": draw(skills),
            "counts": draw(counts),
            "from": "00:00" if start == 0 else "23:59:20",
            "at_close": draw(st.sampled_from(["serve_queue", "finish_contact"])),
        }
        for number in range(draw(st.integers(1, 2 if background else 3)))
    }
    row = _rows(kinds, start)
    if background:
        row = row.flatmap(
            lambda one: st.integers(1, 3 if one.kind == "email" else 1).map(lambda k: replace(one, talk=k * one.talk))
        )
    if returns:
        row = st.builds(_in_turns, row, st.sampled_from(_TURNS))
        row = st.builds(_meets_bot, row, st.sampled_from([None, None, (0, 10), (20, 90_000)]), st.booleans(), st.booleans())
        after = st.one_of(st.integers(1, 40), st.integers(80_000, 86_400))
        for _ in range(2):
            follows = st.one_of(st.none(), st.none(), st.tuples(after, row))
            longest = st.sampled_from([None, None, None, 0, 1, 2])
            again = st.tuples(st.integers(1, 15), _rows(kinds, start))
            chase = st.one_of(st.none(), st.none(), again) if background else st.none()
            row = st.builds(_followed_by, row, longest, follows, follows, chase)
    routing = draw(routings(kinds, teams, returns=returns, background=background))
    more = {"days": 2, "hours": draw(st.sampled_from([None, "00:00-00:01", "23:00-24:00"])), "bot": _bot(draw)} if returns else {}
    if lives:
        row = _living(row, _rows(kinds, start))
        threads = frozenset(kind for kind in kinds if contacts[kind].get("rounds"))
        row = st.builds(_in_rounds, row, st.sampled_from(_ROUNDS), st.just(threads))
        more["lines"] = draw(
            st.sampled_from([{}, {kinds[0]: {"count": 2}}, {"all": {"contacts": list(kinds), "count": 4, "bots": "free"}}])
        )
    if returns and not background and not lives and draw(st.booleans()):
        plain = frozenset(
            kind for kind in kinds if not contacts[kind]["handle"].get("slower_when_busy") and not contacts[kind].get("turns")
        )
        row = st.builds(_takes_time, row, st.sampled_from([0, 0, 1, 4]), st.just(plain))
    rows = draw(st.lists(row, min_size=15 if background else 0, max_size=30))
    if mail == "email":
        rows = [_received_before(each, start) for each in rows]
    world = scenario(teams, contacts, end=draw(st.sampled_from(["drain", "cut"])), **routing, **more)
    return world, demand(world, rows)


def _lives(draw: Any) -> dict[str, Any]:
    announced, slower = draw(st.sampled_from([None, "position", "last"])), draw(st.sampled_from([[], [0, 0.5]]))
    callback = {"callback": {"offer_after": "3s"}, "announced": announced} if announced else {}
    rounds = {"rounds": {"replies": 2, "away": "5s"}} if draw(st.booleans()) else {}
    return {**callback, **rounds, "handle": {"talk": "10s", "slower_when_busy": slower}, "tier": draw(st.sampled_from([None, 2]))}


def _living(row: st.SearchStrategy[Row], other: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    """Rows that may go on by others (with transfers of their own), or leave silently."""
    how = st.sampled_from(["cold", "warm"])
    elsewhere = st.builds(lambda one, more: replace(one, transfer=more), other, st.one_of(st.none(), st.tuples(how, other)))

    def build(one: Row, closed: Any, transfer: Any, calls: Any, noticed: float | None) -> Row:
        if closed == "bot_only" and one.bot is None:
            closed = "refuse"
        if closed == "refuse" or isinstance(closed, Row):
            one = replace(one, bot=None, alone=None)
        return replace(
            one, closed=closed, transfer=transfer, calls=calls, noticed=noticed, balk_above=9 if noticed == 4 else None
        )

    return st.builds(
        build,
        row,
        st.one_of(st.none(), st.none(), st.none(), st.sampled_from(["refuse", "bot_only"]), other),
        st.one_of(st.none(), st.tuples(how, elsewhere)),
        st.one_of(st.none(), st.tuples(st.sampled_from([0, 0, 5]), st.sampled_from(["y", "n", "ny", "nn", "nny"]))),
        st.sampled_from([None, None, 0, 4]),
    )


def _behind(cost: int) -> dict[str, Any]:
    return {"background": True, "resume": f"{cost}s", "after": "0s"}


@st.composite
def routings(draw: Any, kinds: tuple[str, ...], teams: dict[str, Any], *, returns: bool, background: bool) -> dict[str, Any]:
    """Draw the rules of routing: any policies, what they go by, agents kept free, and the agent who knows the customer."""

    def by_kind(values: list[Any]) -> dict[str, Any]:
        return draw(st.dictionaries(st.sampled_from(kinds), st.sampled_from(values))) if draw(st.booleans()) else {}

    reserve = []
    for team, block in teams.items():
        if not background and draw(st.sampled_from([False, False, True])):
            kept = draw(st.lists(st.sampled_from(sorted(block["skills"])), min_size=1, max_size=2, unique=True))
            reserve.append({"team": team, "agents": draw(st.integers(1, 2)), "for": kept})
    return {
        "agent": draw(st.sampled_from([None, None, *AGENT_POLICIES])),
        "contact": draw(st.sampled_from(["priority", *CONTACT_POLICIES])),
        "priority_per_minute": by_kind([0.5, 3, 30]),
        "head_start": by_kind(["2s", "7s"]),
        "target_wait": by_kind(["1s", "4s", "13s"]),
        "queue_weight": by_kind([0.5, 2, 3]),
        "reserve": reserve,
        # a queue that is not taken by age can not hold places for those who wait for one agent
        "last_agent": {kind: "0s" if kind == "email" else wait for kind, wait in by_kind(["0s", "3s", "8s", "20s"]).items()}
        if returns
        else {},
    }


#: Chats in which the customer goes on at once, in time, too late, or never; and one without turns.
_SOON = ((100, None),), ((30, 5), (70, None)), ((50, 0), (0, 3), (50, None))
_TURNS = ((), *_SOON, ((20, 20), (80, None)), ((40, None), (60, None)))


def _more(draw: Any, kind: str) -> dict[str, Any]:
    if kind == "chat" and draw(st.booleans()):
        turns = {"replies": 2, "think": "5s", "idle_close": "8s"}
        return {"retry": {"chance": 0.5, "after": "1m"}, "handle": {"talk": "1m"}, "turns": turns}
    slower = draw(st.sampled_from([[], [], [0, 0.3], [0, 0.5, 2.0]]))
    patience = {"law": None, "shorter_per_waiting": draw(st.sampled_from([None, None, 0.4, 1.0]))}
    return {"retry": {"chance": 0.5, "after": "1m"}, "handle": {"talk": "1m", "slower_when_busy": slower}, "patience": patience}


def _bot(draw: Any) -> dict[str, Any] | None:
    limits = {"at_once": 1, "waits_at_most": "3s"}, {"at_once": 2, "waits_at_most": "6s"}, {"at_once": 1}
    hours = {"mon-sun": draw(st.sampled_from(["00:00-24:00", "00:00-00:01", "23:59-24:00"]))}
    limit = draw(st.sampled_from([None, *limits]))
    return limit and {**limit, "hours": hours}


def _in_turns(row: Row, turns: tuple[tuple[int, float | None], ...]) -> Row:
    return replace(row, turns=turns, hold=0) if row.kind == "chat" and turns else row


#: Threads whose customers write again soon, late (on another day perhaps), or not; each with the agent's time then.
_ROUNDS = (), ((5, 3),), ((1, 4), (12, 2)), ((80_000, 6),)


def _in_rounds(row: Row, rounds: tuple[tuple[float, float], ...], threads: frozenset[str]) -> Row:
    return replace(row, rounds=rounds) if row.kind in threads else row


def _meets_bot(row: Row, tried: tuple[float, float] | None, solved: bool, alone: bool) -> Row:
    return replace(row, tried=tried, alone=row.talk + 3 if row.bot else None, solved=(solved, alone if row.bot else solved))


def _rows(kinds: tuple[str, ...], start: int) -> st.SearchStrategy[Row]:
    return st.builds(
        Row,
        at=st.integers(0, 39 if start else 80).map(lambda second: start + second),
        talk=st.integers(0, 20),
        kind=st.sampled_from(kinds),
        patience=st.one_of(st.none(), st.integers(0, 15)),
        wrap=st.integers(0, 5),
        hold=st.integers(0, 3),
        bot=st.sampled_from([None, None, None, "contained", "handed_off", "handed_off", "gave_up"]),
        bot_time=st.integers(0, 8),
    )


def _received_before(row: Row, start: int) -> Row:
    """Let some e-mails lie in the queue when the horizon begins: those of every third second."""
    waits = row.kind == "email" and row.bot is None and (row.at - start) % 3 == 1
    return replace(row, at=start - 100_000 - row.at) if waits else row


def _takes_time(row: Row, quiet: int, kinds: frozenset[str]) -> Row:
    """Let the agent wrap up for longer if nobody waits, where work is in one piece."""
    return replace(row, quiet=quiet if row.kind in kinds and not row.turns else 0)


def _followed_by(
    row: Row,
    longest_queue: int | None,
    redial: tuple[int, Row] | None,
    again: tuple[int, Row] | None,
    chase: tuple[int, Row] | None,
) -> Row:
    return replace(row, longest_queue=longest_queue, redial=redial, again=again, chase=chase)


@st.composite
def timetabled_worlds(draw: Any) -> tuple[Scenario, Demand]:
    """Draw a centre in which some teams have shifts, pauses and people of their own pace, in the first minutes of a day."""
    kinds = KINDS[: draw(st.integers(1, 2))]
    has_email = draw(st.booleans())
    skill = st.fixed_dictionaries(
        {
            "at_once": st.integers(1, 3),
            "speed": st.sampled_from([1.0, 1.0, 1.5]),
            "preference": st.integers(0, 1),
            "after": st.sampled_from(["0s", "0s", "3s"]),
        }
    )
    teams: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 2))):
        team: dict[str, Any] = {
            "skills": {
                **draw(st.dictionaries(st.sampled_from(kinds), skill, min_size=1)),
                **(_background(draw) if has_email else {}),
            },
            "at_close": draw(st.sampled_from(["serve_queue", "finish_contact"])),
        }
        if number and draw(st.booleans()):
            team["counts"] = draw(st.lists(st.integers(0, 2), min_size=1, max_size=6))
        else:
            team["shifts"] = [_shift(draw) for _ in range(draw(st.integers(1, 3)))]
            if draw(st.booleans()):
                team["agents"] = {f"ann{number}": {"shifts": [_shift(draw, 1)], "speed": draw(st.sampled_from([0.5, 1.0, 1.2]))}}
        teams[f"team{number}"] = team
    kinds += ("email",) if has_email else ()
    contacts = {kind: {"channel": kind} for kind in kinds}
    if draw(st.booleans()):
        contacts[kinds[0]]["handle"] = {"talk": "1m", "slower_when_busy": [0, 0.5]}
    world = scenario(teams, contacts, end=draw(st.sampled_from(["drain", "cut"])))
    return world, demand(world, draw(st.lists(_rows(kinds, 0), max_size=30)))


def _background(draw: Any) -> dict[str, Any]:
    """Draw how e-mails are done: between calls, perhaps set aside for them."""
    aside = draw(st.sampled_from([{}, {"background": True}, {"background": True, "resume": "2s"}]))
    return {"email": {"at_once": draw(st.integers(1, 2)), **aside}}


def _shift(draw: Any, most: int = 2) -> dict[str, Any]:
    """Draw a shift within the first two minutes, with pauses that follow one another."""
    start = draw(st.integers(0, 40))
    moment, pauses = start + draw(st.integers(0, 10)), []
    for _ in range(draw(st.integers(0, 3))):
        length = draw(st.integers(1, 12))
        pauses.append(
            {"at": _clock(moment), "length": f"{length}s", "when_busy": draw(st.sampled_from(["delay", "shorten", "skip"]))}
        )
        moment += length + draw(st.integers(0, 12))
    end = moment + draw(st.integers(1, 20))
    kind = draw(st.sampled_from(["breaks", "meetings"]))
    return {"start": _clock(start), "end": _clock(end), "count": draw(st.integers(1, most)), kind: pauses}


def _clock(second: int) -> str:
    return f"00:{second // 60:02}:{second % 60:02}"
