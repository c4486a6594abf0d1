"""Every KPI a second time: plain Python over rows, written from the definitions in docs/kpis.md and not from the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from tests.kpi.random_logs import Row, Tables

Answer = tuple[float, float]  # numerator, denominator
THRESHOLD, SHORT, WINDOW, EXIT, FRT_LIMIT = 20, 5, 3600, 300, 60
LOST = ("abandoned", "blocked", "refused")
#: What is scheduled of those who are there.
ON_SITE = ("work", "break", "lunch", "meeting", "training")


class Second:
    """One log, its horizon, and the KPIs by name: each returns (numerator, denominator), or a value."""

    def __init__(self, log: Tables, horizon: tuple[int, int]) -> None:
        self.log, self.horizon = log, horizon
        self.rows = log["interactions"]

    # --- what a contact is -------------------------------------------------------------------------------------------

    @staticmethod
    def answered(row: Row) -> bool:
        return row["outcome"] == "answered" or (row["outcome"] == "open" and row["answered_at"] is not None)

    @staticmethod
    def contained(row: Row) -> bool:
        return row["outcome"] == "contained" or row["bot_outcome"] == "contained"

    @staticmethod
    def offered(row: Row) -> bool:
        return row["queued_at"] is not None

    def wait(self, row: Row) -> float | None:
        if not self.offered(row):
            return None
        until = row["answered_at"] if self.answered(row) else row["ended_at"] if row["outcome"] != "open" else None
        return None if until is None else until - row["queued_at"]

    @staticmethod
    def human_reply(row: Row) -> float | None:
        if row["n_agent_messages"] is not None and row["n_agent_messages"] == 0:
            return None
        return row["first_reply_at"] if row["first_reply_at"] is not None else row["answered_at"]

    def frt(self, row: Row) -> float | None:
        reply = self.human_reply(row)
        return None if reply is None else reply - row["arrived_at"]

    def effort(self, row: Row) -> float | None:
        if not self.answered(row) or row["outcome"] == "open":
            return None
        if row["work_time"] is not None:
            return row["work_time"]
        if row["talk_time"] is not None:
            return row["talk_time"] + (row["hold_time"] or 0) + (row["wrap_time"] or 0)
        return None  # the log has the columns: where they are empty nothing is known

    def talk(self, row: Row) -> float | None:
        if not self.answered(row) or row["outcome"] == "open":
            return None
        return row["talk_time"]

    @staticmethod
    def solved_at(row: Row) -> float | None:
        if row["resolved_at"] is not None:
            return row["resolved_at"]
        return row["ended_at"] if row["is_resolved"] else None

    @staticmethod
    def end(row: Row) -> float:
        return row["arrived_at"] if row["ended_at"] is None else row["ended_at"]

    @staticmethod
    def complaint(row: Row) -> bool:
        return bool(row["is_complaint"])

    def case_rows(self) -> list[list[Row]]:
        """Contacts of each issue, in order of arrival; a contact without a key is alone."""
        issues: dict[str, list[Row]] = {}
        for row in self.rows:
            issues.setdefault(row["case_id"] or f"alone {row['contact_id']}", []).append(row)
        return [sorted(rows, key=lambda r: (r["arrived_at"], r["contact_id"])) for rows in issues.values()]

    def returns(self) -> set[str]:
        """Contacts followed by another of the same issue within the window after their end, inclusive."""
        found = set()
        for rows in self.case_rows():
            for row, after in pairwise(rows):
                if after["arrived_at"] - self.end(row) <= WINDOW:
                    found.add(row["contact_id"])
        return found

    def cases(self) -> list[tuple[Row, bool, bool, bool, bool]]:
        """(row that stands for the case, solved at first contact, came back, never asked for a human, window passed)."""
        found = []
        for rows in self.case_rows():
            episodes: list[list[Row]] = []
            latest = None
            for row in rows:
                if latest is None or row["arrived_at"] - latest > WINDOW:
                    episodes.append([])
                episodes[-1].append(row)
                # the window counts from the latest end of any earlier contact of the issue
                latest = max(self.end(r) for e in episodes for r in e)
            found += [self.case(episode) for episode in episodes]
        return found

    def case(self, episode: list[Row]) -> tuple[Row, bool, bool, bool, bool]:
        contacts: list[list[Row]] = []  # a transfer continues the contact before it
        first_is_transfer: list[Row] = []
        for row in episode:
            if row["origin"] == "transfer":
                (contacts[-1] if contacts else first_is_transfer).append(row)
            else:
                contacts.append([row])
        parts = ([first_is_transfer] if first_is_transfer else []) + contacts
        handled = [i for i, part in enumerate(parts) if any(self.answered(r) or self.contained(r) for r in part)]
        first = parts[handled[0]] if handled else None
        over = first if first is not None else episode
        ends = [self.horizon[1] if r["outcome"] == "open" else self.end(r) for r in over]
        passed = self.horizon[1] - max(ends) >= WINDOW
        automated = any(self.contained(r) for r in episode) and not any(self.offered(r) for r in episode)
        if first is None:
            return episode[0], False, False, automated, passed
        stands = next(r for r in first if self.answered(r) or self.contained(r))
        back = handled[0] < len(parts) - 1
        solved = any(r["is_resolved"] for r in first) and not back and stands["is_resolved"] is not None
        return stands, solved, back, automated, passed

    # --- agent time ---------------------------------------------------------------------------------------------------

    def stretches(self) -> Iterable[tuple[float, int, Row | None]]:
        """(length, contacts open, state) of every stretch of every agent's time inside the horizon."""
        start, end = self.horizon
        for agent in sorted({s["agent_id"] for s in self.log["agent_states"]}):
            states = [s for s in self.log["agent_states"] if s["agent_id"] == agent]
            mine = []
            for row in self.rows:
                if row["agent_id"] == agent and row["answered_at"] is not None:
                    ends = [t for t in (row["wrapped_at"], row["ended_at"], end) if t is not None]
                    mine.append((row["answered_at"], ends[0]))
            cuts = {start, end, *(s["from_at"] for s in states), *(s["to_at"] for s in states), *(t for m in mine for t in m)}
            ticks = sorted(t for t in cuts if start <= t <= end)
            for a, b in pairwise(ticks):
                state = next((s for s in states if s["from_at"] <= a and b <= s["to_at"]), None)
                yield b - a, sum(x <= a and b <= y for x, y in mine), state

    def spent(self, test: Callable[[str, int], bool], weight: Callable[[int, Row], float] = lambda k, s: 1) -> float:
        """Time of the stretches for which test(state, contacts open) holds."""
        return sum(
            length * weight(k, state) for length, k, state in self.stretches() if state is not None and test(state["state"], k)
        )

    def scheduled(self, test: Callable[[Row], bool]) -> float:
        """Time of the stretches with a state for which test(state) holds."""
        return sum(length for length, _, state in self.stretches() if state is not None and test(state))

    def cost(self) -> float:
        """Agents' time at the cost of an hour, and bot sessions."""
        time = sum(length * state["cost_rate"] for length, _, state in self.stretches() if state is not None) / 3600
        return time + sum(row["bot_cost"] or 0 for row in self.rows)


def _count(rows: Iterable[Row], test: Callable[[Row], Any]) -> int:
    return sum(1 for row in rows if test(row))


def _mean(values: Iterable[float | None]) -> Answer:
    known = [value for value in values if value is not None]
    return sum(known), len(known)


def percentile(values: Iterable[float | None], level: float) -> float | None:
    """Linear interpolation between order statistics (type 7)."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    place = level * (len(known) - 1)
    low = int(place)
    high = min(low + 1, len(known) - 1)
    return known[low] + (known[high] - known[low]) * (place - low)


def ratios(log: Tables, horizon: tuple[int, int]) -> dict[str, Answer]:
    """All ratios and means: KPI -> (numerator, denominator)."""
    s = Second(log, horizon)
    rows, start, end = s.rows, *horizon
    n = len(rows)
    hours = (end - start) / 3600
    offered = [r for r in rows if s.offered(r)]
    answered = [r for r in rows if s.answered(r)]
    handled = [r for r in rows if s.answered(r) or s.contained(r)]
    bots = [r for r in rows if r["bot_started_at"] is not None]
    asked = [r for r in rows if s.offered(r) or r["outcome"] in ("blocked", "refused")]
    waits = [(r, s.wait(r)) for r in offered if s.wait(r) is not None]
    back = s.returns()
    cases = s.cases()
    decided = [c for c in cases if c[4]]
    in_time = _count(waits, lambda rw: s.answered(rw[0]) and rw[1] <= THRESHOLD)
    left = [w for r, w in waits if r["outcome"] == "abandoned"]
    csat = [r["csat"] for r in rows if r["csat"] is not None]
    nps = [r["nps"] for r in rows if r["nps"] is not None]
    agent_surveys = [x["score"] for x in log["surveys"] if x["kind"] == "agent"]
    comments = [x for x in log["surveys"] if x["kind"] == "comment"]
    visits = log["visits"]
    requests = [v for v in visits if v["requested_at"] is not None]
    invited = [v for v in visits if v["invited_at"] is not None]
    people = log["customers"]

    def is_customer(person: Row, at: float) -> bool:
        return person["from_at"] <= at and (person["to_at"] is None or person["to_at"] > at)

    waiting = [i for i in log["items"] if i["state"] in ("pending", "hold")]
    pending = {
        r["contact_id"]: sum(i["to_at"] - i["from_at"] for i in waiting if i["contact_id"] == r["contact_id"]) for r in rows
    }
    open_now = [
        r
        for r in rows
        if r["arrived_at"] <= end
        and ((closed := (None if r["outcome"] == "open" else r["resolved_at"] or r["ended_at"])) is None or closed > end)
    ]
    busy = s.spent(lambda state, k: state == "work" and k > 0)
    work = s.spent(lambda state, k: state == "work")
    paid = s.spent(lambda state, k: state not in ("off", "overtime"))
    load = s.spent(lambda state, k: state == "work", lambda k, state: k)
    slots = s.spent(lambda state, k: state == "work", lambda k, state: state["slots"])
    buyers = {o["customer_id"] for o in log["orders"]}
    years = (end - start) / (365.25 * 86400)
    on_time = [r for r in rows if r["due_at"] is not None and (s.human_reply(r) is not None or r["due_at"] < end)]
    result: dict[str, Answer] = {
        "contacts_per_hour": (n, hours),
        "backlog": (len(open_now), 1),
        "backlog_age": (sum(end - r["arrived_at"] for r in open_now), len(open_now)),
        "answer_rate": (_count(offered, s.answered), len(offered)),
        "abandon_rate": (_count(offered, lambda r: r["outcome"] == "abandoned"), len(offered)),
        "abandon_rate:decided": (
            _count(rows, lambda r: r["outcome"] == "abandoned"),
            _count(rows, lambda r: r["outcome"] == "abandoned" or (s.offered(r) and s.answered(r))),
        ),
        "abandon_rate:excl_short": (
            sum(w >= SHORT for w in left),
            _count(offered, lambda r: r["outcome"] != "abandoned") + sum(w >= SHORT for w in left),
        ),
        "abandon_rate:tickets": (
            _count(
                offered,
                lambda r: r["outcome"] == "abandoned" or (r["outcome"] == "answered" and r["is_resolved"] is False),
            ),
            len(offered),
        ),
        "service_level": (in_time, len(offered)),
        "service_level:answered_only": (in_time, len(answered)),
        "service_level:late_abandons": (in_time, len(answered) + sum(w > THRESHOLD for w in left)),
        "service_level:abandons_ok": (in_time + sum(w <= THRESHOLD for w in left), len(offered)),
        "service_level:short_abandons": (in_time, len(offered) - sum(w < SHORT for w in left)),
        "service_level:strict": (_count(waits, lambda rw: s.answered(rw[0]) and rw[1] < THRESHOLD), len(offered)),
        "service_level:decided": (
            in_time,
            len(answered)
            + len(left)
            + _count(offered, lambda r: r["outcome"] == "open" and r["answered_at"] is None and end - r["queued_at"] > THRESHOLD),
        ),
        "late_abandon_rate": (sum(w > THRESHOLD for w in left), len(offered)),
        "missed_rate": (_count(asked, lambda r: not s.answered(r) and r["outcome"] != "open"), len(asked)),
        "blocked_rate": (_count(asked, lambda r: r["outcome"] in ("blocked", "refused")), len(asked)),
        "exit_after_request": (
            _count(requests, lambda v: v["ended_at"] is not None and v["ended_at"] - v["requested_at"] <= EXIT),
            _count(requests, lambda v: v["ended_at"] is not None),
        ),
        "frt": _mean(s.frt(r) for r in rows),
        "frt_coverage": (_count(offered, lambda r: s.human_reply(r) is not None), len(offered)),
        "frt_within": (_count(offered, lambda r: s.frt(r) is not None and s.frt(r) <= FRT_LIMIT), len(offered)),
        "response_time": (
            sum(r["reply_time"] * r["n_agent_messages"] for r in rows if r["reply_time"] is not None and r["n_agent_messages"]),
            sum(r["n_agent_messages"] for r in rows if r["reply_time"] is not None and r["n_agent_messages"]),
        ),
        "asa": _mean(w for r, w in waits if s.answered(r)),
        "mean_wait": _mean(w for _, w in waits),
        "mean_wait_abandoned": _mean(left),
        "average_excess": _mean(max(w - THRESHOLD, 0) for _, w in waits),
        "delay_probability": (_count(waits, lambda rw: rw[1] > 0), len(waits)),
        "pickup_time": _mean(r["answered_at"] - r["offered_at"] for r in answered if r["offered_at"] is not None),
        "aht": _mean(s.effort(r) for r in rows),
        "talk_time": _mean(s.talk(r) for r in rows),
        "hold_time": _mean(r["hold_time"] for r in answered),
        "acw": _mean(r["wrap_time"] for r in answered),
        "resolution_time": _mean(
            s.solved_at(r) - r["arrived_at"] - pending[r["contact_id"]] for r in rows if s.solved_at(r) is not None
        ),
        "complaint_resolution_time": _mean(
            s.solved_at(r) - r["arrived_at"] for r in rows if s.complaint(r) and s.solved_at(r) is not None
        ),
        "first_contact_resolution_time": _mean(s.end(c[0]) - c[0]["arrived_at"] for c in decided if c[1]),
        "on_time": (_count(on_time, lambda r: s.human_reply(r) is not None and s.human_reply(r) <= r["due_at"]), len(on_time)),
        "fcr": (sum(c[1] for c in decided), len(decided)),
        "unresolved_rate": (
            _count(handled, lambda r: r["is_resolved"] is False),
            _count(handled, lambda r: r["is_resolved"] is not None),
        ),
        "return_or_escalation_rate": (_count(rows, lambda r: r["contact_id"] in back or r["is_escalated"]), n),
        "repeat_rate": (_count(handled, lambda r: r["contact_id"] in back), _count(handled, lambda r: r["case_id"])),
        "redial_rate": (
            _count(rows, lambda r: r["outcome"] in LOST and r["contact_id"] in back),
            _count(rows, lambda r: r["outcome"] in LOST and r["case_id"]),
        ),
        "resolution_rate": (_count(rows, lambda r: r["is_resolved"]), n),
        "resolution_rate:handled": (_count(handled, lambda r: r["is_resolved"]), len(handled)),
        "callback_share": (_count(rows, lambda r: s.offered(r) and r["origin"] == "callback"), _count(rows, s.offered)),
        "callback_reached": (
            _count(rows, lambda r: s.answered(r) and r["origin"] == "callback"),
            _count(rows, lambda r: r["origin"] == "callback"),
        ),
        "escalation_rate": (_count(rows, lambda r: r["is_escalated"]), n),
        "transfer_rate": (_count(answered, lambda r: (r["n_transfers"] or 0) > 0), len(answered)),
        "transfers_per_contact": (sum(r["n_transfers"] or 0 for r in answered), len(answered)),
        "reopen_rate": (
            _count(rows, lambda r: r["reopened_at"] is not None),
            _count(rows, lambda r: s.solved_at(r) is not None or r["reopened_at"] is not None),
        ),
        "contacts_per_case": (_count(rows, lambda r: r["origin"] != "transfer"), len(s.case_rows())),
        "occupancy": (busy, work),
        "slot_occupancy": (load, slots),
        "concurrency": (load, busy),
        "utilization": (busy, paid),
        "adherence": (
            s.scheduled(lambda x: x["scheduled"] == x["state"] and x["scheduled"] in ON_SITE),
            s.scheduled(lambda x: x["scheduled"] in ON_SITE),
        ),
        "conformance": (
            s.scheduled(lambda x: x["state"] in ("work", "overtime")),
            s.scheduled(lambda x: x["scheduled"] == "work"),
        ),
        "cost_per_contact": (s.cost(), len(handled)),
        "shrinkage": (s.spent(lambda state, k: state not in ("off", "overtime", "work")), paid),
        "agents_on_queue": (work, end - start),
        "contacts_per_agent_hour": (len(answered), work / 3600),
        "contacts_per_agent": (len(answered), len({r["agent_id"] for r in answered} - {None})),
        "agent_satisfaction": _mean(agent_surveys),
        "containment_rate": (_count(bots, lambda r: s.contained(r) or r["bot_outcome"] == "gave_up"), len(bots)),
        "containment_rate:contained": (_count(bots, s.contained), len(bots)),
        "containment_rate:resolved": (_count(bots, lambda r: s.contained(r) and r["is_resolved"]), len(bots)),
        "bot_cost_per_session": (sum(r["bot_cost"] or 0 for r in bots), len(bots)),
        "bot_cost_per_resolution": (
            sum(r["bot_cost"] or 0 for r in bots),
            _count(bots, lambda r: s.contained(r) and r["is_resolved"]),
        ),
        "bot_resolution_rate": (_count(bots, lambda r: s.contained(r) and r["is_resolved"]), len(bots)),
        "deflection_rate": (_count(rows, lambda r: s.contained(r) and r["contact_id"] not in back), n),
        "deflection_rate:resolved": (
            _count(rows, lambda r: s.contained(r) and r["contact_id"] not in back and r["is_resolved"]),
            n,
        ),
        "deflection_rate_gross": (_count(rows, s.contained), n),
        "false_containment_rate": (
            _count(rows, lambda r: s.contained(r) and r["contact_id"] in back),
            _count(rows, s.contained),
        ),
        "self_service_rate": (
            _count(
                rows,
                lambda r: (
                    r["channel"] in ("self_service", "help_center", "portal", "faq", "ivr")
                    and (s.contained(r) or (not s.answered(r) and r["is_resolved"]))
                ),
            ),
            n,
        ),
        "bot_frt": _mean(r["bot_started_at"] - r["arrived_at"] for r in bots),
        "bot_time": _mean(r["bot_ended_at"] - r["bot_started_at"] for r in bots),
        "canned_share": (_count(answered, lambda r: (r["n_canned"] or 0) > 0), len(answered)),
        "canned_per_contact": (sum(r["n_canned"] or 0 for r in answered), len(answered)),
        "canned_saving": (sum(r["saved_time"] or 0 for r in answered), len(answered)),
        "canned_csat": _mean(r["csat"] for r in rows if (r["n_canned"] or 0) > 0),
        "messages_per_contact": _mean(r["n_messages"] for r in answered),
        "agent_messages_per_contact": _mean(r["n_agent_messages"] for r in answered),
        "tagged_share": (_count(rows, lambda r: r["tags"]), n),
        "tags_per_contact": (sum(len(r["tags"] or []) for r in rows), n),
        "csat": (sum(x >= 4 for x in csat), len(csat)),
        "csat_mean": _mean(csat),
        "very_satisfied": (sum(x == 5 for x in csat), len(csat)),
        "complaint_rate": (_count(rows, s.complaint), n),
        "nps": (100 * (sum(x >= 9 for x in nps) - sum(x <= 6 for x in nps)), len(nps)),
        "ces": _mean(r["ces"] for r in rows),
        "quality_score": _mean(r["qa_score"] for r in rows),
        "positive_ratings": (sum(x > 3 for x in csat), len(csat)),
        "negative_ratings": (sum(x < 3 for x in csat), len(csat)),
        "feedback_response_rate": (_count(comments, lambda x: x["replied_at"] is not None), len(comments)),
        "engagement": (
            sum(bool(p["is_member"]) + bool(p["is_trained"]) for p in people if is_customer(p, end)),
            2 * _count(people, lambda p: is_customer(p, end)),
        ),
        "social_share": (_count(rows, lambda r: r["channel"] == "social"), n),
        "time_to_conversion": _mean(r["converted_at"] - r["arrived_at"] for r in rows if r["converted_at"] is not None),
        "time_before_contact": _mean(r["arrived_at"] - r["visit_started_at"] for r in rows if r["visit_started_at"] is not None),
        "conversion_rate": (_count(rows, lambda r: r["is_converted"]), _count(rows, lambda r: r["is_converted"] is not None)),
        "value_per_contact": (sum(r["value"] or 0 for r in rows), n),
        "visitor_contact_rate": (len(requests), len(visits)),
        "invitation_rate": (
            _count(invited, lambda v: v["requested_at"] is not None and v["requested_at"] >= v["invited_at"]),
            len(invited),
        ),
        "visit_conversion_rate": (_count(requests, lambda v: v["is_converted"]), len(requests)),
        "retention_rate": (
            _count(people, lambda p: is_customer(p, end))
            - _count(people, lambda p: is_customer(p, end) and start < p["from_at"] <= end),
            _count(people, lambda p: is_customer(p, start)),
        ),
        "churn": (
            _count(people, lambda p: is_customer(p, start) and not is_customer(p, end)),
            _count(people, lambda p: is_customer(p, start)),
        ),
        "clv": (sum(o["value"] for o in log["orders"]) * 3, len(buyers) * years),
        "clv:historic": (sum(o["value"] * o["margin"] for o in log["orders"]), len(buyers)),
        "clv:predictive": (sum(o["value"] * o["margin"] for o in log["orders"]) * 3, len(buyers) * years),
        "referral_rate": (_count(people, lambda p: p["referred_by"] is not None), len(people)),
        "survey_response_rate": (len(csat), len(csat)),
        "contact_share": (n, n),
    }
    return result


def counts(log: Tables, horizon: tuple[int, int]) -> dict[str, float]:
    """All counts and sums."""
    s = Second(log, horizon)
    rows, start, end = s.rows, *horizon
    handled = [r for r in rows if s.answered(r) or s.contained(r)]
    bots = [r for r in rows if r["bot_started_at"] is not None]
    closed = _count(rows, lambda r: r["outcome"] != "open" and (r["resolved_at"] or r["ended_at"]) is not None)
    by_interval: dict[int, int] = {}
    for row in rows:
        by_interval[row["arrived_at"] // 1800] = by_interval.get(row["arrived_at"] // 1800, 0) + 1

    def customer(person: Row, at: float) -> bool:
        return person["from_at"] <= at and (person["to_at"] is None or person["to_at"] > at)

    return {
        "total_contacts": len(rows),
        "offered": _count(rows, s.offered),
        "answered": _count(rows, s.answered),
        "abandoned": _count(rows, lambda r: r["outcome"] == "abandoned"),
        "blocked": _count(rows, lambda r: r["outcome"] in ("blocked", "refused")),
        "still_open": _count(rows, lambda r: r["outcome"] == "open"),
        "closed": closed,
        "ticket_flow": len(rows) - closed,
        "peak_contacts": max(by_interval.values(), default=0),
        "workload": sum(_any_effort(s, r) for r in rows) / 3600,
        "missed": _count(
            rows,
            lambda r: (s.offered(r) or r["outcome"] in ("blocked", "refused")) and not s.answered(r) and r["outcome"] != "open",
        ),
        "unresolved": _count(handled, lambda r: r["is_resolved"] is False),
        "staffed_hours": s.spent(lambda state, k: state == "work") / 3600,
        "hours_worked": s.spent(lambda state, k: state != "off") / 3600,
        "handling_hours": s.spent(lambda state, k: state == "work" and k > 0) / 3600,
        "cost": s.cost(),
        "bot_sessions": len(bots),
        "contained": _count(bots, s.contained),
        "handoffs": _count(bots, lambda r: r["bot_outcome"] == "handed_off"),
        "social_contacts": _count(rows, lambda r: r["channel"] == "social"),
        "customers_lost": _count(log["customers"], lambda p: customer(p, start) and not customer(p, end)),
    }


def _any_effort(s: Second, row: Row) -> float:
    """Effort so far, of a contact still in conversation too (as far as it is recorded)."""
    if not s.answered(row):
        return 0
    if row["outcome"] == "open":
        return row["work_time"] or 0
    return s.effort(row) or 0


def percentiles(log: Tables, horizon: tuple[int, int]) -> dict[str, float | None]:
    """All percentiles."""
    s = Second(log, horizon)
    waits = [s.wait(r) for r in s.rows]
    frts = [s.frt(r) for r in s.rows]
    pending = {r["contact_id"]: 0.0 for r in s.rows}
    for item in log["items"]:
        if item["contact_id"] in pending and item["state"] in ("pending", "hold"):
            pending[item["contact_id"]] += item["to_at"] - item["from_at"]
    solving = [s.solved_at(r) - r["arrived_at"] - pending[r["contact_id"]] for r in s.rows if s.solved_at(r) is not None]
    return {
        "frt_p50": percentile(frts, 0.5),
        "frt_p90": percentile(frts, 0.9),
        "longest_wait": percentile(waits, 1.0),
        "wait_p50": percentile(waits, 0.5),
        "wait_p80": percentile(waits, 0.8),
        "wait_p90": percentile(waits, 0.9),
        "wait_p95": percentile(waits, 0.95),
        "resolution_time_p90": percentile(solving, 0.9),
    }
