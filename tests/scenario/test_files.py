"""Loading: from path, text and Python data, with every problem of the file; overrides by path; shipped scenarios."""

import os
import subprocess
import sys

import pytest

import simkpi
from simkpi.errors import ScenarioError, UnknownName
from simkpi.scenario.dump import digest
from simkpi.scenario.files import MAX_BYTES, load, loads, override, shipped, shipped_names

TEXT = """simkpi: 1
name: Écran
contacts: {voice: {volume: 480 per day, handle: 5m}}
teams: {phone: {skills: [voice], count: 3}}
"""


def refusal(function, *arguments, **options):
    with pytest.raises(ScenarioError) as caught:
        function(*arguments, **options)
    return str(caught.value)


class TestLoad:
    def test_a_path_a_text_and_python_data_give_the_same_scenario(self, tmp_path):
        path = tmp_path / "a.yaml"
        path.write_text(TEXT, encoding="utf-8")
        from_path = simkpi.load(path)
        assert from_path == load(str(path)) == loads(TEXT) == loads(TEXT.encode()) == load(from_path.short)
        assert from_path.file == str(path)
        assert from_path.name == "Écran"

    def test_a_resolved_scenario_has_one_row_a_day(self):
        spec = loads(TEXT + "calendar: {days: 3}\n").spec
        assert len(spec.contacts["voice"].volume.expected) == len(spec.teams["phone"].staffing.count) == 3
        assert sum(spec.contacts["voice"].volume.expected[2]) == pytest.approx(480)
        assert spec.contacts["voice"].channel == "voice"
        assert spec.teams["phone"].count is None
        assert spec.teams["phone"].skills["voice"].at_once == 1

    def test_a_byte_order_mark_is_no_part_of_the_file(self):
        assert loads(b"\xef\xbb\xbf" + TEXT.encode()) == loads("\ufeff" + TEXT) == loads(TEXT)

    def test_what_is_not_utf8_is_refused_with_the_byte(self, tmp_path):
        path = tmp_path / "latin.yaml"
        path.write_bytes(TEXT.encode("latin-1"))
        assert refusal(load, path) == f"{path}:2: is not UTF-8 at byte 16 (value 0xc9); save the file as UTF-8"

    def test_an_empty_file_holds_no_scenario(self):
        assert "no scenario found: the file is empty" in refusal(loads, "")
        assert "no scenario found: the file is empty" in refusal(load, {})

    def test_a_huge_file_is_refused_before_it_is_parsed(self):
        assert "larger than 5 MB" in refusal(loads, "# " + "x" * MAX_BYTES)

    def test_an_absent_file_is_named_with_its_neighbour(self, tmp_path):
        (tmp_path / "monday.yaml").write_text(TEXT, encoding="utf-8")
        assert refusal(load, tmp_path / "munday.yaml").endswith("there is no such file; did you mean 'monday.yaml'?")
        assert "is a folder" in refusal(load, tmp_path)
        assert "can not be read" in refusal(load, "a\0b")

    def test_control_characters_of_the_file_do_not_reach_the_terminal(self):
        assert refusal(loads, TEXT + '"bad\\x1b[31m": 1\n').isprintable()

    @pytest.mark.parametrize("value", [object(), {1: 2}, {"a": {3: 4}}, {"a": {1, 2}}])
    def test_python_data_must_be_plain(self, value):
        assert "must be" in refusal(load, {"simkpi": 1, "name": value})

    def test_python_data_may_hold_dates_tuples_and_numpy_numbers(self):
        import datetime

        import numpy as np

        data = loads(TEXT).short
        data["calendar"] = {"from": datetime.date(2026, 1, 6)}
        data["contacts"]["voice"]["volume"] = {"interval": "12h", "expected": tuple(np.array([3.0, 4.0]))}
        spec = load(data).spec
        assert spec.calendar.start == datetime.date(2026, 1, 6)
        assert spec.contacts["voice"].volume.expected == ((3.0, 4.0),)

    def test_endless_python_data_is_refused(self):
        data = {"simkpi": 1}
        data["name"] = data
        assert "nested more than 64 levels" in refusal(load, data)

    def test_a_link_out_of_the_folder_is_not_followed(self, tmp_path):
        (tmp_path / "secret.csv").write_text("calls\n1\n", encoding="utf-8")
        inside = tmp_path / "plan"
        inside.mkdir()
        (inside / "x.csv").symlink_to(tmp_path / "secret.csv")
        text = TEXT.replace("480 per day", "{file: x.csv, column: calls}")
        assert "a link to elsewhere" in refusal(loads, text, folder=inside)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_named_pipe_is_no_table(self, tmp_path):
        os.mkfifo(tmp_path / "x.csv")
        text = TEXT.replace("480 per day", "{file: x.csv, column: calls}")
        assert "must be a regular file" in refusal(loads, text, folder=tmp_path)


class TestDigest:
    def test_it_names_what_is_run_and_not_how_it_is_shown(self):
        base = digest(loads(TEXT))
        assert digest(loads(TEXT.replace("Écran", "Other") + "locale: fr\n")) == base
        assert digest(loads(TEXT + "# a comment\n")) == base
        assert digest(loads(TEXT.replace("480 per day", "{rate: 480 per day, interval: 30m}"))) == base
        assert digest(loads(TEXT.replace("count: 3", "count: 4"))) != base
        assert digest(loads(TEXT + "run: {seed: 2}\n")) != base

    def test_it_does_not_depend_on_the_process(self):
        code = f"from simkpi.scenario.dump import digest; from simkpi.scenario.files import loads; print(digest(loads({TEXT!r})))"
        environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONUTF8": "1"}
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        assert shown.stdout.strip() == digest(loads(TEXT))


class TestOverride:
    def test_a_field_changes_and_nothing_else(self):
        base = loads(TEXT)
        changed = override(base, {"teams.phone.count": 4})
        assert changed.spec.teams["phone"].staffing.count == ((4,),)
        assert changed.spec.contacts == base.spec.contacts
        assert base == loads(TEXT)

    @pytest.mark.parametrize(
        ("path", "value", "get", "expected"),
        [
            ("contacts.voice.volume.scale", "150%", lambda s: sum(s.contacts["voice"].volume.expected[0]), 720),
            ("contacts.voice.volume.rate", "96 per day", lambda s: s.contacts["voice"].volume.expected[0][0], 2),
            ("contacts.voice.volume.expected", [24], lambda s: s.contacts["voice"].volume.expected[0], (24.0,)),
            ("contacts.voice.handle.talk.exponential.mean", "6m", lambda s: s.contacts["voice"].handle.talk.mean, 360),
            ("contacts.voice.handle.exponential.mean", "6m", lambda s: s.contacts["voice"].handle.talk.mean, 360),
            ("contacts.voice.handle.wrap", "30s", lambda s: s.contacts["voice"].handle.wrap.mean, 30),
            ("contacts.voice.patience", "90s", lambda s: s.contacts["voice"].patience.law.mean, 90),
            ("contacts.voice.patience.balk", "5%", lambda s: s.contacts["voice"].patience.balk, 0.05),
            ("teams.phone.skills.voice.speed", "90%", lambda s: s.teams["phone"].skills["voice"].speed, 0.9),
            ("teams.phone.staffing", {"count": [7]}, lambda s: s.teams["phone"].staffing.count[0], (7,)),
            ("run.seed", "monday", lambda s: s.run.seed, "monday"),
            ("calendar.from", "2026-02-02", lambda s: s.calendar.start.isoformat(), "2026-02-02"),
        ],
    )
    def test_a_path_reaches_through_short_forms(self, path, value, get, expected):
        assert get(override(loads(TEXT), {path: value}).spec) == pytest.approx(expected)

    def test_numbers_reach_into_lists_and_names_may_hold_dots(self):
        text = TEXT.replace("480 per day", "{expected: [1, 2, 3]}").replace("phone", "phone.2")
        changed = override(loads(text), {"contacts.voice.volume.expected[0][2]": 9, "teams.phone.2.count": 8})
        assert changed.spec.contacts["voice"].volume.expected == ((1.0, 2.0, 9.0),)
        assert changed.spec.teams["phone.2"].staffing.count == ((8,),)

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("teams.phnoe.count", "there is no 'phnoe'; did you mean 'phone'?"),
            ("teams.phone.cuont", "there is no field 'cuont'; did you mean 'count'?"),
            ("team.phone.count", "there is no field 'team'; did you mean 'teams'?"),
            ("teams.phone.count.x", "has no field 'x': it is a single value"),
            ("teams..count", "is no path of a scenario"),
            ("", "is no path of a scenario"),
            ("contacts.voice.volume.expected[5]", "has no field '5'"),
        ],
    )
    def test_a_path_that_names_nothing_is_refused_with_the_nearest(self, path, message):
        assert message in refusal(override, loads(TEXT), {path: 1})

    def test_a_value_that_does_not_fit_is_refused_with_its_place(self):
        assert "teams.phone.count: must be a whole number, got 'ten'" in refusal(
            override, loads(TEXT), {"teams.phone.count": "ten"}
        )


class TestShipped:
    def test_the_names_are_there(self):
        assert {"quickstart", "erlang_c", "erlang_a", "benchmark_day", "features/bot"} <= set(shipped_names())
        assert shipped("quickstart.yaml") == shipped("quickstart")

    @pytest.mark.parametrize("name", ["quikstart", "../pyproject", "/etc/passwd", "features/../quickstart"])
    def test_an_unknown_name_is_refused(self, name):
        with pytest.raises(UnknownName, match="unknown scenario"):
            shipped(name)
