from __future__ import annotations

from pathlib import Path

import pytest

from simkpi.errors import LogError
from simkpi.interactions.files import read_log
from simkpi.interactions.mapping import load_mapping, parse_mapping

GOOD = """\
columns:
  contact_id: Id
  channel: {value: chat}
  arrived_at: Start
  outcome: {column: Result, values: {NO: abandoned, 1e5: answered}, otherwise: open}
"""


def test_every_scalar_is_text_so_that_no_and_1e5_mean_themselves() -> None:
    rule = parse_mapping(GOOD).tables["interactions"].rules["outcome"]
    assert rule.values == {"NO": "abandoned", "1e5": "answered"}
    assert rule.otherwise == "open"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "timezone: Paris\n", "map.yaml:6: timezone: unknown time zone 'Paris'"),
        (GOOD + "tmezone: UTC\n", "map.yaml:6: tmezone: unknown field; did you mean 'timezone'?"),
        (GOOD + "date_order: ydm\n", "map.yaml:6: date_order: must be one of dmy, mdy, ymd, got 'ydm'"),
        (GOOD.replace("Start", "{colum: Start}"), "map.yaml:4: columns.arrived_at.colum: unknown field; did you mean 'column'?"),
        (GOOD.replace("channel:", "chanel:"), "columns.chanel: unknown field; did you mean 'channel'?"),
        (GOOD.replace("  channel: {value: chat}\n", ""), "map.yaml:1: columns: needs 'channel' (voice, chat, email, ...)"),
        (GOOD.replace("{value: chat}", "{value: chat, column: X}"), "needs either 'column' (theirs) or 'value'"),
        (
            GOOD + "  talk_time: {column: T, unit: hours}\n",
            "columns.talk_time.unit: must be one of ms, s, min, h, d, got 'hours'",
        ),
        (GOOD + "  agent_id: {column: T, unit: s}\n", "a unit is for durations and numbers only"),
        (GOOD + "  agent_id: {column: T, plus: W}\n", "'format' and 'plus' are for moments only"),
        (GOOD + "  contact_id: Nr\n", "map.yaml:6: columns.contact_id: is there twice"),
        (GOOD + "  ended_at: {column: A, plus: {unit: s}}\n", "columns.ended_at.plus: needs 'column'"),
        ("a: [1", "is not YAML"),
        ("", "map.yaml: needs 'columns'"),
        ("- 1\n", "must be names and values"),
        (GOOD + "tables: {agent_state: {columns: {}}}\n", "did you mean 'agent_states'?"),
        (GOOD + "tables: {legs: {columns: {kind: K}}}\n", "tables.legs.columns: needs 'contact_id'"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(LogError) as caught:
        parse_mapping(text, file="map.yaml")
    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(LogError) as caught:
        parse_mapping("decimal: x\ncolumns: {chanel: a}\ntimezone: Mars\n")
    lines = [problem.line for problem in caught.value.problems]
    assert lines == sorted(lines)
    assert len(lines) >= 6


def test_no_tag_builds_an_object() -> None:
    with pytest.raises(LogError):
        parse_mapping("columns: !!python/object/apply:os.system ['echo hacked']\n")


def use(folder: Path, export: str, mapping: str, **options: object) -> list[tuple[object, ...]]:
    (folder / "export.csv").write_text(export)
    (folder / "map.yaml").write_text(mapping)
    return read_log(folder / "export.csv", mapping=folder / "map.yaml", **options).interactions.lazy().collect().rows()


EXPORT = "Id,Start,Result,Wait,Unix,Serial\n1,05/01/2026 08:00,NO,1.5,1767600000000,46027.5\n2,25/01/2026 08:00,x,,,\n"


def test_columns_that_the_export_lacks_are_all_named_with_their_lines(tmp_path: Path) -> None:
    with pytest.raises(LogError) as caught:
        use(tmp_path, EXPORT, GOOD.replace("Start", "Strat") + "  ended_at: {column: End, plus: Wai}\nskip: {Typ: [a]}\n")
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "map.yaml:4: interactions.arrived_at: the export has no column 'Strat'; did you mean 'Start'?" in text
    assert "no column 'Wai'; did you mean 'Wait'?" in text


def test_units_formats_and_sums(tmp_path: Path) -> None:
    import datetime as dt

    rules = """\
  queued_at: {column: Unix, format: unix_ms}
  answered_at: {column: Unix, format: unix_ms, plus: {column: Wait, unit: min}}
  ended_at: {column: Serial, format: excel}
  talk_time: {column: Wait, unit: min}
  agent_id: {column: Wait, filled: someone, blank: nobody}
"""
    first, second = use(tmp_path, EXPORT, GOOD + rules)
    assert first[4:] == (
        dt.datetime(2026, 1, 5, 8),
        dt.datetime(2026, 1, 5, 8, 1, 30),
        dt.datetime(2026, 1, 5, 12),
        90.0,
        "someone",
    )
    assert second[2:] == (dt.datetime(2026, 1, 25, 8), "open", None, None, None, None, "nobody")


def test_moments_written_in_one_zone_are_read_in_another(tmp_path: Path) -> None:
    import datetime as dt

    zones = "written_in: America/New_York\ntimezone: Europe/Paris\n"
    assert use(tmp_path, EXPORT, GOOD + zones)[0][2].replace(tzinfo=None) == dt.datetime(2026, 1, 5, 14)
    assert use(tmp_path, EXPORT, GOOD + zones, timezone="UTC")[0][2] == dt.datetime(2026, 1, 5, 13)


def test_a_second_file_can_hold_the_agents(tmp_path: Path) -> None:
    (tmp_path / "staff.csv").write_text("who,from,to\nada,05/01/2026 08:00,25/01/2026 09:00\n")
    (tmp_path / "export.csv").write_text(EXPORT)
    columns = "{agent_id: who, state: {value: work}, from_at: from, to_at: to}"
    staff = f"tables:\n  agent_states:\n    file: staff.csv\n    columns: {columns}\n"
    (tmp_path / "map.yaml").write_text(GOOD + staff)
    log = read_log(tmp_path / "export.csv", mapping=tmp_path / "map.yaml")
    assert log.agent_states is not None
    assert log.agent_states.lazy().collect()["agent_id"].to_list() == ["ada"]


def test_a_value_without_a_rule_is_set_aside_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "map.yaml").write_text(GOOD.replace(", otherwise: open", ""))
    log = read_log(tmp_path / "export.csv", mapping=tmp_path / "map.yaml")
    assert log.rejects is not None
    assert log.rejects["reason"][0].endswith("got 'x'")


def test_the_mapping_in_the_documentation_is_one() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")
    mapping = parse_mapping(text.split("```yaml\n")[1].split("```")[0])
    assert mapping.keep == ("Region",)
    assert mapping.skip == {"Type": ("Test", "Internal")}
    assert mapping.tables["interactions"].rules["answered_at"].where == {"Result": ("ANS",)}


@pytest.mark.parametrize("text", ["a: &a [1]\nb: *a\n", "a: &a [*a]\n", "[" * 5000 + "]" * 5000])
def test_a_file_that_refers_to_itself_or_is_endlessly_nested_is_refused(text: str) -> None:
    with pytest.raises(LogError):
        parse_mapping(text)


def test_a_mapping_that_is_not_there_says_how_to_get_one(tmp_path) -> None:
    with pytest.raises(LogError, match=r"there is no such file; 'simkpi log inspect EXPORT -o mapping.yaml' writes one"):
        load_mapping(tmp_path / "mapping.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"# \xe9t\xe9")
    with pytest.raises(LogError, match="it is not UTF-8"):
        load_mapping(tmp_path / "latin.yaml")
