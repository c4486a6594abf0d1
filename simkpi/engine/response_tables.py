"""The tables of customers' responses: surveys, orders and customers beside the log, and what it says of sales."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats
from simkpi.engine.responses import HANDLED, LOST, Experience, sale_values, scores
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.responses import Question, Responses

Flags = NDArray[np.bool_]


def respond(
    scenario: Scenario, interactions: pl.DataFrame, drawn: Mapping[str, Floats]
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Let the customers of one replication respond.

    Parameters
    ----------
    scenario : Scenario
        With the response models of its contact types.
    interactions : DataFrame
        The log, one row per contact.
    drawn : mapping of str to ndarray, shape (n_contacts,)
        Uniform numbers by purpose, as :func:`simkpi.demand.responses.draw_responses` gives them.

    Returns
    -------
    interactions : DataFrame
        With ``is_converted`` and ``value`` if sales are modelled.
    companions : dict of str to DataFrame
        Those of ``surveys``, ``orders`` and ``customers`` that the models fill.
    """
    responding = _Responding(scenario, interactions, drawn)
    sold = interactions.with_columns(responding.sales())
    tables = {"surveys": responding.surveys(), "orders": responding.orders(sold), "customers": responding.customers()}
    return sold, {name: table for name, table in tables.items() if table is not None}


class _Responding:
    """One replication's contacts and what is asked of them."""

    def __init__(self, scenario: Scenario, interactions: pl.DataFrame, drawn: Mapping[str, Floats]) -> None:
        self.start = scenario.start
        self.end = scenario.start + timedelta(days=scenario.spec.calendar.days)
        self.log = interactions
        self.drawn = drawn
        self.experience = Experience.of(interactions)
        self.models: dict[str, Responses] = {
            name: contact.responses for name, contact in scenario.spec.contacts.items() if contact.responses
        }

    @cached_property
    def handled(self) -> Flags:
        return self.log["outcome"].is_in(HANDLED).to_numpy()

    @cached_property
    def is_over(self) -> Flags:
        return (self.log["outcome"] != "open").to_numpy()

    def rows(self, name: str, among: Flags) -> NDArray[np.int64]:
        """Contacts of one type *among* those flagged."""
        return np.flatnonzero((self.log["contact_type"] == name).to_numpy() & among)

    def u(self, purpose: str, rows: NDArray[np.int64]) -> Floats:
        """Uniform numbers of the contacts *rows*; one half where nothing was left to chance."""
        return self.drawn[purpose][rows] if purpose in self.drawn else np.full(len(rows), 0.5)

    def happens(self, purpose: str, chance: Floats, rows: NDArray[np.int64]) -> Flags:
        return self.u(purpose, rows) < chance

    def surveys(self) -> pl.DataFrame | None:
        parts = [
            self._asked(kind, question, self.rows(name, self.handled), models.survey.answered_by)
            for name, models in self.models.items()
            if models.survey
            for kind, question in models.survey.questions.items()
        ]
        return pl.concat(parts).sort("row", maintain_order=True).drop("row") if parts else None

    def _asked(self, kind: str, question: Question, rows: NDArray[np.int64], answered_by: float) -> pl.DataFrame:
        answered = pl.Series(self.happens("survey", np.full(len(rows), answered_by), rows))
        given = scores(question, self.experience.shift(question, rows), self.u(kind, rows))
        low, high = question.limits
        asked_at = self.log["ended_at"].gather(rows)
        return pl.DataFrame(
            [
                pl.Series("row", rows),
                *(self.log[name].gather(rows) for name in ("contact_id", "customer_id", "agent_id")),
                pl.repeat(kind, len(rows), dtype=pl.String, eager=True).alias("kind"),
                pl.Series("score", given).set(~answered, None),
                pl.repeat(float(low), len(rows), dtype=pl.Float64, eager=True).alias("scale_low"),
                pl.repeat(float(high), len(rows), dtype=pl.Float64, eager=True).alias("scale_high"),
                pl.repeat(question.better, len(rows), dtype=pl.String, eager=True).alias("direction"),
                asked_at.alias("asked_at"),
                asked_at.to_physical().set(~answered, None).cast(asked_at.dtype).alias("answered_at"),
            ]
        )

    def sales(self) -> list[pl.Series]:
        """``is_converted``, null where not known or not modelled, and ``value`` of the sales."""
        if not any(models.conversion for models in self.models.values()):
            return []
        converted, known, value = np.zeros(len(self.log), bool), np.zeros(len(self.log), bool), np.full(len(self.log), np.nan)
        for name, models in self.models.items():
            if models.conversion is None:
                continue
            known[self.rows(name, self.is_over)] = True
            rows = self.rows(name, self.handled)
            sold = rows[self.happens("conversion", models.conversion.base + self.experience.shift(models.conversion, rows), rows)]
            converted[sold] = True
            if models.value:
                value[sold] = sale_values(models.value, self.u("value", sold))
        columns = [pl.Series("is_converted", converted).set(pl.Series(~known), None)]
        if any(models.value for models in self.models.values()):
            columns.append(pl.Series("value", value).fill_nan(None))
        return columns

    def orders(self, sold: pl.DataFrame) -> pl.DataFrame | None:
        """One order per sale whose value is modelled, made when the contact ended."""
        if "value" not in sold.columns:
            return None
        keys = ["customer_id", "contact_id", "contact_type", "channel"]
        table = sold.filter(pl.col("value").is_not_null()).select(
            pl.col("contact_id").alias("order_id"), *keys, pl.col("ended_at").alias("ordered_at"), "value"
        )
        margins = {name: models.value.margin for name, models in self.models.items() if models.value}
        if any(margin is not None for margin in margins.values()):
            table = table.with_columns(pl.col("contact_type").replace_strict(margins, return_dtype=pl.Float64).alias("margin"))
        return table

    def customers(self) -> pl.DataFrame | None:
        """One row per customer of the contact types with ``churn``; who is driven away leaves with the first such contact."""
        modelled = {name: models.churn for name, models in self.models.items() if models.churn}
        if not modelled:
            return None
        leaves = np.zeros(len(self.log), bool)
        for name, churn in modelled.items():
            rows = self.rows(name, self.is_over)
            leaves[rows] = self.happens("churn", churn.base + self.experience.shift(churn, rows), rows)
        outcome, gone = pl.col("outcome"), pl.col("leaves")
        unsolved = outcome.is_in(HANDLED) & ~pl.col("is_resolved")
        why = pl.when(outcome.is_in(LOST)).then(outcome).when(unsolved).then(pl.lit("unresolved")).otherwise(pl.lit("other"))
        moment = self._in_horizon(pl.col("ended_at"))
        return (
            self.log.with_columns(pl.Series("leaves", leaves), reason=why)
            .filter(pl.col("contact_type").is_in(list(modelled)))
            .sort("ended_at", maintain_order=True, nulls_last=True)
            .group_by("customer_id", maintain_order=True)
            .agg(
                pl.col("contact_type", "channel").first(),
                moment.filter(gone).first().alias("to_at"),
                pl.col("reason").filter(gone).first(),
            )
            .select(
                "customer_id",
                "contact_type",
                "channel",
                pl.lit(self.start, dtype=pl.Datetime("ms")).alias("from_at"),
                "to_at",
                "reason",
            )
        )

    def _in_horizon(self, moment: pl.Expr) -> pl.Expr:
        first: datetime = self.start + timedelta(milliseconds=1)
        return moment.clip(pl.lit(first, dtype=pl.Datetime("ms")), pl.lit(self.end, dtype=pl.Datetime("ms")))
