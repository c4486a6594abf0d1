"""Evaluation: collect the sums that the KPIs ask of each table, scan the table once, put the figures together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from polars import Expr, col, lit

from simkpi.errors import InputError
from simkpi.kpi.derived import Unavailable
from simkpi.kpi.groups import TIME_KEYS, key_expressions
from simkpi.kpi.log import Log
from simkpi.kpi.measure import KPIS, Composite, Count, Kpi, Measure, Peak, Percentile, Ratio, Share, Source
from simkpi.kpi.needs import expressions_of, plan
from simkpi.kpi.reading import refuse_unknown_outcomes, unknown_outcomes

#: Tables whose rows hold for every group of the keys they do not have.
_BROADCAST = {"calendar"}


@dataclass(frozen=True)
class Request:
    """One KPI to compute: its label in the result, what it is, its definition in words, its measure."""

    label: str
    kpi: Kpi
    definition: str
    measure: Measure


@dataclass
class _Scan:
    """What is asked of one table: expressions to add up (or to keep as samples), each once."""

    source: Source
    names: dict[str, None] = field(default_factory=dict)
    sums: list[Expr] = field(default_factory=list)
    quantiles: list[tuple[Expr, float]] = field(default_factory=list)
    counted: dict[str, None] = field(default_factory=dict)

    def add_rows(self, column: str) -> str:
        """Ask for the number of rows in which the summand *column* is not 0; return its column."""
        self.counted[column] = None
        return f"n_{column}"

    def add(self, expression: Expr) -> str:
        """Ask for the sum of *expression*; return its column."""
        for index, known in enumerate(self.sums):
            if known.meta.eq(expression):
                return f"s{index}"
        self.sums.append(expression)
        return f"s{len(self.sums) - 1}"

    def add_quantile(self, expression: Expr, level: float) -> str:
        """Ask for a quantile of *expression*; return its column."""
        self.quantiles.append((expression, level))
        return f"q{len(self.quantiles) - 1}"


@dataclass
class _Part:
    """How a KPI's figure follows from the columns of the scans."""

    request: Request
    missing: str = ""
    source: Source | None = None
    over: Source | None = None
    columns: dict[str, str] = field(default_factory=dict)


def evaluate(log: Log, requests: Sequence[Request]) -> pl.DataFrame:
    """Compute all *requests* over *log*; see :func:`simkpi.kpi.score.score` for the result."""
    scans: dict[Source, _Scan] = {}
    parts = [_plan_part(log, request, scans) for request in requests]
    results = {source: _run(log, scan) for source, scan in scans.items()}
    groups = _universe(log, [results[part.source] for part in parts if part.source is not None])
    tables = [_figures(log, part, results, groups) for part in parts]
    keys = list(log.by)
    if not tables:
        tables = [_rows(pl.DataFrame(schema=dict.fromkeys(keys, pl.String)), Request("", None, "", None), "")]  # type: ignore[arg-type]
    return pl.concat(tables, how="vertical_relaxed")


def _available(log: Log, source: Source, measure_expressions: Sequence[Expr]) -> list[str]:
    """Columns that expressions over *source* need, after checking that they can be had and split by the group keys."""
    _, have = log.open(source)
    names = [name for expression in measure_expressions for name in expression.meta.root_names()]
    if source.name not in _BROADCAST:
        keys = key_expressions(log.by, have, log.interval)
        lacking = [key for key in log.by if key not in keys]
        if lacking:
            raise Unavailable(f"not split by {', '.join(lacking)}")
        names += [name for expression in keys.values() for name in expression.meta.root_names()]
    plan(names, [*have, "_horizon_end", "_horizon_start"])
    return names


def _plan_part(log: Log, request: Request, scans: dict[Source, _Scan]) -> _Part:
    """Ask the scans for what *request* needs, or say why it is unavailable."""
    measure, part = request.measure, _Part(request)
    try:
        if isinstance(measure, Composite):
            return part

        def scan(source: Source, expressions: Sequence[Expr]) -> _Scan:
            names = _available(log, source, expressions)
            found = scans.setdefault(source, _Scan(source))
            found.names.update(dict.fromkeys(names))
            return found

        if isinstance(measure, Ratio) and measure.over is not None:
            _available(log, measure.over, [measure.denominator])  # first: a failure must leave no trace in the scans
        own = scan(measure.source, expressions_of(measure))
        part.source = measure.source
        if isinstance(measure, Ratio):
            below = scan(measure.over, [measure.denominator]) if measure.over is not None else own
            part.over = measure.over
            part.columns = {"numerator": own.add(measure.numerator), "denominator": below.add(measure.denominator)}
            part.columns["n"] = own.add_rows(part.columns["numerator" if measure.over else "denominator"])
            if measure.censored is not None:
                part.columns["censored"] = own.add(measure.censored)
        elif isinstance(measure, Percentile):
            part.columns = {"value": own.add_quantile(measure.of, measure.level), "n": own.add(measure.of.is_not_null())}
        elif isinstance(measure, (Count, Share)):
            part.columns = {"numerator": own.add(measure.of)}
    except Unavailable as reason:
        part.missing, part.source = str(reason), None
    return part


def _prepare(log: Log, source: Source, names: Sequence[str]) -> tuple[pl.LazyFrame, dict[str, Expr]]:
    """Table with all derived columns, and the group keys it can be split by."""
    frame, have = log.open(source)
    keys = key_expressions(log.by, have, log.interval)
    steps = plan(names, [*have, "_horizon_end", "_horizon_start"])
    return log.apply(frame, steps, list(names)), keys


def _run(log: Log, scan: _Scan) -> pl.DataFrame:
    """One lazy query over one table: group keys, all sums, all quantiles."""
    frame, keys = _prepare(log, scan.source, list(scan.names))
    sums = {f"s{i}": expression for i, expression in enumerate(scan.sums)}
    quantiles = {f"q{i}": expression for i, (expression, _) in enumerate(scan.quantiles)}
    check = {"check": unknown_outcomes()} if scan.source.name == "interactions" and _reads_outcome(log, scan) else {}
    rows = frame.select(**keys, **sums, **quantiles, **check)
    totals = [col(name).sum() for name in (*sums, *check)]
    totals += [col(f"q{i}").quantile(level, interpolation="linear") for i, (_, level) in enumerate(scan.quantiles)]
    flags = {name for name, dtype in rows.collect_schema().items() if dtype == pl.Boolean}
    totals += [(col(name) != 0).sum().alias(f"n_{name}") for name in scan.counted if name not in flags]
    result = (rows.group_by(list(keys)).agg(totals) if keys else rows.select(totals)).collect(engine="streaming")
    if "check" in result.columns:
        refuse_unknown_outcomes(int(result["check"].sum() or 0))
    return result.with_columns(col(name).alias(f"n_{name}") for name in scan.counted if name in flags)


def _reads_outcome(log: Log, scan: _Scan) -> bool:
    _, have = log.open(scan.source)
    steps = plan(list(scan.names), [*have, "_horizon_end", "_horizon_start"]).steps
    return "outcome" in scan.names or any("outcome" in expression.meta.root_names() for _, expression in steps)


def _universe(log: Log, results: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All groups that any table knows; every replication gets every group of the others, so that a zero is a zero."""
    keys = list(log.by)
    if not keys:
        return pl.DataFrame({"_all": [0]})
    found = [result.select(keys) for result in results if set(keys) <= set(result.columns)]
    if not found:
        return pl.DataFrame(schema=dict.fromkeys(keys, pl.String))
    groups = pl.concat(found, how="vertical_relaxed").unique()
    rest = [key for key in keys if key != "replication"]
    if "replication" in keys and rest:
        groups = groups.select("replication").unique().join(groups.select(rest).unique(), how="cross").select(keys)
    return groups.sort(keys)


def _figures(log: Log, part: _Part, results: dict[Source, pl.DataFrame], groups: pl.DataFrame) -> pl.DataFrame:
    """Rows of one KPI in the result."""
    request, measure, keys = part.request, part.request.measure, list(log.by)
    if part.missing:
        blank = pl.DataFrame({key: pl.Series([None], dtype=groups.schema[key]) for key in keys} or {"_all": [0]})
        return _rows(blank.select(keys) if keys else blank, request, part.missing)
    if isinstance(measure, Composite):
        return _composite(log, request, measure)
    if isinstance(measure, Peak):
        return _peak(log, request, measure, groups)
    assert part.source is not None
    frame = _join(groups, results[part.source], keys, part.columns, part.over)
    if part.over is not None:
        frame = _join(frame, results[part.over], keys, {"denominator": part.columns["denominator"]}, None)
    frame = frame.with_columns(col(name).fill_null(0) for name in part.columns if name != "value")
    if isinstance(measure, Share):
        period = [key for key in keys if key in TIME_KEYS or key == "replication"]
        total = col("numerator").sum()
        frame = frame.with_columns(denominator=total.over(period) if period else total, n=col("numerator"))
    return _rows(_value(frame, measure), request, "")


def _join(
    groups: pl.DataFrame, result: pl.DataFrame, keys: list[str], columns: dict[str, str], over: Source | None
) -> pl.DataFrame:
    wanted = {name: column for name, column in columns.items() if not (over is not None and name == "denominator")}
    shared = [key for key in keys if key in result.columns]
    picked = result.select(*shared, *(col(column).alias(name) for name, column in wanted.items()))
    return groups.join(picked, on=shared, how="left", nulls_equal=True) if shared else groups.join(picked, how="cross")


def _value(frame: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Add ``value`` in the KPI's unit, and bring numerator and denominator into theirs."""
    if isinstance(measure, Percentile):
        return frame.with_columns(_over(frame["value"], measure.per).alias("value"))
    per = measure.per if isinstance(measure, (Ratio, Count)) else 1.0
    above = _over(frame["numerator"], per)
    frame = frame.with_columns(above.alias("numerator"))
    if isinstance(measure, Count):
        return frame.with_columns(value=col("numerator"), n=col("numerator") if per == 1.0 else lit(None))
    below = _over(frame["denominator"], measure.denominator_per if isinstance(measure, Ratio) else 1.0)
    return frame.with_columns(below.alias("denominator"), _over(above, below).alias("value"))


def _over(above: pl.Series, below: pl.Series | float) -> pl.Series:
    """Divide, rounding once; null where there is nothing to divide by.

    Not in polars, which multiplies by the reciprocal where it knows that all divisors are equal: the last bit would tell.
    """
    divisor = below if isinstance(below, float) else below.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = pl.Series(above.cast(pl.Float64).to_numpy() / divisor)
    return found if isinstance(below, float) and not above.null_count() else found.set(~found.is_finite(), None)


def _rows(frame: pl.DataFrame, request: Request, missing: str) -> pl.DataFrame:
    """Bring the figures of one KPI into the columns of the result."""
    keys = [name for name in frame.columns if name not in ("_all", "value", "numerator", "denominator", "n", "censored")]
    have = set(frame.columns)

    def number(name: str, kind: type[pl.DataType]) -> Expr:
        return (col(name) if name in have else lit(None)).cast(kind).alias(name)

    value = number("value", pl.Float64)
    status = lit("unavailable") if missing else pl.when(value.is_not_null()).then(lit("ok")).otherwise(lit("undefined"))
    return frame.select(
        lit(request.label).alias("kpi"),
        *keys,
        lit(f"unavailable: {missing}" if missing else request.definition).alias("definition"),
        value,
        number("numerator", pl.Float64),
        number("denominator", pl.Float64),
        number("n", pl.Int64),
        number("censored", pl.Int64),
        lit(request.kpi.unit if request.kpi else "").alias("unit"),
        status.alias("status"),
    )


def _peak(log: Log, request: Request, measure: Peak, groups: pl.DataFrame) -> pl.DataFrame:
    """Largest count in any interval of each group."""
    frame, keys = _prepare(log, measure.source, _available(log, measure.source, [measure.of]))
    world = col("replication") if "replication" in log.columns else lit(0)
    interval = TIME_KEYS["interval"][0](col("_clock"), log.interval)
    each = frame.select(**keys, _world=world, _interval=interval, _of=measure.of)
    counts = each.group_by(*keys, "_world", "_interval").agg(col("_of").sum())
    peaks = counts.group_by(*keys, "_world").agg(col("_of").max())
    peak = [col("_of").mean().alias("value")]  # replications are days of their own: the mean of their peaks
    top = (peaks.group_by(list(keys)).agg(peak) if keys else peaks.select(peak)).collect(engine="streaming")
    found = groups.join(top, on=list(keys), how="left", nulls_equal=True) if keys else top
    return _rows(found.with_columns(col("value").fill_null(0)), request, "")


def _composite(log: Log, request: Request, measure: Composite) -> pl.DataFrame:
    """Weighted mean of other KPIs, group by group."""
    members = [(KPIS.get(name), weight) for name, weight in measure.parts]
    own = [Request(kpi.name, kpi, "", kpi.build()) for kpi, _ in members]
    table = evaluate(log, own)
    lacking = table.filter(col("status") == "unavailable")
    keys = list(log.by)
    if lacking.height:
        return _rows(lacking.select(keys).head(1) if keys else pl.DataFrame({"_all": [0]}), request, f"needs {lacking['kpi'][0]}")
    weights = pl.DataFrame({"kpi": [kpi.name for kpi, _ in members], "_weight": [weight for _, weight in members]})
    table = table.join(weights, on="kpi").with_columns(numerator=col("value") * col("_weight"))
    total = [col("numerator").sum(), col("_weight").sum().alias("denominator"), col("value").null_count().alias("_gaps")]
    merged = table.group_by(keys).agg(total).sort(keys) if keys else table.select(total)
    value = pl.when(col("_gaps") == 0).then(col("numerator") / col("denominator"))
    return _rows(merged.with_columns(value=value).drop("_gaps"), request, "")


def sample_frame(log: Log, request: Request) -> pl.DataFrame:
    """Values behind a percentile or a mean, one row each.

    Raises
    ------
    InputError
        If there are none to show.
    """
    measure = request.measure
    if isinstance(measure, Percentile):
        expression = measure.of
    elif isinstance(measure, Ratio) and measure.kind == "mean":
        expression = measure.numerator
    else:
        raise InputError(f"'{request.label}' is a {measure.kind}: only percentiles and means have single values")
    try:
        frame, keys = _prepare(log, measure.source, _available(log, measure.source, [expression]))
    except Unavailable as reason:
        raise InputError(f"'{request.label}' is unavailable: {reason}") from reason
    rows = frame.select(**keys, sample=expression.cast(pl.Float64) / measure.per)
    return rows.drop_nulls("sample").collect(engine="streaming")
