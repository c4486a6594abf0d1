"""Columns of a log as arrays: moments in seconds, numbers and texts, with a stand-in for columns that are not there."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


def moments(frame: pl.DataFrame, name: str, start: date) -> Floats:
    """Seconds since the midnight of *start*; NaN where there is none."""
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    since = frame[name].cast(pl.Datetime("ms")) - pl.Series([start]).cast(pl.Datetime("ms"))
    return (since.dt.total_milliseconds().cast(pl.Float64) / 1000).to_numpy(allow_copy=True).astype(np.float64)


def numbers(frame: pl.DataFrame, name: str) -> Floats:
    """Numbers of a column; NaN where there is none."""
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return frame[name].cast(pl.Float64).to_numpy().astype(np.float64)


def texts(frame: pl.DataFrame, name: str) -> Texts:
    """Texts of a column; "" where there is none."""
    if name not in frame.columns:
        return np.full(frame.height, "", dtype=object)
    return np.array(frame[name].cast(pl.String).fill_null("").to_list(), dtype=object)


def first_known(*choices: Floats) -> Floats:
    """Return, element by element, the first choice that is known."""
    result = choices[0]
    for choice in choices[1:]:
        result = np.where(np.isnan(result), choice, result)
    return result
