"""Small worlds built by hand, in whole seconds: scenarios without files, contacts without randomness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from simkpi.demand.bots import needs_terms
from simkpi.demand.rows import (
    AWAY,
    BOT_ONLY,
    CALL,
    COLD,
    FIRST,
    LEAVES_MESSAGE,
    MESSAGE,
    NEVER,
    NO_ANSWER,
    PLAIN,
    REFUSED,
    ROUND,
    TRANSFERRED,
    WARM,
    BotTerms,
    Chains,
    ChatRows,
    Demand,
    Returns,
)
from simkpi.engine.recorder import EngineLog
from simkpi.engine.run import run
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec

SECOND = 1000


@dataclass(frozen=True)
class Row:
    """One contact; times in seconds; patience None = never leaves; bot = how the bot ends it, None = no bot.

    *longest_queue*: the longest that the customer joins.
    *redial* and *again*: seconds until the next contact of the case, and that contact (whose ``at`` does not count), after a
    failed attempt and after an unresolved contact; *chase*: while this one still waits.
    *tried*: from when until when the customer is willing to try the bot; *alone*: talk time if the bot does not take the
    contact; *solved*: whether the case is solved if the bot takes it, and if not.
    *turns*: for each reply of a chat its share of the talk time in per cent, and seconds until the customer writes again (None =
    never).
    *closed*: ``refuse``, ``bot_only``, or the message that is left instead; *transfer*: ``cold`` or ``warm``, and the stay in
    the other queue; *calls*: seconds until the centre calls back, and ``y`` or ``n`` for each call that is taken or not (3 s of
    ringing, 4 s until the next); *noticed*: seconds until an agent notices that the customer left silently; *balk_above*:
    longest announced wait.
    *rounds*: for each further round of a thread the seconds until the customer writes again, and the agent's talk time then; the
    wrap-up is that of the last round.
    *quiet*: how much longer the wrap-up takes if nobody waits.
    """

    at: float
    talk: float = 10
    kind: str = "voice"
    patience: float | None = None
    wrap: float = 0
    hold: float = 0
    bot: str | None = None
    bot_time: float = 0
    longest_queue: int | None = None
    redial: tuple[float, Row] | None = None
    again: tuple[float, Row] | None = None
    chase: tuple[float, Row] | None = None
    tried: tuple[float, float] | None = None
    alone: float | None = None
    solved: tuple[bool, bool] = (True, True)
    turns: tuple[tuple[int, float | None], ...] = ()
    closed: str | Row | None = None
    transfer: tuple[str, Row] | None = None
    calls: tuple[float, str] | None = None
    noticed: float | None = None
    balk_above: float | None = None
    rounds: tuple[tuple[float, float], ...] = ()
    quiet: float = 0


def scenario(
    teams: dict[str, dict[str, Any]],
    contacts: dict[str, dict[str, Any]] | None = None,
    *,
    end: str = "drain",
    days: int = 1,
    hours: str | None = None,
    bot: dict[str, Any] | None = None,
    lines: dict[str, Any] | None = None,
    **routing: Any,
) -> Scenario:
    """Resolved scenario with that *bot*, open during *hours*.

    A team is {skills, count, counts+interval+from or shifts}; contacts: voice.
    """
    contacts = contacts or {"voice": {}}
    blocks = {}
    for name, contact in contacts.items():
        volume = {"interval": "30m", "expected": [[0]] * days}
        blocks[name] = {"channel": "voice", "volume": volume, "handle": {"talk": "1m"}, **contact}
    groups = {}
    for name, team in teams.items():
        team = dict(team)  # noqa: PLW2901 - the caller's stays as it is
        staffing = {"interval": "24h", "count": [[team.pop("count", 1)]] * days}
        if "counts" in team:
            counts = team.pop("counts")
            rows = counts if isinstance(counts[0], list) else [counts] * days
            staffing = {"interval": team.pop("interval", "10s"), "from": team.pop("from", "00:00"), "count": rows}
        skills = {kind: {"at_once": 1, **skill} for kind, skill in team.pop("skills", {"voice": {}}).items()}
        groups[name] = {"skills": skills, **({} if "shifts" in team or "agents" in team else {"staffing": staffing}), **team}
    bots = {"bot": {"serves": list(contacts), "contains": 0.5, "time": "1m", **(bot or {})}}
    calendar = {"days": days, **({"open": hours} if hours else {})}
    return Scenario(
        Spec.model_validate(
            {
                "simkpi": 1,
                "contacts": blocks,
                "teams": groups,
                "bots": bots,
                "calendar": calendar,
                "routing": routing,
                "lines": lines or {},
                "run": {"end": end},
            }
        )
    )


def demand(scenario: Scenario, rows: list[Row]) -> Demand:
    """Contacts in order of arrival, then contact type; behind them those that may follow."""
    names = tuple(scenario.spec.contacts)
    rows = sorted(rows, key=lambda row: (row.at, names.index(row.kind)))
    n_fresh, rows, links, chained = len(rows), *_followed(rows)

    def ticks(values: list[float]) -> Any:
        return np.array([round(value * SECOND) for value in values], dtype=np.int64)

    return Demand(
        contact_types=names,
        contact_type=np.array([names.index(row.kind) for row in rows], dtype=np.int16),
        arrived=np.concatenate([ticks([row.at for row in rows[:n_fresh]]), np.full(len(rows) - n_fresh, NEVER)]),
        talk=ticks([row.talk for row in rows]),
        hold=ticks([row.hold for row in rows]),
        wrap=ticks([row.wrap for row in rows]),
        patience=np.array([NEVER if row.patience is None else row.patience * SECOND for row in rows], dtype=np.int64),
        bot=np.array([-1 if row.bot is None else 0 for row in rows], dtype=np.int16),
        bot_time=ticks([row.bot_time for row in rows]),
        bot_outcome=np.array([-1 if row.bot is None else BOT_OUTCOMES.index(row.bot) for row in rows], dtype=np.int8),
        resolved=np.array([row.solved[0] for row in rows], dtype=np.bool_),
        customer=np.array(links["case"], dtype=np.uint64),
        balk_above=_limits([row.balk_above for row in rows]),
        noticed=_limits([row.noticed for row in rows]),
        quiet=ticks([row.quiet for row in rows]) if any(row.quiet for row in rows) else None,
        chains=Chains(**{name: np.array(column, dtype=_CHAIN_TYPES.get(name, np.int64)) for name, column in chained.items()})
        if any(chained["kind"]) or any(chained["fate"])
        else None,
        longest_queue=np.array([NEVER if row.longest_queue is None else row.longest_queue for row in rows], dtype=np.int64)
        if any(row.longest_queue is not None for row in rows)
        else None,
        returns=Returns(n_fresh, **{name: np.array(link, dtype=np.int64) for name, link in links.items()})
        if len(rows) > n_fresh or any(chained["fate"])
        else None,
        chats=_chats(rows) if any(contact.turns for contact in scenario.spec.contacts.values()) else None,
        bot_terms=BotTerms(
            talk=ticks([row.talk if row.alone is None else row.alone for row in rows]),
            resolved=np.array([row.solved[1] for row in rows], dtype=np.bool_),
            tried_from=ticks([row.tried[0] if row.tried else 0 for row in rows]),
            tried_until=np.array([round(row.tried[1] * SECOND) if row.tried else NEVER for row in rows], dtype=np.int64),
        )
        if needs_terms(scenario.spec)
        else None,
    )


def _chats(rows: list[Row]) -> ChatRows:
    replies = np.array([len(row.turns) for row in rows], dtype=np.int64)
    done = [sum(share for share, _ in row.turns[: number + 1]) * 10_000 for row in rows for number in range(len(row.turns))]
    gap = [NEVER if pause is None else round(pause * SECOND) for row in rows for _, pause in row.turns]
    return ChatRows(replies, np.cumsum(replies) - replies, np.array(done, dtype=np.int64), np.array(gap, dtype=np.int64))


_CHAIN_TYPES = {"kind": np.int8, "fate": np.int8}
_FATES = {"cold": COLD, "warm": WARM, "refuse": REFUSED, "bot_only": BOT_ONLY}


def _limits(values: list[float | None]) -> Any:
    if all(value is None for value in values):
        return None
    return np.array([NEVER if value is None else round(value * SECOND) for value in values], dtype=np.int64)


def _followed(rows: list[Row]) -> tuple[list[Row], dict[str, list[int]], dict[str, list[int]]]:
    """The rows and all that may follow them, and the columns of Returns and of Chains."""
    made = _Made()
    for row in rows:
        made.add(row, len(made.rows), 0)
    for number in made.numbers():  # grows on the way
        row = made.rows[number]
        for name, follows in (("redial", row.redial), ("return", row.again), ("chase", row.chase)):
            to = made.add(follows[1], made.links["case"][number], made.links["attempt"][number] + 1) if follows else -1
            made.links[f"{name}_to"][number] = to
            made.links[f"{name}_after"][number] = round(follows[0] * SECOND) if follows else 0
        made.lengthen(number)
    if all(row.chase is None for row in made.rows):
        del made.links["chase_to"], made.links["chase_after"]
    return made.rows, made.links, made.chained


class _Made:
    """Rows under construction."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        names = ("case", "attempt", "redial_to", "redial_after", "return_to", "return_after", "chase_to", "chase_after")
        self.links: dict[str, list[int]] = {name: [] for name in names}
        names = ("head", "kind", "fate", "next", "after", "callback_to", "callback_after")
        self.chained: dict[str, list[int]] = {name: [] for name in names}

    def numbers(self) -> Iterator[int]:
        number = 0
        while number < len(self.rows):
            yield number
            number += 1

    def add(self, row: Row, case: int, attempt: int, *, head: int = -1, kind: int = FIRST) -> int:
        number = len(self.rows)
        self.rows.append(row)
        values = {
            "case": case,
            "attempt": attempt,
            **{name: -1 if name.endswith("_to") else 0 for name in self.links if "_" in name},
        }
        for name, value in values.items():
            self.links[name].append(value)
        values = {"head": number if head < 0 else head, "kind": kind, "fate": PLAIN, "next": -1, "after": 0}
        for name, value in {**values, "callback_to": -1, "callback_after": 0}.items():
            self.chained[name].append(value)
        return number

    def behind(self, number: int, row: Row, kind: int) -> int:
        """Add a row by which the contact of row *number* goes on."""
        case, attempt = self.links["case"][number], self.links["attempt"][number]
        plain = replace(
            row, chase=None, longest_queue=None, balk_above=None, noticed=None, bot=None, alone=None, solved=(row.solved[0],) * 2
        )
        return self.add(plain, case, attempt, head=self.chained["head"][number], kind=kind)

    def lengthen(self, number: int) -> None:
        row, chained = self.rows[number], self.chained
        if chained["kind"][number] == CALL:
            return
        if isinstance(row.closed, Row):
            chained["next"][number], chained["fate"][number] = self.behind(number, row.closed, MESSAGE), LEAVES_MESSAGE
            return
        calls = self.calls(number) if row.calls and row.closed is None and chained["kind"][number] == FIRST else []
        if row.closed is not None:
            chained["fate"][number] = _FATES[row.closed]
        elif row.transfer is not None:
            chained["fate"][number] = _FATES[row.transfer[0]]
            chained["next"][number] = self.behind(number, row.transfer[1], TRANSFERRED)
        elif row.rounds and not calls:
            self.pause(number)
        for call in calls:
            if chained["fate"][call] == PLAIN:
                chained["fate"][call], chained["next"][call] = chained["fate"][number], chained["next"][number]

    def pause(self, number: int) -> None:
        row, chained = self.rows[number], self.chained
        away, talk = row.rounds[0]
        self.rows[number] = replace(row, wrap=0)
        following = replace(row, talk=talk, patience=None, rounds=row.rounds[1:])
        chained["fate"][number], chained["after"][number] = AWAY, round(away * SECOND)
        chained["next"][number] = self.behind(number, following, ROUND)

    def calls(self, number: int) -> list[int]:
        row, chained, made = self.rows[number], self.chained, list[int]()
        assert row.calls is not None
        for answer in row.calls[1]:
            like = replace(row, patience=None) if answer == "y" else replace(row, patience=None, talk=3, hold=0, wrap=0)
            made.append(self.behind(number, like, CALL))
            chained["fate"][made[-1]] = PLAIN if answer == "y" else NO_ANSWER
        chained["callback_to"][number], chained["callback_after"][number] = made[0], round(row.calls[0] * SECOND)
        for call, following in pairwise(made):
            chained["next"][call], chained["after"][call] = following, 4 * SECOND
        return made


def play(world: Scenario, *rows: Row) -> EngineLog:
    """Run the reference engine on *rows*."""
    return run(world, demand(world, list(rows)), "reference")


def seconds(ticks: Any) -> list[float | None]:
    """Seconds of a column of ticks; None = never."""
    return [None if tick >= NEVER else tick / SECOND for tick in ticks.tolist()]
