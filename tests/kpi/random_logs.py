"""Random small logs with every column and table, on a coarse clock that forces ties, zero lengths, gaps and nulls."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl

HORIZON = (0, 4 * 3600)  # seconds
OUTCOMES = ("answered",) * 6 + ("abandoned", "abandoned", "blocked", "refused", "contained", "contained", "gave_up", "open")
_MOMENT = pl.Datetime("ms")
Row = dict[str, Any]
Tables = dict[str, list[Row]]


def _later(rnd: Random, moment: int | None, longest: int = 1200) -> int | None:
    return None if moment is None else moment + rnd.choice((0, 5, 20, 20, 60, rnd.randrange(0, longest)))


def _maybe(rnd: Random, value: Any, chance: float = 0.7) -> Any:
    return value if rnd.random() < chance else None


def contact(rnd: Random, index: int) -> Row:
    """One contact, internally consistent; all moments in seconds."""
    outcome = rnd.choice(
        ("answered",) * 6 + ("abandoned", "abandoned", "blocked", "refused", "contained", "contained", "gave_up", "open")
    )
    arrived = rnd.choice((rnd.randrange(0, HORIZON[1]), rnd.randrange(0, 8) * 1800))
    bot = outcome in ("contained", "gave_up") or rnd.random() < 0.3
    row: Row = {
        "contact_id": f"c{index}",
        "arrived_at": arrived,
        "outcome": outcome,
        "channel": rnd.choice(("voice", "chat", "social")),
    }
    row["bot_started_at"] = _later(rnd, arrived, 30) if bot else None
    row["bot_ended_at"] = _later(rnd, row["bot_started_at"])
    row["bot_outcome"] = None if not bot else outcome if outcome in ("contained", "gave_up") else "handed_off"
    asked = outcome in ("answered", "abandoned") or (outcome in ("blocked", "open") and rnd.random() < 0.5)
    row["queued_at"] = (_later(rnd, row["bot_ended_at"]) if bot else _later(rnd, arrived, 5)) if asked else None
    talking = outcome == "answered" or (outcome == "open" and asked and rnd.random() < 0.5)
    row["answered_at"] = _later(rnd, row["queued_at"], 120) if talking else None
    row["offered_at"] = row["queued_at"] if talking and rnd.random() < 0.8 else None
    row["first_reply_at"] = _maybe(rnd, _later(rnd, row["answered_at"], 30))
    start = (
        row["answered_at"] if outcome == "answered" else row["queued_at"] if asked else row["bot_ended_at"] if bot else arrived
    )
    row["ended_at"] = None if outcome == "open" else _later(rnd, start)
    row["wrapped_at"] = _maybe(rnd, _later(rnd, row["ended_at"], 60), 0.9) if outcome == "answered" else None
    done = outcome == "answered"
    row["talk_time"] = _maybe(rnd, rnd.randrange(0, 4000) / 8, 0.8) if done else None
    row["hold_time"] = _maybe(rnd, rnd.randrange(0, 400) / 8) if done else None
    row["wrap_time"] = _maybe(rnd, rnd.randrange(0, 400) / 8) if done else None
    row["work_time"] = _maybe(rnd, rnd.randrange(0, 4000) / 8, 0.5) if done else None
    row["agent_id"] = rnd.choice(("a", "b", "c")) if talking else None
    row["team"] = {"a": "t1", "b": "t1", "c": "t2", None: None}[row["agent_id"]]
    row["case_id"] = _maybe(rnd, f"k{rnd.randrange(0, 6)}", 0.8)
    row["contact_type"] = rnd.choice(("billing", "delivery", "complaint"))
    row["origin"] = rnd.choice(("reactive", "callback", "return", "transfer", None))
    row["is_resolved"] = _maybe(rnd, rnd.random() < 0.6, 0.9)
    row["resolved_at"] = _maybe(rnd, row["ended_at"], 0.5) if row["is_resolved"] else None
    row["reopened_at"] = _later(rnd, row["resolved_at"]) if rnd.random() < 0.3 else None
    row["n_transfers"] = _maybe(rnd, rnd.choice((0, 0, 1, 2)), 0.9)
    row["is_escalated"] = _maybe(rnd, rnd.random() < 0.2, 0.9)
    row["escalated_at"] = _later(rnd, arrived) if row["is_escalated"] else None
    row["due_at"] = _maybe(rnd, arrived + rnd.choice((60, 600, 6000)))
    row["is_complaint"] = _maybe(rnd, rnd.random() < 0.3, 0.9)
    row["n_customer_messages"] = rnd.randrange(0, 9)
    row["n_agent_messages"] = _maybe(rnd, rnd.randrange(0, 9), 0.9)
    row["n_messages"] = _maybe(rnd, rnd.randrange(0, 19), 0.9)
    row["n_canned"] = _maybe(rnd, rnd.randrange(0, 3), 0.9)
    row["saved_time"] = _maybe(rnd, rnd.randrange(0, 400) / 8)
    row["reply_time"] = _maybe(rnd, rnd.randrange(0, 800) / 8)
    row["tags"] = _maybe(rnd, rnd.sample(("a", "b", "complaint"), rnd.randrange(0, 3)), 0.8)
    row["csat"] = _maybe(rnd, float(rnd.randrange(1, 6)), 0.5)
    row["nps"] = _maybe(rnd, float(rnd.randrange(0, 11)), 0.5)
    row["ces"] = _maybe(rnd, float(rnd.randrange(1, 8)), 0.5)
    row["qa_score"] = _maybe(rnd, rnd.randrange(0, 400) / 4, 0.5)
    row["is_converted"] = _maybe(rnd, rnd.random() < 0.3)
    row["converted_at"] = _later(rnd, row["ended_at"]) if row["is_converted"] else None
    row["value"] = rnd.randrange(0, 4000) / 4 if row["is_converted"] else None
    row["bot_cost"] = 0.25 if bot else None
    row["visit_started_at"] = _maybe(rnd, arrived - rnd.randrange(0, 900))
    return row


def tables(rnd: Random, n: int) -> Tables:
    """A whole log: ``interactions`` and its companions."""
    states = []
    for agent, team in (("a", "t1"), ("b", "t1"), ("c", "t2"), ("idle", "t2")):
        at = rnd.choice((0, 600, 1800, -900))
        while at < HORIZON[1]:
            end = at + rnd.choice((1800, 2700, 600, 7200))
            state = rnd.choice(("work", "work", "work", "break", "meeting", "overtime", "off"))
            stay = {"agent_id": agent, "team": team, "state": state, "from_at": at, "to_at": end, "slots": rnd.choice((1, 2, 3))}
            stay["scheduled"] = rnd.choice((state, state, "work", "break", "off", "absent", None))
            states.append({**stay, "cost_rate": rnd.choice((0.0, 12.5, 24.25))})
            at = end + rnd.choice((0, 0, 450))
    contacts = [contact(rnd, index) for index in range(n)]
    people = [f"p{i}" for i in range(8)]
    kinds = ("agent", "comment", "comment")
    surveys = [
        {
            "contact_id": _maybe(rnd, f"c{rnd.randrange(0, n + 1)}"),
            "kind": rnd.choice(kinds),
            "score": _maybe(rnd, float(rnd.randrange(1, 6))),
            "asked_at": rnd.randrange(0, HORIZON[1]),
            "replied_at": _maybe(rnd, rnd.randrange(0, HORIZON[1]), 0.5),
        }
        for _ in range(rnd.randrange(0, 9))
    ]
    visits = []
    for index in range(rnd.randrange(0, 9)):
        start = rnd.randrange(0, HORIZON[1])
        asked = _maybe(rnd, _later(rnd, start), 0.6)
        visits.append(
            {
                "visit_id": f"v{index}",
                "started_at": start,
                "invited_at": _maybe(rnd, _later(rnd, start), 0.5),
                "requested_at": asked,
                "ended_at": _maybe(rnd, _later(rnd, asked if asked is not None else start), 0.9),
                "is_converted": _maybe(rnd, rnd.random() < 0.4),
            }
        )
    customers = [
        {
            "customer_id": person,
            "from_at": (since := rnd.choice((-900, 0, 600, HORIZON[1], HORIZON[1] + 5))),
            "to_at": _maybe(rnd, since + rnd.choice((100, 2000, 90000)), 0.5),
            "referred_by": _maybe(rnd, "p0", 0.3),
            "is_member": _maybe(rnd, rnd.random() < 0.5),
            "is_trained": _maybe(rnd, rnd.random() < 0.5),
        }
        for person in people
    ]
    orders = [
        {
            "order_id": f"o{index}",
            "customer_id": rnd.choice(people),
            "ordered_at": rnd.randrange(0, HORIZON[1]),
            "value": rnd.randrange(0, 4000) / 4,
            "margin": rnd.choice((0.25, 0.5)),
        }
        for index in range(rnd.randrange(0, 9))
    ]
    items = [
        {
            "contact_id": f"c{rnd.randrange(0, n + 1)}",
            "state": rnd.choice(("open", "pending", "hold")),
            "from_at": (at := rnd.randrange(0, HORIZON[1])),
            "to_at": at + rnd.randrange(0, 600),
        }
        for _ in range(rnd.randrange(0, 9))
    ]
    return {
        "interactions": contacts,
        "agent_states": states,
        "surveys": surveys,
        "visits": visits,
        "customers": customers,
        "orders": orders,
        "items": items,
    }


def frame(rows: list[Row], name: str) -> pl.DataFrame:
    """Rows as a frame in our schema: moments as datetimes."""
    from simkpi.interactions.cells import TYPES
    from simkpi.interactions.columns import TABLES

    columns = TABLES[name]
    names = list(rows[0]) if rows else list(_empty(name))
    schema = {key: pl.Float64 if columns[key].kind == "moment" else TYPES[columns[key].kind] for key in names}
    data = pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
    moments = [key for key in names if columns[key].kind == "moment"]
    return data.with_columns((pl.col(key) * 1000).round().cast(pl.Int64).cast(_MOMENT) for key in moments)


def _empty(name: str) -> Row:
    if name == "interactions":
        return contact(Random(1), 0)
    full = next(found[name] for seed in range(99) if (found := tables(Random(seed), 3))[name])
    return full[0]


def frames(log: Tables) -> dict[str, pl.DataFrame]:
    """All tables as frames."""
    return {name: frame(rows, name) for name, rows in log.items()}
