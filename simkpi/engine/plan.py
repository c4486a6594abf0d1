"""What an engine runs on: the scenario as whole numbers, worked out once and shared by every engine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.features import FEATURES, picks
from simkpi.engine.life_plan import LifePlan, life_plan
from simkpi.engine.ppm import PPM, paces
from simkpi.engine.routing.policy import Policy
from simkpi.engine.rules import Urgency, agent_policy, contact_policy, last_agent_waits, urgency
from simkpi.engine.team_plan import SkillPlan, TeamPlan, head_counts, team_plan
from simkpi.scenario.bot_hours import up_spans
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.crews import crews_of, has_timetables, stints_of
from simkpi.scenario.days import opening_ticks
from simkpi.scenario.hand_back_checks import handed_back_types
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.rosters import Roster, Stints, lay_out
from simkpi.scenario.spec import Bot, Contact, Spec
from simkpi.units import DAY, to_ticks


@dataclass(frozen=True)
class BotPlan:
    """A bot as numbers.

    Parameters
    ----------
    at_once : int
        Sessions that it holds at a time, ``NEVER`` = any number.
    waits : int, ticks
        How long a customer waits for a place.
    up : tuple of (tick, tick)
        When it works, disjoint and in order.
    """

    at_once: int
    waits: int
    up: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Plan:
    """A scenario as numbers.

    Parameters
    ----------
    contact_types : tuple of str
        In the scenario's order; tuples below are indexed alike.
    priority : tuple of int
        Higher is served first.
    urgency : tuple of Urgency
        What else policies may go by.
    queue_capacity : tuple of int
        Places in the queue, ``NEVER`` = no limit.
    agent_policy : tuple of Policy
        How an arriving contact of the type chooses among free agents.
    contact_policy : Policy
        How a freed agent chooses among waiting contacts of equal ``order``.
    pace : tuple of tuple of int, ppm
        How fast a contact of the type goes on while its agent has 1, 2, 3 ... contacts open (the last figure holds beyond);
        empty = always at full speed and in one piece.
    teams : tuple of TeamPlan
        In the scenario's order.
    horizon : int, ticks
        End of the last day.
    cut : bool
        Whether the clock stops at the horizon (else everybody who came is served first).
    last_agent : tuple of int, ticks
        How long a customer of the type who comes back waits for the agent who handled the case before going to anybody;
        0 = only if the agent has room at once, -1 = goes to anybody. Empty = all do.
    open : tuple of (tick, tick)
        When the centre is open: those who come back elsewhen come in the span that follows. Empty = nobody comes back.
    deferred : tuple of bool
        Whether contacts of the type can wait for another day: nobody stays after the end of the day for them. Empty = none can.
    pick : tuple of int
        Which waiting contact of the type is taken first (``simkpi.scenario.deferred.PICKS``). Empty = the oldest everywhere.
    features : frozenset of str
        Scenario fields in use that not every engine may know (``FEATURES``): an engine refuses a plan whose features it lacks.
    roster : Roster or None
        Timetables of the agents who have one, as planned; its crews are the teams here.
    bots : tuple of BotPlan
        In the scenario's order.
    life : LifePlan
        What may become of contacts on their way: announced waits, calls back, tiers, trunk lines.
    idle_close : tuple of int, ticks
        By contact type: silence after which an agent ends a chat with turns.
    invite_free : tuple of int
        By contact type: contacts for which there must be room before a visitor is invited.
    """

    contact_types: tuple[str, ...]
    priority: tuple[int, ...]
    urgency: tuple[Urgency, ...]
    queue_capacity: tuple[int, ...]
    agent_policy: tuple[Policy, ...]
    contact_policy: Policy
    pace: tuple[tuple[int, ...], ...]
    teams: tuple[TeamPlan, ...]
    horizon: int
    cut: bool
    last_agent: tuple[int, ...] = ()
    open: tuple[tuple[int, int], ...] = ()
    deferred: tuple[bool, ...] = ()
    pick: tuple[int, ...] = ()
    features: frozenset[str] = frozenset()
    roster: Roster | None = None
    bots: tuple[BotPlan, ...] = ()
    life: LifePlan = field(default_factory=LifePlan)
    idle_close: tuple[int, ...] = ()
    invite_free: tuple[int, ...] = ()

    @property
    def n_agents(self) -> int:
        """Agents of all teams."""
        return sum(team.n_agents for team in self.teams)

    def overflow_waits(self, contact_type: int) -> tuple[int, ...]:
        """Ticks of waiting after which further teams become eligible for *contact_type*, increasing, without 0."""
        waits = {skill.after for team in self.teams for skill in team.skills if skill.contact_type == contact_type}
        return tuple(sorted(waits - {0}))

    def comes_at(self, tick: int) -> int:
        """Moment at which somebody comes back who would at *tick*: if closed then, in the next opening span.

        A closed time is stretched over the opening span that follows it, so that those who would have come early in the night
        come early in the day, and not all at the moment of opening. ``NEVER`` if the horizon ends first.
        """
        place = bisect_right(self.open, (tick, NEVER))
        if place and tick < self.open[place - 1][1]:
            return tick
        if place == len(self.open):
            return NEVER
        closed, (opens, closes) = self.open[place - 1][1] if place else 0, self.open[place]
        return opens + (tick - closed) * (closes - opens) // (opens - closed)

    def speeds(self) -> Ticks:
        """Speed in ppm, shape (n_teams, n_contact_types); ``PPM`` where the team lacks the skill."""
        return self._by_skill(lambda skill: skill.speed)

    def resolution(self) -> Ticks:
        """Return factors on resolution in ppm, shape (n_teams, n_contact_types); ``PPM`` where the team lacks the skill."""
        return self._by_skill(lambda skill: skill.resolves)

    def _by_skill(self, figure: Callable[[SkillPlan], int]) -> Ticks:
        table = np.full((len(self.teams), len(self.contact_types)), PPM, dtype=np.int64)
        for row, team in enumerate(self.teams):
            for skill in team.skills:
                table[row, skill.contact_type] = figure(skill)
        return table


def plan(scenario: Scenario) -> Plan:
    """Work out the whole numbers that engines run on.

    Parameters
    ----------
    scenario : Scenario
        Resolved: every team has a head-count table and every skill its ``at_once``.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the scenario is not resolved, or a policy does not say what it is asked for.
    UnknownName
        If a policy is not known.
    """
    spec = scenario.spec
    names = tuple(spec.contacts)
    horizon = to_ticks(spec.calendar.days * DAY)
    crews = crews_of(spec)
    roster = lay_out(Stints.of(stints_of(spec))) if has_timetables(spec) else None
    teams: list[TeamPlan] = []
    for number, crew in enumerate(crews):
        first = teams[-1].first_agent + teams[-1].n_agents if teams else 0
        teams.append(team_plan(crew, head_counts(spec, crews, number, roster, horizon), names, first, spec))
    return Plan(
        contact_types=names,
        priority=tuple(contact.priority for contact in spec.contacts.values()),
        urgency=tuple(urgency(spec, name) for name in names),
        queue_capacity=tuple(
            NEVER if contact.queue_capacity is None else contact.queue_capacity for contact in spec.contacts.values()
        ),
        agent_policy=tuple(agent_policy(spec, name) for name in names),
        contact_policy=contact_policy(spec),
        pace=_paces(spec),
        teams=tuple(teams),
        horizon=horizon,
        cut=spec.run.end == "cut",
        last_agent=last_agent_waits(spec),
        open=opening_ticks(spec.calendar) if any(map(_may_come_again, spec.contacts.values())) else (),
        deferred=_deferred(spec),
        pick=picks(spec),
        life=life_plan(spec),
        features=frozenset(name for name, is_used in FEATURES.items() if is_used(spec)),
        roster=roster,
        bots=tuple(_bot(bot, spec) for bot in spec.bots.values()),
        invite_free=tuple(
            contact.visitors.invite.free if contact.visitors and contact.visitors.invite else 0
            for contact in spec.contacts.values()
        ),
        idle_close=tuple(to_ticks(contact.turns.idle_close) if contact.turns else 0 for contact in spec.contacts.values()),
    )


def on_duty(plan: Plan, demand: Demand) -> Plan:
    """Return the plan with what chance does to the agents' time in the replication of *demand*; often the plan itself."""
    duty = demand.duty
    if duty is None:
        return plan
    teams = []
    for number, team in enumerate(plan.teams):
        changes = duty.head_counts.get(number, team.changes)
        if team.agents and duty.roster is not None:
            changes = duty.roster.openings([other for other, each in enumerate(plan.teams) if each.name == team.name])
        teams.append(team if changes == team.changes else replace(team, changes=changes))
    # with no shift on the days of the calendar nothing is drawn: the timetables are empty, but there
    return replace(plan, teams=tuple(teams), roster=plan.roster if duty.roster is None else duty.roster)


def _bot(bot: Bot, spec: Spec) -> BotPlan:
    up = tuple((to_ticks(start), to_ticks(end)) for start, end in up_spans(bot, spec.calendar))
    return BotPlan(NEVER if bot.at_once is None else bot.at_once, to_ticks(bot.waits_at_most), up)


def _may_come_again(contact: Contact) -> bool:
    ways = (contact.retry, contact.recontact, contact.reopen, contact.chase, contact.callback)
    return any(way is not None for way in ways)


def _paces(spec: Spec) -> tuple[tuple[int, ...], ...]:
    """Return the paces of each contact type; full speed, stated, where work may be set aside."""
    aside = {name for team in spec.teams.values() for name, skill in team.skills.items() if skill.background}
    aside |= handed_back_types(spec)
    slower = {name: contact.handle.slower_when_busy for name, contact in spec.contacts.items()}
    return tuple(paces(curve) or ((PPM,) if name in aside else ()) for name, curve in slower.items())


def _deferred(spec: Spec) -> tuple[bool, ...]:
    """Return whether each contact type's channel is deferrable; nothing at all if none is."""
    deferred = tuple(CHANNELS.get(contact.channel).deferrable for contact in spec.contacts.values())
    return deferred if any(deferred) else ()
