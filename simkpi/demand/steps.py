"""A law as a short list of steps from a uniform number to seconds, for whoever computes them number by number.

The same arithmetic as :func:`simkpi.demand.laws.quantile`, which remains the definition; a test compares the two to the bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats, log
from simkpi.demand.gamma import knots_of
from simkpi.scenario.laws import Law, LawKind


class Step(IntEnum):
    """What is done to a number x; some have a parameter p."""

    #: -log(1 - x): the unit exponential.
    WEAR = 0
    #: Natural logarithm; exponential; standard normal quantile.
    LOG = 1
    EXP = 2
    SCORE = 3
    #: x p; x + p; x / p.
    TIMES = 4
    PLUS = 5
    OVER = 6
    #: Logarithm of the gamma quantile at a normal score, by the table.
    GAMMA = 7


@dataclass(frozen=True)
class Steps:
    """Steps in their order.

    Parameters
    ----------
    codes : ndarray of int64, shape (n_steps,)
        Values of :class:`Step`.
    numbers : ndarray, shape (n_steps,)
        Their parameters; 0 for steps that have none.
    tables : ndarray, shape (2, n_knots), or empty
        Knots and slopes behind ``GAMMA``.
    """

    codes: NDArray[np.int64]
    numbers: Floats
    tables: Floats

    @classmethod
    def of(cls, *steps: tuple[Step, float], tables: Floats | None = None) -> Steps:
        """Put *steps* together."""
        codes, numbers = np.array([code for code, _ in steps], np.int64), np.array([number for _, number in steps], np.float64)
        return cls(codes, numbers, np.zeros((2, 0)) if tables is None else tables)


def steps_of(law: Law) -> Steps | None:
    """Return the steps of *law*; None if its values are looked up instead (fixed, empirical)."""
    return _steps_of(law) if law.kind in _STEPS else None


@lru_cache(maxsize=256)
def _steps_of(law: Law) -> Steps:
    return _STEPS[law.kind](law)


def _exponential(law: Law) -> Steps:
    assert law.exponential is not None
    return Steps.of((Step.WEAR, 0), (Step.TIMES, law.exponential.mean))


def _lognormal(law: Law) -> Steps:
    assert law.lognormal is not None
    growth = 1.0 + law.lognormal.cv * law.lognormal.cv
    sigma, median = math.sqrt(log(np.array([growth]))[0]), law.lognormal.mean / math.sqrt(growth)
    return Steps.of((Step.SCORE, 0), (Step.TIMES, sigma), (Step.EXP, 0), (Step.TIMES, median))


def _weibull(law: Law) -> Steps:
    assert law.weibull is not None
    shape, scale = law.weibull.shape, law.weibull.scale
    return Steps.of((Step.WEAR, 0), (Step.LOG, 0), (Step.OVER, shape), (Step.EXP, 0), (Step.TIMES, scale))


def _gamma(law: Law) -> Steps:
    assert law.gamma is not None
    return Steps.of(
        (Step.SCORE, 0), (Step.GAMMA, 0), (Step.EXP, 0), (Step.TIMES, law.gamma.mean), tables=np.array(knots_of(law.gamma.cv))
    )


def _uniform(law: Law) -> Steps:
    assert law.uniform is not None
    return Steps.of((Step.TIMES, law.uniform.high - law.uniform.low), (Step.PLUS, law.uniform.low))


_STEPS: dict[LawKind, Callable[[Law], Steps]] = {
    "exponential": _exponential,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "gamma": _gamma,
    "uniform": _uniform,
}
