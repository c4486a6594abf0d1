"""What the contacts of an interval add to the sums behind the KPIs: compiled, several contacts at a time.

Loops without a branch, each about one subject: conditions are flags that numbers are combined with (``number & -flag`` is the
number, or 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.jit import Column, Instruction, apart, bytes_, compiled, longs, shorts
from simkpi.engine.recorder import ABANDONED, BLOCKED, CONTAINED, OPEN, REFUSED
from simkpi.experiment.tally_facts import (
    BOT_GAVE_UP,
    bot_outcome_of,
    counts_of,
    end_of,
    is_wait_known,
    outcome_of,
    spent,
    wait_of,
    was_answered,
    was_contained,
    was_picked_up,
    was_worked_on,
    was_wrapped,
)
from simkpi.experiment.tally_records import Account, quotient
from simkpi.experiment.tally_sums import (
    ABANDONED_OFFERED,
    ANSWERED_OFFERED,
    ANSWERED_WAIT,
    BOT_ONLY,
    CAME,
    CONTACTS,
    CONTAINED_BY_BOT,
    CONTAINED_UNDECIDED,
    EFFORT,
    FIRST_TIME,
    HAS_BOT,
    LEFT,
    N_SUMS,
    OFFERED,
    PICKED_UP,
    REACHED,
    REPLY,
    SOLVED,
    SOLVING,
    STILL_OPEN,
    TALK,
    TURNED_AWAY,
    UNDECIDED,
    UNKNOWN_WAIT,
    WAIT,
    WAITED,
    WENT,
    WITHIN,
    WORKED,
)

#: Bits of the interval's number below the wait in a sorting key.
PIECE_BITS = 20
#: Compiled: (conversation, hold, talk and hold) -> the hold's share of the conversation, rounded down as fractions are.
_share = cast(
    "Callable[[int, int, int], int]",
    Instruction(
        "sitofp i64 {0} to double\nsitofp i64 {1} to double\nsitofp i64 {2} to double\n"
        "fdiv double {b}, {c}\nfmul double {a}, {d}\nfptosi double {e} to i64"
    ),
)


@compiled
def add_contacts(account: Account) -> None:
    """Add up the contacts of the types that count, interval by interval; write down waits above 0."""
    first, place, edge = 0, 0, account.piece
    account.n_waits = 0
    while first < account.n:
        while longs(account.arrived)[first] >= edge:
            place += 1
            edge += account.piece
        last = first + 1
        while last < account.n and longs(account.arrived)[last] < edge:
            last += 1
        _add_interval(account, first, last, place)
        first = last


@compiled
def sums_at(account: Account, place: int) -> Column:
    """Return the sums of an interval."""
    return longs(account.sums + 8 * N_SUMS * place)


@compiled
def _add_interval(account: Account, first: int, last: int, place: int) -> None:
    """Add the contacts from *first* up to *last*, all of whom came in an interval."""
    add = sums_at(account, place)
    if not account.of_all:
        for row in range(first, last):
            bytes_(account.taken)[row] = bytes_(account.counts)[shorts(account.contact_type)[row]]
    _add_lives(account, first, last, add)
    _add_waits(account, first, last, add)
    if account.is_plain:
        _add_work(account, first, last, add)
    else:
        _add_slowed_work(account, first, last, add)
    _add_bots(account, first, last, add)
    _add_cases(account, first, last, add)
    _add_came_and_went(account, first, last, place)
    _write_waits(account, first, last, place)


@compiled
def _add_lives(account: Account, first: int, last: int, add: Column) -> None:
    """Add who comes, and what becomes of him."""
    contacts = still_open = reached = left = turned_away = picked_up = reply = 0
    for row in range(first, last):
        counts, how, is_picked_up = counts_of(account, row), outcome_of(account, row), was_picked_up(account, row)
        contacts += counts
        still_open += counts & (how == OPEN)
        reached += counts & was_answered(account, row)
        left += counts & (how == ABANDONED)
        turned_away += counts & ((how == BLOCKED) | (how == REFUSED))
        picked_up += counts & is_picked_up
        reply += longs(account.answered)[row] - longs(account.arrived)[row] & -(counts & is_picked_up)
    add[CONTACTS] += contacts
    add[STILL_OPEN] += still_open
    add[REACHED] += reached
    add[LEFT] += left
    add[TURNED_AWAY] += turned_away
    add[PICKED_UP] += picked_up
    add[REPLY] += reply


@compiled
def _add_waits(account: Account, first: int, last: int, add: Column) -> None:
    """Add who entered a queue, and how long he waited."""
    offered = abandoned = waited = answered = within = total = answered_total = 0
    for row in range(first, last):
        is_offered = counts_of(account, row) & (longs(account.queued)[row] < NEVER)
        is_answered, wait = is_offered & was_answered(account, row), wait_of(account, row)
        longs(account.aside)[row] = wait
        offered += is_offered
        abandoned += is_offered & (outcome_of(account, row) == ABANDONED)
        waited += is_wait_known(account, row)
        answered += is_answered
        within += is_answered & (wait <= account.threshold)
        total += wait
        answered_total += wait & -is_answered
    add[OFFERED] += offered
    add[ABANDONED_OFFERED] += abandoned
    add[WAITED] += waited
    add[UNKNOWN_WAIT] += offered - waited
    add[ANSWERED_OFFERED] += answered
    add[WITHIN] += within
    add[WAIT] += total
    add[ANSWERED_WAIT] += answered_total


@compiled
def _add_work(account: Account, first: int, last: int, add: Column) -> None:
    """Add talk, hold and wrap-up of conversations that are over, where all work is at full speed: as long as they took."""
    worked = talk = effort = 0
    for row in range(first, last):
        is_worked, ended = was_worked_on(account, row), longs(account.ended)[row]
        conversation = ended - longs(account.answered)[row]
        worked += is_worked
        talk += conversation - longs(account.hold)[row] & -is_worked
        effort += conversation + (longs(account.wrapped)[row] - ended & -was_wrapped(account, row)) & -is_worked
    add[WORKED] += worked
    add[TALK] += talk
    add[EFFORT] += effort


@apart
def _add_slowed_work(account: Account, first: int, last: int, add: Column) -> None:
    """Add talk, hold and wrap-up as spent on conversations that are over (see ``simkpi.engine.frames.efforts``)."""
    for row in range(first, last):
        if was_worked_on(account, row):
            kind, wrapped = shorts(account.contact_type)[row], longs(account.wrapped)[row]
            speed = longs(account.speeds)[shorts(account.team)[row] * account.n_types + kind]
            talk, hold = spent(longs(account.talk)[row], speed), spent(longs(account.hold)[row], speed)
            wrap = spent(longs(account.wrap)[row], speed)
            if bytes_(account.is_paced)[kind]:
                conversation = longs(account.ended)[row] - longs(account.answered)[row]
                hold = _share(conversation, hold, max(talk + hold, 1))
                talk = conversation - hold
                wrap = wrapped - longs(account.ended)[row]
            add[WORKED] += 1
            add[TALK] += talk
            add[EFFORT] += talk + hold + (wrap if was_wrapped(account, row) else 0)


@compiled
def _add_bots(account: Account, first: int, last: int, add: Column) -> None:
    """Add what bots did."""
    has_bots = bot_only = contained = undecided = 0
    for row in range(first, last):
        counts, end = counts_of(account, row), end_of(account, row)
        has_bot, is_contained = counts & (shorts(account.bot)[row] >= 0), counts & was_contained(account, row)
        known = end if end < NEVER else longs(account.arrived)[row]
        has_bots += has_bot
        bot_only += has_bot & (is_contained | (bot_outcome_of(account, row) == BOT_GAVE_UP))
        contained += is_contained
        undecided += is_contained & (known > account.horizon - account.bot_window)
    add[HAS_BOT] += has_bots
    add[BOT_ONLY] += bot_only
    add[CONTAINED_BY_BOT] += contained
    add[CONTAINED_UNDECIDED] += undecided


@compiled
def _add_cases(account: Account, first: int, last: int, add: Column) -> None:
    """Add whether cases are solved; each contact is a case, since nobody comes back."""
    undecided = first_time = solved = solving = 0
    for row in range(first, last):
        counts, how, end, came = (
            counts_of(account, row),
            outcome_of(account, row),
            end_of(account, row),
            longs(account.arrived)[row],
        )
        known = end if end < NEVER else came
        known = account.horizon if how == OPEN else known
        undecided += counts & (account.horizon - known < account.repeat_window)
        is_over = was_picked_up(account, row) & (end < NEVER)
        is_solved = counts & (bytes_(account.resolved)[row] != 0) & (is_over | (how == CONTAINED))
        first_time += is_solved & (was_answered(account, row) | was_contained(account, row))
        solved += is_solved & (end < NEVER)
        solving += end - came & -(is_solved & (end < NEVER))
    add[UNDECIDED] += undecided
    add[FIRST_TIME] += first_time
    add[SOLVED] += solved
    add[SOLVING] += solving


@compiled
def _add_came_and_went(account: Account, first: int, last: int, place: int) -> None:
    """Count who comes and who goes: in the interval at whose end they are there, or are no more."""
    begin, edge = place * account.piece, (place + 1) * account.piece
    came = came_before = went_before = went = went_next = went_later = 0
    for row in range(first, last):
        counts, end = counts_of(account, row), end_of(account, row)
        is_gone = counts & (outcome_of(account, row) != OPEN) & (end <= account.horizon)
        came += counts
        came_before += counts & (longs(account.arrived)[row] == begin)
        went_before += is_gone & (end <= begin)
        went += is_gone & (begin < end) & (end <= edge)
        went_next += is_gone & (edge < end) & (end <= edge + account.piece)
        went_later += is_gone & (edge + account.piece < end)
    before, after = sums_at(account, max(place - 1, 0)), sums_at(account, min(place + 1, account.n_pieces - 1))
    before[CAME] += came_before  # at the very end of the interval before
    before[WENT] += went_before
    sums_at(account, place)[CAME] += came - came_before
    sums_at(account, place)[WENT] += went
    after[WENT] += went_next
    if went_later:
        _add_went_later(account, first, last, edge + account.piece)


@apart
def _add_went_later(account: Account, first: int, last: int, edge: int) -> None:
    """Count who goes after *edge*."""
    for row in range(first, last):
        end = end_of(account, row)
        if counts_of(account, row) & (outcome_of(account, row) != OPEN) & (edge < end) & (end <= account.horizon):
            sums_at(account, quotient(end - 1, account.piece))[WENT] += 1


@compiled
def _write_waits(account: Account, first: int, last: int, place: int) -> None:
    """Write down waits above 0 as sorting keys."""
    n_waits = account.n_waits
    for row in range(first, last):
        wait = longs(account.aside)[row]
        longs(account.keys)[n_waits] = wait << PIECE_BITS | place
        n_waits += wait > 0
    account.n_waits = n_waits
