"""The generated reference is up to date, and the command prints it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from simkpi.cli.kpis import command
from simkpi.kpi.measure import KPIS
from simkpi.kpi.reference import describe, page

DOCS = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


def test_docs_kpis_md_is_what_the_registry_says() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "run: simkpi kpis --write docs/kpis.md"


def test_the_page_has_a_section_for_every_kpi() -> None:
    headings = [line for line in page().splitlines() if line.startswith("### ")]
    assert [heading.rpartition("`")[0].rpartition("`")[2] for heading in headings] == [
        name for family in dict.fromkeys(k.family for _, k in KPIS.items()) for name, k in KPIS.items() if k.family == family
    ]


def test_the_command_lists_every_kpi_as_data() -> None:
    result = CliRunner().invoke(command, ["--format", "json"])
    assert result.exit_code == 0
    assert [row["kpi"] for row in json.loads(result.stdout)] == list(KPIS)
    assert CliRunner().invoke(command, ["--format", "csv"]).stdout.startswith("kpi,family,title,unit,formula\n")


def test_the_command_explains_one_kpi_by_any_of_its_names_in_french() -> None:
    result = CliRunner().invoke(command, ["taux de décroché", "--lang", "fr"])
    assert "Taux de décroché" in result.stdout
    assert "Traités / présentés." in result.stdout


def test_an_unknown_kpi_is_answered_with_the_nearest_name() -> None:
    result = CliRunner().invoke(command, ["servce_level"])
    assert "did you mean 'service_level'" in str(result.exception)


def test_a_description_names_variants_parameters_and_source() -> None:
    facts = describe("service_level")
    assert "``answered_only``" in facts["variants and notes"]
    assert facts["parameters"] == "threshold=20s, service_level=all_offered, short_abandon=5s"
    assert facts["thresholds"] == "amber 80.0%, red 70.0%"
