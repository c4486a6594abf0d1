"""The report in headless Chromium: no error, no request, tables sort, plots answer, phones read it, axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.chromium import NEEDS_CHROMIUM, Watched, axe, chromium

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from simkpi.experiment.stored import SweepTables
    from simkpi.experiment.sweep import sweep
    from simkpi.planning.staff_curve import Lever, staff_curve
    from simkpi.report.html.page import to_html
    from simkpi.report.html.run import Material, run_report
    from simkpi.report.html.sweep import sweep_report
    from tests.experiment.small_world import simulated, small

    folder = tmp_path_factory.mktemp("pages")
    lever = Lever(staff_curve(small(), replications=2))
    tables = SweepTables.of(sweep(small(), {"teams.phone.count": "3:5:1", "bots.helper.contains": "20%,40%"}, replications=2))
    texts = {
        "run": to_html(run_report(Material(simulated(), lever=lever))),
        "french": to_html(run_report(Material(simulated(), lever=lever), lang="fr")),
        "sweep": to_html(sweep_report(tables, goals=["service_level>=50%"])),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


class Opened(Watched):
    """A page of the report."""

    def __init__(self, browser: Any, path: Path, width: int = 1200, **given: Any) -> None:
        super().__init__(browser, width, **given)
        self.page.goto(path.as_uri())


@pytest.mark.parametrize("name", ["run", pytest.param("french", marks=pytest.mark.slow), "sweep"])
class TestEveryPage:
    def test_no_error_and_no_request_but_for_itself(self, name: str, browser: Any, pages: dict[str, Path]) -> None:
        opened = Opened(browser, pages[name])
        for select in opened.page.query_selector_all("select"):
            for option in select.query_selector_all("option"):
                select.select_option(option.get_attribute("value"))
        assert opened.complaints == []
        outside = [url for url in opened.requests if not url.startswith("data:") and url != pages[name].as_uri()]
        assert outside == []

    def test_a_phone_needs_no_sideways_scrolling(self, name: str, browser: Any, pages: dict[str, Path]) -> None:
        page = Opened(browser, pages[name], width=375).page
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375

    def test_axe_finds_nothing_serious(self, name: str, browser: Any, pages: dict[str, Path]) -> None:
        script = axe()
        for width in (1200, 375):
            page = Opened(browser, pages[name], width=width, bypass_csp=True).page
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            page.evaluate(script)
            found = page.evaluate("async () => (await axe.run()).violations.map(one => [one.impact, one.id])")
            assert [one for one in found if one[0] in ("serious", "critical")] == []


class TestTables:
    def test_a_click_sorts_up_another_one_down_by_value_not_by_letters(self, browser: Any, pages: dict[str, Path]) -> None:
        page = Opened(browser, pages["sweep"]).page
        table = page.locator("#scenarios table")
        place = [head.inner_text() for head in table.locator("thead th").all()].index("Service level")
        rows = "() => Array.from(document.querySelectorAll('#scenarios tbody tr'))"
        values = f"{rows}.map(row => Number(row.cells[{place}].dataset.sort))"
        button = table.locator("thead th button").nth(place)
        button.click()
        up = page.evaluate(values)
        assert up == sorted(up)
        assert table.locator("thead th").nth(place).get_attribute("aria-sort") == "ascending"
        button.click()
        assert page.evaluate(values) == sorted(up, reverse=True)


class TestPlot:
    def test_the_reader_chooses_the_kpi_and_reads_figures_with_intervals(self, browser: Any, pages: dict[str, Path]) -> None:
        page = Opened(browser, pages["run"]).page
        box = page.locator("#day .plotbox").first
        box.locator("select").select_option(label="Abandon rate")
        assert box.locator("svg[role=img]").get_attribute("aria-label") == "Abandon rate"
        box.locator(".stage svg").hover()
        words = box.locator(".tip").inner_text()
        assert "voice: " in words
        assert "±" in words

    def test_arrow_keys_move_the_reading(self, browser: Any, pages: dict[str, Path]) -> None:
        page = Opened(browser, pages["run"]).page
        svg = page.locator("#day .plotbox .stage svg").first
        svg.focus()
        page.keyboard.press("ArrowRight")
        first = page.locator("#day .tip").first.inner_text()
        page.keyboard.press("ArrowRight")
        assert page.locator("#day .tip").first.inner_text() != first

    def test_the_plot_is_drawn_for_the_width_it_has(self, browser: Any, pages: dict[str, Path]) -> None:
        opened = Opened(browser, pages["run"], width=375)
        box = opened.page.locator("#day .stage svg").first.bounding_box()
        assert 250 < box["width"] <= 375
        assert opened.page.locator("#day .stage svg text").first.evaluate("text => getComputedStyle(text).fontSize") == "12px"


def test_in_print_there_is_nothing_to_click_and_no_links_bar(browser: Any, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["run"]).page
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator(".choose").first.is_hidden()
    assert page.locator("#targets table").is_visible()
    assert page.locator("#day .chosen").inner_text() == "Service level", "paper has no list to see the KPI in"


def test_without_scripts_the_chart_of_the_day_is_a_picture(browser: Any, pages: dict[str, Path]) -> None:
    page = Opened(browser, pages["run"], java_script_enabled=False).page
    assert page.locator("#day noscript img").first.is_visible()
    assert page.locator("#targets table").is_visible()
