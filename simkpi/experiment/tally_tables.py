"""A tally as the tables that a cell stores, column by column: as they are written down, without a data frame in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment.payload import write
from simkpi.experiment.payload_columns import Column, Columns, changes_of
from simkpi.experiment.scores import PARTS, TARGETS, WHOLE
from simkpi.experiment.tally import Tally, waits_of
from simkpi.experiment.tally_kpis import WAITS, figures

Floats = NDArray[np.float64]


def payload(tally: Tally) -> bytes:
    """Return the bytes of the tables of :func:`simkpi.experiment.scores.score_block`."""
    return write(columns(tally))


def columns(tally: Tally) -> dict[str, Columns]:
    """Return those tables by their columns."""
    found = {WHOLE: _table(tally, whole=True)}
    if tally.scoring.by:
        found |= {PARTS: _table(tally, whole=False), f"{PARTS}.samples": _samples(tally, whole=False)}
    else:
        found[f"{WHOLE}.samples"] = _samples(tally, whole=True)
    if tally.watched:
        found[TARGETS] = _targets(tally)
    return found


def _table(tally: Tally, *, whole: bool) -> Columns:
    """Figures by KPI, replication and interval."""
    asked, n_replications, pieces = tally.asked, len(tally.replications), 1 if whole else tally.n_pieces
    added, stretches = np.array([one.sums for one in tally.added]), np.array([one.stretches for one in tally.added])
    names = [request.kpi.name for request in asked]
    found = figures(names, added, stretches, whole=whole)
    if WAITS in names:
        waits, n_waits = waits_of(tally)
        place = names.index(WAITS)
        found.value[place] = waits[:, -1:] if whole else waits[:, :-1]
        found.n[place] = n_waits.sum(axis=1, keepdims=True) if whole else n_waits
    value, n, above, below, censored = (part.ravel() for part in found)
    run = n_replications * pieces

    def texts(words: list[str]) -> Column:
        known = tuple(dict.fromkeys(words))
        return Column("text", np.array([known.index(word) for word in words], dtype=np.int64), known, each=run)

    intervals = {} if whole else {"interval": Column("moment", _starts(tally), times=len(asked) * n_replications)}
    return {
        "kpi": texts([request.label for request in asked]),
        "replication": Column("int32", np.array(tally.replications, dtype=np.int64), each=pieces, times=len(asked)),
        **intervals,
        "value": Column("float", value),
        "unit": texts([request.kpi.unit for request in asked]),
        "n": _counts(n),
        "numerator": Column("float", above),
        "denominator": Column("float", below),
        "definition": texts([request.definition for request in asked]),
        "status": Column("text", np.isnan(value).astype(np.int64), ("ok", "undefined")),
        "censored": _counts(censored),
    }


def _counts(numbers: Floats) -> Column:
    nulls = np.isnan(numbers)
    return Column("int64", np.where(nulls, 0.0, numbers).astype(np.int64), nulls=nulls if nulls.any() else None)


def _starts(tally: Tally) -> NDArray[np.int64]:
    """Beginnings of the intervals, milliseconds since 1970."""
    epoch = np.datetime64(tally.scenario.start, "ms").astype(np.int64)
    return np.asarray(epoch + np.arange(tally.n_pieces, dtype=np.int64) * tally.piece)


def _samples(tally: Tally, *, whole: bool) -> Columns:
    """Histograms behind the percentile, if it is asked for."""
    labels = [request.label for request in tally.asked if request.kpi.name == WAITS]
    if not labels:
        return {"kpi": Column("text", np.zeros(0, dtype=np.int64))}
    each = [one.whole if whole else one.parts for one in tally.added]
    sizes = np.array([len(one) for one in each], dtype=np.int64)
    places, bins, count = (np.concatenate([one[:, place] for one in each], dtype=np.int64) for place in range(3))
    numbers, n = np.array(tally.replications, dtype=np.int64), len(bins)
    return {
        "kpi": Column("text", np.zeros(min(n, 1), dtype=np.int64), (labels[0],), each=max(n, 1)),
        "replication": Column("int32", numbers[sizes > 0], lengths=sizes[sizes > 0]),
        **({} if whole else {"interval": _intervals(tally, places)}),
        "bin": Column("int64", bins),
        "count": Column("int64", count),
    }


def _intervals(tally: Tally, places: NDArray[np.int64]) -> Column:
    """Return the intervals of rows, most of which are of the same one as the row before."""
    begins = np.concatenate([np.zeros(min(len(places), 1), dtype=np.int64), changes_of(places)])
    return Column("moment", _starts(tally)[places[begins]], lengths=np.diff(begins, append=len(places)))


def _targets(tally: Tally) -> Columns:
    """Return what targets are about, by target and replication."""
    numbers = np.array(tally.targets, dtype=np.float64).reshape(len(tally.replications), len(tally.watched), 3)
    value, above, below = (numbers[:, :, part].T.ravel() for part in range(3))
    n_replications, n_targets = len(tally.replications), len(tally.watched)
    return {
        "target": Column("int64", np.arange(n_targets, dtype=np.int64), each=n_replications),
        "replication": Column("int32", np.array(tally.replications, dtype=np.int64), times=n_targets),
        "value": Column("float", value),
        "numerator": Column("float", above),
        "denominator": Column("float", below),
    }
