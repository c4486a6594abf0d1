"""Finds out who is served ahead of whom, from pairs: at each answer, who was taken and who went on waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed

Rows = NDArray[np.intp]
#: Pairs (one taken, one left waiting) below which no order is told.
_ENOUGH = 200
#: Waits below this are the telephone ringing; seconds.
_SHORTEST_WAIT = 1.0
#: Most contacts of a type that are looked at as waiting at one moment.
_BESIDE = 60
#: A type that is left waiting (taken) in less than this share of its pairs has priority (comes last): no head start is told.
_ALWAYS = 0.03
#: Longest head start, seconds.
_LONGEST = 3600.0
#: A head start must explain so large a share of the pairs that contradict first come, first served.
_EXPLAINS = 0.2
_ROUNDS = 6
_ROUNDED_TO = 5.0


@dataclass(frozen=True)
class OrderFit:
    """How one contact type is served compared with the others of its channel.

    Parameters
    ----------
    ratio : float or None
        Its waits / the waits of the other types' contacts in the same half hours (answered contacts that waited); None if
        unknown.
    priority : int
        1 if it is always taken ahead, -1 if always after the others, else 0.
    head_start, error : float, seconds; float or None
        It counts as if it had come so much earlier, and its standard error over the days of the log (jackknife).
    contacts : int
        Contacts compared for *ratio*.
    pairs : int
        Pairs of a contact of this type and one of another, one of which was taken while the other went on waiting.
    against, unexplained : float or None, fraction
        Pairs that contradict first come, first served; and those that contradict the head starts.
    """

    ratio: float | None = None
    priority: int = 0
    contacts: int = 0
    head_start: float = 0.0
    error: float | None = None
    pairs: int = 0
    against: float | None = None
    unexplained: float | None = None


@dataclass(frozen=True)
class _Pairs:
    """One row per pair: types of who was taken and of who waited, how much later the first had come (seconds), the day."""

    taken: Rows
    left: Rows
    later: Floats
    day: Rows

    def where(self, chosen: NDArray[np.bool_]) -> _Pairs:
        return _Pairs(self.taken[chosen], self.left[chosen], self.later[chosen], self.day[chosen])


def fit_orders(observed: Observed) -> tuple[OrderFit, ...]:
    """Fit the order of service, one entry per contact type.

    Notes
    -----
    First come, first served with a head start h of type a: a contact of type a that came at s is taken before one of type b that
    came at t if s - h_a <= t - h_b. The head starts are those that the fewest pairs contradict (coordinate by coordinate, the
    busiest type of the channel fixed at first); then the smallest is made 0. Pairs of one type say nothing and are left out.
    Agents who can not take the contact that waits look as if they preferred the other: with several skills among the agents some
    pairs contradict any order.
    """
    orders = [_compare(observed, kind) for kind in range(len(observed.contact_types))]
    for channel in dict.fromkeys(observed.channels):
        kinds = [kind for kind, name in enumerate(observed.channels) if name == channel]
        if len(kinds) > 1:
            found = _of_channel(observed, kinds, orders)
            usual = _usual(found)
            for kind in kinds:
                orders[kind] = found.get(kind) or replace(orders[kind], head_start=usual)
    return tuple(orders)


def tells_apart(names: tuple[str, ...], orders: tuple[OrderFit, ...], column: str) -> bool:
    """Whether types that were split by *column* are served in a different order than the type they come from."""
    by_name = dict(zip(names, orders, strict=True))
    for name, order in by_name.items():
        origin = by_name.get(name.rpartition(f", {column} ")[0])
        if origin is None or origin is order:
            continue
        apart = abs(order.head_start - origin.head_start)
        error = np.hypot(order.error or 0.0, origin.error or 0.0)
        if order.priority != origin.priority or apart >= max(2 * _ROUNDED_TO, 3 * error):
            return True
    return False


def _usual(found: dict[int, OrderFit]) -> float:
    """Head start of the type with most pairs: what a type of which too little is seen is taken to have."""
    return max(found.values(), key=lambda each: each.pairs).head_start if found else 0.0


def _of_channel(observed: Observed, kinds: list[int], orders: list[OrderFit]) -> dict[int, OrderFit]:
    pairs = _pairs(observed, kinds)
    told = [kind for kind in kinds if int(((pairs.taken == kind) | (pairs.left == kind)).sum()) >= _ENOUGH]
    pairs = pairs.where(np.isin(pairs.taken, told) & np.isin(pairs.left, told))
    if len(told) < 2 or not len(pairs.later):
        return {}
    always = {kind: _always(pairs, kind) for kind in told}
    starts = _head_starts(pairs, told)
    days = np.unique(pairs.day)
    others = [_head_starts(pairs.where(pairs.day != day), told, starts) for day in days] if len(days) > 1 else []
    found = {}
    for kind in told:
        mine = pairs.where((pairs.taken == kind) | (pairs.left == kind))
        values = np.array([each[kind] for each in others])
        error = float(np.sqrt((len(values) - 1) * values.var())) if len(values) else None
        found[kind] = replace(
            orders[kind],
            priority=always[kind],
            head_start=0.0 if always[kind] else starts[kind],
            error=error,
            pairs=len(mine.later),
            against=float((mine.later > 0).mean()),
            unexplained=float((mine.later > _allowed(mine, starts)).mean()),
        )
    return _from_zero(found)


def _always(pairs: _Pairs, kind: int) -> int:
    """1 if contacts of the type are hardly ever left waiting while others are taken, -1 if hardly ever taken, else 0."""
    taken, left = int((pairs.taken == kind).sum()), int((pairs.left == kind).sum())
    return int(left < _ALWAYS * (taken + left)) - int(taken < _ALWAYS * (taken + left))


def _from_zero(found: dict[int, OrderFit]) -> dict[int, OrderFit]:
    """Make the smallest head start 0; leave all out that explain nothing."""
    weight = sum(each.pairs for each in found.values())
    against = sum(each.pairs * (each.against or 0.0) for each in found.values()) / weight
    rest = sum(each.pairs * (each.unexplained or 0.0) for each in found.values()) / weight
    if against - rest < _EXPLAINS * against:
        return {kind: replace(each, head_start=0.0, priority=0, unexplained=each.against) for kind, each in found.items()}
    least = min((each.head_start for each in found.values() if not each.priority), default=0.0)
    rounded = {kind: _ROUNDED_TO * round((each.head_start - least) / _ROUNDED_TO) for kind, each in found.items()}
    return {kind: replace(each, head_start=0.0 if each.priority else rounded[kind]) for kind, each in found.items()}


def _pairs(observed: Observed, kinds: list[int]) -> _Pairs:
    """Every answer of a contact that had waited, beside the contacts of the other types that were left waiting."""
    waits = np.isin(observed.contact_type, kinds) & (observed.wait > _SHORTEST_WAIT)
    by_type = {}
    for kind in kinds:
        mine = np.flatnonzero(waits & (observed.contact_type == kind))
        by_type[kind] = mine[np.argsort(observed.queued[mine], kind="stable")]
    parts: list[tuple[Rows, Rows]] = []
    for first, mine in by_type.items():
        answered = mine[observed.is_answered[mine]]
        for second, others in by_type.items():
            if first != second and len(others):
                parts.append(_beside(observed, answered, others))
    taken = np.concatenate([part[0] for part in parts]) if parts else np.array([], dtype=np.intp)
    left = np.concatenate([part[1] for part in parts]) if parts else np.array([], dtype=np.intp)
    later = observed.queued[taken] - observed.queued[left]
    return _Pairs(observed.contact_type[taken], observed.contact_type[left], later, observed.day[taken])


def _beside(observed: Observed, answered: Rows, others: Rows) -> tuple[Rows, Rows]:
    """Pairs of an answered contact and one of *others* that waited when it was taken and went on waiting."""
    moments, entered, gone = observed.left[answered], observed.queued[others], observed.left[others]
    last = np.searchsorted(entered, moments, "left")
    taken, left = [], []
    for back in range(1, _BESIDE + 1):
        place = last - back
        known = place >= 0
        waiting = np.zeros(len(answered), dtype=bool)
        waiting[known] = gone[place[known]] > moments[known] + _SHORTEST_WAIT
        taken.append(answered[waiting])
        left.append(others[place[waiting]])
    return np.concatenate(taken), np.concatenate(left)


def _allowed(pairs: _Pairs, starts: dict[int, float]) -> Floats:
    """How much later who was taken may have come."""
    start = np.zeros(max(starts) + 1)
    start[list(starts)] = list(starts.values())
    return start[pairs.taken] - start[pairs.left]


def _head_starts(pairs: _Pairs, kinds: list[int], begin: dict[int, float] | None = None) -> dict[int, float]:
    """Head starts that the fewest pairs contradict; the first type's is 0."""
    starts = dict(begin or dict.fromkeys(kinds, 0.0))
    for _ in range(_ROUNDS):
        before = dict(starts)
        for kind in kinds[1:]:
            ahead, behind = pairs.taken == kind, pairs.left == kind
            others = {**starts, kind: 0.0}
            allowed = _allowed(pairs, others)
            # taken: it must be at least this; left: at most that
            starts[kind] = _fewest(pairs.later[ahead] - allowed[ahead], allowed[behind] - pairs.later[behind])
        if starts == before:
            break
    return starts


def _fewest(lower: Floats, upper: Floats) -> float:
    """Value that lies below the fewest *lower* and above the fewest *upper* bounds: the middle of the best stretch."""
    points = np.unique(np.concatenate([lower, upper, [-_LONGEST, _LONGEST]]).clip(-_LONGEST, _LONGEST))
    middles = np.concatenate([points, (points[1:] + points[:-1]) / 2])
    above = len(lower) - np.searchsorted(np.sort(lower), middles, "right")
    contradicted = above + np.searchsorted(np.sort(upper), middles, "left")
    best = middles[contradicted == contradicted.min()]
    return float(np.median(best))


def _compare(observed: Observed, contact_type: int) -> OrderFit:
    """Compare the waits of one contact type with those of all others of the same channel in the same half hours."""
    same = np.array([channel == observed.channels[contact_type] for channel in observed.channels])
    queueing = observed.is_answered & same[observed.contact_type] & ~np.isnan(observed.wait)
    slot = np.where(queueing, np.nan_to_num(observed.queued) // 1800, 0).astype(np.intp)
    mine = queueing & (observed.contact_type == contact_type)
    others = queueing & ~mine
    n_mine, wait_mine = _sums(slot, mine, observed.wait)
    n_others, wait_others = _sums(slot, others, observed.wait)
    both = (n_mine > 0) & (n_others > 0)
    contacts = int(n_mine[both].sum())
    expected = float((n_mine[both] * wait_others[both] / n_others[both]).sum())
    if contacts < 50 or expected <= 0:
        return OrderFit(contacts=contacts)
    return OrderFit(ratio=float(wait_mine[both].sum()) / expected, contacts=contacts)


def _sums(slot: Rows, chosen: NDArray[np.bool_], wait: Floats) -> tuple[Floats, Floats]:
    """Contacts and their total wait per half hour."""
    size = int(slot.max()) + 1
    n = np.bincount(slot[chosen], minlength=size).astype(np.float64)
    return n, np.bincount(slot[chosen], weights=wait[chosen], minlength=size).astype(np.float64)
