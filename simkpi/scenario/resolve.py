"""From the short form to the resolved one: every field present, volumes and head-counts as one row a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

from simkpi.errors import Problem
from simkpi.scenario.bot_hours import by_day_of_week
from simkpi.scenario.bots import Bot, BotTopic
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.days import WEEKDAYS, days_of
from simkpi.scenario.holiday_dates import dated
from simkpi.scenario.life_names import lines_of, with_lives
from simkpi.scenario.overlays import with_overlays
from simkpi.scenario.problems import Findings
from simkpi.scenario.profiles import Context, constant_grid, staffing_grid, volume_grid
from simkpi.scenario.replays import replay_grid
from simkpi.scenario.routing_tables import types_called, with_overflow, with_priorities, with_types
from simkpi.scenario.spec import Calendar, Contact, Skill, Spec, Staffing, Team, Volume


@dataclass(frozen=True)
class Scenario:
    """A resolved scenario: what demand and engines work on. Two are equal when they would run the same.

    Parameters
    ----------
    spec : Spec
        The file's models with every field present: ``volume.expected`` and ``staffing.count`` have one row per day of
        the calendar, skills are keyed by contact type with ``at_once`` set, overflow and priorities are folded in.
    file : str
        Name of the file it came from, as the user wrote it; empty if it came from Python.
    warnings : tuple of Problem
        What is legal but suspicious.
    short : dict
        The short form it was resolved from; overrides are applied to it.
    folder : Path or None
        Where the files that it names lie.
    """

    spec: Spec
    file: str = field(default="", compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    short: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    folder: Path | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The scenario's display name."""
        return self.spec.name

    @property
    def start(self) -> datetime:
        """Moment of tick 0: midnight of the first day."""
        return datetime.combine(self.spec.calendar.start, time())


def resolve(spec: Spec, folder: Path, findings: Findings) -> Spec:
    """Fill in and lay out everything that a scenario leaves to its defaults.

    Parameters
    ----------
    spec : Spec
        A checked short form.
    folder : Path
        Where the CSV files that it names lie.
    findings : Findings
        Collects what is wrong; the result is only usable if it holds no errors.

    Returns
    -------
    Spec
        The resolved form; resolving it again gives an equal one.
    """
    holidays = spec.calendar.holidays
    if holidays:
        horizon = days_of(spec.calendar.model_copy(update={"holidays": {}}))
        holidays = dated(holidays, horizon.dates, findings)
    days = days_of(spec.calendar.model_copy(update={"holidays": holidays}))
    context = Context(days, folder, findings)
    contacts = {name: _contact(name, contact, context) for name, contact in spec.contacts.items()}
    contacts = with_priorities(contacts, spec, findings)
    contacts = {name: _with_returns(name, contact, contacts, findings) for name, contact in contacts.items()}
    contacts = with_lives(contacts, spec, findings, types_called)
    lines = lines_of(contacts, spec, findings, types_called)
    teams = {name: _team(name, team, contacts, context) for name, team in spec.teams.items()}
    teams = with_overflow(teams, contacts, spec, findings)
    teams = {name: _with_agents(name, team, contacts, findings) for name, team in teams.items()}
    bots = {}
    for name, bot in spec.bots.items():
        served: dict[str, None] = {}
        for index, wanted in enumerate(bot.serves):
            served.update(dict.fromkeys(types_called(wanted, contacts, findings, ("bots", name, "serves", index))))
        bots[name] = _bot(name, bot, tuple(served), contacts, context)
    contacts, bots = with_overlays(contacts, bots, spec.overlays, context)
    week = {WEEKDAYS[day]: days.week[day] for day in range(7)}
    calendar = Calendar.model_construct(**{**dict(spec.calendar), "open": week, "holidays": holidays})
    routing = with_types(spec.routing, contacts, teams, findings)
    blocks = {"calendar": calendar, "contacts": contacts, "bots": bots, "teams": teams, "routing": routing, "overlays": {}}
    blocks["lines"] = lines
    return spec.model_copy(update=blocks)


def _contact(name: str, contact: Contact, context: Context) -> Contact:
    place, findings = ("contacts", name), context.findings
    channel = contact.channel or name
    if channel in CHANNELS:
        channel = CHANNELS.name_of(channel)
    elif contact.channel:
        findings.unknown((*place, "channel"), "channel", channel, CHANNELS)
    else:
        findings.error(place, f"is missing; write e.g. channel: {next(iter(CHANNELS))}", lacks="channel")
    volume = contact.volume
    if volume.replay is not None:
        arrivals: tuple[tuple[int, ...], ...] | None
        grid, arrivals = replay_grid(volume, name, channel, context, (*place, "volume"))
    else:
        grid, arrivals = volume_grid(volume, context, (*place, "volume")), volume.arrivals
    laid_out = {"interval": grid.interval, "start": grid.start, "expected": grid.rows, "scale": 1.0, "arrivals": arrivals}
    volume = Volume.model_construct(**{**dict(volume), **dict.fromkeys((*Volume.alternatives, "column")), **laid_out})
    return contact.model_copy(update={"channel": channel, "volume": volume})


def _with_returns(name: str, contact: Contact, contacts: dict[str, Contact], findings: Findings) -> Contact:
    """Name the contact types by which customers come back: without ``by`` the same one."""
    update = {}
    for kind in ("retry", "recontact", "reopen", "chase"):
        further = getattr(contact, kind)
        if further is None:
            continue
        by: dict[str, float] = {}
        for key, share in further.by.items():
            place = ("contacts", name, kind, "by", key)
            found = tuple(types_called(key, contacts, findings, place))
            if len(found) > 1:
                findings.error(place, f"stands for {len(found)} contact types ({', '.join(found)}); name one")
            elif found and found[0] in by:
                findings.error(place, f"names '{found[0]}' a second time; keep one")
            by.update((target, share) for target in found)
        update[kind] = further.model_copy(update={"by": by or {name: 1.0}})
    return contact.model_copy(update=update)


def _bot(name: str, bot: Bot, served: tuple[str, ...], contacts: dict[str, Contact], context: Context) -> Bot:
    """Name the contact types and days that a bot leaves to its defaults."""
    topics: dict[str, BotTopic] = {}
    for key in sorted(bot.topics, key=lambda key: key in contacts):  # a type's own topic overrules its channel's
        place = ("bots", name, "topics", key)
        for contact in types_called(key, contacts, context.findings, place):
            topics[contact] = bot.topics[key]
            if contact not in served:
                context.findings.error(place, f"is about '{contact}', which the bot does not serve; add it to serves")
    adoption = bot.adoption.model_copy(update={"since": bot.adoption.since or context.days.dates[0]})
    ordered = {contact: topics[contact] for contact in served if contact in topics}
    return bot.model_copy(update={"serves": served, "topics": ordered, "adoption": adoption, "hours": by_day_of_week(bot)})


def _team(name: str, team: Team, contacts: dict[str, Contact], context: Context) -> Team:
    place = ("teams", name)
    skills: dict[str, Skill] = {}
    for key in sorted(team.skills, key=lambda key: key in contacts):  # a type's own skill overrules its channel's
        for contact in types_called(key, contacts, context.findings, (*place, "skills", key)):
            skill = team.skills[key]
            channel = contacts[contact].channel
            usual = CHANNELS.get(channel).max_concurrency if channel in CHANNELS else 1
            skills[contact] = skill.model_copy(update={"at_once": skill.at_once or usual})
    ordered = {contact: skills[contact] for contact in contacts if contact in skills}
    if team.has_timetables:
        return team.model_copy(update={"skills": ordered})
    if team.staffing is not None:
        grid = staffing_grid(team.staffing, context, (*place, "staffing"))
    else:
        grid = constant_grid(team.count or 0, context, (*place, "count"))
    rows = tuple(tuple(int(value) for value in row) for row in grid.rows)
    staffing = Staffing.model_construct(interval=grid.interval, start=grid.start, count=rows)
    return team.model_copy(update={"skills": ordered, "count": None, "staffing": staffing})


def _with_agents(name: str, team: Team, contacts: dict[str, Contact], findings: Findings) -> Team:
    """Complete the skills of agents by name with what the team's skills say."""
    agents = dict(team.agents)
    for called, agent in team.agents.items():
        skills: dict[str, Skill] = {}
        for key in sorted(agent.skills, key=lambda key: key in contacts):
            place = ("teams", name, "agents", called, "skills", key)
            for contact in types_called(key, contacts, findings, place):
                if contact not in team.skills:
                    findings.error(place, f"is no skill of the team; add '{contact}' to teams.{name}.skills")
                    continue
                own = agent.skills[key]
                given = {word: getattr(own, word) for word in own.model_fields_set if getattr(own, word) is not None}
                skills[contact] = team.skills[contact].model_copy(update=given)
        ordered = {contact: skills[contact] for contact in contacts if contact in skills}
        agents[called] = agent.model_copy(update={"skills": ordered})
    return team.model_copy(update={"agents": agents})
