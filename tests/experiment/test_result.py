from __future__ import annotations

import polars as pl
import pytest

import simkpi
from simkpi.errors import UnknownName
from simkpi.experiment.confidence import percentile_interval, ratio_interval
from tests.experiment.small_world import simulated, small


def value(name: str, **given: object) -> float:
    table = simulated().kpis([name], **given)
    assert len(table) == 1
    return table["value"].item()


class TestKpis:
    def test_service_level_equals_a_count_by_hand(self) -> None:
        rows = simulated().interactions.filter(pl.col("queued_at").is_not_null())
        waited = (pl.col("answered_at") - pl.col("queued_at")).dt.total_milliseconds() <= 20_000
        days = rows.group_by("replication").agg(good=waited.fill_null(value=False).sum(), all=pl.len()).sort("replication")
        expected = ratio_interval(days["good"].to_numpy(), days["all"].to_numpy())
        row = simulated().kpis(["service_level"]).row(0, named=True)
        assert row["value"] == pytest.approx(expected.value, abs=1e-12)
        assert row["half_width"] == pytest.approx(expected.half_width, abs=1e-12)

    def test_counts_are_means_per_replication(self) -> None:
        assert value("total_contacts") == pytest.approx(len(simulated().interactions) / 6)

    def test_a_percentile_is_that_of_all_contacts(self) -> None:
        waits = pl.col("answered_at").fill_null(pl.col("ended_at")) - pl.col("queued_at")
        table = simulated().interactions.select("replication", wait=waits.dt.total_milliseconds() / 1000).drop_nulls()
        arrays = [part["wait"].to_numpy() for part in table.partition_by("replication")]
        row = simulated().kpis(["wait_p90"]).row(0, named=True)
        expected = percentile_interval(arrays, 0.9)
        assert (row["value"], row["low"], row["high"]) == pytest.approx((expected.value, expected.low, expected.high))

    def test_each_group_equals_the_same_contacts_alone(self) -> None:
        by_type = simulated().kpis(["service_level", "asa", "wait_p90"], by="contact_type")
        for name in ("voice", "chat"):
            alone = simulated().kpis(["service_level", "asa", "wait_p90"], where=pl.col("contact_type") == name)
            group = by_type.filter(pl.col("contact_type") == name)
            assert group["value"].to_list() == pytest.approx(alone["value"].to_list())
            assert group["half_width"].to_list() == pytest.approx(alone["half_width"].to_list())

    def test_parts_of_a_count_add_up_to_the_whole(self) -> None:
        assert simulated().kpis(["offered"], by="interval")["value"].sum() == pytest.approx(value("offered"))

    def test_by_replication_each_day_stands_alone(self) -> None:
        days = simulated().kpis(["offered", "service_level"], by="replication")
        offered = days.filter(pl.col("kpi") == "offered")
        assert offered["value"].mean() == pytest.approx(value("offered"))
        assert days["half_width"].null_count() == len(days) == 12
        assert days.columns == simulated().kpis(["offered"], by="channel").rename({"channel": "replication"}).columns

    def test_a_variant_of_a_percentile_can_be_asked_for(self) -> None:
        both = simulated().kpis(["frt_p90"], responder="any", by="channel")
        assert both["low"].null_count() == 0

    def test_the_scenarios_definitions_are_used_and_can_be_overridden(self) -> None:
        strict = simkpi.simulate(small(definitions={"threshold": "1s"}))
        assert strict.kpis(["service_level"])["value"].item() == pytest.approx(value("service_level", threshold=1.0))
        assert value("service_level", threshold=1.0) < value("service_level")
        assert value("service_level", service_level="answered") > value("service_level")

    def test_occupancy_is_never_above_one_although_agents_of_all_replications_share_their_names(self) -> None:
        assert 0 < value("occupancy") < 1
        by_agent = simulated().kpis(["occupancy"], by="agent").drop_nulls("value")
        assert by_agent["value"].max() <= 1

    def test_a_wider_confidence_gives_wider_intervals(self) -> None:
        widths = [simulated().kpis(["asa"], confidence=level)["half_width"].item() for level in (0.8, 0.95, 0.99)]
        assert widths == sorted(widths)
        assert widths[0] < widths[2]

    def test_an_unknown_kpi_is_named(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            simulated().kpis(["servce_level"])

    def test_every_registered_kpi_can_be_asked_for(self) -> None:
        table = simulated().kpis("all")
        assert len(table) == table["kpi"].n_unique()
        assert not table.filter(pl.col("value").is_nan() | pl.col("low").is_nan())["kpi"].to_list()
        inside = table.drop_nulls("low").filter(
            (pl.col("low") > pl.col("value") + 1e-9) | (pl.col("high") < pl.col("value") - 1e-9)
        )
        assert inside["kpi"].to_list() == []


class TestProvenance:
    def test_it_states_all_that_is_needed_to_run_again(self) -> None:
        stated = simulated().provenance
        assert (stated["scenario"], stated["seed"], stated["replications"], stated["engine"]) == (
            "Small shop",
            11,
            6,
            simulated().engine,
        )
        assert len(stated["digest"]) == 64
        assert stated["simkpi"] == simkpi.__version__

    def test_the_digest_is_that_of_what_runs_and_not_of_its_name(self) -> None:
        renamed = simkpi.simulate(small(name="Other"), replications=1).provenance
        changed = simkpi.simulate(small(definitions={"threshold": "1s"}), replications=1).provenance
        assert renamed["digest"] == simulated().provenance["digest"] != changed["digest"]

    def test_repr_says_what_it_is(self) -> None:
        assert repr(simulated()).startswith("<Result 'Small shop': 6 replications")
