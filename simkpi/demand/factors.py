"""How busy a day or interval happens to be: random factors of mean 1 on the expected contacts (overdispersion)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simkpi.demand.elementary import Floats, normal_quantile
from simkpi.demand.gamma import gamma_at_score, gamma_quantile
from simkpi.demand.streams import Addresses, Words, World
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.demand.field import Profile
    from simkpi.scenario.spec import Calendar, Volume

_32 = np.uint64(32)


def shared_factors(calendar: Calendar, seed: int | str, replication: int) -> Floats | None:
    """Factor on each day of all contact types together, shape (n_days,); None if there is none.

    Parameters
    ----------
    calendar : Calendar
        Its ``day_spread`` (one factor a day) and ``forecast_error`` (one factor for the horizon) are coefficients of variation.
    seed, replication : int or str, int
        The world. The streams are those of the contact type without a name, which no scenario can have.
    """
    if not calendar.day_spread and not calendar.forecast_error:
        return None
    world = World(seed, replication, "")
    days = _day_identities(calendar.days)
    return _by_day(calendar.day_spread, days, world) * _of_horizon(calendar.forecast_error, world)


def own_factors(volume: Volume, profile: Profile, world: World) -> Floats:
    """Forecast error times day factor times interval factor of one contact type, shape (n_days, n_intervals).

    Notes
    -----
    All are gamma with mean 1. Interval factors of one day may be correlated: their normal scores are an autoregression of order
    one with ``interval_correlation`` between neighbours, which makes the factors correlated and leaves each of them gamma
    (NORTA). It starts at midnight, so that a factor depends on when its interval starts, not on where the profile starts.

    Source: Cario and Nelson, "Autoregressive to anything", Operations Research Letters 19 (1996), section 2; correlation of
    intervals within a day: Avramidis, Deslauriers, L'Ecuyer, Management Science 50(7), 2004.
    """
    days = _day_identities(len(profile.expected))
    factors = np.ones(profile.expected.shape)
    if volume.forecast_error:
        factors *= _of_horizon(volume.forecast_error, world)
    if volume.day_spread:
        factors *= _by_day(volume.day_spread, days, world)[:, None]
    if volume.interval_spread and volume.interval_correlation:
        factors *= _correlated(volume, profile, days, world)
    elif volume.interval_spread:
        identities = days[:, None] + profile.starts.astype(np.uint64)
        u = world.uniforms("interval factor", Addresses(identities.ravel()))
        factors *= gamma_quantile(volume.interval_spread, u).reshape(factors.shape)
    return factors


def _day_identities(days: int) -> Words:
    return np.arange(days, dtype=np.uint64) << _32


def _by_day(spread: float, days: Words, world: World) -> Floats:
    return gamma_quantile(spread, world.uniforms("day factor", Addresses(days))) if spread else np.ones(len(days))


def _of_horizon(spread: float, world: World) -> float:
    if not spread:
        return 1.0
    return float(gamma_quantile(spread, world.uniforms("forecast error", Addresses(_day_identities(1))))[0])


def _correlated(volume: Volume, profile: Profile, days: Words, world: World) -> Floats:
    """Interval factors whose normal scores follow an autoregression through the day."""
    rho = volume.interval_correlation
    before, first = divmod(profile.start, profile.interval)  # whole intervals before the profile starts
    starts = np.arange(first, to_ticks(DAY), profile.interval, dtype=np.int64)[: before + profile.expected.shape[1]]
    u = world.uniforms("interval factor", Addresses((days[:, None] + starts.astype(np.uint64)).ravel()))
    score = normal_quantile(u).reshape(len(days), len(starts))
    fresh = np.sqrt(1.0 - rho * rho)
    for column in range(1, score.shape[1]):
        score[:, column] = rho * score[:, column - 1] + fresh * score[:, column]
    return gamma_at_score(volume.interval_spread, score[:, before:].ravel()).reshape(profile.expected.shape)
