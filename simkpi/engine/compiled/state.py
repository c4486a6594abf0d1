"""What the compiled engine works on: records of whole numbers that mirror the objects of the reference engine.

The classes name the fields of a table's rows, in compiled code and for the type checker; no object is ever made of them.
A field that holds a table or a column holds its address.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import layout, records


class State:
    """One replication under way."""

    # the clock: the moment, events in the heap, bits of the id in an event's key, last tick that fits a key, what went wrong
    now: int
    size: int
    id_bits: int
    last_tick: int
    failed: int
    # whether the run has begun (it pauses to be given a larger heap), and the size above which the heap needs to be larger
    begun: int
    most_events: int
    # the plan: end of the last day, whether the clock stops there, how a freed agent ranks waiting contacts
    horizon: int
    cut: int
    contact_rank: int
    contact_rank_address: int
    n_contacts: int
    n_fresh: int
    n_backlog: int
    n_open: int
    has_returns: int
    has_longest_queue: int
    has_bot_terms: int
    has_chats: int
    n_invitations: int
    next_invitation: int
    # whether contacts may go on by further rows, leave without telling, mind announced waits, share lines; or any of these
    has_chains: int
    has_noticed: int
    has_balk_above: int
    announces: int
    n_lines: int
    has_least_skill: int
    has_background: int
    has_chase: int
    has_lives: int
    # the contact that asks for a human when what happened to it otherwise is over, -1 = none
    asking: int
    has_last_agent: int
    n_types: int
    n_teams: int
    n_agents: int
    # the next fresh contact; contacts arrived so far; teams that stay for those who came before they closed
    # stays written down, and room for them
    next_fresh: int
    arrived_so_far: int
    n_closing: int
    n_stays: int
    most_stays: int
    # legs written down, and the number above which there needs to be more room
    n_legs: int
    most_legs: int
    # tables
    heap: int
    types: int
    stages: int
    asks: int
    wants: int
    teams: int
    changes: int
    open: int
    levels: int
    agents: int
    # of agents with timetables: rows of the timetables, where each agent is in his own, and by entry: pauses that are due
    entries: int
    timetables: int
    owed: int
    works: int
    stays: int
    legs: int
    bots: int
    bot_hours: int
    # by contact type: silence after which an agent ends a chat
    idle_close: int
    # by contact type: contacts for which there must be room before a visitor is invited
    invite_free: int
    lines: int
    lives: int
    # by contact type, from ContactType.paces_from on: pace in ppm with 1, 2, 3 ... contacts open
    paces: int
    # agents kept free; by contact type: ticks to wait for the agent who handled the case; by (team, contact type): row of wants
    reserves: int
    own_waits: int
    want_of: int
    # by contact: its case (see reference/last_agents.py); by case: who handled it last; who waits for one agent only
    case: int
    handled: int
    own_behind: int
    own_first: int
    own_last: int
    # by (team, contact type): weight, 0 = lacks the skill
    weight: int
    # by (team, contact type): factor on resolution, ppm; by contact: the least with which an answer solves the case
    resolution: int
    least_skill: int
    # by (team, contact type): weight as background work, 0 = is none; ticks that going on with it costs
    behind_weight: int
    resume: int
    # from a team's first agent on: those at work in the background, in no order
    writers: int
    # from a team's first agent on: those told to finish, in the order in which they were told; by agent: who has just come
    finishing: int
    came: int
    # heaps of the types whose oldest is not taken first, and by contact: key in it
    picked: int
    pick_key: int
    # by contact: position in the order of arrival; who is behind it in the queue; overflow waits behind it, or NOT_WAITING
    number: int
    behind: int
    stage: int
    # the demand's columns
    contact_type: int
    arrived: int
    talk: int
    hold: int
    wrap: int
    patience: int
    bot: int
    bot_time: int
    bot_outcome: int
    longest_queue: int
    # where only the run decides about bots: the contact without a bot, whether it solves the case, when the customer tries one,
    # who is behind it in waiting for a bot, and whether it waits
    talk_alone: int
    solved: int
    solved_alone: int
    tried_from: int
    tried_until: int
    bot_behind: int
    bot_waits: int
    # visits: contact type, moment of the invitation, row of the contact, and whether it was shown; visits by that moment
    visit_type: int
    invite_at: int
    visit_row: int
    invited: int
    invite_order: int
    # chats message by message: by contact, the demand's turns and what is under way; by reply; by agent, who is on the desk
    chat_replies: int
    chat_first: int
    chat_talk: int
    chat_wrap: int
    chat_speed: int
    chat_written: int
    desk_behind: int
    chat_done: int
    chat_gap: int
    message_at: int
    reply_at: int
    desk_first: int
    desk_last: int
    desk_busy: int
    # the rows by which contacts go on, and what customers put up with
    fate: int
    chain_kind: int
    chain_head: int
    chain_next: int
    chain_after: int
    callback_to: int
    callback_after: int
    balk_above: int
    noticed: int
    # by row: part of the work under way, and wrap-up to come; row whose agent stays until this one is answered; group of its line
    phase: int
    rest: int
    staying: int
    line: int
    # the demand's further contacts
    redial_to: int
    redial_after: int
    return_to: int
    return_after: int
    # chase-ups of those who wait, and by row: who waits, -1 = is no chase-up
    chase_to: int
    chase_after: int
    chased: int
    # the log's columns
    queued: int
    answered: int
    ended: int
    wrapped: int
    agent: int
    team: int
    outcome: int
    overflowed: int
    bot_started: int


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
    first_stage: int
    paces_from: int
    n_paces: int
    waiting: int
    unserved: int
    first: int
    last: int


class Life:
    """What may become of contacts of a type: how waits are announced, the last wait; group of trunk lines, -1 = none."""

    announces: int
    handle_time: int
    offer_after: int
    last_wait: int
    lines: int


class Lines:
    """Trunk lines: how many there are, whether bot sessions take one, how many are taken."""

    count: int
    bots_hold: int
    busy: int


class Stage:
    """Whom a contact asks once it has waited long enough (rows of ``asks``), and the wait after which the next stage begins."""

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
    order: int
    level: int
    background: int
    reserves_from: int
    reserves_to: int


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
    wants_from: int
    wants_to: int
    next_change: int
    changes_to: int
    n_finishing: int
    n_free: int
    cutoff: int
    pending: int
    has_timetables: int
    n_behind: int
    keeps: int


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


STATE, CONTACT_TYPE, STAGE, CHOICE, TEAM, CHANGE, OPENING = (
    layout(each) for each in (State, ContactType, Stage, Choice, Team, Change, Opening)
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

#: ``State.stage`` of a contact that does not wait.
NOT_WAITING = -1
#: Of one that waits for its own agent only.
OWN = -2
# Values of ``State.failed``.
HEAP_FULL, TOO_LATE, UNSORTED, TOO_MANY_STAYS, LEGS_FULL, TOO_MANY_ASIDE = 1, 2, 3, 4, 5, 6
