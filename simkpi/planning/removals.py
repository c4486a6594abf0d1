"""From a generous staffing plan down to a lean one, one agent at a time: the order in which agents are missed least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.goals import Check, all_shown
from simkpi.planning.head_counts import Cell, Counts

Floats = NDArray[np.float64]
#: Most sweeps over all cells.
SWEEPS = 8
#: Contacts that one sweep may simulate; with more, neighbouring cells are judged together.
SWEEP_CONTACTS = 250_000.0

Judge = Callable[[Counts], "tuple[Check, ...]"]


@dataclass(frozen=True)
class Chain:
    """Head-counts, each the one before without some agents.

    Parameters
    ----------
    plans : tuple of ndarray
        From generous to lean.
    sure : tuple of int
        Plans that the search found to be enough beyond doubt, the first one included.
    """

    plans: tuple[Counts, ...]
    sure: tuple[int, ...]

    def sequence(self, most: int) -> tuple[int, ...]:
        """Plans to test, in this order, fixed before any test: the sure ones, then one by one (at most *most*) to the end."""
        rest = np.arange(self.sure[-1], len(self.plans))
        if len(rest) > most:
            rest = rest[np.unique(np.linspace(0, len(rest) - 1, most).round().astype(int))]
        return (*self.sure[:-1], *[int(index) for index in rest])


def blocks_of(cells: Sequence[Cell], counts: Counts, most: int) -> tuple[tuple[int, ...], ...]:
    """Group staffed cells of the same team and day into at most about *most* runs of neighbours."""
    runs: dict[tuple[str, int], list[int]] = {}
    for index, cell in enumerate(cells):
        if counts[index] > 0:
            runs.setdefault((cell.team, cell.day), []).append(index)
    size = max(1, -(-int((counts > 0).sum()) // max(1, most - len(runs)))) if most > len(runs) else len(cells)
    return tuple(tuple(run[start : start + size]) for run in runs.values() for start in range(0, len(run), size))


def descend(start: Counts, cells: Sequence[Cell], judge: Judge, *, contacts: float) -> Chain:
    """Take agents away, least missed first, until a goal fails.

    Parameters
    ----------
    start : ndarray, shape (n_cells,)
        A plan that meets every goal.
    cells : sequence of Cell
    judge : callable
        Simulates a plan on the search's own worlds and tests it strictly.
    contacts : float
        Contacts that one call of *judge* simulates.

    Returns
    -------
    Chain

    Notes
    -----
    One sweep takes one agent off each block of cells in turn and notes how much of every goal's margin is lost (on the same
    customers, so the differences are sharp); agents then go in the order of margin lost per agent-hour until the losses add
    up to the margin. The goals are not exactly additive, so the new plan is simulated and swept again.

    Source: gradients by finite differences on common random numbers as in J. Atlason, M. A. Epelman and S. G. Henderson,
    Call center staffing with simulation and cutting plane methods, Annals of Operations Research 127, 2004.
    """
    plans, sure = [start], [0]
    margins = _margins(judge(start))
    for _ in range(SWEEPS):
        now = plans[-1]
        blocks = blocks_of(cells, now, max(4, int(SWEEP_CONTACTS / max(1.0, contacts))))
        if not blocks or margins.min() < 0:
            break
        lost = np.array([margins - _margins(judge(_without(now, block))) for block in blocks]).reshape(len(blocks), -1)
        plans += _in_order(
            now, blocks, lost, margins, np.array([sum(cells[index].length for index in block) for block in blocks])
        )
        checks = judge(plans[-1])
        margins = _margins(checks)
        if all_shown(checks):
            sure.append(len(plans) - 1)
    return Chain(tuple(plans), tuple(sure))


def _in_order(now: Counts, blocks: Sequence[tuple[int, ...]], lost: Floats, margins: Floats, time: Floats) -> Iterator[Counts]:
    """Yield plans with ever fewer agents, at least one of them."""
    share = np.max(np.maximum(lost, 0.0) / np.maximum(margins, 1e-9), axis=1) / time
    spent = np.zeros_like(margins)
    for rank, index in enumerate(np.argsort(share, kind="stable")):
        spent = spent + np.maximum(lost[index], 0.0)
        if rank and np.any(spent > margins):
            return
        for cell in blocks[index]:
            now = _without(now, (cell,))
            yield now


def _without(counts: Counts, block: Sequence[int]) -> Counts:
    fewer = counts.copy()
    fewer[list(block)] = np.maximum(0, fewer[list(block)] - 1)
    return fewer


def _margins(checks: Sequence[Check]) -> Floats:
    """How far each goal is met; a goal without a figure (nobody came) does not bind."""
    return np.array([one.margin if np.isfinite(one.margin) else 1e9 for one in checks])
