from __future__ import annotations

import json
import math
from datetime import datetime

import polars as pl
import pytest

from simkpi.report.tables import aligned, figure, kpi_lines, title, to_csv, to_json, to_records, unavailable_lines


def table(rows: list[dict], **columns: object) -> pl.DataFrame:
    blank = {"definition": "as usual", "unit": "fraction", "status": "ok", "low": None, "high": None, "half_width": None}
    return pl.DataFrame([{**blank, **columns, **row} for row in rows], infer_schema_length=None)


class TestFigure:
    @pytest.mark.parametrize(
        ("value", "half_width", "unit", "text"),
        [
            (0.784213, 0.0061, "fraction", "78.4% ± 0.6"),
            (0.784213, 0.061, "fraction", "78% ± 6"),
            (0.784213, 0.00061, "fraction", "78.42% ± 0.06"),
            (0.784213, None, "fraction", "78.4%"),
            (0.0, 0.0, "fraction", "0.0% ± 0"),
            (35.21, 2.2, "seconds", "35s ± 2s"),
            (0.97, 0.083, "seconds", "0.97s ± 0.08s"),
            (323.4, 6.4, "seconds", "5m23s ± 6s"),
            (812.4, 9.7, "count", "812 ± 10"),
            (10.66, 0.061, "per hour", "10.66 ± 0.06"),
            (None, None, "fraction", "–"),
            (math.nan, None, "seconds", "–"),
        ],
    )
    def test_digits_follow_the_half_width(self, value: float, half_width: float, unit: str, text: str) -> None:
        assert figure(value, half_width, unit) == text

    def test_french_has_a_decimal_comma(self) -> None:
        assert figure(0.784213, 0.0061, "fraction", lang="fr") == "78,4\u202f% ± 0,6"


class TestKpiLines:
    def test_one_line_a_kpi_with_its_interval_and_its_definition(self) -> None:
        rows = [
            {
                "kpi": "service_level",
                "value": 0.784,
                "low": 0.778,
                "high": 0.79,
                "half_width": 0.006,
                "definition": "threshold=20s",
            }
        ]
        header, lines, note, _ = kpi_lines(table(rows))
        assert header == ["KPI", "Value", "95% interval", "Definition"]
        assert lines == [["Service level", "78.4% ± 0.6", "77.8% to 79.0%", "within 20s"]]
        assert note == ""

    def test_a_definition_names_the_variant_and_leaves_out_what_is_not_set(self) -> None:
        rows = [{"kpi": "service_level", "value": 0.5, "definition": "threshold=20s, service_level=offered, hours=None"}]
        assert kpi_lines(table(rows))[1][0][-1] == "within 20s, of all offered"

    def test_a_figure_that_only_time_will_tell_is_said_so(self) -> None:
        rows = [{"kpi": "fcr", "value": None, "censored": 12, "definition": "fcr_window=7d"}]
        assert kpi_lines(table(rows))[1][0][-1] == "not decided when the horizon ends (no return within 7d)"

    def test_an_interval_that_there_is_not_is_said_so(self) -> None:
        _, lines, _, _ = kpi_lines(
            table([{"kpi": "asa", "value": 12.0, "unit": "seconds"}, {"kpi": "frt", "value": None, "unit": "seconds"}])
        )
        assert [line[2] for line in lines] == ["n/a", ""]

    def test_a_log_has_no_interval_column(self) -> None:
        header, lines, _, _ = kpi_lines(
            table([{"kpi": "asa", "value": 12.0, "unit": "seconds"}]).drop("low", "high", "half_width")
        )
        assert header == ["KPI", "Value", "Definition"]
        assert lines == [["Average speed of answer", "12.0s", ""]]

    def test_few_groups_stand_beside_each_other(self) -> None:
        rows = [
            {"kpi": kpi, "channel": channel, "value": 0.5}
            for kpi in ("service_level", "abandon_rate")
            for channel in ("voice", "chat")
        ]
        header, lines, _, _ = kpi_lines(table(rows), by=("channel",))
        assert header == ["KPI", "chat", "voice"]
        assert lines[1] == ["Abandon rate", "50.0%", "50.0%"]

    def test_many_groups_stand_below_each_other_without_the_idle_ones_and_without_the_date_of_a_single_day(self) -> None:
        moments = [datetime(2026, 1, 5, hour) for hour in range(24)]
        rows = [{"kpi": "offered", "interval": at, "value": float(at.hour in range(8, 18)), "unit": "count"} for at in moments]
        header, lines, _, _ = kpi_lines(table(rows), by=("interval",))
        assert header == ["interval", "Offered"]
        assert (lines[0], len(lines)) == (["08:00", "1"], 10)

    def test_two_days_keep_their_dates(self) -> None:
        moments = [datetime(2026, 1, day, hour) for day in (5, 6) for hour in range(9, 12)]
        _, lines, _, _ = kpi_lines(
            table([{"kpi": "offered", "interval": at, "value": 3.0, "unit": "count"} for at in moments]), by=("interval",)
        )
        assert lines[0][0] == "2026-01-05 09:00"

    def test_with_many_groups_the_kpis_left_out_are_counted(self) -> None:
        kpis = ["total_contacts", "offered", "answered", "abandoned", "blocked", "aht", "asa", "occupancy", "service_level"]
        rows = [{"kpi": kpi, "hour": hour, "value": 1.0, "unit": "count"} for kpi in kpis for hour in range(6)]
        header, _, note, _ = kpi_lines(table(rows), by=("hour",))
        assert header[:2] == ["hour", "Offered"]
        assert note.startswith("(4 more KPIs")

    def test_a_group_without_a_name_is_shown_and_control_characters_are_not(self) -> None:
        rows = [{"kpi": "offered", "team": team, "value": 3.0, "unit": "count"} for team in ("a\x1b[31m", None)]
        assert kpi_lines(table(rows), by=("team",))[0] == ["KPI", "a?[31m", "(none)"]

    def test_what_is_unavailable_is_listed_apart_with_what_is_missing(self) -> None:
        rows = [
            {"kpi": "asa", "value": 1.0, "unit": "seconds"},
            {
                "kpi": "occupancy",
                "value": None,
                "status": "unavailable",
                "definition": "unavailable: needs the table agent_states",
            },
        ]
        assert len(kpi_lines(table(rows))[1]) == 1
        assert unavailable_lines(table(rows)) == ["", "Unavailable", "  Occupancy: needs the table agent_states"]
        assert unavailable_lines(table(rows[:1])) == []

    def test_every_word_is_french_in_french(self) -> None:
        rows = [
            {
                "kpi": "service_level",
                "value": 0.784,
                "low": 0.778,
                "high": 0.79,
                "half_width": 0.006,
                "definition": "threshold=20s",
            }
        ]
        header, lines, _, _ = kpi_lines(table(rows), lang="fr")
        assert header == ["Indicateur", "Valeur", "Intervalle à 95\u202f%", "Définition"]
        assert lines[0][2] == "77,8\u202f% à 79,0\u202f%"


class TestTitle:
    def test_a_variant_and_an_unknown_name_are_kept(self) -> None:
        assert title("service_level:answered_only") == "Service level (answered_only)"
        assert title("no_such_kpi") == "no_such_kpi"

    def test_french_labels(self) -> None:
        assert title("service_level", "fr") != title("service_level")


class TestAligned:
    def test_columns_line_up(self) -> None:
        assert aligned(["KPI", "Value"], [["asa", "9s"], ["service", "80%"]]) == (
            "KPI      Value\n-------  -----\nasa         9s\nservice    80%"
        )


class TestFormats:
    def test_csv_keeps_every_digit_and_quotes_what_a_spreadsheet_would_run(self) -> None:
        frame = pl.DataFrame({"team": ["=cmd()", "a,b"], "value": [1 / 3, None], "interval": [datetime(2026, 1, 5, 9)] * 2})
        assert (
            to_csv(frame) == 'team,value,interval\n\'=cmd(),0.3333333333333333,2026-01-05T09:00:00\n"a,b",,2026-01-05T09:00:00\n'
        )

    def test_records_are_json_without_nan(self) -> None:
        frame = pl.DataFrame({"value": [math.nan, math.inf, 0.5], "at": [datetime(2026, 1, 5)] * 3})
        records = json.loads(to_json({"kpis": to_records(frame)}))["kpis"]
        assert [record["value"] for record in records] == [None, None, 0.5]
        assert records[0]["at"] == "2026-01-05T00:00:00"
