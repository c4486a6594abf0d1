"""New scenarios: what-ifs whose command answers them, and questions whose answers make a file."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from simkpi.cli import new
from simkpi.scenario.files import load
from tests.cli.running import simkpi


def question(name: str) -> list[str]:
    """The words of the command that a what-if's file names."""
    found = re.search(r"^# ask: simkpi (.*?)( --out sweep)?$", new.starter(name), re.M)
    assert found, name
    return shlex.split(found[1])


class TestWhatIfs:
    @pytest.mark.parametrize(
        "name", [pytest.param(name, marks=(pytest.mark.slow,) if question(name)[0] == "staff" else ()) for name in new.WHAT_IFS]
    )
    def test_the_command_in_the_file_answers_it(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert simkpi(capsys, "new", "my.yaml", "--preset", name).code == 0
        words = question(name)
        quick = [] if words[0] == "staff" else ["-n", "1"]
        done = simkpi(capsys, *words, *quick, "--quiet")
        assert done.code == 0, done.err
        assert len(done.out.splitlines()) > 4

    @pytest.mark.parametrize("name", new.WHAT_IFS)
    def test_its_kpis_can_be_computed(self, name: str) -> None:
        import simkpi as python

        words = question(name)
        if "--kpi" not in words:
            return
        kpis = words[words.index("--kpi") + 1].split(",")
        table = python.simulate(python.load(f"scenarios/starters/{name}.yaml"), replications=2).kpis(kpis)
        assert table["value"].null_count() == 0

    def test_each_starts_from_one_end_of_what_it_varies(self) -> None:
        for name in new.WHAT_IFS:
            text = new.starter(name)
            assert text.splitlines()[1].startswith("# What")
            assert text.splitlines()[1].rstrip().endswith((".", "?"))

    def test_the_next_step_names_the_file_that_was_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        done = simkpi(capsys, "new", "two words.yaml", "--preset", "training")
        assert "what if: simkpi sweep 'two words.yaml' --zip --vary contacts.support.resolved=" in done.err
        assert simkpi(capsys, "new", "x.yaml", "--preset", "training", "--quiet").err == ""

    def test_the_list_shows_every_preset_and_question(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = simkpi(capsys, "new", "--list").out
        assert all(re.search(rf"^  {name} ", shown, re.M) for name in new.PRESETS)
        assert shown.count("simkpi sweep my.yaml") == len(new.WHAT_IFS) - 1


class TestGuided:
    def answered(
        self, *answers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: str = "-"
    ) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        done = simkpi(capsys, "new", file, "--guided")
        return done.code, done.out, done.err

    def test_enter_takes_what_is_proposed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "my.yaml"
        assert self.answered(*[""] * 10, monkeypatch=monkeypatch, capsys=capsys, file=str(path))[0] == 0
        made = load(path)
        assert made.warnings == ()
        # 480 calls of 5m10s in 12 hours are 3.4 Erlangs: five agents, a fifth more and rounded up
        assert made.spec.teams["team"].staffing.count == ((5,),)

    def test_answers_are_written_in_their_units(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "my.yaml"
        named = "Chat: 'one' \"two\" #3"
        answers = [named, "CHAT", "9:00 - 18:00", "0,5/min", "8 min", "0,5 min", "90s", "2", "7", "92,5%", "1m"]
        code, _, said = self.answered(*answers, monkeypatch=monkeypatch, capsys=capsys, file=str(path))
        assert code == 0, said
        made = load(path).spec
        chat = made.contacts["chat"]
        assert made.name == named
        assert sum(map(sum, chat.volume.expected)) == pytest.approx(270)  # half a chat a minute, nine hours
        assert made.teams["team"].skills["chat"].at_once == 2
        target = made.targets["chat"]["service_level"]
        assert (target.value, target.within) == (0.925, 60.0)

    @pytest.mark.parametrize(
        ("at", "answer", "said"),
        [
            (1, "fax", "must be voice or chat, got 'fax'"),
            (2, "18:00-09:00", "must open before it closes"),
            (2, "all day", "must be two times such as 08:00-20:00"),
            (3, "many", "must be contacts per period"),
            (4, "5", "needs a unit, got '5'; write 5s"),
            (7, "0", "must be a whole number of at least 1"),
            (8, "100%", "must lie between 0 and 100%"),
        ],
    )
    def test_an_answer_that_can_not_be_read_is_asked_for_again(
        self, at: int, answer: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answers = [""] * 10
        answers.insert(at, answer)
        code, text, messages = self.answered(*answers, monkeypatch=monkeypatch, capsys=capsys)
        assert code == 0
        assert said in messages
        assert text.startswith("# yaml-language-server")

    def test_a_file_that_is_there_is_refused_before_the_first_question(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "my.yaml"
        path.write_text("mine", encoding="utf-8")
        code, _, messages = self.answered(monkeypatch=monkeypatch, capsys=capsys, file=str(path))
        assert code == 3
        assert "Name of" not in messages
        assert path.read_text(encoding="utf-8") == "mine"

    def test_in_french_questions_answers_comments_and_results_are_french(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "centre.yaml"
        given = ["", "voix", "8h30 à 19h", "beaucoup", "1 200 par jour", "4 min 30", "", "3m", "", "92,5 %", ""]
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in given)))
        done = simkpi(capsys, "new", str(path), "--guided", "--lang", "fr")
        assert done.code == 0, done.err
        assert "Contacts attendus" in done.err
        assert "doit être des contacts par période, reçu « beaucoup »" in done.err
        assert not re.search(r"\b(Name|Agents on|Mean|Target|must|write)\b", done.err)
        made = load(path)
        assert made.spec.locale == "fr"
        assert made.name == "Mon centre"
        assert made.spec.contacts["voice"].volume.expected[0][0] > 0
        assert sum(map(sum, made.spec.contacts["voice"].volume.expected)) == pytest.approx(1200)
        assert made.spec.targets["voice"]["service_level"].value == 0.925
        comments = " ".join(re.findall("# .*", path.read_text(encoding="utf-8")))
        assert not re.search(r"\b(version of|spread|on duty|how long|Written)\b", comments)

    def test_no_more_input_is_an_interruption(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.answered("Mine", monkeypatch=monkeypatch, capsys=capsys)[0] == 130
