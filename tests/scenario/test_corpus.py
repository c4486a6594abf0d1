"""Every valid file of the corpus resolves to what is written beside it; every invalid one says exactly what it should."""

import json
from pathlib import Path

import pytest

from simkpi.errors import ScenarioError
from simkpi.scenario.dump import digest, to_dict, to_yaml
from simkpi.scenario.files import load, loads

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
VALID = sorted((CORPUS / "valid").glob("*.yaml"))
INVALID = sorted((CORPUS / "invalid").glob("*.yaml"))


def problems_of(path):
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [str(problem).removeprefix(f"{path}:").removeprefix(" ") for problem in caught.value.problems]


def test_the_corpus_is_there():
    assert len(VALID) >= 12
    assert len(INVALID) >= 140


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_resolves_to_the_form_beside_it(path):
    assert to_dict(load(path)) == json.loads(path.with_suffix(".resolved.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_resolving_twice_changes_nothing(path):
    once = load(path)
    for again in (loads(to_yaml(to_dict(once))), load(to_dict(once))):
        assert again == once
        assert digest(again) == digest(once)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_says_what_is_wrong_where(path):
    text = path.read_text(encoding="utf-8")
    expected = [line.removeprefix("# expect: ") for line in text.splitlines() if line.startswith("# expect: ")]
    assert expected, "the file must state what is expected"
    assert problems_of(path) == expected


def test_a_file_with_six_mistakes_reports_all_six_with_their_lines():
    lines = [problem.split(":")[0] for problem in problems_of(CORPUS / "invalid" / "six_mistakes.yaml")]
    assert lines == ["4", "5", "6", "9", "10", "11"]
