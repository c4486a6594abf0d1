"""Names as long as anybody likes leave a chart readable: nothing runs out of it, or into something else."""

from __future__ import annotations

import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simkpi.report import fitting, theme
from simkpi.report.chart import Wish, find
from simkpi.report.chart_input import drawing
from simkpi.report.charts.waits import the_most
from simkpi.report.fitting import fit
from simkpi.scenario.resolve import Scenario
from tests.experiment.small_world import small

#: One contact type more than a chart has looks; names that begin alike, and one that is written from right to left.
NAMES = [f"A rather long name of a queue for {what}" for what in ("billing", "orders", "sales", "moves", "gifts", "fraud")]
NAMES += ["שירות לקוחות"]


def busy_centre() -> Scenario:
    voice = {"channel": "voice", "volume": {"interval": "1h", "from": "08:00", "expected": [20, 20]}}
    contacts = {name: {**voice, "handle": {"talk": "4m"}, "patience": "2m"} for name in NAMES}
    staffing = {"interval": "1h", "from": "08:00", "count": [12, 12]}
    return small(
        contacts=contacts,
        teams={"A team that answers whatever comes, all day long, in all offices": {"skills": NAMES, "staffing": staffing}},
        bots={},
        routing={},
        targets={name: {"service_level": "80% in 20s"} for name in NAMES},
    )


@pytest.fixture(scope="module")
def result():
    from simkpi.experiment.replicate import simulate

    return simulate(busy_centre(), replications=2)


def drawn(name: str, result) -> Figure:
    table, about = drawing(find(name), result, Wish())
    return find(name)(table, **about)


def boxes(figure: Figure) -> list[tuple[str, float, float]]:
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, *axes.get_yticklabels(), axes.title]
    found = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    return [(text, box.x0, box.x1) for text, box in found]


@pytest.mark.parametrize("name", ["day", "waits", "scorecard", "occupancy", "backlog", "gantt"])
def test_no_text_leaves_the_figure(name: str, result) -> None:
    figure = drawn(name, result)
    outside = [text for text, low, high in boxes(figure) if low < 0 or high > figure.bbox.width]
    assert outside == []


def test_a_title_ends_before_the_legend_at_its_right() -> None:
    with theme.style():
        figure = Figure(figsize=(6, 3))
        axes = figure.subplots()
        axes.plot([0, 1], label="simulated")
        title = axes.set_title("A team with a very long name indeed, longer than the line: occupancy 80%")
        theme.key(axes, 1)
        fit(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    assert title.get_window_extent(renderer).x1 < axes.get_legend().get_window_extent(renderer).x0
    assert title.get_text().startswith("A team with")
    assert title.get_text().endswith("80%"), "the end says what it is"


def test_what_fits_stays_as_it_is() -> None:
    with theme.style():
        figure = Figure(figsize=(6, 3))
        title = figure.subplots().set_title(theme.literal("cost $5"))
        fit(figure)
    assert title.get_text() == r"cost \$5"


def test_many_goals_are_strips_one_a_contact_type(result) -> None:
    axes = drawn("day", result).axes[2]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == len(NAMES)
    assert all(label.endswith("80% in 20s") for label in labels)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["met for sure", "not sure", "missed for sure"]


@pytest.mark.parametrize("name", ["waits", "backlog"])
def test_contact_types_that_are_left_out_are_counted(name: str, result) -> None:
    assert any("6 of 7 contact types" in text.get_text() for text in drawn(name, result).texts)


def test_a_goal_of_several_contact_types_is_one_mark(result) -> None:
    labels = [line.get_label() for line in drawn("waits", result).axes[0].lines]
    assert labels.count("goal 80% in 20s") == 1
    assert not [label for label in labels if ": goal" in str(label)]


def test_contact_types_without_a_colour_of_their_own_are_named_so(result) -> None:
    (legend,) = drawn("gantt", result).legends
    words = [text.get_text() for text in legend.get_texts()]
    assert "1 other contact type" in words
    colors = [patch.get_facecolor() for patch in legend.get_patches()[:7]]
    assert len(set(colors)) == 7, "no colour stands for two contact types"


def test_figures_of_a_wide_map_stay_in_their_cells() -> None:
    columns = 12
    rows = [
        {"x": str(x), "y": str(y), "value": 0.976, "half_width": 0.008, "unit": "fraction", "state": "met"}
        for x in range(columns)
        for y in range(3)
    ]
    figure = find("heatmap")(pl.DataFrame(rows), kpi="Service level", x="agents", y="volume")
    axes = figure.axes[0]
    renderer = FigureCanvasAgg(figure).get_renderer()
    cell = axes.bbox.width / columns
    assert {text.get_text() for text in axes.texts} == {"97.6%\n± 0.8"}
    assert max(text.get_window_extent(renderer).width for text in axes.texts) < cell


def test_the_most_are_chosen_by_contacts_and_shown_in_the_scenarios_order() -> None:
    assert the_most({"a": 5, "b": 9, "c": 7, "d": 0}, ["a", "b", "c", "d"], "en", most=2)[0] == ["b", "c"]
    assert the_most({"a": 5}, ["a"], "en") == (["a"], "")


def test_figures_after_a_name_written_from_right_to_left_stay_at_its_right() -> None:
    assert theme.literal("שירות: 80%") == "\u200eשירות\u200e: 80%"
    assert theme.literal(theme.literal("שירות: 80%")) == theme.literal("שירות: 80%")


@pytest.mark.parametrize("letters", ["WWWW", "W" * 12, "W" * 60, "l" * 30, "\u2014" * 50], ids=len)
@pytest.mark.parametrize("place", [0.0, 0.1, 0.5, 0.97])
def test_texts_far_inside_need_not_be_measured(letters: str, place: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def fitted() -> str:
        figure = Figure(figsize=(6, 3), dpi=100)
        text = figure.subplots().text(place, 0.5, letters, ha="center", fontsize=14)
        fit(figure)
        return text.get_text()

    quickly = fitted()
    assert "\u2026" in quickly or len(letters) < 60
    monkeypatch.setattr(fitting, "_is_far_inside", lambda text, width: False)
    assert fitted() == quickly
