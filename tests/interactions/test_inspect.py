from __future__ import annotations

from pathlib import Path

import pytest

from simkpi.interactions.draft import draft_mapping
from simkpi.interactions.files import read_log
from simkpi.interactions.inspect import inspect_file, outcome_of
from simkpi.interactions.mapping import parse_mapping

SAMPLES = Path(__file__).resolve().parents[1] / "corpus" / "logs"
ENGLISH = """Call ID,Queue,Agent,Start Time,Answered At,End Time,Talk Time (min),Hold,Status,Transfers,Resolved,Note text
00017,Orders,Ada,01/31/2026 8:00 AM,01/31/2026 8:01 AM,01/31/2026 8:05 AM,4.0,0:00:20,Handled,0,yes,a b c
00018,Billing,,01/31/2026 8:02 AM,,01/31/2026 8:03 AM,,,Caller hung up,0,no,d
00019,Orders,Ben,02/01/2026 8:00 AM,02/01/2026 8:00 AM,02/01/2026 8:09 AM,9.0,0:00:00,Handled,1,yes,e
00020,Orders,Ben,02/01/2026 8:10 AM,02/01/2026 8:12 AM,02/01/2026 8:19 AM,7.0,0:00:00,Handled,1,yes,f
"""
FRENCH = """Numéro ticket;Canal;Date début;Date fin;Durée conversation;Attente;Conseiller;Statut
T1;chat;03/04/2026 08:00;03/04/2026 08:10;120,5;12,5;Zoé;Traité
T2;chat;04/04/2026 08:00;04/04/2026 08:02;;40,0;;Abandonné
T3;chat;05/04/2026 09:00;05/04/2026 09:02;61,0;3,0;Léo;Traité
T4;chat;05/04/2026 09:30;05/04/2026 09:31;61,0;3,0;Léo;Traité
"""


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_columns_are_guessed_by_name_and_content(tmp_path: Path) -> None:
    seen = inspect_file(put(tmp_path, "calls.csv", ENGLISH))
    ours = {guess.ours: guess.name for guess in seen.columns if guess.ours}
    wanted = {
        "contact_id": "Call ID",
        "arrived_at": "Start Time",
        "answered_at": "Answered At",
        "ended_at": "End Time",
        "outcome": "Status",
    }
    assert wanted.items() <= ours.items()
    assert ours["talk_time"] == "Talk Time (min)"
    assert {guess.ours: guess.unit for guess in seen.columns if guess.kind == "seconds"} == {
        "talk_time": "min",
        "hold_time": None,
    }
    assert (seen.date_order, seen.has_offsets, seen.n_rows, seen.source) == ("mdy", False, 4, None)


@pytest.mark.parametrize(("name", "text"), [("calls.csv", ENGLISH), ("appels.csv", FRENCH)])
def test_the_first_mapping_reads_the_export_it_was_written_for(tmp_path: Path, name: str, text: str) -> None:
    export = put(tmp_path, name, text)
    mapping = put(tmp_path, "mapping.yaml", draft_mapping(inspect_file(export)))
    log = read_log(export, mapping=mapping)
    assert log.rejects is None
    outcomes = log.interactions.lazy().collect()["outcome"].to_list()
    assert outcomes == ["answered", "abandoned", "answered", "answered"]


def test_a_french_export_with_a_wait_gets_an_answer_time(tmp_path: Path) -> None:
    import datetime as dt

    export = put(tmp_path, "appels.csv", FRENCH)
    seen = inspect_file(export)
    assert seen.date_order == "?"
    assert "check: no day is above 12" in draft_mapping(seen)
    log = read_log(export, mapping=put(tmp_path, "mapping.yaml", draft_mapping(seen))).interactions.lazy().collect()
    assert log["answered_at"].to_list()[:2] == [dt.datetime(2026, 4, 3, 8, 0, 12, 500_000), None]
    assert log["talk_time"][0] == 120.5
    assert log["agent_id"][0] == "Zoé"


def test_moments_in_unix_seconds_and_with_offsets_are_told(tmp_path: Path) -> None:
    text = "id,created_at,closed,outcome\n" + "".join(
        f"{n},{1767600000 + n},2026-01-05T08:00:0{n}+01:00,answered\n" for n in range(5)
    )
    seen = inspect_file(put(tmp_path, "x.csv", text))
    assert {guess.name: guess.format for guess in seen.columns}["created_at"] == "unix"
    assert seen.has_offsets
    assert "timezone: UTC" in draft_mapping(seen)


@pytest.mark.parametrize(
    ("file", "source"), [("zendesk.json", "zendesk"), ("messages.csv", "messages"), ("phone_export.csv", None)]
)
def test_a_known_source_is_named(file: str, source: str | None) -> None:
    assert inspect_file(SAMPLES / file).source == source


@pytest.mark.parametrize("file", sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".yaml"))
def test_every_draft_is_a_mapping_file_without_mistakes(file: str) -> None:
    assert "contact_id" in parse_mapping(draft_mapping(inspect_file(SAMPLES / file))).tables["interactions"].rules


def test_an_export_with_nothing_to_go_by_still_gets_a_draft(tmp_path: Path) -> None:
    draft = draft_mapping(inspect_file(put(tmp_path, "x.csv", "a,b\n,\n")))
    assert "contact_id: FILL_IN" in draft
    assert "outcome: {value: answered}  # check" in draft
    parse_mapping(draft)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Caller hung up", "abandoned"),
        ("ABANDONED", "abandoned"),
        ("Not answered", "abandoned"),
        ("answered", "answered"),
        ("Perdu", "abandoned"),
        ("blocked: busy", "blocked"),
        ("Contained by bot", "contained"),
        ("zz", None),
        ("ANG", "answered"),
    ],
)
def test_words_that_tell_an_outcome(text: str, outcome: str | None) -> None:
    assert outcome_of(text) == outcome


def test_a_typed_file_with_all_kinds_of_columns_is_looked_at(tmp_path: Path) -> None:
    import datetime as dt

    import polars as pl

    day, length = dt.datetime(2026, 1, 5, 8), dt.timedelta(seconds=5)
    columns = {
        "Ref": [1, 2],
        "start": [day, None],
        "tags": [["a"], ["b", "c"]],
        "inner": [{"a": 1}, {"a": 2}],
        "bin": [b"x", b"y"],
    }
    frame = pl.DataFrame({**columns, "ok": [True, None], "talk": [length] * 2, "d": [day.date()] * 2, "t": [day.time()] * 2})
    frame.write_parquet(tmp_path / "x.parquet")
    kinds = {guess.name: (guess.kind, guess.ours) for guess in inspect_file(tmp_path / "x.parquet").columns}
    assert kinds["start"] == ("moment", "arrived_at")
    assert kinds["talk"] == ("seconds", "talk_time")
    assert kinds["inner"] == ("empty", None)
    parse_mapping(draft_mapping(inspect_file(tmp_path / "x.parquet")))


def test_a_broken_line_is_told_by_inspect_too(tmp_path: Path) -> None:
    from simkpi.errors import LogError

    with pytest.raises(LogError, match=r"x.csv:3: has 3 cells"):
        inspect_file(put(tmp_path, "x.csv", "a,b\n1,2\n1,2,3\n"))
