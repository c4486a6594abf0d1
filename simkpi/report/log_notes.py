"""What has to be known beside the KPIs of a log: figures that time may still change, mixed replications, empty groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from simkpi.interactions.table import Log
from simkpi.report.tables import title
from simkpi.report.words import say


def log_notes(log: Log, table: pl.DataFrame, *, by: Sequence[str] = (), lang: str = "en") -> Iterator[str]:
    """Write the notes, one line each.

    Parameters
    ----------
    log : Log
        What was scored.
    table : DataFrame
        Its KPIs.
    by : sequence of str
        Group keys.
    lang : str
        ``en`` or ``fr``.
    """
    names = log.interactions.lazy().collect_schema().names()
    if "replication" in names and "replication" not in by:
        worlds = log.interactions.lazy().select(pl.col("replication").n_unique()).collect(engine="streaming").item()
        if worlds > 1:
            text = "{n} replications in one log: counts are totals over all of them; score --by replication for each"
            yield say(text, lang, n=worlds)
    yield from _undecided(table, lang)
    for key, column in (("team", "team"), ("agent", "agent_id")):
        if key in by and column in names:
            unknown = pl.col(column).is_null().sum()
            missing = log.interactions.lazy().select(unknown).collect(engine="streaming").item()
            if missing:
                yield say("{n} contacts have no {by}: rates by {by} leave them under (none)", lang, n=missing, by=key)


def _undecided(table: pl.DataFrame, lang: str) -> Iterator[str]:
    """KPIs some of whose rows the end of the log leaves open."""
    rows = table.group_by("kpi", maintain_order=True).agg(
        pl.col("censored").sum(), pl.col("denominator").sum(), pl.col("definition").str.contains("window=").any().alias("returns")
    )
    for name, censored, below, returns in rows.iter_rows():
        if censored and not returns:
            yield f"{title(name, lang)}: {say('{n} still open when the log ends are not in it', lang, n=censored)}"
        elif censored:
            total = round(below or 0)
            text = "{n} of {total} undecided: a return may still come after the log's end"
            every = total == 0 or censored >= total
            said = say("all {n} undecided: the window reaches beyond the log", lang, n=censored)
            yield f"{title(name, lang)}: {said if every else say(text, lang, n=censored, total=total)}"
