"""Agent time of one replication: what agents do at work, cut wherever something changes and at the intervals' borders, compiled.

Equal to :func:`simkpi.kpi.timeline.timeline`. A stay at work is one stretch, and one more for each moment inside it at which
something changes; so it is within each interval. What contacts take is added one by one, in the order in which they begin.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import apart, compiled, ints, longs
from simkpi.engine.compiled.records import Stay, stay_at
from simkpi.engine.recorder import WORK
from simkpi.experiment.tally_contacts import sums_at
from simkpi.experiment.tally_records import Account, Post, Span, post_at, quotient, span_at
from simkpi.experiment.tally_sums import BUSY, ON_QUEUE, SLOTS, STRETCHES, USED

# Which moments of a contact are changes that no other contact has made at the same moment.
_BEGIN, _GOES_ON, _END = 1, 2, 4


@compiled
def add_agents(account: Account) -> None:
    """Add up agent time."""
    account.stretches = 0
    _begin(account)
    _write_work(account)
    for agent in range(account.n_agents):
        _add_stays(account, post_at(account.posts, agent))
    _add_contacts(account)


@compiled
def _begin(account: Account) -> None:
    """Let the day begin: nobody has answered anybody; rows of ``recent`` are shared out."""
    recent = 0
    for agent in range(account.n_agents):
        post = post_at(account.posts, agent)
        post.slots = longs(account.slots)[agent]
        post.work_to = 0
        post.busy_until = -1
        post.n_recent = 0
        post.recent_from = recent
        post.most_recent = 2 * post.slots
        recent += post.most_recent + 1


@compiled
def _is_work(account: Account, stay: Stay) -> bool:
    """Whether it is a stay at work; one of no length is none."""
    return stay.state == WORK and stay.start < min(stay.end, account.horizon)


@compiled
def _write_work(account: Account) -> None:
    """Write down the agents' stays at work, by agent, in the order of time."""
    n_stays, first = longs(account.n_stays)[0], 0
    for number in range(n_stays):
        stay = stay_at(account.stays, number)
        post_at(account.posts, stay.agent).work_to += _is_work(account, stay)
    for agent in range(account.n_agents):
        post = post_at(account.posts, agent)
        first += post.work_to
        post.work_from = first - post.work_to
        post.work_to = post.work_from
    for number in range(n_stays):
        stay = stay_at(account.stays, number)
        if _is_work(account, stay):
            post = post_at(account.posts, stay.agent)
            work = span_at(account.work, post.work_to)
            post.work_to += 1
            work.begin = stay.start
            work.end = min(stay.end, account.horizon)


@compiled
def _add_stays(account: Account, post: Post) -> None:
    """Add the time at work of an agent, whatever he does."""
    for number in range(post.work_from, post.work_to):
        work = span_at(account.work, number)
        account.stretches += 1
        start, place = work.begin, quotient(work.begin, account.piece)
        while start < work.end:
            add = sums_at(account, place)
            place += 1
            end = min(work.end, place * account.piece)
            add[STRETCHES] += 1
            add[ON_QUEUE] += end - start
            add[SLOTS] += (end - start) * post.slots
            start = end


@compiled
def _add_contacts(account: Account) -> None:
    """Add what contacts take of their agents' time at work, and the moments that cut it."""
    place, edge = 0, account.piece
    for number in range(longs(account.n_answered)[0]):
        row = ints(account.order)[number]
        begin, end = longs(account.answered)[row], min(longs(account.wrapped)[row], account.horizon)
        while begin >= edge and begin < end:
            place += 1
            edge += account.piece
        post = post_at(account.posts, ints(account.agent)[row])
        while post.work_from < post.work_to and span_at(account.work, post.work_from).end <= begin:
            post.work_from += 1
        if begin < end and post.work_from < post.work_to:
            span = span_at(account.recent, post.recent_from + post.most_recent)
            span.begin = begin
            span.goes_on = min(longs(account.ended)[row], end)
            span.end = end
            _add_contact(account, post, span, place)


@compiled
def _add_contact(account: Account, post: Post, span: Span, place: int) -> None:
    """Add what a contact takes of an agent's time, of which some at work is still to come."""
    if span.begin >= post.busy_until:  # nobody else's contact is under way
        changes = _own_changes(span) & ~(_BEGIN * (span.begin == post.busy_until))
        post.n_recent = 0
    else:
        changes = _changes(account, post, span)
    _remember(account, post, span)
    free_from = max(span.begin, post.busy_until)
    post.busy_until = max(span.end, post.busy_until)
    work = span_at(account.work, post.work_from)
    if work.begin < span.begin and span.end < min(work.end, (place + 2) * account.piece):
        _add_whole(account, span, place, free_from, changes)
    else:
        _add_by_stay(account, post, span, free_from, changes)


@compiled
def _own_changes(span: Span) -> int:
    """Return which moments of a contact are changes for itself."""
    return _BEGIN + _GOES_ON * ((span.goes_on != span.begin) & (span.goes_on != span.end)) + _END


@compiled
def _changes(account: Account, post: Post, span: Span) -> int:
    """Return which moments of a contact are changes, beside those of the recent ones."""
    changes = _own_changes(span)
    for number in range(post.n_recent):
        other = span_at(account.recent, post.recent_from + number)
        changes &= ~(_BEGIN * _changes_at(other, span.begin))
        changes &= ~(_GOES_ON * _changes_at(other, span.goes_on))
        changes &= ~(_END * _changes_at(other, span.end))
    return changes


@compiled
def _changes_at(other: Span, moment: int) -> int:
    """Whether something changes for the other contact at that moment."""
    return (other.begin == moment) | (other.goes_on == moment) | (other.end == moment)


@compiled
def _remember(account: Account, post: Post, span: Span) -> None:
    """Keep a contact among the recent ones; where there is no more room, forget those that ended before it began.

    There are at most as many others as slots, and as many again that begin at the moment at which those end.
    """
    if post.n_recent == post.most_recent:
        kept = 0
        for number in range(post.n_recent):
            other = span_at(account.recent, post.recent_from + number)
            _copy(other, span_at(account.recent, post.recent_from + kept))
            kept += other.end >= span.begin
        post.n_recent = min(kept, post.most_recent - 1)
    _copy(span, span_at(account.recent, post.recent_from + post.n_recent))
    post.n_recent += 1


@compiled
def _copy(span: Span, to: Span) -> None:
    begin, goes_on, end = span.begin, span.goes_on, span.end
    to.begin = begin
    to.goes_on = goes_on
    to.end = end


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


@apart
def _add_by_stay(account: Account, post: Post, span: Span, free_from: int, changes: int) -> None:
    """Add a contact to each stay at work that it meets."""
    stay = post.work_from
    while stay < post.work_to and span_at(account.work, stay).begin < span.end:
        _add_cut(account, span, span_at(account.work, stay), free_from, changes)
        stay += 1


@compiled
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
