"""What customers make of their contacts: effects of waits, outcomes and repeats on scores, sales and loyalty.

Works on the finished log, so that every engine shares it; docs/responses.md states the formulas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats, exp, log, normal_quantile
from simkpi.scenario.base import Model
from simkpi.scenario.responses import Question, Sale

_MS_PER_MINUTE = 60_000.0
#: Outcomes without and with an answer, by an agent or by the bot.
LOST = ("abandoned", "blocked", "refused", "gave_up")
HANDLED = ("answered", "contained")
_AGAIN = ("redial", "return")


@dataclass(frozen=True)
class Experience:
    """What the customer of each contact lived through; arrays of shape (n_contacts,).

    Parameters
    ----------
    per_minute_waited : ndarray, minutes
        From asking for a human to the answer or to leaving; 0 for those who never asked.
    unresolved, after_bot, bot_only, repeat, lost : ndarray, 0 or 1
        Handled without solving the case; handed off by a bot; ended by the bot; not the first contact of its case; not handled.
    per_transfer : ndarray
        Number of transfers.
    """

    per_minute_waited: Floats
    unresolved: Floats
    per_transfer: Floats
    after_bot: Floats
    bot_only: Floats
    repeat: Floats
    lost: Floats

    @classmethod
    def of(cls, interactions: pl.DataFrame) -> Experience:
        """Read the experience of each contact from the log."""
        handled = pl.col("outcome").is_in(HANDLED)
        left = pl.coalesce("answered_at", "ended_at")
        columns = interactions.select(
            per_minute_waited=((left - pl.col("queued_at")).dt.total_milliseconds() / _MS_PER_MINUTE).fill_null(0.0),
            unresolved=handled & ~pl.col("is_resolved"),
            per_transfer=pl.col("n_transfers").fill_null(0),
            after_bot=(pl.col("bot_outcome") == "handed_off").fill_null(value=False),
            bot_only=pl.col("outcome") == "contained",
            repeat=pl.col("origin").is_in(_AGAIN).fill_null(value=False),
            lost=pl.col("outcome").is_in(LOST),
        )
        return cls(**{column.name: column.cast(pl.Float64).to_numpy() for column in columns})

    def shift(self, model: Model, rows: NDArray[np.int64]) -> Floats:
        """Add up the effects of *model* for the contacts *rows*; an effect of 0 asks for nothing."""
        total = np.zeros(len(rows))
        for name, column in vars(self).items():
            effect = getattr(model, name, 0.0)
            if effect:
                total = total + effect * column[rows]
        return total


def scores(question: Question, shift: Floats, u: Floats) -> Floats:
    """Answers to *question*: whole scores on its scale.

    Parameters
    ----------
    question : Question
    shift : ndarray, points
        Sum of the effects.
    u : ndarray
        Uniform numbers of the customers, strictly between 0 and 1; a larger one never gives a lower score.

    Returns
    -------
    ndarray, shape as *shift*

    Notes
    -----
    The nearest whole number to base + shift + spread z, halves up, cut to the scale; z is the normal quantile of u: an ordered
    probit model with thresholds half-way between the scores.

    Source: McKelvey, Zavoina, A statistical model for the analysis of ordinal level dependent variables, Journal of
    Mathematical Sociology 4 (1975).
    """
    low, high = question.limits
    level = question.base + shift
    if question.spread:
        level = level + question.spread * normal_quantile(u)
    return np.clip(np.floor(level + 0.5), low, high)


def mean_score(question: Question, shift: float = 0.0) -> float:
    """Return the expected answer of customers whose effects add up to *shift*.

    Examples
    --------
    >>> from simkpi.scenario.responses import Csat
    >>> round(mean_score(Csat(base=4.6, spread=0.9)), 2), mean_score(Csat(base=4.6))
    (4.42, 5.0)
    """
    low, high = question.limits
    level = question.base + shift
    if not question.spread:
        return float(min(max(math.floor(level + 0.5), low), high))
    steps = ((score - 0.5 - level) / (question.spread * math.sqrt(2)) for score in range(low + 1, high + 1))
    return low + math.fsum(math.erfc(step) / 2 for step in steps)


def sale_values(sale: Sale, u: Floats) -> Floats:
    """Values of sales, in currency to the cent: lognormal with mean and cv as stated, by inversion."""
    if sale.cv is None:
        return np.full(len(u), sale.mean)
    growth = 1.0 + sale.cv * sale.cv
    sigma = math.sqrt(log(np.array([growth]))[0])
    return np.asarray(np.floor(exp(normal_quantile(u) * sigma) * (sale.mean / math.sqrt(growth)) * 100 + 0.5) / 100)
