"""A long horizon simulated piece by piece, in memory for the contacts of some weeks, whatever the horizon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.draws import draw
from simkpi.demand.factors import shared_factors
from simkpi.demand.streams import World
from simkpi.engine.run import plan_of
from simkpi.errors import InputError
from simkpi.scenario.resolve import Scenario
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.engine.compiled.chunks import Piece, States


def run_in_chunks(
    scenario: Scenario,
    *,
    seed: int | str,
    replication: int,
    days: int = 7,
    on_pause: Callable[[States], None] | None = None,
) -> Iterator[Piece]:
    """Simulate one replication by the compiled engine, *days* at a time, and hand out the contacts that are over.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    seed, replication : int or str, int
        The world.
    days : int
        Days that are drawn at a time, at least 1.
    on_pause : callable, optional
        Called before each piece but the last with the agents' states so far (columns as in ``EngineLog``).

    Yields
    ------
    Piece
        Rows that nothing more will happen to (``first``, ``demand``, ``log``), in their order. Put together they equal what
        :func:`simkpi.engine.run.run` gives for the whole horizon, cell by cell; the last one has the agents' states.

    Raises
    ------
    InputError
        If contacts can come back, go on elsewhere, or are otherwise looked at again long after they are over; or *days* < 1.
    """
    if days < 1:
        raise InputError(f"days: must be at least 1, got {days}")
    from simkpi.engine.compiled.chunks import simulate_in_chunks

    periods = [
        range(first, min(first + days, scenario.spec.calendar.days)) for first in range(0, scenario.spec.calendar.days, days)
    ]
    room = sum(_contacts(scenario, seed, replication, period) for period in periods)
    drawn = (draw(scenario, seed=seed, replication=replication, days=period) for period in periods)
    ends = (to_ticks(period.stop * DAY) for period in periods)
    return simulate_in_chunks(plan_of(scenario), zip(ends, drawn, strict=True), room, on_pause)


def _contacts(scenario: Scenario, seed: int | str, replication: int, days: range) -> int:
    """Count the contacts of some days: drawing who comes, and nothing else about them, takes a fraction of the run."""
    found, shared = 0, shared_factors(scenario.spec.calendar, seed, replication)
    for name, contact in scenario.spec.contacts.items():
        found += len(draw_arrivals(contact.volume, World(seed, replication, name), shared, days)[0])
        found += contact.backlog.count if contact.backlog is not None and days.start == 0 else 0
    return found
