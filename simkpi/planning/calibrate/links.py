"""Finds who called again: redials after a failed attempt and returns after an answer, so that they are not counted as new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.times import FEW, LawFit, fit_law

#: How contacts of the same case are known.
LinkBy = Literal["auto", "case", "customer", "none"]
#: Origins that say of themselves that a contact follows another one.
_FOLLOWS = ("redial", "return")
FAILED = ("abandoned", "blocked", "refused", "gave_up")
HANDLED = ("answered", "contained")
#: By customer only: a contact within this time of a failed (handled) one may follow it, seconds.
_WINDOW = {"failed": 86_400.0, "handled": 7 * 86_400.0}


#: Chance below which something is no coincidence.
_BY_CHANCE = 0.05


@dataclass(frozen=True)
class Links:
    """Who follows whom. Arrays have shape (n_contacts,), in the order of :func:`simkpi.planning.calibrate.observed.readable`.

    Parameters
    ----------
    by : str
        ``case`` or ``customer``: what links the contacts.
    is_linked : ndarray of bool
        The contact follows another one: it is no fresh volume.
    failed, handled : DataFrame
        One row per contact of the log that failed or was handled: ``contact_type``, ``is_followed``, ``delay`` (seconds to the
        contact that follows, NaN = none), ``followed_by`` (its contact type), ``is_resolved``, ``left`` (seconds from its end to
        the log's end), ``number`` (contacts of its case before it).
    most : int
        Contacts of the longest case.
    """

    by: str
    is_linked: NDArray[np.bool_]
    failed: pl.DataFrame
    handled: pl.DataFrame
    most: int


@dataclass(frozen=True)
class ReturnFit:
    """Redials after failed attempts, or returns after handled contacts, of one contact type.

    Parameters
    ----------
    chance, error : float, fraction
        Share of the contacts in question that are followed, and its standard error.
    after : LawFit
        Time until the next contact.
    by : dict of str to float
        Contact types by which they come, with their shares.
    at_most : int
        Further contacts after which nobody comes again; of the longest case, if the log does not tell.
    contacts, followed : int
        Contacts in question, and those followed.
    resolved : float or None, fraction
        For returns when the log does not tell what was resolved: the share that did not come back.
    """

    chance: float
    error: float
    after: LawFit
    by: dict[str, float]
    at_most: int
    contacts: int
    followed: int
    resolved: float | None = None


def link(frame: pl.DataFrame, *, names: tuple[str, ...], index: NDArray[np.intp], by: LinkBy = "auto") -> Links | None:
    """Link the contacts of *frame*.

    Parameters
    ----------
    frame : DataFrame
        Contacts in order of arrival, with ``case_id``, ``customer_id`` or ``origin`` as far as the log has them.
    names : tuple of str
        Contact types.
    index : ndarray of int, shape (n_contacts,)
        Contact type of each contact.
    by : str
        ``case``: contacts that share a case; ``customer``: the next contact of the same customer, within a day of a failed
        attempt and a week of a handled contact; ``auto``: by case if the log has cases that are more
        than another name of the customer, else not at all.

    Returns
    -------
    Links or None
        None if nothing links them.

    Raises
    ------
    InputError
        If the log lacks the column that was asked for.
    """
    column = _column(frame, by)
    if column is None:
        return None
    table = _followed(frame, column, np.array(names, dtype=object)[index])
    if by == "customer":
        window = pl.when(pl.col("outcome").is_in(FAILED)).then(_WINDOW["failed"]).otherwise(_WINDOW["handled"])
        near = pl.col("delay") <= window
        table = table.with_columns(pl.when(near).then("next").alias("next"), pl.when(near).then("delay").alias("delay"))
    if by != "customer" and "origin" in frame.columns:
        follows = frame["origin"].is_in(_FOLLOWS).fill_null(value=False).to_numpy()
        wrong = table["next"].is_not_null().to_numpy() & ~follows[table["next"].fill_null(0).to_numpy()]
        table = table.with_columns(pl.when(pl.Series(~wrong)).then(pl.col("next")).alias("next"))
    is_linked = np.zeros(len(frame), dtype=bool)
    is_linked[table["next"].drop_nulls().to_numpy()] = True
    table = table.with_columns(pl.col("next").is_not_null().alias("is_followed"))
    most = int(frame.filter(pl.col(column).is_not_null()).group_by(column).len()["len"].max() or 1)  # type: ignore[arg-type]
    failed, handled = (table.filter(pl.col("outcome").is_in(outcomes)) for outcomes in (FAILED, HANDLED))
    return Links("customer" if column == "customer_id" else "case", is_linked, failed, handled, most)


def _column(frame: pl.DataFrame, by: LinkBy) -> str | None:
    if by == "none":
        return None
    wanted = "customer_id" if by == "customer" else "case_id"
    known = wanted in frame.columns and frame[wanted].null_count() < len(frame)
    if by != "auto" and not known:
        raise InputError(f"the log has no {wanted}: contacts can not be linked by {by}; leave --link out")
    if (
        by == "auto"
        and "customer_id" in frame.columns
        and frame["case_id" if known else "customer_id"].eq_missing(frame["customer_id"]).all()
    ):
        return None  # cases are customers: contacts of a month need not belong together
    if not known or frame[wanted].drop_nulls().n_unique() == frame[wanted].len() - frame[wanted].null_count():
        return None
    return wanted


def _followed(frame: pl.DataFrame, column: str, types: NDArray[np.object_]) -> pl.DataFrame:
    """Each contact with the row and type of the next one of its case, and the time until it."""
    ends = [pl.col(name) for name in ("wrapped_at", "ended_at", "arrived_at") if name in frame.columns]
    told = pl.col("is_resolved").cast(pl.Boolean) if "is_resolved" in frame.columns else pl.lit(None, dtype=pl.Boolean)
    table = frame.with_row_index("row").select(
        pl.col("row").cast(pl.Int64),
        pl.col(column).cast(pl.String).alias("case"),
        pl.col("arrived_at").cast(pl.Datetime("ms")),
        pl.max_horizontal(pl.coalesce(ends), pl.col("arrived_at")).cast(pl.Datetime("ms")).alias("end"),
        "outcome",
        told.alias("is_resolved"),
        pl.Series("contact_type", types.tolist(), dtype=pl.String),
    )
    following = (pl.col(name).shift(-1).over("case", order_by="row") for name in ("row", "arrived_at", "contact_type"))
    table = table.with_columns(*(each.alias(name) for each, name in zip(following, ("next", "came", "followed_by"), strict=True)))
    known = pl.col("case").is_not_null()
    seconds = (pl.col("came") - pl.col("end")).dt.total_milliseconds() / 1000
    return table.with_columns(
        pl.when(known).then(pl.col("next")).alias("next"),
        pl.int_range(pl.len()).over("case", order_by="row").alias("number"),
        pl.when(known & seconds.is_not_null()).then(pl.max_horizontal(seconds, pl.lit(0.0))).alias("delay"),
        ((pl.col("arrived_at").max() - pl.col("end")).dt.total_milliseconds() / 1000).alias("left"),
    )


def fit_redials(links: Links, contact_type: str) -> ReturnFit | None:
    """Fit redials after failed attempts of one contact type; None if fewer than 20 were followed."""
    return _fit(links, links.failed.filter(pl.col("contact_type") == contact_type))


def fit_returns(links: Links, contact_type: str) -> ReturnFit | None:
    """Fit returns after handled contacts of one contact type: after unresolved ones, if the log tells what was resolved."""
    mine = links.handled.filter(pl.col("contact_type") == contact_type)
    told = mine.filter(pl.col("is_resolved").is_not_null())
    if told.height:
        return _fit(links, told.filter(~pl.col("is_resolved")))
    found = _fit(links, mine)
    if found is None:
        return None
    return ReturnFit(**{**vars(found), "chance": 1.0, "resolved": 1 - found.chance})


def _fit(links: Links, contacts: pl.DataFrame) -> ReturnFit | None:
    followed = contacts.filter(pl.col("is_followed"))
    if followed.height < FEW:
        return None
    delays: Floats = followed["delay"].to_numpy().astype(np.float64)
    # contacts at the log's end have not had the time to be followed
    watched = contacts.filter(pl.col("left") >= float(np.quantile(delays, 0.95)))
    watched = watched if watched.height >= FEW else contacts
    most = _limit(followed, watched)
    watched = watched if most is None else watched.filter(pl.col("number") < most)
    share = float(watched["is_followed"].cast(pl.Float64).mean() or 0.0)  # type: ignore[arg-type]
    kinds: dict[str, Any] = dict(followed.group_by("followed_by").len().sort("followed_by").iter_rows())
    return ReturnFit(
        chance=share,
        error=float(np.sqrt(share * (1 - share) / watched.height)),
        after=fit_law(delays),
        by={name: count / followed.height for name, count in kinds.items()},
        at_most=max(1, links.most - 1) if most is None else most,
        contacts=watched.height,
        followed=int(watched["is_followed"].sum()),
    )


def _limit(followed: pl.DataFrame, watched: pl.DataFrame) -> int | None:
    """Further contacts after which nobody comes again, if the log shows that.

    Contacts so late in their case that none was followed had no chance to be, so they say nothing about it. That none of so many
    is followed by mere chance must be rarer than one in twenty.
    """
    most = int(followed["number"].max()) + 1  # type: ignore[arg-type]  # whole numbers
    early, late = watched.filter(pl.col("number") < most), watched.filter(pl.col("number") >= most).height
    share = float(early["is_followed"].cast(pl.Float64).mean() or 0.0) if early.height else 0.0  # type: ignore[arg-type]
    return most if (1 - share) ** late < _BY_CHANCE else None
