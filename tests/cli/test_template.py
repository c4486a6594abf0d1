"""The spreadsheet's way: template, plan, results."""

import pytest

from tests.cli.running import simkpi


@pytest.fixture
def plan(tmp_path, capsys):
    path = tmp_path / "plan.xlsx"
    done = simkpi(capsys, "template", "starters/voice", "--xlsx", "-o", path, "--lang", "fr")
    assert done.code == 0
    assert "simkpi run" in done.err
    return path


def test_a_template_is_run_and_answered_by_a_workbook(capsys, plan, tmp_path):
    results = tmp_path / "results.xlsx"
    done = simkpi(capsys, "run", plan, "-n", "2", "--xlsx", results)
    assert done.code == 0
    assert "Niveau de service" in done.out  # the plan is French, so are its results
    assert results.stat().st_size > 10_000


def test_a_workbook_is_validated_and_shown(capsys, plan):
    assert "OK" in simkpi(capsys, "validate", plan).out
    assert "simkpi: 1" in simkpi(capsys, "show", plan).out


def test_results_never_overwrite_the_plan(capsys, plan):
    before = plan.read_bytes()
    done = simkpi(capsys, "run", plan, "-n", "2", "--xlsx", plan)
    assert done.code == 2
    assert "the plan itself" in done.err
    assert plan.read_bytes() == before


def test_a_template_overwrites_only_by_force(capsys, plan):
    done = simkpi(capsys, "template", "--xlsx", "-o", plan)
    assert done.code == 3
    assert "add --force" in done.err
    assert simkpi(capsys, "template", "--xlsx", "-o", plan, "--force").code == 0


@pytest.mark.parametrize("arguments", [("template", "-o", "plan.csv"), ("run", "quickstart", "--xlsx", "r.xls")])
def test_only_xlsx_is_written(capsys, arguments):
    done = simkpi(capsys, *arguments)
    assert done.code == 2
    assert "must end in .xlsx" in done.err
