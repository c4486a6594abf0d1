from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import LogError, OutputError, UnknownName
from simkpi.interactions import scanning
from simkpi.interactions.files import file_metadata, read_log
from simkpi.interactions.sources import recognise, sources
from simkpi.interactions.table import normalise
from simkpi.interactions.write import write_log, write_table

HEADER = "contact_id,channel,arrived_at,outcome,talk_time,ended_at\n"
BODY = (
    "007,chat,2026-01-05T08:00:00,answered,90,2026-01-05T08:05:00\n1e5,voice,2026-01-05T08:01:00,abandoned,,2026-01-05T08:02:00\n"
)
FRENCH = (
    "contact_id;channel;arrived_at;outcome;talk_time;ended_at\n"
    "007;chat;05/01/2026 08:00;answered;90,0;05/01/2026 08:05\n1e5;voice;05/01/2026 08:01;abandoned;;05/01/2026 08:02\n"
    "NA;voice;31/01/2026 08:01;open;1,125;\n"
)


def put(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.fixture
def plain(tmp_path: Path) -> pl.DataFrame:
    return read_log(put(tmp_path, "plain.csv", HEADER + BODY)).interactions


def test_ids_stay_text_and_moments_are_read(plain: pl.DataFrame) -> None:
    assert plain["contact_id"].to_list() == ["007", "1e5"]
    assert plain.schema["arrived_at"] == pl.Datetime("ms")
    assert plain["talk_time"].to_list() == [90.0, None]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_separator_and_byte_order_mark_gives_the_same_log(
    tmp_path: Path, plain: pl.DataFrame, separator: str, encoding: str
) -> None:
    path = put(tmp_path, "other.csv", (HEADER + BODY).replace(",", separator), encoding)
    assert read_log(path).interactions.equals(plain)


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv"])
def test_gzip_is_told_by_its_first_bytes(tmp_path: Path, plain: pl.DataFrame, name: str) -> None:
    assert read_log(put(tmp_path, name, gzip.compress((HEADER + BODY).encode()))).interactions.equals(plain)


def test_a_french_spreadsheet_export_is_read(tmp_path: Path, plain: pl.DataFrame) -> None:
    log = read_log(put(tmp_path, "fr.csv", "sep=;\n" + FRENCH.replace("\n", "\r\n"), "utf-8-sig"))
    assert log.interactions.head(2).equals(plain)
    assert log.interactions["talk_time"][2] == 1.125
    assert log.interactions["contact_id"][2] == "NA"


def test_cells_in_quotes_may_hold_separators_and_line_ends(tmp_path: Path) -> None:
    path = put(tmp_path, "q.csv", 'contact_id,channel,arrived_at,outcome,note\n1,chat,0,open,"a, ""b""\nc"\n2,chat,1,open,x\n')
    assert read_log(path).interactions["note"].to_list() == ['a, "b"\nc', "x"]


def test_a_header_alone_is_a_log_of_zero_rows(tmp_path: Path) -> None:
    assert read_log(put(tmp_path, "none.csv", HEADER)).interactions.height == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (HEADER + BODY + "3,chat,5,open,,,extra\n", r":4: has 7 cells, the header 6"),
        (HEADER + BODY + '3,"chat,5\n', r":4: can not be read from here on .*quote"),
        ("a,contact_id,a\n1,2,3\n", ":1: the column 'a' occurs 2 times"),
        ("contact_id,chanel,arrived_at,outcome\n", "lack the column 'channel' .*did you mean 'chanel'"),
        ((HEADER + "1,café,0,open,,\n").encode("latin-1"), "is not utf-8: byte 62 does not fit; try --encoding"),
        (b"\x1f\x8b\x08\x00broken", "is not a whole gzip file"),
    ],
)
def test_a_file_that_can_not_be_read_says_where(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = put(tmp_path, "bad.csv", content)
    with pytest.raises(LogError, match=message) as caught:
        read_log(path)
    assert str(caught.value).startswith(str(path))


def test_a_wrong_byte_far_down_is_found(tmp_path: Path) -> None:
    good = (HEADER + "".join(f"{n},chat,{n},open,,\n" for n in range(30_000))).encode()
    with pytest.raises(LogError, match=f"byte {len(good) + 2} does not fit"):
        read_log(put(tmp_path, "bad.csv", good + b"x,\xff,1,open,,\n"))


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    path = put(tmp_path, "latin.csv", HEADER + "1,café,0,open,,\n", "cp1252")
    assert read_log(path, encoding="cp1252").interactions["channel"][0] == "café"
    with pytest.raises(LogError, match="unknown encoding 'klingon'"):
        read_log(path, encoding="klingon")


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"nowhere.csv: no such file"):
        read_log(tmp_path / "nowhere.csv")
    with pytest.raises(LogError, match=r"nowhere.parquet: no such file"):
        read_log(tmp_path / "nowhere.parquet")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LogError, match="holds no CSV or Parquet file"):
        read_log(tmp_path / "folder")


def test_wrong_options_are_all_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(LogError) as caught:
        read_log(tmp_path / "x.csv", timezone="Paris", date_order="ydm", decimal=";")
    assert len(caught.value.problems) == 3


def test_impossible_rows_are_set_aside_and_told(tmp_path: Path) -> None:
    log = read_log(put(tmp_path, "dirty.csv", HEADER + BODY + "3,chat,2026-01-05T09:00:00,open,,2026-01-05T08:00:00\n"))
    assert log.rejects is not None
    assert log.rejects.select("table", "row", "reason").rows() == [("interactions", 3, "ended_at is before arrived_at")]
    assert "1 of 3 rows set aside" in log.notes[0]
    assert log.interactions.height == 2


def test_parquet_round_trip_keeps_values_types_companions_and_provenance(tmp_path: Path, plain: pl.DataFrame) -> None:
    put(tmp_path, "plain.legs.csv", "contact_id,leg,kind,from_at,to_at\n007,0,bot,0,1\n")
    log = read_log(tmp_path / "plain.csv")
    written = write_log(log, tmp_path / "out.parquet", provenance={"seed": "42"})
    assert [path.name for path in written] == ["out.parquet", "out.legs.parquet"]
    back = read_log(tmp_path / "out.parquet")
    assert back.interactions.lazy().collect().equals(plain)
    assert back.legs is not None
    assert back.legs.lazy().collect()["contact_id"].to_list() == ["007"]
    assert back.metadata["seed"] == "42"
    assert file_metadata(written[0])["simkpi.source"] == "simkpi"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.xlsx"])
def test_csv_and_workbook_round_trips_keep_values(tmp_path: Path, plain: pl.DataFrame, name: str) -> None:
    risky = plain.with_columns(contact_type=pl.Series(["=HYPERLINK(1)", "-x"]), tags=pl.Series([["a", "b"], None]))
    log = read_log(put(tmp_path, "plain.csv", HEADER + BODY))
    write_log(type(log)(risky), tmp_path / name)
    assert read_log(tmp_path / name).interactions.select(risky.columns).equals(risky)


def test_text_in_csv_is_never_a_formula(tmp_path: Path) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1", "a"]
    write_table(pl.DataFrame({"note": cells, "n": [-1] * 8}), tmp_path / "x.csv")
    back = pl.read_csv(tmp_path / "x.csv", infer_schema=False)
    assert back["note"].to_list() == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1", "a"]
    assert set(back["n"]) == {"-1"}


def test_text_in_a_workbook_is_never_a_formula(tmp_path: Path, plain: pl.DataFrame) -> None:
    import zipfile

    write_log(read_log(tmp_path / "plain.csv").__class__(plain.with_columns(contact_type=pl.lit("=1+1"))), tmp_path / "x.xlsx")
    sheet = zipfile.ZipFile(tmp_path / "x.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_workbook_from_a_spreadsheet_is_read_with_its_dates_durations_and_numbers(tmp_path: Path) -> None:
    import datetime as dt

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Export")
        sheet.write_row(1, 0, ["contact_id", "channel", "arrived_at", "outcome", "talk_time", "", "is_resolved"])
        moment, length = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}), book.add_format({"num_format": "[h]:mm:ss"})
        for row, (number, seconds) in enumerate([(7, 90), (8, 100_000)], start=2):
            sheet.write_row(row, 0, [number, "chat"])
            sheet.write_datetime(row, 2, dt.datetime(2026, 1, 5, 8, 30, 15), moment)
            sheet.write_string(row, 3, "answered")
            sheet.write_number(row, 4, seconds / 86_400, length)
            sheet.write_boolean(row, 6, True)
    log = read_log(path).interactions
    assert log["contact_id"].to_list() == ["7", "8"]
    assert log["arrived_at"].to_list() == [dt.datetime(2026, 1, 5, 8, 30, 15)] * 2
    assert log["talk_time"].to_list() == pytest.approx([90, 100_000], abs=1e-3)
    assert log["is_resolved"].all()
    with pytest.raises(LogError, match="has no sheet 'Exprt'; did you mean 'Export'"):
        read_log(path, sheet="Exprt")
    with pytest.raises(LogError, match="is not a workbook"):
        read_log(put(tmp_path, "fake.xlsx", "no"))


def test_a_folder_of_parts_is_one_log_and_its_key_value_folders_are_columns(tmp_path: Path) -> None:
    for channel, ids in (("chat", "12"), ("voice", "3")):
        part = tmp_path / "log" / f"channel={channel}"
        part.mkdir(parents=True)
        lines = "".join(f"{key},{key},open\n" for key in ids)
        put(part, "part-0.csv", "contact_id,arrived_at,outcome\n" + lines)
    log = read_log(tmp_path / "log").interactions
    assert sorted(log.select("contact_id", "channel").rows()) == [("1", "chat"), ("2", "chat"), ("3", "voice")]


def test_a_fault_in_one_part_names_the_part(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", HEADER + BODY)
    path = put(tmp_path, "b.csv", HEADER + "9,chat,0,open,,,,\n")
    with pytest.raises(LogError, match=rf"{path.name}:2: has 8 cells"):
        read_log(tmp_path)


def test_a_folder_with_a_file_per_table_is_a_log(tmp_path: Path) -> None:
    put(tmp_path, "interactions.csv", HEADER + BODY)
    put(tmp_path, "agent_states.csv", "agent_id,state,from_at,to_at\na,work,0,5\n")
    assert list(read_log(tmp_path).tables()) == ["interactions", "agent_states"]


def test_a_large_file_stays_lazy_and_gives_the_same_rows(
    tmp_path: Path, plain: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "EAGER_BYTES", 10)
    put(tmp_path, "plain.csv", HEADER + BODY + "007,chat,0,open,,\n")
    log = read_log(tmp_path / "plain.csv")
    assert isinstance(log.interactions, pl.LazyFrame)
    assert log.collect().interactions.equals(plain)
    assert log.rejects is not None
    write_log(log, tmp_path / "out.parquet")
    again = read_log(tmp_path / "out.parquet").interactions
    assert isinstance(again, pl.LazyFrame)
    assert again.collect().equals(plain)


def test_a_parquet_file_of_someone_else_is_checked(tmp_path: Path) -> None:
    frame = pl.DataFrame({"contact_id": [1, 1], "channel": "chat", "arrived_at": [0.0, 1.0], "outcome": "open"})
    frame.write_parquet(tmp_path / "x.parquet")
    log = read_log(tmp_path / "x.parquet")
    assert log.interactions.lazy().collect()["contact_id"].to_list() == ["1"]
    assert log.rejects is not None
    with pytest.raises(LogError, match="is not a Parquet file"):
        read_log(put(tmp_path, "fake.parquet", "no"))


def test_json_lines_and_arrays_are_read(tmp_path: Path) -> None:
    record = '{"contact_id": "1", "channel": "chat", "arrived_at": 0, "outcome": "open", "tags": ["a", "b"], "n_transfers": 0}'
    for name, content in (("x.json", f"[{record}]"), ("x.jsonl", record + "\n"), ("y.ndjson", record)):
        log = read_log(put(tmp_path, name, content)).interactions
        assert list(log["tags"][0]) == ["a", "b"]
    with pytest.raises(LogError, match=r"bad.json:2: is not JSON"):
        read_log(put(tmp_path, "bad.json", "[\n{]"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 100_000, "is nested too deeply|is not JSON"),
        (b'[{"a": "\xff"}]', "byte 8 does not fit"),
        (b"[]", "holds no records"),
        (b"[1]", "must hold records"),
        (b" ", "is empty"),
    ],
)
def test_json_that_is_no_log_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(LogError, match=message):
        read_log(put(tmp_path, "bad.json", content))


def test_unknown_targets_and_sources_are_refused(tmp_path: Path, plain: pl.DataFrame) -> None:
    log = read_log(tmp_path / "plain.csv")
    with pytest.raises(OutputError, match="unknown kind of file"):
        write_log(log, tmp_path / "x.doc")
    with pytest.raises(OutputError, match="can not be written"):
        write_log(log, tmp_path / "no" / "such" / "x.csv")
    with pytest.raises(OutputError, match="is there already"):
        write_log(log, tmp_path / "plain.csv", overwrite=False)
    with pytest.raises(UnknownName, match="did you mean 'anonymous-bank'"):
        read_log(tmp_path / "plain.csv", "anonymous-bnk")


def test_every_source_has_a_title_and_is_told_by_its_own_signature() -> None:
    for name, source in sources().items():
        assert source.title
        if source.signature:
            assert recognise([*source.signature, "other"]) is source, name
    assert recognise(["nothing"]) is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do_and_blank_lines_are_no_rows(tmp_path: Path, plain: pl.DataFrame, line_end: str) -> None:
    text = (HEADER + "\n" + BODY + "\n\n").replace("\n", line_end)
    log = read_log(put(tmp_path, "lines.csv", text))
    assert log.rejects is None
    assert log.interactions.equals(plain)


def test_a_log_comes_in_on_stdin(tmp_path: Path, plain: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    def feed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    feed((HEADER + BODY).encode())
    assert read_log("-").interactions.equals(plain)
    write_log(read_log(tmp_path / "plain.csv"), tmp_path / "x.parquet")
    feed((tmp_path / "x.parquet").read_bytes())
    assert read_log("-").interactions.equals(plain)
    feed(b"")
    with pytest.raises(LogError, match=r"^-: is empty"):
        read_log("-")


def test_a_row_that_ends_early_is_set_aside(tmp_path: Path) -> None:
    log = read_log(put(tmp_path, "short.csv", HEADER + BODY + "3,chat\n"))
    assert log.rejects is not None
    assert log.rejects["reason"].to_list() == ["arrived_at is missing; outcome is missing"]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(st.tuples(CELLS, CELLS, st.floats(0, 1e9, allow_nan=False)), min_size=1, max_size=5))
def test_any_text_survives_csv_gzip_and_parquet(rows: list[tuple[str, str, float]]) -> None:
    import tempfile

    frame = pl.DataFrame(
        {
            "contact_id": [str(n) for n in range(len(rows))],
            "channel": ["chat"] * len(rows),
            "arrived_at": [round(row[2], 3) for row in rows],
            "outcome": ["open"] * len(rows),
            "agent_id": [row[0] for row in rows],
            "queue": [row[1] for row in rows],
        }
    )
    log = normalise(frame)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("x.csv", "x.csv.gz", "x.parquet"):
            write_table(log, Path(folder) / name)
            assert read_log(Path(folder) / name).interactions.equals(log)


def test_a_misspelt_column_is_kept_and_told(tmp_path: Path) -> None:
    log = read_log(put(tmp_path, "x.csv", "contact_id,channel,arrived_at,outcome,anwsered_at,region\n1,chat,0,open,1,north\n"))
    assert log.notes == ("interactions: the column 'anwsered_at' is not known; did you mean 'answered_at'?",)
    assert "anwsered_at" in log.interactions.columns


def test_open_date_order_names_the_file_and_the_option(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", "contact_id,channel,arrived_at,outcome\n1,chat,03/04/2026 08:00,open\n")
    with pytest.raises(LogError, match=r"x.csv: .*--date-order dmy or mdy"):
        read_log(path)
    assert read_log(path, date_order="mdy").interactions["arrived_at"][0].month == 3


def test_the_time_zone_that_was_stated_is_kept(tmp_path: Path) -> None:
    log = read_log(put(tmp_path, "x.csv", HEADER + BODY), timezone="Europe/Paris")
    assert log.metadata["simkpi.timezone"] == "Europe/Paris"
