"""Makes contact types of a log's priorities, so that each gets a volume, a patience and a place in the queue of its own."""

from __future__ import annotations

import polars as pl

from simkpi.planning.phrase import Phrase

#: A value must be met on so many contacts that waited, and on this share of the type's known ones, to be a type of its own.
_ENOUGH, _SHARE = 100, 0.05


def split_types(frame: pl.DataFrame, column: str, *, like: tuple[str, ...] = ()) -> tuple[pl.DataFrame, list[str]]:
    """Give contact types that hold several values of *column* a name for each of them.

    Parameters
    ----------
    frame : DataFrame
        Contacts in order of arrival.
    column : str
        ``priority``.
    like : tuple of str
        Contact types of another log that was split: the same ones are made. Default: where each value is met often enough.

    Returns
    -------
    DataFrame
        With new values of ``contact_type``: the value met most often keeps the old name.
    list of str
        What was assumed.

    Notes
    -----
    Rare values join the value that is met most often. Contacts whose value is unknown (many systems look the customer up only
    once the contact queues) are shared out evenly over the order of arrival, in the shares of the known ones: this keeps volumes
    right, and who of them had which priority does not matter for contacts that did not wait.
    """
    if column not in frame.columns or "queued_at" not in frame.columns:
        return frame, []
    topic = pl.col("contact_type") if "contact_type" in frame.columns else pl.lit(None, dtype=pl.String)
    frame = frame.with_columns(contact_type=topic.fill_null(pl.col("channel")))
    values = frame.filter(pl.col("queued_at").is_not_null(), pl.col(column).is_not_null())
    counts = values.group_by("contact_type", column).len().sort("contact_type", column)
    notes: list[str] = []
    renamed = frame["contact_type"].to_list()
    known = frame[column].cast(pl.String).to_list()
    for (name,), group in counts.group_by("contact_type", maintain_order=True):
        counted = dict(zip(group[column].cast(pl.String).to_list(), group["len"].to_list(), strict=True))
        shares = _kept(counted, str(name), column, like)
        if len(shares) < 2:
            continue
        unknown = _share_out(renamed, known, str(name), shares, column)
        if unknown:
            told = "{name}: {n} contacts without a known {column}: shared out as the others"
            notes.append(Phrase(told, name=str(name), n=unknown, column=column))
    return frame.with_columns(contact_type=pl.Series(renamed, dtype=pl.String)), notes


def _kept(counted: dict[str, int], name: str, column: str, like: tuple[str, ...]) -> dict[str, int]:
    """Values that are types of their own, with their contacts, the one that keeps the type's name first."""
    if like:
        own = {value: n for value, n in counted.items() if _named(name, column, value) in like}
        rest = {value: n for value, n in counted.items() if value not in own}
        usual = max(rest, key=lambda value: (rest[value], value), default="")
        return {usual: sum(rest.values()), **own} if own else {}
    least = max(_ENOUGH, _SHARE * sum(counted.values()))
    kept = {value: n for value, n in counted.items() if n >= least}
    usual = max(kept, key=lambda value: (kept[value], value), default="")
    return {usual: kept.pop(usual), **kept} if usual in kept else {}


def _named(name: str, column: str, value: str) -> str:
    return f"{name}, {column} {value}"


def _share_out(names: list[str], values: list[str | None], name: str, shares: dict[str, int], column: str) -> int:
    """Rename the contacts of one type in place; return how many of unknown value were shared out."""
    usual = next(iter(shares))
    total, owed, unknown = sum(shares.values()), dict.fromkeys(shares, 0.0), 0
    for place, value in enumerate(values):
        if names[place] != name:
            continue
        chosen: str = usual if value is None or value not in shares else value
        if value is None:
            unknown += 1
            for each, count in shares.items():
                owed[each] += count / total
            chosen = max(owed, key=lambda each: (owed[each], each))
            owed[chosen] -= 1.0
        if chosen != usual:
            names[place] = _named(name, column, chosen)
    return unknown
