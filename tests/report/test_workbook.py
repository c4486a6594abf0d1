"""Results as a workbook: the same figures as the tables, charts over the cells that hold them, nothing ever a formula."""

import re
import zipfile

import pytest

from simkpi.errors import OutputError
from simkpi.experiment.replicate import simulate
from simkpi.report.tables import MAIN, title
from simkpi.report.workbook import write_workbook
from simkpi.scenario.files import load
from simkpi.workbooks import open_book, row_height

NASTY = "=1+1"
SCENARIO = {
    "simkpi": 1,
    "name": "@SUM(A1)",
    "calendar": {"open": "08:00-10:00"},
    "contacts": {
        "voice": {"volume": "60 per day", "handle": "3m", "patience": "2m"},
        NASTY: {"channel": "voice", "volume": "20 per day", "handle": "3m", "patience": "2m"},
    },
    "teams": {"phone": {"skills": ["voice", NASTY], "count": 3}},
    "targets": {"voice": {"service_level": "80% in 20s"}, "all": {"abandon_rate": "at most 90%"}},
}


@pytest.fixture(scope="module")
def result():
    return simulate(load(SCENARIO), replications=4, seed=1)


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "results.xlsx"
    return write_workbook(result, path, table=result.kpis())


def parts(path, pattern):
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if re.search(pattern, name)]


def rows(path, sheet):
    return open_book(path, OutputError).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_each_question_has_its_sheet(written):
    names = ["Figures", "Targets", "Day", "Contact types", "Replications", "Provenance"]
    assert open_book(written, OutputError).sheet_names == names


def test_figures_are_those_of_the_table_in_full(result, written):
    table = {row["kpi"]: row for row in result.kpis().iter_rows(named=True) if row["status"] != "unavailable"}
    found = {row[0]: row for row in rows(written, "Figures")[3:]}
    assert set(found) == {title(name) for name in table}
    for name, row in table.items():
        for column, part in enumerate(("value", "half_width", "low", "high"), start=1):
            shown = found[title(name)][column]
            assert shown == ("" if row[part] is None else pytest.approx(row[part], rel=1e-14)), (name, part)


def test_replications_add_up_to_the_figures(written):
    table = rows(written, "Replications")
    column = 1 + MAIN.index("offered")
    offered = [row[column] for row in table[1:]]
    figures = {row[0]: row[1] for row in rows(written, "Figures")[3:]}
    assert len(offered) == 4
    assert sum(offered) / 4 == pytest.approx(figures[title("offered")])


def test_the_day_holds_the_open_hours_and_adds_up_to_the_figures(written):
    table = rows(written, "Day")
    offered = sum(row[1] for row in table[1:] if row[1] != "")
    figures = {row[0]: row[1] for row in rows(written, "Figures")[3:]}
    assert offered == pytest.approx(figures[title("offered")])
    assert 4 <= len(table[1:]) <= 6


def test_charts_point_at_cells_that_hold_figures(written):
    charts = parts(written, r"charts/chart\d+\.xml")
    assert len(charts) == 4
    for chart in charts:
        ranges = re.findall(r"<c:f>'?([^'!]+)'?!\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)</c:f>", chart)
        assert len(ranges) >= 2
        for sheet, _, first, column, last in ranges:
            letter = ord(column) - 65
            values = [row[letter] for row in rows(written, sheet)[int(first) - 1 : int(last)]]
            assert any(value != "" for value in values), (sheet, column)


def test_shares_are_shown_in_per_cent_and_durations_with_their_unit(written):
    (styles,) = parts(written, r"styles\.xml")
    assert '%"' in styles
    assert "&quot; s&quot;" in styles


def test_no_text_is_a_formula(written):
    sheets = parts(written, r"worksheets/sheet\d+\.xml")
    assert len(sheets) == 6
    assert not any("<f>" in sheet for sheet in sheets)
    assert NASTY in [row[0] for row in rows(written, "Contact types")]


def test_in_french_sheets_and_headers_are_french(result, tmp_path):
    path = write_workbook(result, tmp_path / "r.xlsx", table=result.kpis(), lang="fr")
    assert open_book(path, OutputError).sheet_names[:3] == ["Chiffres", "Objectifs", "Jour"]
    assert "Niveau de service" in [row[0] for row in rows(path, "Chiffres")]


def test_the_same_result_gives_the_same_bytes(result, written, tmp_path):
    again = write_workbook(result, tmp_path / "r.xlsx", table=result.kpis())
    assert again.read_bytes() == written.read_bytes()


def test_one_replication_has_figures_without_intervals(tmp_path):
    single = simulate(load(SCENARIO), replications=1, seed=1)
    path = write_workbook(single, tmp_path / "r.xlsx", table=single.kpis())
    assert "Replications" not in open_book(path, OutputError).sheet_names
    assert all(row[2] == "" for row in rows(path, "Figures")[3:])


def test_a_folder_that_is_not_there_is_said(result, tmp_path):
    with pytest.raises(OutputError, match="can not be written"):
        write_workbook(result, tmp_path / "absent" / "r.xlsx", table=result.kpis())


def test_a_row_is_high_enough_for_its_longest_text() -> None:
    assert row_height(["short", "three words that wrap"], [20, 14]) == 30
    assert row_height(["a\nb\n\nd"], [40]) == 60
    assert row_height([], []) == row_height([""], [5]) == 15
