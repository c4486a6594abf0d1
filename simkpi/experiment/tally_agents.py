"""Agent time of one replication: what agents do at work, cut wherever something changes and at the intervals' borders, compiled.

Equal to :func:`simkpi.kpi.timeline.timeline`. A stay at work is one stretch, and one more for each moment inside it at which
something changes; so it is within each interval. What contacts take is added one by one, in the order in which they begin.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import apart, compiled, ints, longs
from simkpi.engine.compiled.records import stay_at
from simkpi.engine.recorder import WORK
from simkpi.experiment.tally_contacts import sums_at
from simkpi.experiment.tally_records import Account, Span, quotient, span_at
from simkpi.experiment.tally_sums import BUSY, ON_QUEUE, SLOTS, STRETCHES, USED

# Which moments of a contact are changes that no other contact has made at the same moment.
_BEGIN, _GOES_ON, _END = 1, 2, 4


@compiled
def add_agents(account: Account) -> None:
    """Add up agent time."""
    _write_work(account)
    _write_spans(account)
    account.stretches = 0
    for agent in range(account.n_agents):
        _add_stays(account, agent)
        _put_in_order(account.spans, longs(account.begins)[agent + 1], longs(account.begins)[agent + 2])
        _add_contacts(account, agent)


@compiled
def _write_work(account: Account) -> None:
    """Write down the agents' stays at work, by agent, in the order of time; a stay of no length is none."""
    for agent in range(account.n_agents + 2):
        longs(account.work_begins)[agent] = 0
    n_stays = longs(account.n_stays)[0]
    for number in range(n_stays):
        stay = stay_at(account.stays, number)
        longs(account.work_begins)[stay.agent + 2] += stay.state == WORK and stay.start < min(stay.end, account.horizon)
    for agent in range(account.n_agents + 1):
        longs(account.work_begins)[agent + 1] += longs(account.work_begins)[agent]
    for number in range(n_stays):
        stay = stay_at(account.stays, number)
        if stay.state == WORK and stay.start < min(stay.end, account.horizon):
            work = span_at(account.work, longs(account.work_begins)[stay.agent + 1])
            longs(account.work_begins)[stay.agent + 1] += 1
            work.begin = stay.start
            work.end = min(stay.end, account.horizon)


@compiled
def _write_spans(account: Account) -> None:
    """Write down when contacts begin, go on (to wrap-up) and end, by agent, in the order of their rows."""
    for agent in range(account.n_agents + 2):
        longs(account.begins)[agent] = 0
    for row in range(account.n):
        is_there = longs(account.answered)[row] < min(longs(account.wrapped)[row], account.horizon)
        longs(account.begins)[ints(account.agent)[row] + 2] += is_there
    for agent in range(account.n_agents + 1):
        longs(account.begins)[agent + 1] += longs(account.begins)[agent]
        longs(account.free)[agent + 1] = longs(account.begins)[agent + 1]
    longs(account.free)[0] = longs(account.begins)[account.n_agents + 1]  # behind the last: what takes no time
    for row in range(account.n):
        begin, end = longs(account.answered)[row], min(longs(account.wrapped)[row], account.horizon)
        agent = ints(account.agent)[row] + 1 & -(begin < end)
        free = longs(account.free)[agent]
        longs(account.free)[agent] = free + (begin < end)
        span = span_at(account.spans, free)
        span.begin = begin
        span.goes_on = min(longs(account.ended)[row], end)
        span.end = end


@compiled
def _add_stays(account: Account, agent: int) -> None:
    """Add the time at work of an agent, whatever he does."""
    for number in range(longs(account.work_begins)[agent], longs(account.work_begins)[agent + 1]):
        work = span_at(account.work, number)
        account.stretches += 1
        start, place = work.begin, quotient(work.begin, account.piece)
        while start < work.end:
            add = sums_at(account, place)
            place += 1
            end = min(work.end, place * account.piece)
            add[STRETCHES] += 1
            add[ON_QUEUE] += end - start
            add[SLOTS] += (end - start) * longs(account.slots)[agent]
            start = end


@compiled
def _add_contacts(account: Account, agent: int) -> None:
    """Add what an agent's contacts take of his time at work, and the moments that cut it."""
    now, last = longs(account.work_begins)[agent], longs(account.work_begins)[agent + 1]
    place, edge, busy_until, n_recent = 0, account.piece, -1, 0
    for number in range(longs(account.begins)[agent + 1], longs(account.begins)[agent + 2]):
        span = span_at(account.spans, number)
        while now < last and span_at(account.work, now).end <= span.begin:
            now += 1
        if now == last:
            break
        while span.begin >= edge:
            place += 1
            edge += account.piece
        if span.begin >= busy_until:  # nobody else's contact is under way
            changes, n_recent = _changes_alone(account, number, busy_until), 1
        else:
            changes, n_recent = _changes(account, number, n_recent)
        work, free_from = span_at(account.work, now), max(span.begin, busy_until)
        busy_until = max(span.end, busy_until)
        if work.begin < span.begin and span.end < min(work.end, edge + account.piece):
            _add_whole(account, span, place, free_from, changes)
        else:
            stay = now
            while stay < last and span_at(account.work, stay).begin < span.end:
                _add_cut(account, span, span_at(account.work, stay), free_from, changes)
                stay += 1


@compiled
def _add_whole(account: Account, span: Span, place: int, free_from: int, changes: int) -> None:
    """Add a contact inside a stay at work, over before the end of the interval behind that in which it begins."""
    add, after = sums_at(account, place), sums_at(account, min(place + 1, account.n_pieces - 1))
    begins, goes_on, ends = changes & _BEGIN, changes >> 1 & 1, changes >> 2
    at_edge = place * account.piece
    edge = at_edge + account.piece
    add[USED] += min(span.end, edge) - span.begin
    add[BUSY] += max(min(span.end, edge) - free_from, 0)
    add[STRETCHES] += begins * (span.begin > at_edge) + goes_on * (span.goes_on < edge) + ends * (span.end < edge)
    after[USED] += max(span.end - edge, 0)
    after[BUSY] += max(span.end - max(free_from, edge), 0)
    after[STRETCHES] += goes_on * (span.goes_on > edge) + ends * (span.end > edge)
    account.stretches += begins + goes_on + ends


@compiled
def _changes_alone(account: Account, number: int, busy_until: int) -> int:
    """Return which moments of a contact are changes if all that began before have ended, the last of them at *busy_until*."""
    span = span_at(account.spans, number)
    longs(account.recent)[0] = number
    goes_on = int(span.goes_on != span.begin) & (span.goes_on != span.end)
    return int(span.begin != busy_until) * _BEGIN + goes_on * _GOES_ON + _END


@compiled
def _changes(account: Account, number: int, n_recent: int) -> tuple[int, int]:
    """Return which moments of a contact are changes, and how many contacts are under way or have just ended.

    Those are in ``recent``; all of them have begun before, or are first of those that begin at the same moment.
    """
    span, kept = span_at(account.spans, number), 0
    begins, goes_on, ends = 1, int(span.goes_on != span.begin) & (span.goes_on != span.end), 1
    for place in range(n_recent):
        at = longs(account.recent)[place]
        other = span_at(account.spans, at)
        longs(account.recent)[kept] = at
        kept += other.end >= span.begin
        begins &= _is_apart(other, span.begin)
        goes_on &= _is_apart(other, span.goes_on)
        ends &= _is_apart(other, span.end)
    longs(account.recent)[kept] = number
    return begins * _BEGIN + goes_on * _GOES_ON + ends * _END, kept + 1


@compiled
def _is_apart(other: Span, moment: int) -> int:
    """Whether nothing changes for the other contact at that moment."""
    return (other.begin != moment) & (other.goes_on != moment) & (other.end != moment)


@apart
def _add_cut(account: Account, span: Span, work: Span, free_from: int, changes: int) -> None:
    """Add what a contact takes of a stay at work, and the moments that cut it, by interval."""
    start, place = max(span.begin, work.begin), quotient(max(span.begin, work.begin), account.piece)
    while start < min(span.end, work.end):
        add = sums_at(account, place)
        place += 1
        end = min(span.end, work.end, place * account.piece)
        add[USED] += end - start
        add[BUSY] += max(end - max(start, free_from), 0)
        start = end
    if changes & _BEGIN:
        _add_change(account, span.begin, work)
    if changes & _GOES_ON:
        _add_change(account, span.goes_on, work)
    if changes & _END:
        _add_change(account, span.end, work)


@compiled
def _add_change(account: Account, moment: int, work: Span) -> None:
    """Cut a stretch in two, but for that of an interval at whose border the moment is."""
    if work.begin < moment < work.end:
        account.stretches += 1
        place = quotient(moment, account.piece)
        sums_at(account, place)[STRETCHES] += moment != place * account.piece


# --- in the order in which they begin -----------------------------------------------------------------------------------


@compiled
def _put_in_order(spans: int, first: int, last: int) -> None:
    """Sort what is nearly sorted: each contact into its place, unless too many have to move."""
    room = 32 * (last - first)
    for number in range(first + 1, last):
        span, place = span_at(spans, number), number
        begin, goes_on, end = span.begin, span.goes_on, span.end
        while place > first and span_at(spans, place - 1).begin > begin:
            _copy(span_at(spans, place - 1), span_at(spans, place))
            place -= 1
        if place < number:
            _set(span_at(spans, place), begin, goes_on, end)
            room -= number - place
            if room < 0:
                _heap_sort(spans + 24 * first, last - first)
                return


@compiled
def _copy(span: Span, to: Span) -> None:
    _set(to, span.begin, span.goes_on, span.end)


@compiled
def _set(span: Span, begin: int, goes_on: int, end: int) -> None:
    span.begin = begin
    span.goes_on = goes_on
    span.end = end


@apart
def _heap_sort(spans: int, n: int) -> None:
    for number in range(n // 2):
        _sift(spans, n // 2 - 1 - number, n)
    for number in range(n - 1):
        last = n - 1 - number
        top, low = span_at(spans, 0), span_at(spans, last)
        begin, goes_on, end = top.begin, top.goes_on, top.end
        _copy(low, top)
        _set(low, begin, goes_on, end)
        _sift(spans, 0, last)


@compiled
def _sift(spans: int, place: int, n: int) -> None:
    """Let what is at *place* of a heap of *n* sink to where it belongs."""
    span, child = span_at(spans, place), 2 * place + 1
    begin, goes_on, end = span.begin, span.goes_on, span.end
    while child < n:
        if child + 1 < n and span_at(spans, child + 1).begin > span_at(spans, child).begin:
            child += 1
        if span_at(spans, child).begin <= begin:
            break
        _copy(span_at(spans, child), span_at(spans, place))
        place, child = child, 2 * child + 1
    _set(span_at(spans, place), begin, goes_on, end)
