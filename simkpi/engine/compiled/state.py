"""What changes while the compiled engine runs: one record of whole numbers and addresses (the objects of reference/state.py).

The rows of its tables: :mod:`simkpi.engine.compiled.records`.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import layout, records


class State:
    """One replication under way."""

    # the clock: the moment, events ahead, bits of the id in an event's key, last tick that fits a key, what went wrong
    now: int
    size: int
    id_bits: int
    last_tick: int
    failed: int
    # whether the run has begun (it pauses to be given more room), and the number of events above which there needs to be more
    begun: int
    most_events: int
    # places for events, those that there is memory for, the one that the event under way has left, -1 = none; key of the next one
    n_places: int
    most_places: int
    gap: int
    next_event: int
    # key of the last of all events that have been called off
    called_off: int
    # where the run pauses for the next contacts to be put in, 0 = nowhere
    pause: int
    # whether the loop for few features will do (simkpi.engine.compiled.plain)
    is_plain: int
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
    has_quiet: int
    has_balk_above: int
    announces: int
    shortens: int
    n_lines: int
    has_least_skill: int
    has_background: int
    has_hand_back: int
    has_chase: int
    has_lives: int
    # the contact that asks for a human when what happened to it otherwise is over, -1 = none
    asking: int
    has_last_agent: int
    n_types: int
    n_teams: int
    n_agents: int
    # the next fresh contact; contacts arrived so far; contacts waiting; teams that stay for those who came before they closed
    # stays written down, and room for them
    next_fresh: int
    arrived_so_far: int
    n_waiting: int
    n_closing: int
    n_stays: int
    most_stays: int
    # contacts in the order in which they are answered, 0 = nobody asks for it, and how many were
    order: int
    n_answered: int
    # legs written down, and the number above which there needs to be more room
    n_legs: int
    most_legs: int
    # tables
    # by match: the winner's event, and place; places that are free, from ``size`` on
    events: int
    winners: int
    places: int
    types: int
    stages: int
    asks: int
    wants: int
    # what freed agents look for: groups of contact types of equal order; a bit for each type, of the group, and if any waits
    groups: int
    group_types: int
    types_waiting: int
    n_words: int
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
    # by contact: whether it was handed back, since when it waits again, what is left, and who follows in what an agent hands back
    returned: int
    back_since: int
    back_works: int
    back_behind: int
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
    # places of the timers of who waits
    overflow_timer: int
    patience_timer: int
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
    quiet: int
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


STATE = layout(State)
#: Compiled: record of a replication, by the address of the first.
state_at = records(State)
#: ``State.stage`` of a contact that does not wait.
NOT_WAITING = -1
#: Of one that waits for its own agent only.
OWN = -2
# Values of ``State.failed``.
EVENTS_FULL, TOO_LATE, UNSORTED, TOO_MANY_STAYS, LEGS_FULL, TOO_MANY_ASIDE = 1, 2, 3, 4, 5, 6
