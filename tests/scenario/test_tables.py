"""Tables of volumes: any bytes are read as numbers on a grid or refused with file and line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.scenario import tables
from simkpi.scenario.tables import TableError, find_table, grid_of, read_column

CELLS = st.sampled_from(["", "5", "-1", "2,5", "08:00", "08:30", "2026-01-05", "03/04/2026", "nan", '"', '"5"', "x", "é", "\x00"])
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=5)
OUTSIDE = ["../x.csv", "a/../../x.csv", "/etc/passwd", "C:\\x.csv", "..\\x.csv", "http://h/x.csv", "x\n.csv", "absent.csv"]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "x.csv"


def problems_or_grid(path):
    try:
        return (), grid_of(read_column(path, "calls", "x.csv"), None)[2]
    except TableError as error:
        return error.problems, {}


@settings(derandomize=True, deadline=None)
@given(rows=ROWS, separator=st.sampled_from(",;\t"), encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"]))
def test_any_table_is_read_or_refused_in_words(scratch, rows, separator, encoding):
    text = "\n".join([separator.join(["time", "calls"]), *(separator.join(row) for row in rows)])
    scratch.write_bytes(text.encode(encoding, errors="replace"))
    problems, grid = problems_or_grid(scratch)
    assert bool(problems) != bool(grid)
    assert all(problem.file == "x.csv" and problem.message for problem in problems)
    assert all(value >= 0 for values in grid.values() for value in values.values())


def test_a_table_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 1_000_000)
    (tmp_path / "x.csv").write_text("calls\n" + "1\n" * 500_001, encoding="utf-8")
    with pytest.raises(TableError, match="larger than 1 MB"):
        read_column(tmp_path / "x.csv", "calls", "x.csv")


def test_the_step_is_taken_from_the_times_unless_it_is_stated(tmp_path):
    (tmp_path / "x.csv").write_text("time,calls\n09:00,1\n08:00,2\n08:20,3\n08:40,4\n", encoding="utf-8")
    column = read_column(tmp_path / "x.csv", "calls", "x.csv")
    assert grid_of(column, None) == (8 * 3600, 1200, {None: {0: 2, 1: 3, 2: 4, 3: 1}})
    with pytest.raises(TableError, match=r"x.csv:4: has 08:20, which is no multiple of 30 min after 08:00"):
        grid_of(column, 1800)


@pytest.mark.parametrize("name", OUTSIDE)
def test_only_files_below_the_folder_are_read(name, tmp_path):
    with pytest.raises(InputError):
        find_table(name, tmp_path)


def test_a_file_in_a_folder_below_is_found(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("calls\n1\n", encoding="utf-8")
    assert find_table("data/x.csv", tmp_path) == tmp_path / "data" / "x.csv"
