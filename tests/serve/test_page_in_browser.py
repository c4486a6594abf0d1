"""The what-if page in headless Chromium: a planner's three tasks, by mouse and keyboard, on a desk and on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simkpi.scenario.files import load, shipped
from simkpi.serve.server import Server
from tests.experiment.small_world import SHORT, small
from tests.report.chromium import NEEDS_CHROMIUM, Watched, axe, chromium
from tests.serve.serving import served

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served(small()) as running:
        yield running


class Opened(Watched):
    """The what-if page, with its first answer."""

    def __init__(self, browser: Any, server: Server, *, width: int = 1280, query: str = "", **given: Any) -> None:
        super().__init__(browser, width, **given)
        self.page.goto(server.address)
        if query:
            self.page.goto(f"http://{server.hosts[0]}/{query}")
        self.page.locator("#answer .answer").wait_for()
        self.page.select_option("#narrow", "0.02")

    def settled(self) -> None:
        """Wait until the figures of the last change are precise enough."""
        self.page.locator("#result:not(.stale)").wait_for()
        self.page.locator("#progress", has_text=re.compile("precise enough|assez précis|no more")).wait_for()

    def turn(self, name: str, text: str) -> None:
        """Write a value into a dial's field."""
        field = self.page.locator(f'[id="v:{name}"]')
        field.fill(text)
        field.press("Enter")


@pytest.fixture
def opened(browser: Any, server: Server) -> Iterator[Opened]:
    one = Opened(browser, server)
    yield one
    one.context.close()


class TestThreeTasks:
    def test_find_staff_for_a_service_level(self, browser: Any) -> None:
        with served(small(targets={})) as server:
            opened = Opened(browser, server)
            page = opened.page
            page.get_by_label("voice", exact=True).fill("60% in 1m")
            page.get_by_label("voice", exact=True).press("Enter")
            page.locator("#targets", has_text="at least 60% in 1m").wait_for()
            before = [one.input_value() for one in page.locator('[data-name="staff:phone"] tbody input').all()]
            page.get_by_role("button", name="Suggest staff").click()
            page.get_by_role("button", name="Put it into the plan").click(timeout=60_000)
            after = [one.input_value() for one in page.locator('[data-name="staff:phone"] tbody input').all()]
            assert before != after
            page.locator("#answer", has_text="The target is met").wait_for(timeout=60_000)
            assert "agent-hours" in page.locator("#comparison").inner_text()
            assert opened.complaints == []

    def test_see_what_45_per_cent_containment_does(self, opened: Opened) -> None:
        page = opened.page
        slider = page.get_by_role("slider", name="Contains, of what it understands")
        slider.focus()
        for _ in range(15):
            slider.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") == "45%"
        assert page.locator('[id="v:contains:helper"]').input_value() == "45%"
        page.locator("#comparison table").first.wait_for()
        opened.settled()
        row = page.locator("#comparison tr", has_text="Containment rate").first
        assert re.search(r"\+1\d(\.\d)? pts ± \d", row.inner_text()), row.inner_text()
        assert "Paired on the same customers" in page.locator("#comparison").inner_text()
        assert opened.complaints == []

    def test_compare_two_plans(self, opened: Opened) -> None:
        page = opened.page
        page.get_by_role("button", name="One more all day").first.click()
        page.get_by_label("Name of this plan").fill("Five <callers>")
        page.get_by_role("button", name="Keep this plan").click()
        page.locator('[data-name="staff:phone"] .undo').click()
        page.get_by_label("Name of this plan").fill("As before")
        opened.turn("handle:voice", "3m")
        page.locator("#comparison", has_text="As before").wait_for()
        text = page.locator("#comparison").inner_text()
        assert "Five <callers>" in text
        assert re.search(r"agent-hours\s+24\s+20\s+-4", text), text
        page.get_by_role("button", name="Go to").click()
        page.locator("#no-change").wait_for()
        assert page.locator('[data-name="staff:phone"] tbody input').first.input_value() == "4"
        assert page.locator('[id="v:handle:voice"]').input_value() == "4m"


class TestWhatItShows:
    def test_no_error_no_request_to_anybody_else_and_figures_with_intervals(self, opened: Opened, server: Server) -> None:
        opened.settled()
        opened.page.locator("#plots svg").first.wait_for()
        assert opened.complaints == []
        assert [url for url in opened.requests if not url.startswith((f"http://{server.hosts[0]}/", "data:"))] == []
        assert "±" in opened.page.locator("#targets").inner_text()
        assert re.search(r"\d+ replications: precise enough", opened.page.locator("#progress").inner_text())

    def test_a_wrong_value_is_told_beside_its_field_and_going_back_heals_it(self, opened: Opened) -> None:
        page = opened.page
        opened.turn("contains:helper", "145%")
        told = page.locator('[id="e:contains:helper"]')
        told.wait_for()
        assert told.inner_text() == "must be between 0% and 100%, got '145%'"
        assert page.locator('[id="v:contains:helper"]').get_attribute("aria-invalid") == "true"
        page.locator('[data-name="contains:helper"] .undo').click()
        told.wait_for(state="hidden")

    def test_a_wrong_cell_is_marked_with_its_time(self, opened: Opened) -> None:
        cell = opened.page.locator('[data-name="staff:phone"] tbody input').nth(1)
        cell.fill("x")
        cell.press("Tab")
        told = opened.page.locator('[id="e:staff:phone"]')
        told.wait_for()
        assert told.inner_text() == "09:00: must be a whole number, got 'x'"
        assert cell.get_attribute("aria-invalid") == "true"

    @pytest.mark.slow
    def test_arrow_keys_and_a_column_pasted_from_a_spreadsheet_fill_the_table(self, opened: Opened) -> None:
        cells = opened.page.locator('[data-name="staff:phone"] tbody input')
        cells.nth(0).focus()
        cells.nth(0).press("ArrowUp")
        assert cells.nth(0).input_value() == "4"
        opened.page.evaluate(
            """() => { const data = new DataTransfer(); data.setData("text", "7\\n8\\n9\\n");
            const given = {clipboardData: data, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", given)); }"""
        )
        assert [one.input_value() for one in cells.all()] == ["7", "8", "9", "2"]

    def test_a_pasted_table_is_taken_over_and_a_wrong_one_says_which_cell(self, opened: Opened) -> None:
        page = opened.page
        page.get_by_label("Table", exact=True).fill("De;voice\n8h;12,5\n8h30;x")
        page.get_by_role("button", name="Take over").click()
        page.locator('[id="e:import"]', has_text="got 'x'").wait_for()
        page.get_by_label("Table", exact=True).fill("De;voice\n8h;12,5\n8h30;20")
        page.get_by_role("button", name="Take over").click()
        page.locator("#imported", has_text="voice").wait_for()
        assert [one.input_value() for one in page.locator('[data-name="volume:voice"] tbody input').all()] == ["12.5", "20"]

    @pytest.mark.slow
    def test_a_plan_survives_reloading_the_page(self, opened: Opened) -> None:
        opened.turn("volume:voice", "150%")
        opened.settled()
        opened.page.reload()
        assert opened.page.locator('[id="v:volume:voice"]').input_value() == "150%"

    def test_a_saved_scenario_is_a_file(self, opened: Opened) -> None:
        opened.turn("volume:voice", "130%")
        with opened.page.expect_download() as waiting:
            opened.page.get_by_role("button", name="Save", exact=True).click()
        assert waiting.value.suggested_filename == "small-shop.yaml"
        assert load(waiting.value.path()).spec.contacts["voice"].volume.expected[0][0] == 13.0

    def test_plans_saved_to_a_file_are_there_in_another_tab(self, browser: Any, server: Server, tmp_path: Path) -> None:
        first = Opened(browser, server)
        first.turn("volume:voice", "130%")
        first.page.get_by_label("Name of this plan").fill("busy")
        first.page.get_by_role("button", name="Keep this plan").click()
        first.turn("volume:voice", "140%")
        first.page.select_option("#format", "plans")
        with first.page.expect_download() as waiting:
            first.page.get_by_role("button", name="Save", exact=True).click()
        assert waiting.value.suggested_filename == "small-shop-plans.json"
        kept = tmp_path / "plans.json"
        written = json.loads(Path(waiting.value.path()).read_text())
        written["plan"]["what"]["dials"]["volume:gone"] = "110%"
        kept.write_text(json.dumps(written))
        second = Opened(browser, server)
        second.page.set_input_files("#plans-file", kept)
        second.page.locator("#opened-plans", has_text="2 plans opened. 1 settings were left out").wait_for()
        assert second.page.locator('[id="v:volume:voice"]').input_value() == "140%"
        assert [one.inner_text() for one in second.page.locator("#baseline option").all()][2:] == ["busy"]
        kept.write_text('{"kind": "something else"}')
        second.page.set_input_files("#plans-file", kept)
        second.page.locator("#opened-plans", has_text="holds no plans").wait_for()
        assert second.complaints == []

    def test_a_file_that_is_too_large_is_told_before_it_is_sent(self, opened: Opened, tmp_path: Path) -> None:
        big = tmp_path / "big.xlsx"
        big.write_bytes(b"x" * 6_100_000)
        opened.page.set_input_files("#file", big)
        opened.page.locator('[id="e:import"]', has_text="big.xlsx is too large (6 MB at most)").wait_for()
        assert not [url for url in opened.requests if url.endswith("/table")]

    def test_of_a_large_centre_one_part_is_shown_and_a_mistake_brings_its_own(self, browser: Any) -> None:
        many = {f"topic {number}": SHORT["contacts"]["voice"] for number in range(12)}
        team = {"all": {"skills": list(many), "staffing": {"interval": "4h", "from": "08:00", "count": [40]}}}
        with served(small(contacts=many, teams=team, bots={}, targets={"topic 3": {"service_level": "80% in 20s"}})) as server:
            page = Opened(browser, server).page
            assert page.locator("#plan [data-part]:visible").count() == 1
            page.select_option("#part", "teams:all")
            assert page.get_by_role("button", name="One more all day").is_visible()
            assert not page.locator('[id="v:volume:topic 0"]').is_visible()
            page.locator("details.goals summary").click()
            field = page.locator('[id="v:goal:topic 3"]')
            field.fill("often")
            field.press("Enter")
            page.locator("details.goals summary").click()
            page.locator('[id="e:goal:topic 3"]', has_text="must be a target").wait_for()
            assert page.locator("details.goals").get_attribute("open") is not None

    @pytest.mark.slow
    def test_it_says_so_when_the_program_has_ended(self, browser: Any) -> None:
        with served(small()) as server:
            opened = Opened(browser, server)
            opened.settled()
        opened.turn("volume:voice", "150%")
        opened.page.locator("#progress", has_text="Start it again").wait_for()


class TestEverybody:
    @pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 375])
    @pytest.mark.parametrize("query", ["", pytest.param("?lang=fr", marks=pytest.mark.slow)])
    def test_axe_finds_nothing_serious(self, browser: Any, server: Server, width: int, query: str) -> None:
        script = axe()
        opened = Opened(browser, server, width=width, query=query, bypass_csp=True)
        opened.turn("contains:helper", "45%")
        opened.page.locator("#comparison table").first.wait_for()
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        opened.page.evaluate(script)
        found = opened.page.evaluate("async () => (await axe.run()).violations.map(one => [one.impact, one.id])")
        assert [one for one in found if one[0] in ("serious", "critical")] == []

    def test_a_phone_needs_no_sideways_scrolling_and_sees_the_answer_while_turning(self, browser: Any, server: Server) -> None:
        page = Opened(browser, server, width=375).page
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.get_by_role("slider", name="Contains").scroll_into_view_if_needed()
        assert page.locator("#headline").is_visible()
        assert page.locator("#status").bounding_box()["y"] < 5
        page.get_by_role("slider", name="Contains").press("ArrowRight")
        page.locator("#change", has_text="against the plan as opened").wait_for()

    @pytest.mark.slow
    def test_french_is_french_and_takes_a_decimal_comma(self, browser: Any) -> None:
        with served(load(shipped("quickstart")), lang="fr") as server:
            opened = Opened(browser, server)
            page = opened.page
            assert page.locator("html").get_attribute("lang") == "fr"
            opened.turn("volume:voice", "120,5 %")
            page.locator("#comparison table").first.wait_for()
            assert "réplications" in page.locator("#progress").inner_text()
            assert page.locator("#plan .error:visible").count() == 0
            assert opened.complaints == []

    @pytest.mark.slow
    def test_days_are_chosen_and_copied(self, browser: Any) -> None:
        with served(load(shipped("features/weekdays"))) as server:
            opened = Opened(browser, server)
            page = opened.page
            grid = page.locator('.grid[data-name^="staff:"]').first
            cells = grid.locator("tbody input")
            cells.first.fill("7")
            cells.first.press("Tab")
            page.get_by_role("button", name="Same on every open day").click()
            page.get_by_label("Day in the tables", exact=True).select_option("1")
            assert cells.first.input_value() == "7"
