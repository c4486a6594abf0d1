"""What the compiled loops of the tally work on: one record of numbers and addresses for each thing that is added up.

Written as the engine's own records are (:mod:`simkpi.engine.compiled.records`): a field that holds a column holds its address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from simkpi.engine.compiled.jit import Instruction, layout, records


class Account:
    """What is added up from the log of one replication: input, working memory and results."""

    # contacts, and their columns (``tally_rows.Contacts``)
    n: int
    arrived: int
    contact_type: int
    talk: int
    hold: int
    wrap: int
    bot: int
    bot_time: int
    bot_outcome: int
    resolved: int
    queued: int
    answered: int
    ended: int
    wrapped: int
    agent: int
    team: int
    outcome: int
    # the agents' states: records ``Stay`` in any order, but each agent's in order of time; and where it says how many there are
    stays: int
    n_stays: int
    # by (team, contact type): speed, ppm; by contact type: whether work is slowed by other work; whether none is, nor by skill
    n_types: int
    speeds: int
    is_paced: int
    is_plain: int
    # slots of each agent
    n_agents: int
    slots: int
    # whether contacts are added up at all, those of all types, or by contact type: whether they are
    of_contacts: int
    of_all: int
    counts: int
    # ticks of an interval; the horizon, the moment at which the clock stops, and the one before which bots have to have ended
    piece: int
    horizon: int
    stop: int
    bots_until: int
    threshold: int
    repeat_window: int
    bot_window: int
    # whether a percentile is asked for, and which (a fraction's bits); whether agent time is
    of_waits: int
    level: int
    of_agents: int
    # by interval: columns of ``tally_sums``; by interval, and over all: percentile of the waits, ticks (bits of fractions)
    n_pieces: int
    sums: int
    quantiles: int
    # histograms of the waits over all and by interval: rows of interval, bin, count, one behind the other; how many there are
    # and where it says where there is room for rows
    room: int
    whole: int
    parts: int
    n_whole: int
    n_parts: int
    # waits above 0 as sorting keys, and room to sort them: twice as many; how often each digit occurs; where intervals end
    keys: int
    n_waits: int
    aside: int
    digits: int
    ends: int
    # by contact: 1, and whether it counts
    ones: int
    taken: int
    # rows in the order in which they were answered, and where it says how many are; agents, their stays at work by agent, and
    # their contacts that go on or have just ended
    order: int
    n_answered: int
    posts: int
    work: int
    recent: int
    # stretches of agent time where no border of an interval cuts it
    stretches: int


class Job:
    """A replication to be simulated and added up."""

    # the event loop, the engine's record, and its memory with the words that have to be there at first
    loop: int
    state: int
    memory: int
    beginning: int
    words: int
    # what is added up then
    accounts: int
    n_accounts: int


class Post:
    """An agent on the way through the day."""

    slots: int
    # rows of ``work`` that are his; from the one that goes on or is next
    work_from: int
    work_to: int
    # end of what he has answered so far; contacts that go on or have just ended, first row of ``recent`` with one, and the most
    busy_until: int
    n_recent: int
    recent_from: int
    most_recent: int


class Span:
    """A contact's time with an agent, until wrap-up begins, and in all; or a stay at work (``goes_on`` is not looked at)."""

    begin: int
    goes_on: int
    end: int


ACCOUNT, JOB, POST, SPAN = layout(Account), layout(Job), layout(Post), layout(Span)
account_at, job_at, post_at, span_at = records(Account), records(Job), records(Post), records(Span)
#: Compiled: a number that is not negative by a positive one, rounded down.
quotient = cast("Callable[[int, int], int]", Instruction("udiv i64 {0}, {1}"))
