"""Tunes what a log does not show until chosen KPIs agree, and says when they can not tell the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simkpi.errors import InputError, did_you_mean
from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.kpi.score import score
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.check import as_scenario
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.scaling import scaled_law
from simkpi.planning.phrase import Phrase

#: What can be tuned: a factor on the fitted figure.
PARAMETERS = ("availability", "unlogged_work", "patience", "handle_time")
#: KPIs that may be matched; service levels at 20 s.
MOMENTS = ("abandon_rate", "service_level", "asa", "mean_wait_abandoned", "wait_p50", "wait_p90", "delay_probability", "aht")
#: Contacts that one simulation holds, about; steps of the search; relative step of a derivative; largest step.
_CONTACTS, _STEPS, _BUMP, _LARGEST = 60_000, 5, 0.06, 0.35
#: Ratio of the best to the worst determined direction beyond which an answer is not identified.
_WORST = 30.0
#: Standard error of a parameter, relative, beyond which it is not identified.
_VAGUE = 0.25


@dataclass(frozen=True)
class Tuned:
    """The answer.

    Parameters
    ----------
    calibration : Calibration
        With the factors put in.
    factors, errors : dict of str to float
        Factor on each parameter's fitted figure, and its standard error from the chance of one log.
    moments : dict of str to (float, float, float)
        Recorded, simulated before and after.
    correlation : ndarray, shape (n, n)
        Of the factors' errors.
    runs : int
        Simulations spent.
    warnings : tuple of str
        What the chosen KPIs can not tell; empty = identified.
    """

    calibration: Calibration
    factors: dict[str, float]
    errors: dict[str, float]
    moments: dict[str, tuple[float, float, float]]
    correlation: Floats
    runs: int
    warnings: tuple[str, ...]

    @property
    def is_identified(self) -> bool:
        """Whether the KPIs determine every factor."""
        return not self.warnings


def tune_moments(
    calibration: Calibration,
    log: Log,
    *,
    parameters: tuple[str, ...],
    moments: tuple[str, ...],
    seed: int | str = 1,
    contacts: int = _CONTACTS,
) -> Tuned:
    """Find the factors on *parameters* with which the simulated *moments* are those of the log.

    Parameters
    ----------
    calibration : Calibration
        From :func:`simkpi.planning.calibrate.fit.fit`.
    log : Log
        What it was fitted to.
    parameters : tuple of str
        Of ``availability``, ``unlogged_work``, ``patience``, ``handle_time``.
    moments : tuple of str
        KPIs, at least as many as parameters.
    seed : int or str
        All simulations meet the same customers.
    contacts : int
        Contacts of each simulation, about.

    Raises
    ------
    InputError
        If a name is not known, there are fewer moments than parameters, a KPI is undefined in the log, or a parameter has
        nothing to act on.

    Notes
    -----
    Gauss-Newton on the logarithms of the factors, moments weighted by the variance of one log (replications of the log's
    length), derivatives by simulation with common random numbers. Standard errors from ``(J' W J)^-1``; an answer is not
    identified if that matrix is nearly singular or an error exceeds 25 %.

    Source: D. McFadden, A method of simulated moments, Econometrica 57 (1989).
    """
    _check(calibration, parameters, moments)
    target = _recorded(log, moments)
    runs = [0]

    def figures(factors: Floats) -> Floats:
        runs[0] += 1
        return _simulated(with_factors(calibration, dict(zip(parameters, np.exp(factors), strict=True))), moments, seed, contacts)

    place = np.zeros(len(parameters))
    first = now = figures(place)
    spread = np.maximum(now.std(axis=0, ddof=1), 1e-3 * np.maximum(np.abs(target), 1e-3))
    slopes = np.zeros((len(moments), len(parameters)))
    for _ in range(_STEPS):
        slopes = _slopes(figures, place, now.mean(axis=0)) / spread[:, None]
        miss = (target - now.mean(axis=0)) / spread
        step = np.clip(np.linalg.lstsq(slopes, miss, rcond=1e-3)[0], -_LARGEST, _LARGEST)
        better = figures(place + step)
        if _size(target, better, spread) >= _size(target, now, spread):
            step, better = step / 3, figures(place + step / 3)
            if _size(target, better, spread) >= _size(target, now, spread):
                break
        place, now = place + step, better
        if np.abs(step).max() < 0.01:
            break
    factors = dict(zip(parameters, map(float, np.exp(place)), strict=True))
    errors, correlation, warnings = _identified(slopes, parameters, moments)
    shown = [_factor(name, factor, errors[name]) for name, factor in factors.items()]
    tuned = with_factors(calibration, factors)
    notes = (
        *tuned.notes,
        Phrase(
            "tuned by simulation until {moments} agree, which is then no prediction: {factors}",
            moments=", ".join(moments),
            factors=Phrase.joined(shown),
        ),
        *warnings,
    )
    return Tuned(
        calibration=replace(tuned, notes=notes),
        factors=factors,
        errors=errors,
        moments={
            name: (float(target[n]), float(first.mean(axis=0)[n]), float(now.mean(axis=0)[n])) for n, name in enumerate(moments)
        },
        correlation=correlation,
        runs=runs[0],
        warnings=warnings,
    )


def with_factors(calibration: Calibration, factors: dict[str, float]) -> Calibration:
    """Return the calibration with its figures multiplied by *factors*."""
    contacts = []
    for one in calibration.contacts:
        patience = one.patience
        if patience.law is not None and "patience" in factors:
            patience = replace(patience, law=scaled_law(patience.law, factors["patience"]))
        talk, wrap = one.talk, one.wrap
        if "handle_time" in factors:
            talk = replace(talk, law=scaled_law(talk.law, factors["handle_time"]), mean=talk.mean * factors["handle_time"])
        if "unlogged_work" in factors and one.wrap_unlogged:
            wrap = replace(wrap, law=scaled_law(wrap.law, factors["unlogged_work"]), mean=wrap.mean * factors["unlogged_work"])
        contacts.append(replace(one, patience=patience, talk=talk, wrap=wrap))
    factor = calibration.factor * factors.get("availability", 1.0)
    return replace(calibration, contacts=tuple(contacts), factor=factor)


def _check(calibration: Calibration, parameters: tuple[str, ...], moments: tuple[str, ...]) -> None:
    for name, known in (*((one, PARAMETERS) for one in parameters), *((one, MOMENTS) for one in moments)):
        if name not in known:
            raise InputError(f"can not tune '{name}'{did_you_mean(name, known)}; known: {', '.join(known)}")
    if not parameters or len(set(parameters)) < len(parameters) or len(set(moments)) < len(moments):
        raise InputError("name each parameter and each KPI once")
    if len(moments) < len(parameters):
        raise InputError(
            f"{len(parameters)} parameters need at least as many KPIs to match, got {len(moments)}: {', '.join(moments)}"
        )
    if "unlogged_work" in parameters and not any(one.wrap_unlogged for one in calibration.contacts):
        raise InputError(
            "unlogged_work has nothing to act on: the log holds after-contact work, or agents took the next contact at once"
        )
    if "patience" in parameters and all(one.patience.law is None for one in calibration.contacts):
        raise InputError("patience has nothing to act on: nobody abandoned")


def _recorded(log: Log, moments: tuple[str, ...]) -> Floats:
    table = score(log.interactions, kpis=list(moments), threshold=20.0)
    values = dict(table.select("kpi", "value").iter_rows())
    missing = [name for name in moments if values.get(name) is None]
    if missing:
        raise InputError(f"the log gives no {', '.join(missing)}: it can not be matched")
    return np.array([float(values[name]) for name in moments])


def _simulated(calibration: Calibration, moments: tuple[str, ...], seed: int | str, contacts: int) -> Floats:
    """Figures of each replication, shape (replications, n_moments)."""
    replications = max(3, round(contacts / max(len(calibration.observed), 1)))
    result = simulate(as_scenario(calibration), replications=replications, seed=seed)
    table = score(result.interactions, kpis=list(moments), by="replication", threshold=20.0)
    wide = table.pivot(on="kpi", index="replication", values="value").sort("replication")
    return wide.select(pl.col(name).cast(pl.Float64).fill_null(0.0) for name in moments).to_numpy()


def _slopes(figures: Callable[[Floats], Floats], place: Floats, now: Floats) -> Floats:
    columns = []
    for n in range(len(place)):
        bumped = place.copy()
        bumped[n] += _BUMP
        columns.append((figures(bumped).mean(axis=0) - now) / _BUMP)
    return np.stack(columns, axis=1)


def _size(target: Floats, figures: Floats, spread: Floats) -> float:
    return float((((target - figures.mean(axis=0)) / spread) ** 2).sum())


def _factor(name: str, factor: float, error: float) -> Phrase:
    return Phrase("{name} x {factor} ± {error}", name=name, factor=f"{factor:.3f}", error=f"{error:.3f}")


def _identified(
    slopes: Floats, parameters: tuple[str, ...], moments: tuple[str, ...]
) -> tuple[dict[str, float], Floats, tuple[str, ...]]:
    """Return standard errors and correlation of the factors, and what the moments can not tell."""
    _, sizes, directions = np.linalg.svd(slopes, full_matrices=False)
    covariance = directions.T @ np.diag(1 / np.maximum(sizes, 1e-6) ** 2) @ directions
    errors = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(errors, errors)
    shown = ", ".join(moments)
    warnings = []
    if len(sizes) > 1 and sizes[-1] * _WORST < sizes[0]:
        weights = 0.1 * directions[-1] / np.abs(directions[-1]).max()
        mixed = ", ".join(f"{name} {100 * weight:+.0f} %" for name, weight in zip(parameters, weights, strict=True))
        told = "not identified: {moments} hardly change under {mixed} together; fix one of them, or match another KPI"
        warnings.append(Phrase(told, moments=shown, mixed=mixed))
    vague = [name for name, error in zip(parameters, errors, strict=True) if error > _VAGUE]
    if vague:
        figures = ", ".join(f"{name} ± {100 * errors[parameters.index(name)]:.0f} %" for name in vague)
        warnings.append(Phrase("not identified: one log of this length leaves {figures}", figures=figures))
    return {name: float(error) for name, error in zip(parameters, errors, strict=True)}, correlation, tuple(warnings)
