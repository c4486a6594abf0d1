"""From uniform numbers to durations: each law by inversion, one uniform in, one value out, larger for larger."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simkpi.demand.constants import constant
from simkpi.demand.elementary import Floats, exp, log, normal_quantile
from simkpi.demand.fused import Drawing, drawing
from simkpi.demand.gamma import gamma_quantile
from simkpi.demand.rows import Ticks
from simkpi.demand.steps import Steps, steps_of
from simkpi.demand.streams import Addresses, World
from simkpi.errors import InputError
from simkpi.scenario.laws import Law, LawKind
from simkpi.units import DAY, TICKS_PER_SECOND

#: Longest duration that may be drawn, seconds: 10,000 days.
LONGEST = 10_000 * DAY


def is_fixed(law: Law) -> bool:
    """Whether the law has one value only, so that no random number is needed."""
    return law.fixed is not None


def quantile(law: Law, u: Floats) -> Floats:
    """Durations at the given probabilities.

    Parameters
    ----------
    law : Law
        One of the laws of a scenario.
    u : ndarray, shape (n,)
        Strictly between 0 and 1, as :func:`simkpi.demand.streams.uniforms` gives them: ``1 - u`` must be exact.

    Returns
    -------
    ndarray, shape (n,), seconds
    """
    return _QUANTILES[law.kind](law, u)


def sample(law: Law, u: Floats, *, at_most: float | None = None) -> Ticks:
    """Durations at the given probabilities in whole ticks, halves up.

    Parameters
    ----------
    law : Law
        One of the laws of a scenario.
    u : ndarray, shape (n,)
        Strictly between 0 and 1.
    at_most : float or None, seconds
        Longer durations are cut to this.

    Returns
    -------
    ndarray of int64, shape (n,), ticks

    Raises
    ------
    InputError
        If a duration exceeds 10,000 days.
    """
    if (fused := _fused(law)) is not None:
        ticks = fused[0].ticks_at(u, fused[1], math.inf if at_most is None else at_most)
        if ticks is not None:
            return ticks
    seconds = quantile(law, u)
    if at_most is not None:
        seconds = np.minimum(seconds, at_most)
    if len(seconds) and not seconds.max() <= LONGEST:
        raise InputError(
            f"the {law.kind} law of mean {law.mean:.6g} s gave a duration of {seconds.max() / DAY:.3g} days, more than 10,000; "
            "lower its mean or its spread"
        )
    return np.floor(seconds * TICKS_PER_SECOND + 0.5).astype(np.int64)


def draw_ticks(
    law: Law, world: World, purpose: str, addresses: Addresses, *, attempt: int = 0, at_most: float | None = None
) -> Ticks:
    """Durations drawn for *purpose*, as :func:`sample` makes them of the customers' uniform numbers; a fixed law draws none.

    Returns
    -------
    ndarray of int64, shape (n_customers,), ticks
    """
    n_customers = len(addresses.customers)
    if is_fixed(law):
        return constant(sample(law, np.full(1, 0.5), at_most=at_most)[0], n_customers)
    if (fused := _fused(law)) is not None:
        most = math.inf if at_most is None else at_most
        ticks = fused[0].ticks(world.key(purpose), addresses.customers, attempt, fused[1], most)
        if ticks is not None:
            return ticks
    return sample(law, world.uniforms(purpose, addresses, attempt=attempt), at_most=at_most)


def _fused(law: Law) -> tuple[Drawing, Steps] | None:
    """Return who draws in NumPy's place, and the steps of the law; None = NumPy does."""
    fused = drawing()
    steps = None if fused is None else steps_of(law)
    return None if fused is None or steps is None else (fused, steps)


def _fixed(law: Law, u: Floats) -> Floats:
    assert law.fixed is not None
    return np.full(len(u), law.fixed)


def _unit_exponential(u: Floats) -> Floats:
    return -log(1.0 - u)  # 1 - u is exact: see streams.uniforms


def _exponential(law: Law, u: Floats) -> Floats:
    """-mean log(1 - u)."""
    assert law.exponential is not None
    return _unit_exponential(u) * law.exponential.mean


def _lognormal(law: Law, u: Floats) -> Floats:
    """Median exp(sigma z) with sigma**2 = log(1 + cv**2), median = mean / sqrt(1 + cv**2), z the normal quantile of u."""
    assert law.lognormal is not None
    growth = 1.0 + law.lognormal.cv * law.lognormal.cv
    sigma = math.sqrt(log(np.array([growth]))[0])
    values = exp(normal_quantile(u) * sigma)
    values *= law.lognormal.mean / math.sqrt(growth)
    return values


def _weibull(law: Law, u: Floats) -> Floats:
    """Scale (-log(1 - u)) ** (1 / shape)."""
    assert law.weibull is not None
    values = exp(log(_unit_exponential(u)) / law.weibull.shape)
    values *= law.weibull.scale
    return values


def _gamma(law: Law, u: Floats) -> Floats:
    assert law.gamma is not None
    return gamma_quantile(law.gamma.cv, u) * law.gamma.mean


def _uniform(law: Law, u: Floats) -> Floats:
    assert law.uniform is not None
    return law.uniform.low + (law.uniform.high - law.uniform.low) * u


def _empirical(law: Law, u: Floats) -> Floats:
    """Smallest recorded value at or below which a share u of the weight lies."""
    assert law.empirical is not None
    values = np.array(law.empirical.values)
    weights = np.array(law.empirical.weights or np.ones(len(values)))
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    return values[order][np.searchsorted(share / share[-1], u, side="left")]


_QUANTILES: dict[LawKind, Callable[[Law, Floats], Floats]] = {
    "fixed": _fixed,
    "exponential": _exponential,
    "lognormal": _lognormal,
    "weibull": _weibull,
    "gamma": _gamma,
    "uniform": _uniform,
    "empirical": _empirical,
}


def mean_below(law: Law, share: float) -> float:
    """Mean of the smallest *share* of the values: the integral of the quantile function up to *share*, divided by it.

    Parameters
    ----------
    law : Law
    share : float, fraction
        Above 0, at most 1.

    Returns
    -------
    float, seconds

    Notes
    -----
    By Gauss-Legendre quadrature of 200 nodes; near 1 from the mean of all.

    Source: the Lorenz curve L(p) of the law is p * mean_below(p) / mean (Gastwirth, Econometrica 39, 1971).

    Examples
    --------
    >>> round(mean_below(Law.model_validate({"uniform": {"low": "2m15s", "high": "9m45s"}}), 0.2), 6)
    180.0
    """
    if share >= 1:
        return law.mean
    if law.empirical is not None:
        values, weights = np.array(law.empirical.values), np.array(law.empirical.weights or np.ones(len(law.empirical.values)))
        order = np.argsort(values, kind="stable")
        below = np.minimum(np.cumsum(weights[order]) / weights.sum(), share)
        return float((np.diff(below, prepend=0.0) * values[order]).sum() / share)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return float((quantile(law, (nodes + 1) / 2 * share) * weights).sum() / 2)
