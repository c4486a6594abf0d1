"""The rows of the compiled engine's tables: whole numbers that mirror the objects of the reference engine.

The classes name the fields, in compiled code and for the type checker; no object is ever made of them. A field that holds a
table or a column holds its address.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import layout, records


class ContactType:
    """A contact type: its rules, its queue (who left it is skipped when he surfaces), and how many are not yet served."""

    priority: int
    rise: int
    head_start: int
    target_wait: int
    queue_weight: int
    queue_capacity: int
    deferred: int
    # which waiting contact is taken first, and of a type whose oldest is not: its heap, and contacts that have entered it
    pick: int
    picked_from: int
    n_picked: int
    entered: int
    agent_rank: int
    agent_rank_address: int
    one_per_load: int
    paces_from: int
    n_paces: int
    waiting: int
    unserved: int
    first: int
    last: int


class Life:
    """What may become of contacts of a type: how waits are announced, the last wait; group of trunk lines, -1 = none.

    Also the parts per million of the patience that each contact waiting in the type's channel leaves, and the channel's number.
    """

    announces: int
    handle_time: int
    offer_after: int
    last_wait: int
    lines: int
    kept: int
    crowd: int


class Lines:
    """Trunk lines: how many there are, whether bot sessions take one, how many are taken."""

    count: int
    bots_hold: int
    busy: int


class Stage:
    """Whom a contact asks once it has waited long enough (rows of ``asks``), and the wait after which the next stage begins.

    By (stage, contact type): all first stages, then all second ones ...
    """

    asks_from: int
    asks_to: int
    next_wait: int


class Choice:
    """One contact type of one team: ``asks`` has them by type, stage and preference, ``wants`` by team and order."""

    team: int
    contact_type: int
    weight: int
    speed: int
    stage: int
    preference: int
    level: int
    background: int
    reserves_from: int
    reserves_to: int


class Group:
    """Contact types of a team that are of equal order; which ones, in the words of ``State.group_types`` of that row."""

    background: int


class Reserve:
    """Agents kept free: how many, and the most units in use with which one counts."""

    agents: int
    most: int


class Team:
    """A team: its plan, then who is told to finish, has room, and whom it serves."""

    number: int
    first_agent: int
    n_agents: int
    capacity: int
    serves_queue: int
    first_level: int
    groups_from: int
    groups_to: int
    next_change: int
    changes_to: int
    n_finishing: int
    n_free: int
    cutoff: int
    pending: int
    has_timetables: int
    n_behind: int
    keeps: int
    hands_back: int


class Change:
    """A change of a team's head-count."""

    tick: int
    count: int


class Bot:
    """A bot: its limits, its hours (rows of ``bot_hours``), its sessions, and who waits for one."""

    at_once: int
    waits: int
    up_from: int
    up_to: int
    taken: int
    first: int
    last: int


class Opening:
    """A span in which the centre is open."""

    opens: int
    closes: int


class Level:
    """The agents of a team with so many units in use who have room: longest idle first; and the load in ppm."""

    head: int
    tail: int
    load: int


class Agent:
    """One agent; ``level`` is the place in the table of free agents, -1 = has no room or is not on duty."""

    id: int
    team: int
    duty: int
    used: int
    open: int
    since: int
    came: int
    busy: int
    level: int
    next: int
    previous: int
    state: int
    state_from: int
    works_from: int
    n_works: int
    # units in use for background work, the place in ``State.writers``, and what is set aside
    behind: int
    behind_place: int
    aside_from: int
    n_aside: int
    most_aside: int


class Work:
    """What is left to do on one open contact that others slow down, in millionths of a tick of undivided attention."""

    contact: int
    paces_from: int
    n_paces: int
    remaining: int
    wrap: int
    pace: int
    since: int
    finish: int
    # who works on it, since when without a break and in the present leg, and which kinds of legs were interrupted
    agent: int
    begun: int
    piece: int
    cut: int


class Entry:
    """One row of a timetable (simkpi.scenario.rosters), with the agent's state in the place of the kind of pause."""

    tick: int
    action: int
    state: int
    length: int
    rule: int


class Timetable:
    """Where an agent is in his timetable: rows up to ``last``; on shift; state when away; end of the pause; pauses due."""

    next: int
    last: int
    on_shift: int
    away: int
    until: int
    paused_at: int
    owed_from: int
    n_owed: int


class Stay:
    """One stay of an agent in a state."""

    agent: int
    start: int
    end: int
    state: int


class Leg:
    """One stay of a contact that its row of the log can not tell; see simkpi.engine.recorder."""

    contact: int
    start: int
    end: int
    kind: int
    place: int
    how: int


CONTACT_TYPE, STAGE, CHOICE, TEAM, CHANGE, OPENING = (
    layout(each) for each in (ContactType, Stage, Choice, Team, Change, Opening)
)
LEVEL, AGENT, WORK, STAY, LEG, BOT, ENTRY, TIMETABLE = (
    layout(each) for each in (Level, Agent, Work, Stay, Leg, Bot, Entry, Timetable)
)
#: Compiled: row of a table, by the table's address.
type_at, stage_at, choice_at = records(ContactType), records(Stage), records(Choice)
team_at, change_at, opening_at, level_at = records(Team), records(Change), records(Opening), records(Level)
agent_at, work_at, stay_at, leg_at = records(Agent), records(Work), records(Stay), records(Leg)
LIFE, LINES = layout(Life), layout(Lines)
bot_at, life_at, lines_at = records(Bot), records(Life), records(Lines)
entry_at, timetable_at = records(Entry), records(Timetable)
RESERVE, reserve_at = layout(Reserve), records(Reserve)
GROUP, group_at = layout(Group), records(Group)
