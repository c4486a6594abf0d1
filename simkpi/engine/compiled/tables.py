"""A plan as the tables that the compiled engine reads, worked out once per plan and copied for each replication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled import records as layouts
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.plain import has_plain_tables
from simkpi.engine.compiled.ranks import agent_code, contact_code
from simkpi.engine.compiled.schedules import Schedules, schedules
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import PPM
from simkpi.engine.rules import agent_rank, contact_rank
from simkpi.engine.team_plan import SkillPlan, TeamPlan
from simkpi.errors import InputError

Table = NDArray[Any]
#: Features of plans that this engine knows.
KNOWN = frozenset(
    {
        "absence",
        "background",
        "backlog",
        "balk_above",
        "balk_per_waiting",
        "bot_terms",
        "callback",
        "chase",
        "hand_back",
        "invite",
        "last_agent",
        "lines",
        "pick",
        "recontact",
        "reserve",
        "resolution",
        "retry",
        "rounds",
        "shifts",
        "shorter_per_waiting",
        "longer_when_quiet",
        "silent",
        "slower_when_busy",
        "transfer",
        "turns",
        "when_closed",
    }
)
#: Above any order that a scenario gives.
_BACKGROUND = 1 << 60
#: One contact type of one team: (number of the team, skill, position of ``skill.after`` among the overflow waits).
Choice = tuple[int, SkillPlan, int]


@dataclass(frozen=True)
class PlanTables:
    """A plan as tables, by the names of the fields of :class:`simkpi.engine.compiled.state.State`."""

    n_agents: int
    #: Contacts open at most, with all agents.
    most_open: int
    #: Rows of works: contacts open or set aside at most, with all agents.
    most_works: int
    #: Numbers of the state's record that the plan alone decides, among them the addresses of ``constant``.
    fields: dict[str, int]
    #: Tables that a replication only reads.
    constant: dict[str, Table]
    #: Tables that each replication changes, as they are before its first event.
    initial: dict[str, Table]
    #: When agents are on duty, unless chance has changed it.
    schedules: Schedules


def plan_tables(plan: Plan) -> PlanTables:
    """Return *plan* as tables.

    Raises
    ------
    InputError
        If the plan uses a feature that this engine lacks, or a policy is a user's own function that can not be compiled.
    """
    if plan.features - KNOWN:
        raise InputError(f'engine="compiled": does not know {" and ".join(sorted(plan.features - KNOWN))} yet; try "reference"')
    waits = [plan.overflow_waits(contact_type) for contact_type in range(len(plan.contact_types))]
    choices = [
        (number, skill, waits[skill.contact_type].index(skill.after) + 1 if skill.after else 0)
        for number, team in enumerate(plan.teams)
        for skill in team.skills
    ]
    asks = sorted(choices, key=lambda choice: (choice[1].contact_type, choice[2], choice[1].preference))
    wants = sorted(choices, key=lambda choice: (choice[0], _order(choice)))
    groups, n_words = _groups(wants), (len(plan.contact_types) + 63) // 64
    weight, behind, resume = (np.zeros((len(plan.teams), len(plan.contact_types)), np.int64) for _ in range(3))
    for number, skill, _ in choices:
        weight[number, skill.contact_type] = skill.weight
        if skill.background:
            behind[number, skill.contact_type], resume[number, skill.contact_type] = skill.weight, skill.resume
    reserves = {(number, skill.contact_type): _reserves(plan.teams[number].capacity, skill) for number, skill, _ in choices}
    constant = {
        "weight": weight,
        "resolution": plan.resolution(),
        "behind_weight": behind,
        "resume": resume,
        "stages": _stages(waits, asks),
        "asks": _choices(asks, reserves),
        "wants": _choices(wants, reserves),
        "groups": _table([(order >= _BACKGROUND,) for _, order in groups], layouts.GROUP),
        "group_types": _bits(groups.values(), n_words),
        "reserves": _table([row for rows in reserves.values() for row in rows], layouts.RESERVE),
        "own_waits": np.array(plan.last_agent, np.int64),
        "want_of": _want_of(plan, wants),
        "open": _table(plan.open, layouts.OPENING),
        "invite_free": np.array(plan.invite_free, np.int64),
        "idle_close": np.array(plan.idle_close, np.int64),
        "bot_hours": _table([span for bot in plan.bots for span in bot.up], layouts.OPENING),
        "paces": np.array([pace for paces in plan.pace for pace in paces], np.int64),
    }
    on_duty, teams = schedules(plan), _teams(plan, groups)
    teams["next_change"], teams["changes_to"] = on_duty.ends[:-1], on_duty.ends[1:]
    tables = PlanTables(
        n_agents=plan.n_agents,
        most_open=sum(team.n_agents * team.slots for team in plan.teams),
        most_works=sum(team.n_agents * (team.slots + _most_aside(team)) for team in plan.teams),
        fields={name: address_of(table) for name, table in (constant | on_duty.tables()).items()},
        constant=constant,
        initial={
            "types": _types(plan, waits),
            "teams": teams,
            "levels": _levels(plan),
            "agents": _agents(plan),
            "bots": _bots(plan),
            "lives": _lives(plan),
            "lines": _table([(each.count, each.bots_hold, 0) for each in plan.life.lines], layouts.LINES),
        },
        schedules=on_duty,
    )
    rank = contact_code(plan.contact_policy, contact_rank(plan.contact_policy))
    tables.fields.update(
        is_plain=int(has_plain_tables(constant | tables.initial)),
        n_types=len(plan.contact_types),
        n_words=n_words,
        n_open=len(plan.open),
        invites=int(any(plan.invite_free)),
        has_background=int(behind.any()),
        has_hand_back=int(any(team.hands_back for team in plan.teams)),
        n_teams=len(plan.teams),
        n_agents=plan.n_agents,
        horizon=plan.horizon,
        cut=int(plan.cut),
        announces=int(any(plan.life.announces)),
        shortens=int(bool(plan.life.kept)),
        n_lines=len(plan.life.lines),
        contact_rank=rank.number,
        contact_rank_address=rank.address,
    )
    return tables


def _table(rows: Iterable[tuple[int, ...]], layout: np.dtype[Any]) -> Table:
    return np.array(list(rows), dtype=layout)


def _types(plan: Plan, waits: list[tuple[int, ...]]) -> Table:
    rows = []
    first_pace = 0
    for contact_type, policy in enumerate(plan.agent_policy):
        rank = agent_code(policy, agent_rank(policy))
        urgency, capacity = plan.urgency[contact_type], plan.queue_capacity[contact_type]
        numbers = plan.priority[contact_type], urgency.rise, urgency.head_start, urgency.target_wait, urgency.queue_weight
        n_paces = len(plan.pace[contact_type])
        deferred = bool(plan.deferred) and plan.deferred[contact_type]
        pick = plan.pick[contact_type] if plan.pick else 0
        ranks = (*rank, policy.longest_idle_first)
        rows.append((*numbers, capacity, deferred, pick, 0, 0, 0, *ranks, first_pace, n_paces, 0, 0, -1, -1))
        first_pace += n_paces
    return _table(rows, layouts.CONTACT_TYPE)


def _stages(waits: list[tuple[int, ...]], asks: list[Choice]) -> Table:
    rows = []
    for stage in range(max(map(len, waits), default=0) + 1):
        for contact_type, type_waits in enumerate(waits):
            next_wait = type_waits[stage] if stage < len(type_waits) else NEVER
            mine = [row for row, ask in enumerate(asks) if (ask[1].contact_type, ask[2]) == (contact_type, stage)]
            rows.append((mine[0], mine[-1] + 1, next_wait) if mine else (0, 0, next_wait))
    return _table(rows, layouts.STAGE)


def _order(choice: Choice) -> int:
    """Return the place among what a freed agent takes: work in the background comes last."""
    return choice[1].order + (_BACKGROUND if choice[1].background else 0)


def _reserves(capacity: int, skill: SkillPlan) -> list[tuple[int, int]]:
    return [(agents, capacity - room) for agents, room in skill.reserves]


def _want_of(plan: Plan, wants: list[Choice]) -> Table:
    rows = np.full((len(plan.teams), len(plan.contact_types)), -1, np.int64)
    for row, (number, skill, _) in enumerate(wants):
        rows[number, skill.contact_type] = row
    return rows


def _choices(choices: list[Choice], reserves: dict[tuple[int, int], list[tuple[int, int]]]) -> Table:
    ends = dict(zip(reserves, np.cumsum([len(rows) for rows in reserves.values()]).tolist(), strict=True))
    rows = (
        (
            team,
            skill.contact_type,
            skill.weight,
            skill.speed,
            stage,
            skill.preference,
            skill.level,
            skill.background,
            ends[team, skill.contact_type] - len(reserves[team, skill.contact_type]),
            ends[team, skill.contact_type],
        )
        for team, skill, stage in choices
    )
    return _table(rows, layouts.CHOICE)


def _groups(wants: list[Choice]) -> dict[tuple[int, int], list[int]]:
    """Return the contact types of each team that are of equal order, by (team, order), in the order of *wants*."""
    groups: dict[tuple[int, int], list[int]] = {}
    for choice in wants:
        groups.setdefault((choice[0], _order(choice)), []).append(choice[1].contact_type)
    return groups


def _bits(groups: Iterable[list[int]], n_words: int) -> Table:
    """Return a bit for each contact type of each group."""
    rows = [[sum(1 << (kind & 63) for kind in group if kind >> 6 == word) for word in range(n_words)] for group in groups]
    return np.array(rows, np.uint64).view(np.int64)


def _teams(plan: Plan, groups: dict[tuple[int, int], list[int]]) -> Table:
    rows = []
    level = group = 0
    for number, team in enumerate(plan.teams):
        groups_to = group + sum(its_team == number for its_team, _ in groups)
        numbers = (number, team.first_agent, team.n_agents, team.capacity, team.serves_queue, level)
        keeps = any(skill.reserves for skill in team.skills)
        rows.append((*numbers, group, groups_to, 0, 0, 0, 0, NEVER, 0, bool(team.agents), 0, keeps, team.hands_back))
        level, group = level + team.capacity, groups_to
    return _table(rows, layouts.TEAM)


def _levels(plan: Plan) -> Table:
    rows = ((-1, -1, used * PPM // team.capacity) for team in plan.teams for used in range(team.capacity))
    return _table(rows, layouts.LEVEL)


def _agents(plan: Plan) -> Table:
    agents = np.zeros(plan.n_agents, layouts.AGENT)
    agents["id"] = np.arange(plan.n_agents)
    agents["team"] = np.repeat(np.arange(len(plan.teams)), [team.n_agents for team in plan.teams])
    slots = np.repeat([team.slots for team in plan.teams], [team.n_agents for team in plan.teams])
    aside = np.repeat([_most_aside(team) for team in plan.teams], [team.n_agents for team in plan.teams])
    agents["works_from"] = np.cumsum(slots + aside) - slots - aside
    agents["aside_from"] = agents["works_from"] + slots
    agents["most_aside"] = aside
    for field in ("level", "next", "previous", "state"):
        agents[field] = -1
    return agents


def _lives(plan: Plan) -> Table:
    life, n_types = plan.life, len(plan.contact_types)
    announced = (
        zip(life.announces, life.handle_time, life.offer_after, strict=True) if life.announces else [(0, 1, NEVER)] * n_types
    )
    group = {kind: number for number, lines in enumerate(life.lines) for kind in lines.contact_types}
    crowds = list(zip(life.kept, life.crowd, strict=True)) or [(0, 0)] * n_types
    return _table([(*each, 0, group.get(kind, -1), *crowds[kind]) for kind, each in enumerate(announced)], layouts.LIFE)


def _bots(plan: Plan) -> Table:
    ends = np.cumsum([len(bot.up) for bot in plan.bots]).tolist()
    rows = [(bot.at_once, bot.waits, end - len(bot.up), end, 0, -1, -1) for bot, end in zip(plan.bots, ends, strict=True)]
    return _table(rows, layouts.BOT)


def _most_aside(team: TeamPlan) -> int:
    """Return how many contacts an agent can have set aside at most.

    Of one type as many as he handles at once are set aside together; he begins others only if they take less room than the
    last of those, so no more than as many again before it is their turn.
    """
    return sum(2 * (team.capacity // skill.weight) for skill in team.skills if skill.background)
