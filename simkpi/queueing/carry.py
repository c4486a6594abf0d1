"""What an existing team can carry: the largest volume, or the longest AHT, at which all targets still hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simkpi.errors import InputError, Problem
from simkpi.queueing.patience_laws import PatienceLaw
from simkpi.queueing.staffing import Certificate
from simkpi.queueing.targets import Target, all_met, performances

_MOST = 10**9


@dataclass(frozen=True)
class Carried:
    """Answer of :func:`most_contacts` and :func:`longest_aht`."""

    #: Contacts per interval, or seconds.
    value: float
    certificates: tuple[Certificate, ...]


def most_contacts(
    *,
    agents: float,
    aht: float,
    targets: Sequence[Target],
    interval: float = 1800.0,
    patience: float | PatienceLaw | None = None,
    places: float | None = None,
) -> Carried:
    """Largest whole number of contacts per *interval* that a team can carry within its targets.

    Parameters
    ----------
    agents : float
        Agents on queue.
    aht : float, seconds
    targets : sequence of Target
        All must hold.
    interval : float, seconds
    patience, places
        As for :func:`simkpi.queueing.evaluate`.

    Returns
    -------
    Carried
        With the figures at this volume and with one contact more.

    Raises
    ------
    InputError
        If one contact per interval is already too many, or no volume is.

    Examples
    --------
    >>> most_contacts(agents=14, aht=180, targets=[Target("service_level", 0.8)]).value
    108.0
    """
    if not interval > 0:
        raise InputError(Problem(f"must be above 0 seconds, got {interval}", path="interval"))
    return _largest(
        lambda k: {"arrival_rate": k / interval, "aht": aht, "agents": agents, "patience": patience, "places": places},
        targets,
        "contact",
    )


def longest_aht(
    *,
    agents: float,
    arrival_rate: float,
    targets: Sequence[Target],
    step: float = 1.0,
    patience: float | PatienceLaw | None = None,
    places: float | None = None,
) -> Carried:
    """Longest AHT, a multiple of *step* seconds, that a team can afford within its targets.

    Parameters
    ----------
    agents : float
        Agents on queue.
    arrival_rate : float, contacts per second
    targets : sequence of Target
        All must hold.
    step : float, seconds
        Precision of the answer.
    patience, places
        As for :func:`simkpi.queueing.evaluate`.

    Returns
    -------
    Carried
        With the figures at this AHT and one *step* longer.

    Raises
    ------
    InputError
        If an AHT of one *step* is already too long, or no AHT is.

    Examples
    --------
    >>> longest_aht(agents=14, arrival_rate=100 / 1800, targets=[Target("service_level", 0.8)]).value
    194.0
    """
    if not step > 0:
        raise InputError(Problem(f"must be above 0 seconds, got {step}", path="step"))
    found = _largest(
        lambda k: {"arrival_rate": arrival_rate, "aht": k * step, "agents": agents, "patience": patience, "places": places},
        targets,
        "step",
    )
    return Carried(found.value * step, found.certificates)


def _largest(queue: Callable[[int], dict[str, object]], targets: Sequence[Target], unit: str) -> Carried:
    """Doubling and bisection on whole numbers; the figures get worse with every one."""
    if not targets:
        raise InputError("targets: at least one target is needed")
    if not all_met(targets, **queue(1)):
        shown = ", ".join(
            f"{t}: {t.show(t.value_of(p))}"
            for t, p in zip(targets, performances(targets, **queue(1)), strict=True)
            if not t.met(p)
        )
        raise InputError(Problem(f"unreachable: a single {unit} is too much ({shown})", path="target"))
    low, high = 1, 2
    while all_met(targets, **queue(high)):
        low, high = high, 2 * high
        if high > _MOST:
            raise InputError(Problem("these targets hold whatever the load; give one that a full team can miss", path="target"))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if all_met(targets, **queue(middle)) else (low, middle)
    certificates = [
        Certificate(target, float(getattr(here, target.metric)), target.value_of(there))
        for target, here, there in zip(
            targets, performances(targets, **queue(low)), performances(targets, **queue(high)), strict=True
        )
    ]
    return Carried(float(low), tuple(certificates))
