"""Scoring: cost per row of a dozen KPIs by half hour and channel against NumPy and DuckDB; memory of a log larger than memory.

Run ``python -m benchmarks.scoring [millions of rows ...]`` (default: 1). Every side computes the same table of the same
rows, in turns, and
must agree; the figures are CPU nanoseconds a row and their ratio to NumPy in the same run. The streamed part scores 20
KPIs from Parquet in
a process of its own and reports its peak memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from simkpi.kpi.score import score

DOZEN = (
    "total_contacts",
    "offered",
    "answered",
    "abandoned",
    "answer_rate",
    "abandon_rate",
    "service_level",
    "service_level:answered_only",
    "asa",
    "mean_wait",
    "aht",
    "talk_time",
)
TWENTY = (
    *DOZEN,
    "blocked",
    "service_level:late_abandons",
    "service_level:abandons_ok",
    "frt",
    "mean_wait_abandoned",
    "average_excess",
    "delay_probability",
    "resolution_rate",
)
CHANNELS = ("voice", "chat", "email")
PART = 1_000_000
THRESHOLD, HALF_HOUR, INTERVALS = 20_000, 1_800_000, 30 * 48


def rows(n: int, seed: int) -> pl.DataFrame:
    """*n* contacts of a month; every tenth abandons."""
    draw = np.random.default_rng(seed)
    arrived = np.sort(draw.integers(0, 30 * 86_400_000, n))
    answered = arrived + draw.exponential(40_000, n).astype(np.int64)
    lost = draw.random(n) < 0.1
    ended = np.where(lost, answered, answered + draw.integers(60_000, 600_000, n))
    moments = pl.DataFrame(
        {"arrived_at": arrived, "queued_at": arrived, "answered_at": answered, "ended_at": ended, "wrapped_at": ended + 20_000}
    )
    channel = pl.Series("channel", np.array(CHANNELS)[draw.integers(0, 3, n)])
    facts = pl.DataFrame({"lost": lost, "is_resolved": draw.random(n) < 0.8, "contact_id": np.arange(n) + seed * n}).with_columns(
        channel
    )
    table = pl.concat([facts, moments], how="horizontal").with_columns(
        pl.col(name).cast(pl.Datetime("ms")) for name in moments.columns
    )
    return table.select(
        pl.col("contact_id").cast(pl.String),
        "channel",
        "is_resolved",
        pl.when("lost").then(pl.lit("abandoned")).otherwise(pl.lit("answered")).alias("outcome"),
        "arrived_at",
        "queued_at",
        "ended_at",
        *(pl.when(~pl.col("lost")).then(pl.col(name)).alias(name) for name in ("answered_at", "wrapped_at")),
    )


def by_simkpi(table: pl.DataFrame) -> dict[str, float]:
    """Our engine; returns checksums of the table."""
    result = score(table, kpis=DOZEN, by=("interval", "channel"))
    return {
        kpi: float(result.filter(pl.col("kpi") == kpi)["numerator"].sum()) for kpi in ("answered", "service_level", "asa", "aht")
    }


def by_numpy(table: pl.DataFrame) -> dict[str, float]:
    """One bincount per sum, on arrays that are there already (codes for text, milliseconds for moments)."""
    at = {
        name: table[name].to_physical().fill_null(-1).to_numpy()
        for name in ("arrived_at", "queued_at", "answered_at", "ended_at", "wrapped_at")
    }
    code = table["channel"].replace_strict(dict(zip(CHANNELS, range(3), strict=True)), return_dtype=pl.Int64).to_numpy()
    lost = (table["outcome"] == "abandoned").to_numpy()
    group = at["arrived_at"] // HALF_HOUR * 3 + code

    def total(weights: np.ndarray | None, where: np.ndarray | None = None) -> np.ndarray:
        chosen = group if where is None else group[where]
        return np.bincount(chosen, None if weights is None or where is None else weights[where], minlength=INTERVALS * 3)

    answered = ~lost
    wait = np.where(lost, at["ended_at"], at["answered_at"]) - at["queued_at"]
    in_time = answered & (wait <= THRESHOLD)
    sums = {
        "offered": total(None),
        "answered": total(None, answered),
        "abandoned": total(None, lost),
        "service_level": total(None, in_time),
        "asa": total(wait.astype(float), answered),
        "wait": np.bincount(group, wait, minlength=INTERVALS * 3),
        "aht": total((at["wrapped_at"] - at["answered_at"]).astype(float), answered),
        "talk": total((at["ended_at"] - at["answered_at"]).astype(float), answered),
    }
    return {
        kpi: float(sums[kpi].sum()) / (1000 if kpi in ("asa", "aht") else 1)
        for kpi in ("answered", "service_level", "asa", "aht")
    }


SQL = """
select arrived_at // 1800000 as i, channel, count(*) as offered, count(*) filter (a) as answered, count(*) filter (not a)
as lost,
  count(*) filter (a and w <= 20000) as service_level, sum(w) filter (a) as asa, sum(w) as wait,
  sum(wrapped_at - answered_at) filter (a) as aht, sum(ended_at - answered_at) filter (a) as talk
from (select *, outcome = 'answered' as a, case when outcome = 'answered' then answered_at else ended_at end - queued_at as
w from t)
group by 1, 2
"""


def duckdb_side(table: pl.DataFrame) -> Callable[[pl.DataFrame], dict[str, float]] | None:
    """DuckDB on a table of its own (loading is not counted); None where it is not installed."""
    try:
        import duckdb  # type: ignore[import-not-found]
    except ImportError:
        return None
    plain = table.with_columns(pl.selectors.datetime().to_physical())  # noqa: F841 (DuckDB finds it by name)
    base = duckdb.connect()
    base.execute("create table t as select * from plain")

    def run(_: pl.DataFrame) -> dict[str, float]:
        found = base.execute(f"select sum(answered), sum(service_level), sum(asa), sum(aht) from ({SQL})").fetchone()
        return dict(
            zip(
                ("answered", "service_level", "asa", "aht"),
                map(float, (found[0], found[1], found[2] / 1000, found[3] / 1000)),
                strict=True,
            )
        )

    return run


def compare(millions: int, repeats: int = 3) -> None:
    """Print CPU nanoseconds a row of every side, medians of interleaved runs."""
    table = pl.concat([rows(PART, seed) for seed in range(millions)])
    sides: dict[str, Callable[[pl.DataFrame], dict[str, float]]] = {"numpy": by_numpy, "simkpi": by_simkpi}
    if (duck := duckdb_side(table)) is not None:
        sides["duckdb"] = duck
    spent: dict[str, list[float]] = {name: [] for name in sides}
    answers = {}
    for _ in range(repeats):
        for name, run in sides.items():
            start = time.process_time()
            answers[name] = run(table)
            spent[name].append((time.process_time() - start) / table.height * 1e9)
    for name, answer in answers.items():
        for kpi, value in answer.items():
            assert abs(value - answers["numpy"][kpi]) <= 1e-9 * abs(value), (name, kpi)
    base = float(np.median(spent["numpy"]))
    for name, figures in spent.items():
        middle = float(np.median(figures))
        print(f"{millions:3d} M rows  {name:8s} {middle:6.0f} ns a row  x {middle / base:.2f} NumPy")
    if duck is None:
        print("          duckdb   not installed")


def peak_memory() -> float:
    """Peak resident memory of this process, MB (not of the one that started it, whose mark getrusage may carry over)."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stream(folder: Path) -> None:
    """Score 20 KPIs from the Parquet files of *folder* and print time and peak memory (in this process)."""
    start, wall = time.process_time(), time.perf_counter()
    table = score(pl.scan_parquet(folder / "*.parquet"), kpis=TWENTY, by=("interval", "channel"))
    peak = peak_memory()
    passed, spent = time.perf_counter() - wall, time.process_time() - start
    print(f"streamed: {table.height} figures, {passed:.1f} s, {spent:.1f} CPU s, peak {peak:.0f} MB")


def main(arguments: list[str]) -> None:
    """Run the comparison and the streamed log for each size."""
    if arguments[:1] == ["--stream"]:
        stream(Path(arguments[1]))
        return
    for millions in [int(text) for text in arguments] or [1]:
        compare(millions)
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(millions):
                rows(PART, seed).write_parquet(Path(folder) / f"part-{seed:03d}.parquet")
            print(f"{millions:3d} M rows  ", end="", flush=True)
            subprocess.run([sys.executable, "-m", "benchmarks.scoring", "--stream", folder], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
