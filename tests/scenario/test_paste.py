"""Tables pasted from a spreadsheet: separators, French headers, decimal commas, workbooks, and mistakes named by cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from simkpi.errors import ScenarioError
from simkpi.scenario.books.paste import read_intervals
from simkpi.scenario.books.write import write_plan
from simkpi.workbooks import new_book
from tests.experiment.small_world import small


def read(data: bytes | str) -> dict[str, dict[str, object]]:
    return read_intervals(data, contacts=["voice", "chat"], teams=["phone", "online"], calendar=("2026-01-05", 1))


def mistakes(data: bytes | str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read(data)
    return [str(one) for one in caught.value.problems]


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_cells_are_cut_where_the_header_is(separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (("From", "voice", "chat"), ("08:00", "12", "3"), ("08:30", "13", "4")))
    voice = read(text)["contacts.voice.volume"]
    assert voice == {"interval": "30m", "from": "08:00", "expected": ["12", "13"]}


def test_french_headers_times_and_numbers() -> None:
    found = read("\ufeffDe;Voice;Remarque\n8h;12,5;x\n8h30;1 250,5;\n")
    assert found["contacts.voice.volume"]["expected"] == ["12,5", "1250,5"]


def test_a_header_that_names_teams_is_staff() -> None:
    assert read("start\tphone\n08:00\t4\n09:00\t5\n")["teams.phone.staffing"]["count"] == ["4", "5"]


def test_the_sheets_of_a_planners_workbook(tmp_path: Path) -> None:
    write_plan(small(), tmp_path / "plan.xlsx")
    data = (tmp_path / "plan.xlsx").read_bytes()
    found = read_intervals(data, contacts=["voice", "chat"], teams=["phone", "web"], calendar=("2026-01-05", 1))
    assert found["contacts.chat.volume"]["expected"] == [8, 10, 12, 14, 12, 10, 8, 6]
    assert set(found) == {"contacts.voice.volume", "contacts.chat.volume", "teams.phone.staffing"}  # web never changes


def test_any_workbook_by_its_first_sheet(tmp_path: Path) -> None:
    with new_book(tmp_path / "any.xlsx") as book:
        sheet = book.add_worksheet("Feuille 1")
        for row, cells in enumerate((("heure", "voice"), ("08:00", 4), ("09:00", 2.5))):
            sheet.write_row(row, 0, cells)
    assert read((tmp_path / "any.xlsx").read_bytes())["contacts.voice.volume"]["expected"] == [4, 2.5]


def test_every_mistake_names_its_cell() -> None:
    assert "table!A4" in mistakes("From,phone\n08:00,4\n09:00,5\n10:30,2\n")[0]
    (wrong,) = mistakes("From,phon\n08:00,4\n")
    assert "table!B1" in wrong
    assert "did you mean 'phone'" in wrong
    assert "08:30" in mistakes("From,voice\nsoon,4\n")[0]


@pytest.mark.parametrize("data", ["", "  \n", "a\0b", b"\xff\xfe\x00x", "From\n08:00\n", b"PK\x03\x04rubbish"])
def test_what_is_no_table_is_refused_with_what_to_do(data: bytes | str) -> None:
    assert mistakes(data)
