"""What holds for every KPI of the registry, whoever adds one."""

from __future__ import annotations

import json
import math
import re
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from simkpi.kpi.measure import FAMILIES, KPIS, Kpi, labels_fr
from simkpi.kpi.score import score
from tests.kpi.random_logs import frames, tables
from tests.kpi.test_second_implementation import MOMENTS

NAMES = list(KPIS)
LOGS = [frames(tables(Random(seed), n)) for seed, n in ((1, 60), (2, 9))]
UNITS = {"fraction", "seconds", "count", "per hour", "hours", "number", "points", "money"}


def everything(log: dict[str, pl.DataFrame], **options: object) -> pl.DataFrame:
    return score(**log, kpis="all", horizon=MOMENTS, **options)


SCORED = [everything(log) for log in LOGS]


@pytest.fixture(params=NAMES)
def kpi(request: pytest.FixtureRequest) -> Kpi:
    return KPIS.get(request.param)


def test_every_row_of_the_catalogue_of_62_has_a_kpi() -> None:
    answered = {row for _, kpi in KPIS.items() for row in kpi.rows}
    # [26] distributions and [40] the agent report are reports over several KPIs; their KPIs carry the row too
    assert answered == set(range(1, 63))


def test_it_is_documented_and_labelled_in_both_languages(kpi: Kpi) -> None:
    assert kpi.formula.endswith((".", ":")), "the first line of the docstring is the formula, a sentence"
    assert kpi.title[0].isupper()
    assert kpi.title_fr
    assert kpi.formula_fr.endswith(".")
    assert bool(kpi.notes) == bool(kpi.notes_fr)
    codes = set(re.findall(r"``([^`]+)``", kpi.notes)) - {"complaint"}
    assert codes <= set(re.findall(r"``([^`]+)``", kpi.notes_fr)), "every variant is explained in French too"
    assert kpi.source
    assert kpi.unit in UNITS
    assert kpi.better in {"higher", "lower", "none"}
    assert kpi.family in FAMILIES
    assert kpi.needs, "it reads at least one column"


def test_its_notes_explain_every_variant_of_a_parameter_named_like_it(kpi: Kpi) -> None:
    if kpi.name not in kpi.parameters:
        return
    with pytest.raises(Exception, match=r"unknown variant 'nonsense'") as refused:
        kpi.build(**{kpi.name: "nonsense"})
    for variant in re.findall(r"\w+", str(refused.value).partition("variants: ")[2]):
        assert f"``{variant}``" in kpi.notes, variant


def test_its_value_lies_inside_its_bounds(kpi: Kpi) -> None:
    low, high = kpi.bounds
    for table in SCORED:
        value = table.filter(pl.col("kpi") == kpi.name)["value"][0]
        if value is not None:
            assert math.isfinite(value)
            assert low is None or value >= low
            assert high is None or value <= high


def test_its_definition_states_all_its_parameters(kpi: Kpi) -> None:
    (row,) = SCORED[0].filter(pl.col("kpi") == kpi.name).iter_rows(named=True)
    if row["status"] != "unavailable":
        unused = {"short_abandon"}  # no default variant leaves short abandons out: naming their limit would mislead
        given = {name for name, default in kpi.parameters.items() if default is not None} - unused
        assert all(f"{name}=" in row["definition"] for name in given)
        assert not any(f"{name}=" in row["definition"] for name in unused)


def test_ratios_are_numerator_over_denominator_and_undefined_without_a_denominator(kpi: Kpi) -> None:
    if kpi.kind not in ("ratio", "mean", "share"):
        return
    for table in SCORED:
        (row,) = table.filter(pl.col("kpi") == kpi.name).iter_rows(named=True)
        if row["status"] == "ok":
            assert row["value"] == row["numerator"] / row["denominator"]
        else:
            assert row["value"] is None
            assert row["status"] == "unavailable" or row["denominator"] == 0


def test_the_order_of_the_rows_does_not_matter() -> None:
    for log, wanted in zip(LOGS, SCORED, strict=True):
        for seed in (1, 2):
            shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in log.items()}
            assert_frame_equal(everything(shuffled), wanted, rel_tol=1e-12)


def test_renaming_agents_contacts_and_cases_does_not_matter() -> None:
    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        keys = [name for name in ("agent_id", "contact_id", "case_id", "customer_id") if name in frame.columns]
        return frame.with_columns(pl.format("x{}", pl.col(name)).alias(name) for name in keys)

    assert_frame_equal(everything({name: renamed(frame) for name, frame in LOGS[0].items()}), SCORED[0], rel_tol=1e-12)


def test_inputs_are_not_changed() -> None:
    log = frames(tables(Random(1), 60))
    everything(log, by="channel")
    for name, frame in log.items():
        assert_frame_equal(frame, LOGS[0][name])


def test_parts_of_a_breakdown_that_is_constant_equal_the_whole() -> None:
    log = {name: frame.with_columns(site=pl.lit("Lyon")) for name, frame in LOGS[0].items()}
    parts = everything(log, by="site").filter(pl.col("status") != "unavailable")
    whole = SCORED[0].filter(pl.col("kpi").is_in(parts["kpi"].to_list()))
    assert_frame_equal(parts.drop("site"), whole, rel_tol=1e-12)


def test_an_empty_log_gives_one_row_with_zero_counts_and_undefined_ratios(kpi: Kpi) -> None:
    empty = {name: frame.clear() for name, frame in LOGS[0].items()}
    table = score(**empty, kpis=[kpi.name], horizon=MOMENTS)
    assert table.height == 1
    row = table.row(0, named=True)
    if kpi.kind in ("count", "peak"):
        assert (row["value"], row["status"]) == (0, "ok")
    elif kpi.name in ("contacts_per_hour", "agents_on_queue", "backlog"):
        assert row["value"] == 0, "the horizon is there without contacts"
    else:
        assert (row["value"], row["status"]) == (None, "undefined")


def test_without_its_columns_it_is_unavailable_and_names_one_of_them(kpi: Kpi) -> None:
    required = {"contact_id", "channel", "arrived_at", "outcome"}
    bare = LOGS[0]["interactions"].select(sorted(required))
    row = score(bare, kpis=[kpi.name], horizon=MOMENTS).row(0, named=True)
    companion = set(LOGS[0]) | {"messages"}
    if set(kpi.needs) <= required:
        assert row["status"] in ("ok", "undefined")
    else:
        assert row["status"] == "unavailable"
        named = set(re.findall(r"\w+", row["definition"].removeprefix("unavailable: ")))
        known = set(LOGS[0]["interactions"].columns) | companion | set(KPIS)
        assert named & (known - required), row["definition"]


def test_every_replication_is_scored_as_if_it_were_alone() -> None:
    both = {
        name: pl.concat([log.with_columns(replication=pl.lit(r)) for r, log in enumerate((LOGS[0][name], LOGS[1][name]))])
        for name in LOGS[0]
    }
    table = everything(both, by="replication")
    for replication, alone in enumerate(SCORED):
        mine = table.filter(pl.col("replication") == replication).drop("replication")
        ok = mine.filter(pl.col("status") != "unavailable")
        wanted = alone.filter(pl.col("kpi").is_in(ok["kpi"].to_list()))
        assert_frame_equal(ok, wanted, rel_tol=1e-12)
    assert table.filter(pl.col("status") == "unavailable").height < 3


def test_the_result_survives_json() -> None:
    rows = SCORED[0].to_dicts()
    assert json.loads(json.dumps(rows)) == rows


def test_the_french_labels_name_no_kpi_that_is_gone() -> None:
    assert set(labels_fr()["kpis"]) == set(NAMES)


def test_aliases_find_their_kpi(kpi: Kpi) -> None:
    assert all(KPIS.get(alias) is kpi for alias in kpi.aliases)
