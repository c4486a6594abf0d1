"""The pages keep their word: commands and code run, outputs are as shown, links lead somewhere, nothing is out of date."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from simkpi.cli.main import SECTIONS
from tests.docs import api_reference, cli_reference
from tests.docs.pages import DOCS, ROOT, Block, Reader, blocks, commands, follow, missing_line, replaced, simkpi

PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
#: Always followed; the other how-to pages with ``-m slow``.
FOLLOWED = ["tutorial.md", "api.md", "how-to/score-a-log.md"]
HOW_TO = sorted({path.relative_to(DOCS).as_posix() for path in (DOCS / "how-to").glob("*.md")} - set(FOLLOWED))
HOMES = {name: home.partition(":")[0] for section in SECTIONS.values() for name, (home, _) in section.items()}
COMMANDS = [name for name, home in HOMES.items() if importlib.util.find_spec(home)]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class TestFollowing:
    @pytest.mark.parametrize("page", FOLLOWED)
    def test_whoever_types_what_a_page_says_sees_what_it_shows(self, page: str, tmp_path: Path) -> None:
        follow(DOCS / page, tmp_path)

    @pytest.mark.slow
    @pytest.mark.parametrize("page", HOW_TO)
    def test_so_it_is_on_the_how_to_pages(self, page: str, tmp_path: Path) -> None:
        follow(DOCS / page, tmp_path)

    def test_every_command_line_on_every_page_is_one_that_simkpi_knows(self) -> None:
        lines = [(name(path), words) for path in PAGES for words in _command_lines(path)]
        assert len(lines) > 40
        unknown = [f"{page}: {words}" for page, words in lines if words[1].strip("()").lower() not in {*COMMANDS, "command"}]
        assert unknown == []

    def test_every_option_on_every_page_exists(self) -> None:
        helps = {command: simkpi([command, "--help"])[1] for command in COMMANDS}
        for path in PAGES:
            for words in _command_lines(path):
                below = words[2] if words[1] in ("erlang", "log") and len(words) > 2 and not words[2].startswith("-") else ""
                text = simkpi([words[1], below, "--help"])[1] if below else helps.get(words[1], "")
                missing = [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word) and not re.search(rf"{word}\b", text)]
                assert text == "" or missing == [], f"{name(path)}: {' '.join(words)}: {missing}"


def _command_lines(path: Path) -> list[list[str]]:
    """Every line of a shell block that calls simkpi, as words."""
    shell = [block for block in blocks(path.read_text(encoding="utf-8")) if block.kind in ("sh", "console")]
    return [words for block in shell for words in commands(block) if words[0].endswith("simkpi") and len(words) > 1]


class TestReadme:
    def test_what_its_marked_blocks_run_once_installed_works(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        marked = [
            block for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.comment.startswith("command")
        ]
        steps = [step for block in marked for step in block.text.split("&&") if "bin/simkpi" in step]
        assert steps
        for step in steps:
            (words,) = commands(Block("sh", "", step, "", 0))
            assert simkpi(words[1:])[0] == 0
        assert (tmp_path / "simkpi-out" / "day.png").stat().st_size > 10_000


class TestLinks:
    @pytest.mark.parametrize("path", PAGES, ids=name)
    def test_links_to_files_and_headings_lead_somewhere(self, path: Path) -> None:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            assert there.is_file(), f"{name(path)}: {target}"
            assert not anchor or anchor in _anchors(there), f"{name(path)}: {target}: no such heading"

    def test_the_navigation_names_every_page_that_is_there_and_no_other(self) -> None:
        listed = set(re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
        there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
        assert listed <= there
        missing = {page for page in there - listed if not page.startswith("decisions/")}
        assert missing == set(), "name them under nav in mkdocs.yml"


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S), re.M)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower())).strip("-") for heading in headings}


class TestGenerated:
    def test_the_page_of_commands_is_up_to_date(self) -> None:
        assert cli_reference.PAGE.read_text(encoding="utf-8") == cli_reference.page(), "run: python -m tests.docs.cli_reference"

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_is_documented(self, command: str) -> None:
        assert f"### `simkpi {command}`\n" in cli_reference.PAGE.read_text(encoding="utf-8")

    def test_the_python_reference_is_up_to_date(self) -> None:
        written = api_reference.PAGE.read_text(encoding="utf-8").split(api_reference.MARK)[1]
        assert written == api_reference.reference(), "run: python -m tests.docs.api_reference"


class TestGlossary:
    TEXT = (DOCS / "glossary.md").read_text(encoding="utf-8")

    def test_each_row_has_a_word_in_both_languages_and_a_meaning(self) -> None:
        rows = [line.strip("|").split("|") for line in self.TEXT.splitlines() if line.startswith("| ")]
        assert len(rows) > 70
        assert [row for row in rows if len(row) != 3 or not all(cell.strip() for cell in row)] == []

    def test_each_table_is_told_once(self) -> None:
        words = [line.split("|")[1].strip() for line in self.TEXT.splitlines() if line.startswith("| ") and "English" not in line]
        assert len(words) == len(set(words))

    def test_french_words_for_kpis_are_those_of_the_tables(self) -> None:
        from simkpi.kpi.measure import labels_fr

        titles = {entry["title"].lower() for entry in labels_fr()["kpis"].values()}
        for kpi in (
            "taux de décroché",
            "niveau de service",
            "taux d'abandon",
            "taux d'occupation",
            "arriéré",
            "contacts présentés",
        ):
            assert kpi in titles, f"the tables say something else than {kpi}"
            assert f"| {kpi} |" in self.TEXT


class TestReaderItself:
    def test_it_misses_a_line_that_is_not_printed_or_comes_too_early(self) -> None:
        assert missing_line("a\nb", "a\nb") is None
        assert missing_line("b\na", "a\nb") == "a"
        assert missing_line("a 1", "a 2") == "a 1"

    def test_dots_leave_out_lines_and_ends_of_lines_but_nothing_else(self) -> None:
        assert missing_line("a\n...\nd", "a\nb\nc\nd") is None
        assert missing_line("Level 80% ...", "Level   80%   threshold=20s") is None
        assert missing_line("Level 81% ...", "Level   80%   threshold=20s") == "Level 81% ..."

    def test_an_edit_must_find_its_line_exactly_once(self) -> None:
        assert replaced("a\nb\n", "-b\n+c\n") == "a\nc\n"
        for text in ("a\n", "b\nb\n"):
            with pytest.raises(AssertionError, match="times"):
                replaced(text, "-b\n+c\n")

    def test_a_command_that_fails_stops_the_page(self) -> None:
        with pytest.raises(AssertionError, match="page:7"):
            Reader("page").follow(Block("sh", "", "simkpi validate nowhere.yaml\n", "", 7))

    def test_a_block_that_is_marked_is_only_shown(self) -> None:
        Reader("page").follow(Block("sh", "", "rm -rf something\n", "not run: an example", 1))
