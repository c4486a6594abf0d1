"""score(): breakdowns, pooling, agent time, cases and parameters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from simkpi.errors import InputError, LogError, UnknownName
from simkpi.kpi.score import samples, score
from tests.kpi.random_logs import frames, tables
from tests.kpi.test_second_implementation import MOMENTS

DAY = 86_400.0


def log(*rows: dict[str, Any]) -> pl.DataFrame:
    """Contacts given by the columns that differ from an answered voice contact at 0."""
    base = {"channel": "voice", "outcome": "answered", "arrived_at": 0.0}
    full = [{"contact_id": str(i), **base, **row} for i, row in enumerate(rows)]
    return pl.DataFrame(full, infer_schema_length=None)


def staff(*periods: tuple[str, float, float, str]) -> pl.DataFrame:
    return pl.DataFrame(periods, schema=["agent_id", "from_at", "to_at", "state"], orient="row").with_columns(slots=2)


def value(table: pl.DataFrame, kpi: str, **group: Any) -> Any:
    rows = table.filter(pl.col("kpi") == kpi, *(pl.col(key) == wanted for key, wanted in group.items()))
    assert rows.height == 1, rows
    return rows["value"][0]


class TestBreakdowns:
    def test_counts_belong_to_the_interval_of_arrival(self) -> None:
        data = log(
            {"arrived_at": 1799.0, "queued_at": 1799.0, "answered_at": 1900.0}, {"arrived_at": 1800.0, "queued_at": 1800.0}
        )
        table = score(data, kpis=["offered", "answered"], by="interval")
        first, second = dt.datetime(1970, 1, 1, 0, 0), dt.datetime(1970, 1, 1, 0, 30)
        assert value(table, "offered", interval=first) == 1
        assert value(table, "offered", interval=second) == 1

    @pytest.mark.parametrize(
        ("key", "group"),
        [
            ("hour", 9),
            ("weekday", 3),
            ("day", dt.date(2026, 12, 9)),
            ("week", dt.date(2026, 12, 7)),
            ("month", dt.date(2026, 12, 1)),
            ("time_of_day", 9 * 3600 + 1800),
            ("interval", dt.datetime(2026, 12, 9, 9, 30)),
        ],
    )
    def test_time_keys_name_the_period_of_the_arrival(self, key: str, group: Any) -> None:
        data = log({"arrived_at": dt.datetime(2026, 12, 9, 9, 45)})
        assert score(data, kpis=["total_contacts"], by=key)[key].to_list() == [group]

    def test_every_group_has_a_row_for_every_kpi(self) -> None:
        data = log({"channel": "voice", "queued_at": 0.0, "answered_at": 1.0}, {"channel": "chat", "outcome": "blocked"})
        table = score(data, kpis=["offered", "answer_rate"], by="channel")
        assert value(table, "offered", channel="chat") == 0
        assert value(table, "answer_rate", channel="chat") is None
        assert table.filter(pl.col("channel") == "chat")["status"].to_list() == ["ok", "undefined"]

    def test_every_replication_has_every_group(self) -> None:
        data = log({"replication": 0, "channel": "voice"}, {"replication": 1, "channel": "chat"})
        table = score(data, kpis=["total_contacts"], by=("replication", "channel"))
        assert table.height == 4
        assert value(table, "total_contacts", replication=1, channel="voice") == 0

    def test_parts_pool_to_the_whole_as_ratios_of_sums(self) -> None:
        data = frames(tables(Random(5), 150))
        whole = score(**data, horizon=MOMENTS, kpis="all")
        additive = whole.filter(pl.col("status") == "ok", pl.col("unit") != "")["kpi"]
        from simkpi.kpi.measure import KPIS

        for by in ("interval", "hour", "team", ("interval", "team")):
            parts = score(**data, horizon=MOMENTS, kpis="all", by=by)
            for name in additive:
                if not KPIS.get(name).additive or name in ("backlog", "backlog_age", "contacts_per_agent", "contacts_per_hour"):
                    continue
                mine = parts.filter(pl.col("kpi") == name)
                if mine["status"][0] == "unavailable" or (name == "agents_on_queue" and "team" in by):
                    continue
                total = whole.filter(pl.col("kpi") == name).row(0, named=True)
                assert mine["numerator"].sum() == pytest.approx(total["numerator"], rel=1e-12), (name, by)
                if total["denominator"] is not None:
                    assert mine["denominator"].sum() == pytest.approx(total["denominator"], rel=1e-12), (name, by)

    def test_wait_bands_sort_and_hold_their_upper_limit_in_the_next_band(self) -> None:
        waits = [0.0, 9.9, 10.0, 300.0]
        data = log(*({"queued_at": 0.0, "answered_at": wait} for wait in waits), {"queued_at": None, "answered_at": None})
        table = score(data, kpis=["total_contacts"], by="wait_band").sort("wait_band", nulls_last=True)
        assert dict(table.select("wait_band", "value").iter_rows()) == {"000-010 s": 2, "010-020 s": 1, "300+ s": 1, None: 1}

    def test_any_column_can_be_a_group_key_and_an_unknown_one_is_refused(self) -> None:
        data = log({"shop": "Lyon"}, {"shop": "Nantes"})
        assert score(data, kpis=["total_contacts"], by="shop")["value"].to_list() == [1, 1]
        with pytest.raises(UnknownName, match="did you mean 'channel'"):
            score(data, kpis=["total_contacts"], by="chanel")

    def test_the_mix_shares_add_up_to_one_in_each_period(self) -> None:
        data = log({"channel": "chat"}, {"channel": "voice"}, {"channel": "voice"}, {"arrived_at": 7200.0})
        table = score(data, kpis=["contact_share"], by=("hour", "channel"))
        assert value(table, "contact_share", hour=0, channel="voice") == pytest.approx(2 / 3)
        assert value(table, "contact_share", hour=2, channel="voice") == 1

    def test_an_interval_that_does_not_divide_the_day_is_refused(self) -> None:
        with pytest.raises(InputError, match="divide the day"):
            score(log({}), interval=1000)


class TestAgentTime:
    def test_busy_time_is_cut_at_interval_borders(self) -> None:
        data = log({"queued_at": 0.0, "answered_at": 1200.0, "ended_at": 2400.0, "wrapped_at": 2700.0, "agent_id": "a"})
        table = score(data, agent_states=staff(("a", 0.0, 3600.0, "work")), kpis=["occupancy"], by="interval", horizon=(0, 3600))
        assert table["value"].to_list() == [600 / 1800, 900 / 1800]

    def test_contacts_in_a_break_or_after_the_shift_do_not_count_unless_asked(self) -> None:
        data = log({"queued_at": 0.0, "answered_at": 500.0, "ended_at": 1300.0, "wrapped_at": 1300.0, "agent_id": "a"})
        roster = staff(("a", 0.0, 600.0, "work"), ("a", 600.0, 800.0, "break"), ("a", 800.0, 1000.0, "work"))
        table = score(data, agent_states=roster, kpis=["occupancy", "utilization", "occupancy:count"][:2], horizon=(0, 2000))
        assert value(table, "occupancy") == 300 / 800
        assert value(table, "utilization") == 300 / 1000
        late = score(data, agent_states=roster, kpis={"occupancy": {"overtime": "count"}}, horizon=(0, 2000))
        assert late["value"][0] == 600 / 1100

    def test_the_horizon_clips_staffed_time_and_open_contacts_stay_busy_to_its_end(self) -> None:
        data = log({"outcome": "open", "queued_at": 0.0, "answered_at": 50.0, "ended_at": None, "agent_id": "a"})
        table = score(data, agent_states=staff(("a", -100.0, 900.0, "work")), kpis=["occupancy"], horizon=(0, 100))
        assert (table["numerator"][0], table["denominator"][0]) == (50, 100)

    def test_legs_give_the_time_of_every_agent_of_a_transferred_contact(self) -> None:
        data = log({"queued_at": 0.0, "answered_at": 0.0, "ended_at": 300.0, "wrapped_at": 300.0, "agent_id": "b"})
        legs = pl.DataFrame(
            [("0", 0, "agent", "a", 0.0, 100.0), ("0", 1, "agent", "b", 100.0, 250.0), ("0", 2, "wrap", "b", 250.0, 300.0)],
            schema=["contact_id", "leg", "kind", "place", "from_at", "to_at"],
            orient="row",
        )
        roster = staff(("a", 0.0, 1000.0, "work"), ("b", 0.0, 1000.0, "work"))
        table = score(data, agent_states=roster, legs=legs, kpis=["occupancy"], by="agent", horizon=(0, 1000))
        assert table["value"].to_list() == [0.1, 0.2]

    def test_the_same_roster_serves_every_replication(self) -> None:
        rows = [
            {"queued_at": 0.0, "answered_at": 0.0, "ended_at": t, "wrapped_at": t, "agent_id": "a", "replication": r}
            for r, t in ((0, 50.0), (1, 80.0))
        ]
        roster = staff(("a", 0.0, 100.0, "work"))
        table = score(
            log(*rows), agent_states=roster, kpis=["occupancy", "contacts_per_agent_hour"], by="replication", horizon=(0, 100)
        )
        assert table.filter(pl.col("kpi") == "occupancy")["value"].to_list() == [0.5, 0.8]
        assert score(log(*rows), agent_states=roster, kpis=["occupancy"], horizon=(0, 100))["value"][0] == 0.65

    def test_agent_time_is_not_split_by_channel(self) -> None:
        data = log({"answered_at": 0.0, "ended_at": 1.0, "agent_id": "a"})
        table = score(data, agent_states=staff(("a", 0.0, 9.0, "work")), kpis=["total_contacts", "occupancy"], by="channel")
        row = table.filter(pl.col("kpi") == "occupancy").row(0, named=True)
        assert (row["status"], row["definition"]) == ("unavailable", "unavailable: not split by channel")


class TestHours:
    def test_the_hours_of_the_horizon_hold_for_every_channel_and_replication(self) -> None:
        data = log({"channel": "chat"}, {"channel": "voice"}, {"channel": "voice"})
        table = score(data, kpis=["contacts_per_hour"], by="channel", horizon=(0, 7200))
        assert table["value"].to_list() == pytest.approx([0.5, 1], rel=1e-15)
        twice = pl.concat([data.with_columns(replication=pl.lit(r)) for r in (0, 1)])
        assert score(twice, kpis=["contacts_per_hour"], horizon=(0, 7200))["value"][0] == pytest.approx(1.5, rel=1e-15)

    def test_agents_on_queue_is_their_mean_number(self) -> None:
        data = log({"answered_at": 0.0, "ended_at": 60.0, "agent_id": "a"})
        roster = staff(("a", 0.0, 3600.0, "work"), ("b", 0.0, 1800.0, "work"))
        table = score(data, agent_states=roster, kpis=["agents_on_queue"], by="interval", horizon=(0, 3600))
        assert table["value"].to_list() == [2, 1]


class TestCases:
    def case(self, *gaps: float, window: float = 100.0, end: float = 10_000.0, **columns: Any) -> dict[str, Any]:
        """FCR of one customer whose contacts last 10 s and begin *gaps* after the end of the one before."""
        at, rows = 0.0, []
        for gap in (0.0, *gaps):
            at += gap
            rows.append(
                {"case_id": "k", "arrived_at": at, "answered_at": at, "ended_at": at + 10, "is_resolved": True, **columns}
            )
            at += 10
        return score(log(*rows), kpis=["fcr"], fcr_window=window, horizon=(0, end)).row(0, named=True)

    def test_a_return_exactly_on_the_window_breaks_first_contact_resolution(self) -> None:
        assert self.case(100.0)["value"] == 0

    def test_a_return_one_tick_later_is_a_new_case(self) -> None:
        row = self.case(100.001)
        assert (row["numerator"], row["denominator"]) == (2, 2)

    def test_a_chain_of_returns_is_one_case(self) -> None:
        assert self.case(90.0, 90.0, 90.0)["denominator"] == 1

    def test_a_window_that_has_not_passed_is_censored_and_one_that_just_has_is_not(self) -> None:
        assert self.case(end=109.999)["status"] == "undefined"
        assert self.case(end=109.999)["censored"] == 1
        assert self.case(end=110.0)["value"] == 1

    def test_a_return_exactly_on_the_window_undoes_a_deflection(self) -> None:
        rows = [
            {"case_id": "k", "outcome": "contained", "bot_started_at": 0.0, "ended_at": 50.0, "queued_at": None},
            {
                "case_id": "k",
                "arrived_at": 150.0,
                "outcome": "answered",
                "bot_started_at": None,
                "ended_at": 200.0,
                "queued_at": 150.0,
            },
        ]
        for window, wanted in ((100, 0.0), (99.999, 0.5)):
            table = score(
                log(*rows), kpis=["deflection_rate", "deflection_rate_gross"], recontact_window=window, horizon=(0, 1000)
            )
            assert table["value"].to_list() == [wanted, 0.5]

    def test_contacts_without_a_key_are_cases_of_their_own(self) -> None:
        rows = [{"case_id": None, "arrived_at": t, "answered_at": t, "ended_at": t + 1, "is_resolved": True} for t in (0.0, 5.0)]
        data = log(*rows).with_columns(pl.col("case_id").cast(pl.String))
        assert score(data, kpis=["fcr"], fcr_window=10, horizon=(0, 100))["value"][0] == 1

    def test_without_a_flag_silence_can_stand_for_a_solution_but_only_if_asked(self) -> None:
        data = log({"case_id": "k", "answered_at": 0.0, "ended_at": 5.0})
        row = score(data, kpis=["fcr"], fcr_window=10, horizon=(0, 100)).row(0, named=True)
        assert (row["status"], row["definition"]) == ("unavailable", "unavailable: needs column is_resolved")
        assert score(data, kpis=["fcr"], fcr_window=10, horizon=(0, 100), resolved="no_return")["value"][0] == 1

    def test_replications_do_not_share_cases(self) -> None:
        rows = [{"case_id": "k", "replication": r, "answered_at": 0.0, "ended_at": 1.0, "is_resolved": True} for r in (0, 1)]
        assert score(log(*rows), kpis=["fcr"], fcr_window=10, horizon=(0, 100))["value"][0] == 1


class TestBacklog:
    def test_it_is_what_has_arrived_and_not_closed_at_each_border(self) -> None:
        data = log(
            {"arrived_at": 0.0, "ended_at": 1800.0},
            {"arrived_at": 1800.0, "ended_at": 3601.0},
            {"arrived_at": 10.0, "outcome": "open"},
        )
        table = score(data, kpis=["backlog"], by="interval", horizon=(0, 5400))
        # the first closes on the border (is out), the second arrives on it (is in); the open one stays for good
        assert table["value"].to_list() == [2, 2, 1]

    def test_replications_have_backlogs_and_peaks_of_their_own(self) -> None:
        rows = [
            {"replication": r, "channel": c, "outcome": "open"} for r, c in ((0, "chat"), (0, "chat"), (0, "voice"), (1, "voice"))
        ]
        data = log(*rows).with_columns(ended_at=pl.lit(None, dtype=pl.Float64))
        assert score(data, kpis=["backlog", "peak_contacts"], horizon=(0, 3600))["value"].to_list() == [2, 2]
        table = score(data, kpis=["backlog"], by="channel", horizon=(0, 3600))
        assert table["value"].to_list() == [1, 1], "no chat in replication 1 is a backlog of 0"

    def test_ages_are_measured_at_the_border(self) -> None:
        data = log(
            {"arrived_at": 100.0, "outcome": "open", "ended_at": None}, {"arrived_at": 300.0, "outcome": "open", "ended_at": None}
        )
        assert (
            score(data.with_columns(pl.col("ended_at").cast(pl.Float64)), kpis=["backlog_age"], horizon=(0, 1000))["value"][0]
            == 800
        )


def utc(hour: int, minute: int = 0) -> dt.datetime:
    """A moment of the night in which summer time ends in Paris (at 1:00 UTC)."""
    return dt.datetime(2026, 10, 25, hour, minute, tzinfo=dt.timezone.utc)


class TestTimeZones:
    @staticmethod
    def night() -> tuple[pl.DataFrame, pl.DataFrame]:
        data = pl.DataFrame(
            {
                "contact_id": ["1", "2"],
                "channel": "chat",
                "outcome": "answered",
                "agent_id": "a",
                "arrived_at": [utc(0, 10), utc(1, 10)],
                "answered_at": [utc(0, 15), utc(1, 30)],
                "ended_at": [utc(0, 45), utc(1, 45)],
            }
        ).with_columns(pl.selectors.datetime().dt.convert_time_zone("Europe/Paris"))
        return data, pl.DataFrame({"agent_id": ["a"], "state": "work", "from_at": [utc(0)], "to_at": [utc(2)]})

    def test_the_hour_that_comes_twice_is_two_intervals(self) -> None:
        data, roster = self.night()
        table = score(data, agent_states=roster, kpis=["total_contacts", "occupancy", "backlog"], by="interval")
        assert table.filter(pl.col("kpi") == "total_contacts")["value"].to_list() == [1, 0, 1, 0]
        assert table.filter(pl.col("kpi") == "occupancy")["value"].to_list() == [0.5, 0.5, 0, 0.5]
        assert table.filter(pl.col("kpi") == "backlog")["numerator"].to_list() == [1, 0, 1, 0]

    def test_a_day_is_a_local_day(self) -> None:
        data, roster = self.night()
        table = score(
            data, agent_states=roster, kpis=["total_contacts", "occupancy", "backlog"], by="day", horizon=(utc(0), utc(2))
        )
        assert table["day"].unique().to_list() == [dt.date(2026, 10, 25)]
        assert value(table, "occupancy") == 45 / 120
        assert value(table, "backlog") == 0

    def test_tables_on_different_clocks_are_refused(self) -> None:
        data, _ = self.night()
        naive = staff(("a", 0.0, 60.0, "work"))
        with pytest.raises(LogError, match="no time zone, the arrivals have Europe/Paris"):
            score(data, agent_states=naive, kpis=["occupancy"])


class TestMessagesAndSurveys:
    def test_replies_are_counted_from_the_first_unanswered_message(self) -> None:
        spoken = [
            ("customer", 0),
            ("customer", 60),
            ("agent", 120),
            ("agent", 125),
            ("customer", 300),
            ("agent", 600),
            ("customer", 700),
        ]
        messages = pl.DataFrame({"contact_id": "0", "sender": [s for s, _ in spoken], "sent_at": [float(t) for _, t in spoken]})
        table = score(
            log({}), messages=messages, kpis=["frt", "response_time", "messages_per_contact", "agent_messages_per_contact"]
        )
        assert table["value"].to_list() == [120, (120 + 300) / 2, 7, 3]

    def test_scales_are_read_from_the_survey_and_a_rating_counts_once(self) -> None:
        data = log({"csat": 1.0}, {"channel": "chat", "csat": 5.0}, {"channel": "chat", "csat": None})
        scale = {"kind": "csat", "scale_low": 1.0, "scale_high": 10.0}
        surveys = pl.DataFrame({"contact_id": ["0", "2", None], "score": [8.0, 7.0, 10.0], **scale})
        table = score(data, surveys=surveys, kpis=["csat"], by="channel")
        # 8 of 1-10 and 5 of 1-5 are positive, 7 of 1-10 is not; contact 0 is rated in the surveys, that rating is the one
        assert {row["channel"]: (row["numerator"], row["n"]) for row in table.iter_rows(named=True)} == {
            "voice": (1, 1),
            "chat": (1, 2),
            None: (1, 1),
        }

    def test_effort_can_be_turned_into_ease(self) -> None:
        scale = {"kind": "ces", "scale_low": 1.0, "scale_high": 7.0}
        surveys = pl.DataFrame({"score": [1.0, 7.0, 7.0], "direction": ["lower", "lower", "higher"], **scale})
        assert score(log({}), surveys=surveys, kpis=["ces", "ces:ease"])["value"].to_list() == [5, 2 / 3]


class TestParameters:
    def test_a_parameter_reaches_every_kpi_that_has_it_and_is_printed(self) -> None:
        table = score(
            log({"queued_at": 0.0, "answered_at": 25.0, "ended_at": 30.0}),
            kpis=["service_level", "average_excess"],
            threshold="30s",
        )
        assert table["value"].to_list() == [1, 0]
        assert "threshold=30s" in table["definition"][0]
        assert "service_level=all_offered" in table["definition"][0]

    def test_one_kpi_can_have_parameters_of_its_own(self) -> None:
        data = log({"queued_at": 0.0, "answered_at": 25.0, "ended_at": 30.0})
        table = score(data, kpis={"service_level": {"threshold": 30}, "average_excess": {}}, threshold=20)
        assert table["value"].to_list() == [1, 5]

    def test_unknown_names_are_answered_with_the_nearest_one(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            score(log({}), kpis=["servce_level"])
        with pytest.raises(InputError, match="did you mean 'threshold'"):
            score(log({}), treshold=30)
        with pytest.raises(InputError, match="did you mean 'all_offered'"):
            score(log({}), kpis=["service_level:all_ofered"])
        with pytest.raises(InputError, match="threshold: must be a finite duration"):
            score(log({}), threshold=-1)

    def test_aliases_give_the_canonical_name(self) -> None:
        assert score(log({}), kpis=["taux de décroché", "TSF"])["kpi"].to_list() == ["answer_rate", "service_level"]


class TestAvailability:
    def test_absent_columns_make_a_kpi_unavailable_and_say_which(self) -> None:
        row = score(log({}), kpis=["asa"]).row(0, named=True)
        assert (row["value"], row["status"]) == (None, "unavailable")
        assert row["definition"] == "unavailable: needs columns answered_at, queued_at"

    def test_an_unknown_outcome_is_an_error_for_a_lazy_log_too(self) -> None:
        data = log({"outcome": "vanished"})
        with pytest.raises(LogError, match="outcome"):
            score(data, kpis=["answered"])
        with pytest.raises(LogError, match="1 row"):
            score(data.lazy().with_columns(pl.col("arrived_at").cast(pl.Datetime("ms"))), kpis=["answered"])

    def test_a_path_is_streamed_like_a_frame(self, tmp_path: Path) -> None:
        data = frames(tables(Random(2), 40))["interactions"]
        data.write_parquet(tmp_path / "log.parquet")
        from_file = score(tmp_path / "log.parquet", kpis="all", horizon=MOMENTS)
        assert from_file.equals(score(data, kpis="all", horizon=MOMENTS))


class TestSamples:
    def test_samples_are_the_values_behind_a_percentile(self) -> None:
        data = log(
            *({"channel": c, "queued_at": 0.0, "answered_at": t} for c, t in (("voice", 5.0), ("chat", 7.5), ("chat", None)))
        )
        assert samples(data, "wait_p90", by="channel").sort("sample").rows() == [("voice", 5.0), ("chat", 7.5)]

    def test_a_ratio_has_none(self) -> None:
        with pytest.raises(InputError, match="only percentiles and means"):
            samples(log({}), "answer_rate")


class TestFiles:
    @pytest.mark.parametrize("form", ["log.csv", "log.csv.gz", "folder", "partitioned"])
    def test_every_form_of_file_gives_the_same_figures(self, tmp_path: Path, form: str) -> None:
        import gzip

        data = frames(tables(Random(2), 40))["interactions"].drop("tags")
        place = tmp_path / form
        if form.startswith("log"):
            text = data.write_csv().encode()
            place.write_bytes(gzip.compress(text) if form.endswith("gz") else text)
        elif form == "folder":
            place.mkdir()
            for index, part in enumerate((data.head(15), data.tail(25))):
                part.write_parquet(place / f"part-{index}.parquet")
        else:
            for channel, part in data.partition_by("channel", as_dict=True).items():
                (place / f"channel={channel[0]}").mkdir(parents=True)
                part.drop("channel").write_parquet(place / f"channel={channel[0]}" / "part.parquet")
        kpis = ["total_contacts", "service_level", "asa", "aht", "deflection_rate", "fcr", "wait_p90"]
        wanted = score(data, kpis=kpis, by="channel", horizon=MOMENTS)
        assert score(place, kpis=kpis, by="channel", horizon=MOMENTS).equals(wanted)


def _small(**columns: list[Any]) -> pl.DataFrame:
    base = {"contact_id": ["1", "2"], "channel": ["voice"] * 2, "outcome": ["answered", "abandoned"], "arrived_at": [0, 60]}
    times = {"queued_at": [0, 60], "answered_at": [12, None], "ended_at": [200, 90]}
    return pl.DataFrame({**base, **times, **columns})


class TestWhatIsAbsentIsNeverZero:
    @pytest.mark.parametrize("kpi", ["deflection_rate", "deflection_rate_gross", "false_containment_rate", "complaint_rate"])
    def test_a_log_that_can_not_know_has_no_figure(self, kpi: str) -> None:
        table = score(_small(case_id=["a", "b"], contact_type=["x", "y"]), kpis=[kpi])
        assert table["status"].to_list() == ["unavailable"]

    def test_cases_without_bot_columns_have_no_deflection_either(self) -> None:
        table = score(_small(case_id=["a", "b"]), kpis=["deflection_rate"], per="case")
        assert table["status"].to_list() == ["unavailable"]

    def test_effort_does_not_fall_back_to_elapsed_time_where_it_is_recorded_for_other_rows(self) -> None:
        log = _small(work_time=[None, None]).with_columns(pl.col("work_time").cast(pl.Float64))
        assert score(log, kpis=["aht"])["value"].to_list() == [None]
        assert score(_small(), kpis=["aht"])["value"].to_list() == [188.0]

    def test_a_score_off_the_assumed_scale_is_no_satisfaction(self) -> None:
        table = score(_small(csat=[9.0, 3.0]), kpis=["csat"])
        assert "a score of csat is 9, off the scale 1 to 5" in table["definition"][0]
        assert score(_small(csat=[5.0, 3.0]), kpis=["csat"])["value"].to_list() == [0.5]


class TestParametersGivenAsText:
    def test_hours_numbers_and_shares_are_read(self) -> None:
        log = _small(answered_at=[86_412, None], ended_at=[86_500, 90])  # Thursday 1970-01-01 00:00 to Friday 00:00:12
        hours = score(log, kpis=["frt"], hours="mon-fri 09:00-17:00; sat 10:00-12:00")
        assert hours["value"].to_list() == [8 * 3600]
        assert score(_small(csat=[4.0, 3.0]), kpis=["csat"], csat_positive="50%")["value"].to_list() == [1.0]
        assert score(_small(csat=[4.0, 3.0]), kpis=["csat"], csat_positive="0.9")["value"].to_list() == [0.0]

    @pytest.mark.parametrize(
        ("name", "text"), [("hours", "weekdays"), ("hours", ""), ("hours", "mon-fri 17:00-09:00"), ("csat_positive", "much")]
    )
    def test_what_can_not_be_read_is_said(self, name: str, text: str) -> None:
        with pytest.raises(InputError, match=name if name != "hours" or ":" not in text else "must close after it opens"):
            score(_small(), kpis="all", **{name: text})

    def test_wait_bands_leave_no_kpi_to_crash(self) -> None:
        states = pl.DataFrame({"agent_id": ["x"], "state": ["work"], "from_at": [0], "to_at": [600]})
        table = score(_small(agent_id=["x", None]), agent_states=states, kpis="all", by="wait_band")
        assert "not split by wait_band" in table.filter(pl.col("kpi") == "occupancy")["definition"][0]
        assert table.filter(pl.col("kpi") == "contacts_per_hour")["status"].to_list() == ["ok", "ok"]


def test_a_break_inside_a_stretch_of_work_interrupts_it() -> None:
    rows = [("x", "work", 0, 3600), ("x", "break", 600, 1200)]
    states = pl.DataFrame(rows, schema=["agent_id", "state", "from_at", "to_at"], orient="row")
    table = score(_small(agent_id=["x", None]), agent_states=states, kpis=["occupancy", "shrinkage"], horizon=(0, 3600))
    assert table.select("numerator", "denominator").rows() == [(188.0, 3000.0), (600.0, 3600.0)]
