from __future__ import annotations

from pathlib import Path

import click
import pytest

from simkpi.cli import options
from simkpi.cli.options import DURATION, SEED, SHARE, Names, check_interval, selected_kpis, writable_folder
from simkpi.errors import OutputError


class TestTypes:
    @pytest.mark.parametrize(("text", "value"), [("20s", 20.0), ("20", 20.0), ("4m30s", 270.0), ("0.5h", 1800.0)])
    def test_durations(self, text: str, value: float) -> None:
        assert DURATION.convert(text, None, None) == value

    @pytest.mark.parametrize("text", ["", "-5s", "inf", "nan", "1e999s", "ten", "5 bananas"])
    def test_what_is_no_duration_is_refused(self, text: str) -> None:
        with pytest.raises(click.BadParameter):
            DURATION.convert(text, None, None)

    @pytest.mark.parametrize(("text", "value"), [("80%", 0.8), ("0.8", 0.8), ("0", 0.0)])
    def test_shares(self, text: str, value: float) -> None:
        assert SHARE.convert(text, None, None) == value

    @pytest.mark.parametrize("text", ["80", "120%", "-1%", "nan", "inf%", ""])
    def test_what_is_no_share_is_refused(self, text: str) -> None:
        with pytest.raises(click.BadParameter):
            SHARE.convert(text, None, None)

    @pytest.mark.parametrize(("text", "value"), [("42", 42), ("-7", -7), ("monday", "monday"), ("9" * 40, int("9" * 40))])
    def test_seeds_are_numbers_or_words(self, text: str, value: int | str) -> None:
        assert SEED.convert(text, None, None) == value

    def test_names_are_split_at_commas_and_never_empty(self) -> None:
        assert Names().convert("a, b", None, None) == ("a", "b")
        with pytest.raises(click.BadParameter, match="empty name"):
            Names().convert("a,,b", None, None)


class TestSelectedKpis:
    def test_names_aliases_variants_and_all(self) -> None:
        assert selected_kpis(()) is None
        assert selected_kpis(("all",)) == "all"
        assert selected_kpis(("Service-Level", "service_level:answered_only")) == ("service_level", "service_level:answered_only")

    def test_an_unknown_name_is_wrong_usage(self) -> None:
        with pytest.raises(click.BadParameter, match="did you mean 'service_level'"):
            selected_kpis(("servce_level",))


class TestCheckInterval:
    @pytest.mark.parametrize("seconds", [0.0, 7 * 60.0, 1.0, 2 * 86400.0])
    def test_an_interval_has_to_divide_the_day(self, seconds: float) -> None:
        with pytest.raises(click.BadParameter, match="divide the day"):
            check_interval(seconds)


class TestWritableFolder:
    def test_it_is_made_and_left_empty(self, tmp_path: Path) -> None:
        assert list(writable_folder(tmp_path / "a" / "b").iterdir()) == []

    def test_a_file_in_its_place_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("")
        with pytest.raises(OutputError, match=r"taken: can not write there \(.+\); choose another folder"):
            writable_folder(tmp_path / "taken")


class TestNextCommand:
    def test_it_is_shown_as_it_can_be_typed_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv" / "bin" / "simkpi"), "demo"])
        options.note("next: simkpi new my.yaml      a scenario of simkpi users\n      simkpi run my.yaml")
        assert capsys.readouterr().err == (
            "next: .venv/bin/simkpi new my.yaml      a scenario of simkpi users\n      .venv/bin/simkpi run my.yaml\n"
        )

    def test_it_is_so_in_the_middle_of_a_sentence_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr("sys.argv", [str(tmp_path / "bin" / "simkpi"), "new"])
        options.note("edit it, then simkpi validate a.yaml && simkpi run a.yaml; simkpi is quick; see my-simkpi run")
        said = "edit it, then bin/simkpi validate a.yaml && bin/simkpi run a.yaml; simkpi is quick; see my-simkpi run\n"
        assert capsys.readouterr().err == said
