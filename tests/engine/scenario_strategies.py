"""Generated scenarios: small centres as a planner would write them, over every field that an engine must know.

Unlike the worlds of ``engine_strategies.py``, whose contacts are made by hand, these go the whole way: short form, checks,
resolution, drawn demand. Features are switched on independently of one another; a combination that the checks refuse is drawn
anew, with the same seed of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
from hypothesis import reject

from simkpi.demand.draws import draw as draw_demand
from simkpi.demand.rows import Demand
from simkpi.engine.routing.policy import is_own, load_policies
from simkpi.errors import ScenarioError
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.parity.parity import in_whole

CHANNELS = {"voice": "voice", "sales": "voice", "chat": "chat", "email": "email", "messaging": "messaging", "ticket": "ticket"}
CALLS, LATER = ("voice", "sales"), ("email", "ticket", "messaging")
POLICIES = [policy for _, policy in load_policies().items() if not is_own(policy)]
AGENT_POLICIES = [policy.name for policy in POLICIES if policy.rank_agent]
CONTACT_POLICIES = [policy.name for policy in POLICIES if policy.rank_contact]


#: Hours, every day or but for one; the first day is a Monday.
_OPEN = ("08:00-11:00", "08:00-11:00", {"mon": "08:00-11:00", "wed": "08:00-10:30"})

#: For each feature of the engine: contact types that the scenario then has, and the fields that are then switched on for certain.
LEADS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "slower_when_busy": ((), ("slower_when_busy",)),
    "balk_per_waiting": ((), ("balk_per_waiting",)),
    "shorter_per_waiting": ((), ("shorter_per_waiting",)),
    "longer_when_quiet": ((), ("longer_when_quiet",)),
    "retry": ((), ("retry",)),
    "chase": (("email",), ("chase",)),
    "pick": (("ticket",), ("pick",)),
    "background": (("email",), ("background",)),
    "backlog": (("ticket",), ("backlog",)),
    "bot_terms": (("chat",), ("bots", "at_once", "waits_at_most")),
    "invite": (("chat",), ("visitors",)),
    "turns": (("chat",), ("turns",)),
    "rounds": (("messaging",), ("rounds",)),
    "recontact": ((), ("recontact", "resolved")),
    "shifts": ((), ("shifts",)),
    "absence": ((), ("counted", "shrinkage")),
    "resolution": ((), ("resolves", "resolved", "recontact")),
    "when_closed": (("email",), ("when_closed",)),
    "hand_back": (("email",), ("hand_back",)),
    "transfer": (("sales",), ("transfer",)),
    "callback": ((), ("callback",)),
    "balk_above": ((), ("balk_above",)),
    "silent": (("chat",), ("silent",)),
    "lines": ((), ("lines",)),
    "reserve": ((), ("reserve",)),
    "last_agent": ((), ("last_agent", "recontact", "resolved")),
}


@st.composite
def whole_scenarios(draw: Any, *, lead: str | None = None) -> tuple[Scenario, Demand]:
    """Draw a scenario that has the feature *lead* at least, and the contacts of a day or two of it.

    In whole seconds or half-minutes most events share their tick.
    """
    needed, switched_on = LEADS[lead] if lead else ((), ())
    some = draw(st.lists(st.sampled_from([*CHANNELS][1:]), max_size=3, unique=True))
    short = _Scenario(draw, ["voice", *dict.fromkeys((*needed, *some))], frozenset(switched_on)).short()
    try:
        scenario = load(short)
    except ScenarioError:
        reject()
    demand = draw_demand(scenario, seed=draw(st.integers(0, 1000)), replication=0)
    return scenario, in_whole(draw(st.sampled_from([1, 1000, 30_000])), demand)


@st.composite
def scenarios_on_the_dot(draw: Any, *, lead: str | None = None) -> tuple[Scenario, Demand]:
    """Draw a scenario in which everything lasts whole ten minutes, or nothing, and contacts arrive at whole ten minutes.

    So contacts arrive, end, give up and come back as hours, shifts, breaks and the horizon begin and end.
    """
    needed, switched_on = LEADS[lead] if lead else ((), ())
    some = draw(st.lists(st.sampled_from([*CHANNELS][1:]), max_size=2, unique=True))
    short = _Scenario(draw, ["voice", *dict.fromkeys((*needed, *some))], frozenset(switched_on)).short()
    short["calendar"]["open"] = draw(st.sampled_from(["08:00-11:00", "21:00-24:00", "00:00-24:00"]))
    short = _in_tens(short)
    for contact in short["contacts"].values():
        if "visitors" not in contact:  # visitors are drawn, not replayed
            contact["volume"] = _arrivals(draw, short["calendar"]["days"])
    try:
        scenario = load(short)
    except ScenarioError:
        reject()
    return scenario, draw_demand(scenario, seed=draw(st.integers(0, 1000)), replication=0)


def _in_tens(part: Any) -> Any:
    """Return a part of a scenario with all durations in whole ten minutes, and fixed."""
    if isinstance(part, dict):
        laws = {"exponential": "20m", "lognormal": "10m", "uniform": "30m"}
        given = {"fixed" if key in laws else key: laws.get(key, value) for key, value in part.items()}
        return {key: _in_tens(value) for key, value in given.items()}
    if isinstance(part, list):
        return [_in_tens(each) for each in part]
    if isinstance(part, str) and re.fullmatch(r"[1-9]\d*[sm]", part):
        return "20m" if part in ("2m", "3m", "8m") else "10m"
    return part


def _arrivals(draw: Any, days: int) -> dict[str, Any]:
    """Draw moments of arrival, in whole ten minutes, more of them while teams are there."""
    tens = st.one_of(st.integers(45, 68), st.integers(0, 143))
    moments = [sorted(ten * 600_000 for ten in draw(st.lists(tens, max_size=14))) for _ in range(days)]
    counts = [[sum(moment // 3_600_000 == hour for moment in day) for hour in range(24)] for day in moments]
    return {"mode": "replay", "interval": "1h", "from": "00:00", "expected": counts, "arrivals": moments}


class _Scenario:
    """A scenario in the making: its contact types, and the fields that are switched on for certain."""

    def __init__(self, draw: Any, names: list[str], certain: frozenset[str]) -> None:
        self.draw, self.names, self.certain = draw, names, certain

    def short(self) -> dict[str, Any]:
        """Return the short form."""
        parts = {"bots": self.bots, "lines": self.lines}
        return {
            "simkpi": 1,
            "calendar": {"from": "2026-01-05", "days": self.one_of([1, 2, 3]), "open": self.one_of(_OPEN)},
            "contacts": {name: self.contact(name) for name in self.names},
            "teams": self.teams(),
            "routing": self.routing(),
            "definitions": {"fcr_window": "1h", "recontact_window": "1h"},
            "run": {"end": self.one_of(["drain", "cut"])},
            **self.some(parts, 2),
        }

    def one_of(self, values: Sequence[Any]) -> Any:
        """Draw one of *values*."""
        return self.draw(st.sampled_from(values))

    def is_on(self, name: str, share: int) -> bool:
        """Whether a field is switched on: certainly, or with chance one in *share*."""
        return name in self.certain or self.one_of([False] * (share - 1) + [True])

    def some(self, fields: dict[str, Any], share: int = 4) -> dict[str, Any]:
        """Keep some of *fields*, whose values may be functions."""
        return {name: value() if callable(value) else value for name, value in fields.items() if self.is_on(name, share)}

    def law(self, mean: str) -> Any:
        """Draw a law of that mean."""
        laws = [{"fixed": mean}, {"exponential": mean}, {"lognormal": {"mean": mean, "cv": 0.8}}]
        return self.one_of([*laws * 2, {"uniform": {"low": "0s", "high": mean}}, {"fixed": "0s"}])

    def contact(self, name: str) -> dict[str, Any]:
        """Draw a contact type."""
        profile = self.draw(st.lists(st.integers(0, 14), min_size=3, max_size=3))
        contact: dict[str, Any] = {
            "channel": CHANNELS[name],
            "volume": {"interval": "1h", "from": "07:00", "expected": [2, *profile, 2]},
            "handle": {"talk": self.law(self.one_of(["1m", "3m", "8m"])), **self.some({"wrap": "30s"}, 2)},
        }
        after = {"chance": "70%", "after": self.law("10m"), "at_most": 2}
        fields: dict[str, Any] = {"priority": lambda: self.one_of([0, 1, 2]), "resolved": "60%", "recontact": after}
        contact |= self.some(fields | (self.later(name) if name in LATER else self.live(name)))
        if name == "voice" and self.is_on("longer_when_quiet", 8):
            contact["handle"]["longer_when_quiet"] = self.law("20s")
        elif not contact.keys() & {"turns", "rounds"}:
            contact["handle"] |= self.some({"hold": "20s", "slower_when_busy": ["0%", "25%", "60%"]})
        if name not in LATER:
            contact["patience"] = self.patience(name)
        return contact

    def patience(self, name: str) -> dict[str, Any]:
        """Draw how long customers wait."""
        leaves: dict[str, Any] = {"balk": "15%", "balk_per_waiting": "20%", "balk_above": lambda: self.one_of(["1m", "4m"])}
        leaves["shorter_per_waiting"] = "10%"
        silent = {"silent": {"chance": "60%", "noticed_after": {"fixed": "60s"}}} if name == "chat" else {}
        return {**self.law("2m"), **self.some({**leaves, **silent, "at_most": "3m"})}

    def live(self, name: str) -> dict[str, Any]:
        """Fields of a call or a chat: somebody waits for the answer."""
        ring = {"no_answer": "30%", "ring": {"fixed": "20s"}, "tries": 2, "retry_after": {"fixed": "3m"}}
        closed = ["refuse", *({"ticket": other} for other in self.names if other in ("email", "ticket"))]
        fields: dict[str, Any] = {
            "retry": {"chance": "60%", "after": self.law("5m"), "at_most": 2},
            "queue_capacity": lambda: self.one_of([0, 1, 4]),
            "announced": lambda: self.one_of(["position", "last"]),
            "callback": {"offer_after": "1m", "accept": "60%", **ring},
            "when_closed": lambda: self.one_of(closed),
        }
        if name == "chat":
            site = {"opens": "10%", "before": "1m", "stay": "3m", "invite": {"after": "30s", "accepts": "30%", "free": 1}}
            if self.is_on("turns", 4):
                turns = {"replies": 2, "think": self.law("30s"), "silent": "20%", "idle_close": "1m"}
                return {"retry": fields["retry"], "visitors": site, "turns": lambda: turns}
            return {**fields, "visitors": site}
        if name == "sales":
            content = self.one_of([{"share": "40%"}, {"after": {"fixed": "60s"}, "content": "remaining"}])
            to = self.one_of(["voice", *(other for other in self.names if other not in ("sales", "chat", "messaging"))])
            fields["transfer"] = {"chance": "40%", "to": to, "handover": self.one_of(["cold", "warm"]), **content}
        return fields

    def later(self, name: str) -> dict[str, Any]:
        """Fields of work that can wait for another day."""
        fields: dict[str, Any] = {"backlog": lambda: self.one_of([1, 5, 15])}
        if name == "messaging":
            return {**fields, "rounds": {"replies": 2, "away": self.law("10m")}}
        chase = {"chance": "60%", "after": self.law("30m"), "by": {self.one_of(["voice", name]): "100%"}}
        fields |= {"chase": chase, "pick": lambda: self.one_of(["newest", "easiest"])}
        return {**fields, "reopen": {"chance": "30%", "after": "10m"}}

    def teams(self) -> dict[str, Any]:
        """Draw one to three teams; the first one serves everybody."""
        teams: dict[str, Any] = {}
        for number in range(self.one_of([1, 2, 3])):
            served = self.names if number == 0 else self.draw(st.lists(st.sampled_from(self.names), min_size=1, unique=True))
            closes = ["serve_queue", "finish_contact", *(["hand_back"] if set(served) & set(LATER) else [])]
            at_close = "hand_back" if "hand_back" in self.certain and "hand_back" in closes else self.one_of(closes)
            skills = {name: self.skill(name, number, served) for name in served}
            teams[f"team{number}"] = {"skills": skills, "at_close": at_close, **self.staff(number, served)}
        return teams

    def skill(self, name: str, team: int, served: list[str]) -> dict[str, Any]:
        """Draw how a team serves a contact type."""
        at_once = {"at_once": self.one_of([1, 2, 3])} if self.one_of([True, False]) else {}
        skill = at_once | self.some({"speed": "80%", "preference": 1, "order": -1, "level": 2, "resolves": "70%"}, 5)
        if team and self.one_of([True, False, False]):
            skill["after"] = "20s"
        if name in ("email", "ticket") and len(served) > 1 and self.is_on("background", 3):
            skill |= {"background": True, "resume": "5s", "after": "0s"}
        return skill

    def staff(self, number: int, served: list[str]) -> dict[str, Any]:
        """Draw who is there when: a head-count by the hour, shifts, or also agents by name."""
        how = 2 if "shifts" in self.certain else 0 if "counted" in self.certain else self.one_of([0, 1, 2, 3])
        more: dict[str, Any] = {"shrinkage": {"unplanned": "30%"}}
        if how < 2:
            counts = self.draw(st.lists(st.integers(0, 3), min_size=3, max_size=3))
            return {"staffing": {"interval": "1h", "from": "08:00", "count": counts}, **self.some(more)}
        days = self.some({"days": lambda: self.one_of(["sat,sun", "mon", "tue-fri"])}, 6)
        shift = {"start": "08:00", "end": self.one_of(["10:30", "11:00"]), "count": self.one_of([1, 2]), **days}
        shift["break"] = {"after": "1h", "length": "10m", "when_busy": self.one_of(["delay", "shorten", "skip"])}
        more |= {"lateness": {"chance": "30%", "time": "5m"}, "adherence": "90%"}
        if how == 2:
            return {"shifts": [shift], **self.some(more)}
        own = {"skills": {name: {} for name in served[:1]}, "speed": "90%", "resolves": "80%"}
        ann = {"shifts": [{**shift, "count": 1, "start": "08:30"}], **self.some(own, 2)}
        return {"shifts": [shift], "agents": {f"ann{number}": ann}, **self.some(more)}

    def lines(self) -> dict[str, Any]:
        """Draw trunk lines of one kind of calls, or of all."""
        contacts = self.one_of([["voice"], [name for name in self.names if name in CALLS]])
        return {"town": {"contacts": contacts, "count": self.one_of([1, 2, 3, 6])}}

    def bots(self) -> dict[str, Any]:
        """Draw a bot."""
        serves = self.draw(st.lists(st.sampled_from([name for name in self.names if name not in LATER]), min_size=1, unique=True))
        more: dict[str, Any] = {
            "gives_up": "10%",
            "solves": "70%",
            "adoption": "60%",
            "at_once": 1,
            "harder": "130%",
            "saves_agent": "20s",
            "hours": {"mon-sun": "09:00-10:00"},
            "easy_first": "60%",
        }
        bot = {"serves": serves, "contains": "40%", "time": self.law("40s"), **self.some(more, 3)}
        return {"assistant": {**bot, **(self.some({"waits_at_most": "20s"}, 2) if "at_once" in bot else {})}}

    def routing(self) -> dict[str, Any]:
        """Draw the rules of routing."""
        first, last = self.names[0], self.names[-1]
        fields: dict[str, Any] = {
            "agent": lambda: self.one_of(AGENT_POLICIES),
            "contact": lambda: self.one_of(CONTACT_POLICIES),
            "priority_per_minute": {first: 0.5},
            "head_start": {last: "40s"},
            "target_wait": {first: "20s"},
            "queue_weight": {last: 3},
            "reserve": lambda: [{"team": "team0", "agents": 1, "for": self.one_of([first, last])}],
            "last_agent": {first: self.one_of(["0s", "30s"])},
        }
        return self.some(fields, 3)
