"""Small worlds built by hand, in whole seconds: scenarios without files, contacts without randomness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simkpi.demand.bots import needs_terms
from simkpi.demand.rows import NEVER, BotTerms, ChatRows, Demand, Returns
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
    failed attempt and after an unresolved contact.
    *tried*: from when until when the customer is willing to try the bot; *alone*: talk time if the bot does not take the
    contact; *solved*: whether the case is solved if the bot takes it, and if not.
    *turns*: for each reply of a chat its share of the talk time in per cent, and seconds until the customer writes again (None =
    never).
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
    tried: tuple[float, float] | None = None
    alone: float | None = None
    solved: tuple[bool, bool] = (True, True)
    turns: tuple[tuple[int, float | None], ...] = ()


def scenario(
    teams: dict[str, dict[str, Any]],
    contacts: dict[str, dict[str, Any]] | None = None,
    *,
    end: str = "drain",
    days: int = 1,
    hours: str | None = None,
    bot: dict[str, Any] | None = None,
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
                "run": {"end": end},
            }
        )
    )


def demand(scenario: Scenario, rows: list[Row]) -> Demand:
    """Contacts in order of arrival, then contact type; behind them those that may follow."""
    names = tuple(scenario.spec.contacts)
    rows = sorted(rows, key=lambda row: (row.at, names.index(row.kind)))
    n_fresh, rows, links = len(rows), *_followed(rows)

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
        longest_queue=np.array([NEVER if row.longest_queue is None else row.longest_queue for row in rows], dtype=np.int64)
        if any(row.longest_queue is not None for row in rows)
        else None,
        returns=Returns(n_fresh, **{name: np.array(link, dtype=np.int64) for name, link in links.items()})
        if len(rows) > n_fresh
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


def _followed(rows: list[Row]) -> tuple[list[Row], dict[str, list[int]]]:
    """The rows and all that may follow them, level by level, and the columns of Returns."""
    rows = list(rows)
    links: dict[str, list[int]] = {"case": list(range(len(rows))), "attempt": [0] * len(rows)}
    for number, row in enumerate(rows):  # grows on the way
        for name, follows in (("redial", row.redial), ("return", row.again)):
            links.setdefault(f"{name}_to", []).append(len(rows) if follows else -1)
            links.setdefault(f"{name}_after", []).append(round(follows[0] * SECOND) if follows else 0)
            if follows:
                rows.append(follows[1])
                links["case"].append(links["case"][number])
                links["attempt"].append(links["attempt"][number] + 1)
    return rows, links


def play(world: Scenario, *rows: Row) -> EngineLog:
    """Run the reference engine on *rows*."""
    return run(world, demand(world, list(rows)), "reference")


def seconds(ticks: Any) -> list[float | None]:
    """Seconds of a column of ticks; None = never."""
    return [None if tick >= NEVER else tick / SECOND for tick in ticks.tolist()]
