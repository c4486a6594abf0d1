"""Recorded times beside the laws that were fitted to them, as points to draw: quantiles of talk time, survival of patience."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from simkpi.demand.laws import quantile
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.observed import Floats
from simkpi.scenario.laws import Law

#: Quantiles of talk time that are compared: the middle evenly, the upper tail finer.
LEVELS = np.concatenate([np.arange(0.01, 0.95, 0.02), np.arange(0.95, 0.999, 0.004)])
#: Contacts below which there is nothing to draw.
_FEW = 20


def curves(calibration: Calibration) -> pl.DataFrame:
    """Return the points of all contact types.

    Returns
    -------
    DataFrame
        ``contact_type``, ``kind`` (``talk`` or ``patience``), ``x``, ``recorded``, ``fitted``, ``low``, ``high``. Talk: *x* is a
        level between 0 and 1, the others its quantile in seconds (in the log, by the law). Patience: *x* is a wait in seconds,
        *recorded* the Kaplan-Meier share still waiting with its 95 % interval, *fitted* that of the law.
    """
    rows: list[dict[str, Any]] = []
    for index, contact in enumerate(calibration.contacts):
        rows += _talk(calibration, contact, index)
        rows += _patience(contact)
    names = {"contact_type": pl.String, "kind": pl.String}
    numbers = dict.fromkeys(("x", "recorded", "fitted", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={**names, **numbers})


def _talk(calibration: Calibration, contact: ContactFit, index: int) -> list[dict[str, Any]]:
    observed = calibration.observed
    mine = observed.is_answered & (observed.contact_type == index)
    alone: Floats = np.ones(len(observed)) if contact.slow_down is None else contact.slow_down.content
    times = (observed.talk * alone)[mine] if contact.turns is None else contact.turns.work
    times = times[~np.isnan(times)]
    if len(times) < _FEW:
        return []
    law = quantile(Law.model_validate(contact.talk.law), LEVELS)
    pairs = zip(LEVELS, np.quantile(times, LEVELS), law, strict=True)
    return [
        {"contact_type": contact.name, "kind": "talk", "x": float(level), "recorded": float(seen), "fitted": float(by_law)}
        for level, seen, by_law in pairs
    ]


def _patience(contact: ContactFit) -> list[dict[str, Any]]:
    fit = contact.patience
    if fit.law is None or not fit.survival:
        return []
    levels = np.linspace(0.0005, 0.9995, 1000)
    times = quantile(Law.model_validate(fit.law), levels)
    return [
        {
            "contact_type": contact.name,
            "kind": "patience",
            "x": float(wait),
            "recorded": share,
            "fitted": float((1 - fit.balk) * (1 - np.searchsorted(times, wait, side="right") / len(levels))),
            "low": low,
            "high": high,
        }
        for wait, share, low, high in fit.survival
    ]
