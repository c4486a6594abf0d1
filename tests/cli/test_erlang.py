import csv
import io
import json

import pytest
from click.testing import CliRunner

from simkpi.cli.erlang import command
from simkpi.errors import InputError

CASE = ["--volume", "100/30min", "--aht", "3m"]


def run(*arguments):
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def as_json(*arguments):
    result = run(*arguments, "--format", "json", "--quiet")
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_erlang_c_gives_the_textbook_figures():
    answer = as_json("c", *CASE, "--agents", "14")
    assert answer["service_level"] == pytest.approx(0.888350019, abs=1e-9)
    assert answer["p_wait"] == pytest.approx(0.174131934, abs=1e-9)
    assert answer["asa"] == pytest.approx(7.835937, abs=1e-6)
    assert answer["occupancy"] == pytest.approx(10 / 14)
    assert answer["definitions"]["service_level"] == "answered within 20s / offered"
    assert answer["mean_wait_abandoned"] is None


def test_without_agents_the_team_is_solved_for_with_steps_and_proof():
    answer = as_json("c", *CASE, "--target", "80%", "--max-occupancy", "85%", "--shrinkage", "30%")
    assert (answer["agents"], answer["gross_agents"]) == (14, 20)
    assert [step["step"] for step in answer["steps"]] == ["target", "occupancy cap", "whole agents", "shrinkage", "FTE"]
    proof = answer["certificates"][0]
    assert proof["value"] >= 0.8 > proof["value_with_one_fewer"]


def test_erlang_a_needs_patience_and_uses_it():
    answer = as_json("a", *CASE, "--patience", "2m", "--agents", "12")
    assert answer["p_abandon"] == pytest.approx(0.0615975, abs=1e-6)
    assert answer["model"] == "Erlang A"
    missing = run("a", *CASE, "--agents", "12")
    assert missing.exit_code == 2
    assert "--patience" in missing.stderr


def test_erlang_b_loses_what_it_can_not_answer():
    assert as_json("b", "--volume", "60/h", "--aht", "1m", "--agents", "2")["p_block"] == pytest.approx(0.2)
    assert as_json("b", *CASE, "--max-block", "1%")["agents"] == 18


def test_chat_counts_what_agents_hold_at_once():
    answer = as_json("chat", "--volume", "120/h", "--aht", "5m,6m30s,8m30s", "--threshold", "30s", "--target", "80%")
    assert answer["agents"] == 7
    assert sum(answer["inputs"]["load_distribution"]) == pytest.approx(1)
    same = as_json("chat", "--volume", "60/h", "--aht", "5m", "--at-once", "3", "--agents", "4")
    assert same["mean_chat_time"] == pytest.approx(300)


def test_places_make_it_a_finite_queue():
    answer = as_json("c", *CASE, "--agents", "14", "--places", "14")
    assert (answer["p_wait"], answer["model"]) == (0.0, "Erlang C with places")
    assert answer["p_block"] == pytest.approx(as_json("b", *CASE, "--agents", "14")["p_block"])


def test_a_given_team_is_judged_and_told_what_it_carries():
    answer = as_json("c", *CASE, "--agents", "14", "--target", "80%")
    assert [target["is_met"] for target in answer["targets"]] == [True]
    assert answer["carries"][0] == "within these targets the team carries 108 contacts per 30m"


def test_the_table_names_the_definition_of_each_figure():
    result = run("c", *CASE, "--agents", "14")
    assert result.exit_code == 0
    assert "service level           88.84%  answered within 20s / offered" in result.stdout
    assert result.stderr.startswith("Next: simkpi erlang a --volume 100/30m --aht 3m --patience 2m --agents 14")
    assert run("c", *CASE, "--agents", "14", "--quiet").stderr == ""


def test_the_solved_table_shows_steps_and_proof():
    text = run("a", *CASE, "--patience", "2m", "--target", "80%", "--shrinkage", "30%").stdout
    assert "Steps" in text
    assert "Proof\n  service_level at least 80% within 20s: 82.56% with 12, 74.22% with 11" in text


def test_csv_has_one_row_per_figure():
    rows = list(csv.DictReader(io.StringIO(run("c", *CASE, "--agents", "14", "--format", "csv").stdout)))
    assert {"figure", "value", "unit", "definition"} == rows[0].keys()
    assert next(row for row in rows if row["figure"] == "agents")["value"] == "14"


def test_overload_is_said_and_not_hidden():
    result = run("c", *CASE, "--agents", "9")
    assert result.exit_code == 0
    assert "unbounded" in result.stdout
    assert "unstable: 10 Erlangs on 9 agents" in result.stderr
    answer = as_json("c", *CASE, "--agents", "9")
    assert (answer["is_stable"], answer["asa"], answer["service_level"]) == (False, None, 0.0)


def test_agents_need_not_be_whole():
    whole, half, more = (as_json("a", *CASE, "--patience", "2m", "--agents", n)["service_level"] for n in ("12", "12.5", "13"))
    assert whole < half < more


def test_doubtful_units_are_pointed_at():
    assert "--aht is 4s: did you mean 4m?" in run("c", "--volume", "100/h", "--aht", "4", "--agents", "5").stderr
    assert "only 3 agents can ever be busy" in run("c", *CASE, "--agents", "5", "--places", "3").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["c", "--volume", "many", "--aht", "3m", "--agents", "3"], "must be contacts per period, got 'many'"),
        (["c", "--volume", "-5/h", "--aht", "3m", "--agents", "3"], "must not be negative"),
        (["c", "--volume", "10/h", "--aht", "nan", "--agents", "3"], "--aht"),
        (["c", "--volume", "10/h", "--aht", "3m", "--agents", "nan"], "must be a finite number"),
        (["c", "--volume", "10/h", "--aht", "3m", "--agents", "-1"], "must not be negative"),
        (["c", *CASE, "--target", "80"], "write 80% if you mean per cent"),
        (["c", *CASE], "give --agents, or what to solve for"),
        (["chat", "--volume", "10/h", "--aht", "3m,4m", "--at-once", "3", "--agents", "3"], "needs 1 or 3 durations, got 2"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "100%", "--threshold", "0s"], "unreachable"),
        (["--target", "80%", "--shrinkage", "100%"], "shrinkage: must be at least 0% and below 100%"),
        (["--max-occupancy", "0%"], "occupancy: the cap must be above 0"),
        (["--target", "99%", "--places", "12"], "best is 88.03% with 12 agents"),
    ],
)
def test_impossible_demands_are_input_errors(arguments, message):
    with pytest.raises(InputError, match=message):
        run("c", *CASE, *arguments)


@pytest.mark.parametrize("name", ["b", "c", "a", "chat"])
def test_help_shows_examples_that_run(name):
    text = run(name, "--help").stdout
    examples = [line.strip() for line in text.splitlines() if line.strip().startswith("simkpi erlang")]
    assert text.index("Example:") < text.index("Options:")
    assert len(examples) == 2
    for example in examples:
        assert run(*example.split()[2:]).exit_code == 0


def test_no_scipy_on_the_way_to_a_voice_answer():
    import subprocess
    import sys

    code = (
        "import sys; from simkpi.cli.erlang import command;"
        "command.main(['a', '--volume', '100/30min', '--aht', '3m', '--patience', '2m', '--target', '80%'],"
        " standalone_mode=False);"
        "print(sorted(m for m in ('scipy', 'polars', 'matplotlib', 'pydantic') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


#: Words of the English answer that a French one may not hold.
ENGLISH = (" at least ", " at most ", " within ", "answered", "agents for", "rounded", "Steps", "Proof", "Targets", "mean ")


@pytest.mark.parametrize(
    "given",
    [
        ("b", "--volume", "100/30min", "--aht", "3m", "--max-block", "2%"),
        ("c", "--volume", "100/30min", "--aht", "3m", "--target", "80%", "--max-occupancy", "85%", "--shrinkage", "30%"),
        ("a", "--volume", "100/30min", "--aht", "3m", "--patience", "2m", "--agents", "11", "--target", "90%"),
        ("chat", "--volume", "120/h", "--aht", "5m,6m30s,8m30s", "--target", "80%"),
    ],
)
def test_french_answers_hold_no_english(given):
    english, french = run(*given), run(*given, "--lang", "fr")
    assert english.exit_code == french.exit_code == 0
    answer = french.output.split("Source:")[0]
    assert [word for word in ENGLISH if word in answer] == []
    assert any(word in english.output for word in ENGLISH)
    assert "en poste" in answer


def test_french_steps_and_proof_have_french_numbers() -> None:
    asked = ["--volume", "100/30min", "--aht", "3m", "--target", "80%", "--max-occupancy", "85%"]
    out = CliRunner().invoke(command, ["c", *asked, "--lang", "fr"]).stdout
    assert "13,04" in out
    assert "88,84\u202f% avec 14" in out
    assert "88.84" not in out
