"""Targets: on the limit is met, beyond is not; the benchmarks of the sources."""

from __future__ import annotations

import polars as pl
import pytest

from simkpi.errors import InputError
from simkpi.kpi.targets import Target, judge, misses, read_targets


def scored(kpi: str, value: float | None, status: str = "ok") -> pl.DataFrame:
    return pl.DataFrame({"kpi": [kpi], "value": [value], "status": [status]}, schema_overrides={"value": pl.Float64})


@pytest.mark.parametrize(
    ("kpi", "value", "light", "typical"),
    [
        ("abandon_rate", 0.05, "green", None),
        ("abandon_rate", 0.051, "amber", None),
        ("abandon_rate", 0.081, "red", None),
        ("fcr", 0.699, "amber", "below"),
        ("fcr", 0.70, "green", "within"),
        ("fcr", 0.79, "green", "within"),
        ("fcr", 0.791, "green", "above"),
        ("deflection_rate", 0.499, "amber", "below"),
        ("deflection_rate", 0.50, "green", "within"),
        ("deflection_rate", 0.70, "green", "within"),
        ("deflection_rate", 0.701, "green", "above"),
        ("frt", 30.0, "green", "within"),
        ("frt", 45.0, "green", "within"),
        ("frt", 45.1, "amber", "above"),
        ("contacts_per_agent_hour", 2.9, "amber", "below"),
        ("contacts_per_agent_hour", 3.0, "green", "within"),
        ("contacts_per_agent_hour", 5.0, "green", "within"),
        ("occupancy", 0.85, "green", None),
        ("occupancy", 0.87, "amber", None),
        ("occupancy", 0.91, "red", None),
        ("service_level", 0.80, "green", None),
        ("service_level", 0.75, "amber", None),
        ("service_level", 0.69, "red", None),
    ],
)
def test_benchmarks_of_the_sources_flag_beyond_their_limits_and_not_on_them(
    kpi: str, value: float, light: str, typical: str | None
) -> None:
    row = judge(scored(kpi, value)).row(0, named=True)
    assert (row["light"], row["typical"]) == (light, typical)


def test_a_kpi_without_a_benchmark_has_no_light() -> None:
    assert judge(scored("talk_time", 300.0))["light"].to_list() == [None]


def test_own_targets_replace_the_benchmarks_and_say_what_is_asked() -> None:
    table = pl.concat([scored("abandon_rate", 0.06), scored("fcr", 0.5)])
    judged = judge(table, {"abandonment rate": {"threshold": 0.08, "direction": "at most"}})
    assert judged.select("target", "light").rows() == [("at most 8.0%", "green"), (None, None)]


def test_a_miss_is_amber_up_to_the_red_limit() -> None:
    target = Target(0.8, "at least", red=0.7)
    assert [target.light(value) for value in (0.8, 0.79, 0.7, 0.69)] == ["green", "amber", "amber", "red"]
    assert Target(0.8, "at least").light(0.79) == "red"


def test_a_variant_can_have_a_target_of_its_own() -> None:
    table = pl.concat([scored("service_level", 0.7), scored("service_level:answered_only", 0.7)])
    assert judge(table, {"service_level:answered_only": 0.6})["light"].to_list() == [None, "green"]


def test_what_can_not_be_checked_is_no_success() -> None:
    table = pl.concat([scored("fcr", None, "undefined"), scored("csat", None, "unavailable"), scored("asa", 10.0)])
    judged = judge(table, {"fcr": 0.7, "csat": 0.8, "asa": 20})
    assert judged["light"].to_list() == ["undefined", "unavailable", "green"]
    assert misses(judged)["kpi"].to_list() == ["fcr", "csat"]


def test_all_mistakes_in_targets_are_reported_at_once() -> None:
    with pytest.raises(InputError) as refused:
        read_targets({"fcr": {"treshold": 0.7}, "asa": {"threshold": "20"}, "occupancy": 0.85})
    messages = [str(problem) for problem in refused.value.problems]
    assert messages == [
        "fcr: unknown field 'treshold'; did you mean 'threshold'?",
        "fcr.threshold: must be a number, got None",
        "asa.threshold: must be a number, got '20'",
        "occupancy.direction: must be 'at least' or 'at most', got None",
    ]
