"""The commands about scenario files: what they print, what they write, and what they never overwrite."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from simkpi.cli import new, schema, show, validate
from simkpi.errors import OutputError, ScenarioError
from simkpi.scenario.files import load, loads, scenarios_folder, shipped


def run(module, *arguments, **options):
    return CliRunner().invoke(module.command, [str(argument) for argument in arguments], catch_exceptions=False, **options)


class TestNew:
    def test_the_presets_are_the_starters_that_are_shipped(self):
        assert set(new.PRESETS) == {path.stem for path in (scenarios_folder() / "starters").glob("*.yaml")}

    @pytest.mark.parametrize("preset", new.PRESETS)
    def test_a_starter_is_valid_and_commented(self, preset, tmp_path):
        path = tmp_path / "my.yaml"
        assert run(new, path, "--preset", preset).exit_code == 0
        text = path.read_text(encoding="utf-8")
        assert text.count("#") >= 5
        assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
        assert load(path) == load(shipped(f"starters/{preset}"))

    def test_an_existing_file_is_kept_unless_forced(self, tmp_path):
        path = tmp_path / "my.yaml"
        path.write_text("mine", encoding="utf-8")
        with pytest.raises(OutputError, match="exists already"):
            run(new, path)
        assert path.read_text(encoding="utf-8") == "mine"
        assert run(new, path, "--force").exit_code == 0
        assert path.read_text(encoding="utf-8") != "mine"

    def test_a_place_that_can_not_be_written_is_named(self, tmp_path):
        with pytest.raises(OutputError, match="can not be written"):
            run(new, tmp_path / "absent" / "my.yaml")

    def test_a_dash_writes_to_stdout(self):
        assert loads(run(new, "-").stdout).name == "My call centre"

    def test_an_unknown_preset_is_wrong_usage(self):
        assert run(new, "-", "--preset", "fax").exit_code == 2


class TestValidate:
    def test_a_valid_file_is_ok(self, tmp_path):
        run(new, tmp_path / "my.yaml")
        result = run(validate, tmp_path / "my.yaml")
        assert result.stdout == f"{tmp_path / 'my.yaml'}: OK (1 contact type, 1 team, 1 day)\n"
        assert f"next: simkpi run {tmp_path / 'my.yaml'}" in result.stderr

    def test_all_problems_of_all_files_are_reported_after_the_valid_ones(self, tmp_path):
        bad = tmp_path / "bad.yaml"
        bad.write_text("simkpi: 1\ncontacts: {}\nteams: {}\n", encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            run(validate, bad, shipped("quickstart"), tmp_path / "absent.yaml")
        shown = [str(problem) for problem in caught.value.problems]
        assert shown == [
            f"{bad}:2: contacts: must not be empty",
            f"{bad}:3: teams: must not be empty",
            f"{tmp_path / 'absent.yaml'}: there is no such file; did you mean 'bad.yaml'?",
        ]

    def test_warnings_go_to_stderr_and_the_file_is_still_ok(self):
        text = shipped("erlang_c").read_text(encoding="utf-8").replace("handle: 4m", "handle: 4s")
        result = run(validate, "-", input=text)
        assert "warning: <stdin>:7: contacts.voice.handle: makes an AHT of 4s" in result.stderr
        assert result.stdout == "-: OK (1 contact type, 1 team, 5 days)\n"


class TestShow:
    @pytest.mark.parametrize("format_", ["yaml", "json"])
    def test_the_resolved_form_is_itself_a_scenario(self, format_):
        result = run(show, "quickstart", "--resolved", "--format", format_)
        data = json.loads(result.stdout) if format_ == "json" else loads(result.stdout).short
        assert load(data) == load(shipped("quickstart"))
        assert "interval_spread" in result.stdout

    def test_the_short_form_is_what_was_read(self):
        result = run(show, "erlang_c", "--format", "json")
        assert json.loads(result.stdout)["contacts"] == {"voice": {"volume": "180 per hour", "handle": "4m", "patience": "never"}}

    def test_standard_input_is_read(self):
        result = run(show, "-", input=shipped("erlang_a").read_bytes())
        assert loads(result.stdout) == load(shipped("erlang_a"))


class TestSchema:
    def test_it_is_json_on_stdout_or_in_a_file(self, tmp_path):
        printed = json.loads(run(schema).stdout)
        assert printed["title"] == "simkpi scenario"
        run(schema, "-o", tmp_path / "s.json")
        assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == printed


@pytest.mark.parametrize("module", ["new", "validate", "show", "schema"])
def test_help_starts_with_an_example_and_loads_nothing_heavy(module):
    code = (
        f"import sys; from simkpi.cli import {module}; "
        f"from click.testing import CliRunner; print(CliRunner().invoke({module}.command, ['--help']).output); "
        "heavy = {'pydantic', 'yaml', 'numpy', 'polars', 'scipy', 'matplotlib', 'simpy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^ +simkpi {module} ", shown, re.MULTILINE)
    assert shown.index("Example") < shown.index("Options:")
