"""The answer to a plan as a stream: figures at once, then the day, then the same figures surer and surer until they are sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from simkpi.errors import SimkpiError
from simkpi.experiment.compare import Comparison
from simkpi.experiment.growing import STAGES, Growing, comparison_at, grow, stages_within
from simkpi.experiment.replicate import expected_contacts, simulate
from simkpi.experiment.target_days import EVERY, targets_met
from simkpi.experiment.verdicts import Verdict
from simkpi.planning.costs import has_costs, staff_cost, staff_hours
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.goals import goals_of
from simkpi.planning.head_counts import cells_of
from simkpi.report.comparison import change
from simkpi.report.day_drawing import day_drawing
from simkpi.report.html import blocks
from simkpi.report.html.answer import comparison_answer, headline, main_kpis, no_targets
from simkpi.report.html.content import Answer, Cell, Column, Table
from simkpi.report.html.day import day_plots
from simkpi.report.tables import title
from simkpi.report.words import clean, numbered, say
from simkpi.scenario.resolve import Scenario
from simkpi.serve.desk import Desk
from simkpi.serve.fragments import show_answer, show_table
from simkpi.serve.problems import problems
from simkpi.serve.wanted import Wanted
from simkpi.units import format_value

Message = dict[str, Any]
#: Contacts of all replications together at which figures stop getting surer, and above which the day is drawn of fewer.
MOST_CONTACTS, MOST_DRAWN = 4_000_000, 150_000
#: Contacts of one replication above which nothing comes at once, and the day is not drawn.
LARGE = 300_000
#: Replications of which the day is drawn, first and in the end.
_FIRST_DAYS, _MOST_DAYS = 4, 20
_INTERVAL = 1800.0


class Unwanted(Exception):
    """Whoever asked has gone, or asks something else by now."""


def answers(desk: Desk, wanted: Wanted, is_wanted: Callable[[], bool]) -> Iterator[Message]:
    """Yield messages for the page: mistakes, or figures after every stage, the day, and what the formula asks for.

    Parameters
    ----------
    desk : Desk
    wanted : Wanted
    is_wanted : callable
        Asked before every piece of work; False ends the stream.
    """
    try:
        scenario = desk.variant(wanted.what)
        baseline = None if wanted.baseline is None else desk.variant(wanted.baseline)
    except SimkpiError as error:
        yield {"kind": "problems", "problems": problems(error, wanted.lang)}
        return
    work = _Work(desk, wanted, scenario, baseline, is_wanted)
    try:
        yield from work.messages()
    except Unwanted:
        return
    except SimkpiError as error:
        yield {"kind": "problems", "problems": problems(error, wanted.lang)}


class _Work:
    """One request on its way through the stages."""

    def __init__(
        self, desk: Desk, wanted: Wanted, scenario: Scenario, baseline: Scenario | None, is_wanted: Callable[[], bool]
    ) -> None:
        self.desk = desk
        self.wanted = wanted
        self.growing = desk.growing(scenario)
        self.base = None if baseline is None else desk.growing(baseline)
        if self.base is self.growing:
            self.base = None  # nothing was changed, so there is nothing to compare
        self.is_wanted = is_wanted
        self.contacts = expected_contacts(scenario)
        self.most = stages_within(self.contacts, MOST_CONTACTS)

    def messages(self) -> Iterator[Message]:
        both = [self.growing] if self.base is None else [self.growing, self.base]
        drawn, is_needed = 0, False
        if self.contacts > LARGE and not both[0].stage:
            words = "{n} contacts in a replication: the first figures take a while."
            yield {"kind": "note", "text": say(words, self.wanted.lang, n=amount(self.contacts, self.wanted.lang))}
        self.desk.wait(self._check)
        for stage in range(max(1, min(one.stage for one in both)), self.most + 1):
            self._check()
            grow(both, stage, self.desk.engine(self.growing.scenario))
            is_narrow = all(one.is_narrow(stage, self.wanted.narrow) for one in both)
            is_last = is_narrow or stage == self.most
            yield figures(self.growing, self.base, stage, self.wanted, is_last=is_last, is_narrow=is_narrow)
            if not is_needed:
                is_needed = True
                yield {"kind": "staff", "need": needed(self.growing.scenario)}
            many = min(STAGES[stage - 1], _MOST_DAYS)
            if is_last or many >= (_MOST_DAYS if drawn else _FIRST_DAYS):
                if many > drawn:
                    yield self._day(many)
                    self.desk.warm_up(self.growing.scenario)
                drawn = many
            if is_last:
                return

    def _day(self, replications: int) -> Message:
        """Draw the day of some replications: as many as are quickly simulated."""
        scenario = self.growing.scenario
        if self.contacts > LARGE:
            note = say("Too many contacts to draw the day while you look: the report draws it.", self.wanted.lang)
            return {"kind": "day", "replications": 0, "note": note, "plots": []}
        many = max(2, min(replications, int(MOST_DRAWN / max(1.0, self.contacts))))
        result = simulate(
            scenario, replications=many, engine=self.desk.engine(scenario), progress=lambda _done, _all: self._check()
        )
        lang = self.wanted.lang
        table, _ = day_drawing(result, interval=_INTERVAL, lang=lang)
        drawn = day_plots(result, table, interval=_INTERVAL, picture="", lang=lang)
        note = say("Drawn from {many}.", lang, many=numbered(many, "replication", lang))
        plots = [{"name": one.name, "caption": one.caption, "panels": one.panels} for one in drawn]
        return {"kind": "day", "replications": many, "note": note, "plots": plots}

    def _check(self) -> None:
        if not self.is_wanted():
            raise Unwanted


def figures(growing: Growing, base: Growing | None, stage: int, wanted: Wanted, *, is_last: bool, is_narrow: bool) -> Message:
    """Put the figures after a stage together: the answer, the targets, the main KPIs, and the comparison."""
    lang, scenario = wanted.lang, growing.scenario
    scores, judged = growing.scores(stage), growing.verdicts(stage)
    table = scores.pooled()
    if judged:
        head, look = headline(judged, lang)
        head = f"{head}."
    else:
        head, look = no_targets(table.filter(table["kpi"] == "service_level"), lang), ""
    many = numbered(growing.replications(stage), "replication", lang)
    lines = [*_all_met(growing, stage, lang), f"{', '.join(plan_lines(scenario, lang))}."]
    lines.append(say("From {many} with other customers each; ± is half a {share} interval.", lang, many=many, share="95%"))
    days = scenario.spec.calendar.days
    found = None if base is None else comparison_at(base, growing, stage, names=_names(wanted, lang))
    html = {
        "answer": show_answer(Answer(head, look, lines)),
        "targets": show_table(blocks.scorecard(judged, lang, days=days)) if judged else "",
        "figures": show_table(_main(table, judged, lang)),
        "comparison": "" if found is None or base is None else _compared(found, (base, growing), stage, lang),
    }
    return {
        "kind": "figures",
        "replications": growing.replications(stage),
        "most": STAGES[-1],
        "headline": head,
        "look": look,
        "change": "" if found is None else _change(found, judged, lang),
        "engine": growing.engine,
        "is_last": is_last,
        "is_narrow": is_narrow,
        "html": html,
    }


def _all_met(growing: Growing, stage: int, lang: str) -> Iterator[str]:
    found = targets_met(growing.scores(stage), growing.scenario)
    if found.is_empty():
        return
    row = found.row(-1, named=True)
    if row["contact"] != EVERY and len(found) > 1:
        return
    horizon = numbered(growing.scenario.spec.calendar.days, "day", lang)
    value, low, high = (row[f"replications_met{end}"] for end in ("", "_low", "_high"))
    words = "Probability that any one horizon ({horizon}) reaches all targets: {share}."
    yield say(words, lang, horizon=horizon, share=blocks.share(value, low, high, lang))


def _main(table: pl.DataFrame, judged: Sequence[Verdict], lang: str) -> Table:
    """Lay out the KPIs that matter, each with its interval."""
    rows = {row["kpi"]: row for row in table.iter_rows(named=True) if row["value"] is not None}
    names = ["offered", *main_kpis(judged, list(rows))]
    columns = [Column(say("KPI", lang), is_text=True), Column(say("Value", lang))]
    lines = [[blocks.text(title(name, lang)), blocks.number(rows[name], lang)] for name in dict.fromkeys(names) if name in rows]
    return Table(say("Main figures", lang), columns, lines)


def _change(found: Comparison, judged: Sequence[Verdict], lang: str) -> str:
    """Say in a few words what the plan changes: in the first target that it moves, or the main KPIs."""
    rows = {row["kpi"]: row for row in found.table.iter_rows(named=True) if row["difference"] is not None}
    kpi = next(iter(main_kpis(judged, list(rows))), None)
    if kpi is None:
        return ""
    row = rows[kpi]
    moved = change(row["difference"], row["difference_half_width"], row["unit"], lang=lang)
    return say("{kpi} {change} against {name}.", lang, kpi=title(kpi, lang), change=moved, name=clean(found.names[0], 40))


def _compared(found: Comparison, both: tuple[Growing, Growing], stage: int, lang: str) -> str:
    """Show the plan against the baseline on the same customers."""
    judged = {name: one.verdicts(stage) for name, one in zip(found.names, both, strict=True)}
    kpis = main_kpis([one for own in judged.values() for one in own], found.table["kpi"].to_list())
    side = [blocks.targets_side_by_side(judged, lang)] if any(judged.values()) else []
    shown = [show_answer(comparison_answer(found, kpis, lang)), show_table(_staff_of(found, lang))]
    return "".join([*shown, show_table(blocks.comparison_table(found, lang, kpis)), *map(show_table, side)])


def _names(wanted: Wanted, lang: str) -> tuple[str, str]:
    before, after = wanted.names
    before, after = before.strip() or say("the plan as opened", lang), after.strip() or say("This plan", lang)
    return (before, after) if before != after else (before, f"{after} (2)")


def _staff_of(found: Comparison, lang: str) -> Table:
    """Lay out agent-hours and their cost, which are no figures of chance."""
    before, after = found.scenarios
    columns = [Column(say("Staff", lang), is_text=True), *[Column(clean(name, 40)) for name in found.names]]
    columns.append(Column(say("Difference", lang)))
    hours = [sum(staff_hours(one).values()) for one in (before, after)]
    lines = [[blocks.text(say("agent-hours", lang)), *_both(hours, lang)]]
    if has_costs(before):
        costs = [staff_cost(one) for one in (before, after)]
        currency = clean(before.spec.costs.currency, 20)
        lines.append([blocks.text(say("cost, {unit}", lang, unit=currency)), *_both(costs, lang)])
    return Table(say("Staff of both plans", lang), columns, lines)


def _both(values: Sequence[float], lang: str) -> list[Cell]:
    before, after = (round(value, 2) for value in values)
    sign = "+" if after > before else "-" if after < before else ""
    shown = [amount(value, lang) for value in (before, after, abs(after - before))]
    return [Cell(shown[0], before), Cell(shown[1], after), Cell(f"{sign}{shown[2]}", after - before)]


def plan_lines(scenario: Scenario, lang: str) -> list[str]:
    """Say what the staff of a scenario amounts to: agent-hours, and their cost."""
    lines = [say("{n} agent-hours", lang, n=amount(sum(staff_hours(scenario).values()), lang))]
    if has_costs(scenario):
        lines.append(f"{amount(staff_cost(scenario), lang)} {clean(scenario.spec.costs.currency, 20)}")
    return lines


def amount(value: float, lang: str) -> str:
    """Write hours or money: whole, or with a decimal where there is one."""
    return format_value(value, "number", half_width=0.5 if round(value, 1) % 1 else 5.0, locale=lang)


def needed(scenario: Scenario) -> dict[str, list[dict[str, Any]]]:
    """Return what the formulas ask for, by team: day, start of the interval (seconds), agents; nothing where none applies."""
    try:
        goals = goals_of(scenario)
        cells, _ = cells_of(scenario)
        found = needs(pools_of(scenario), goals, cells)
    except SimkpiError:  # no targets, or a model that no formula describes
        return {}
    by_team: dict[str, list[dict[str, Any]]] = {}
    for cell, need in zip(cells, found, strict=True):
        by_team.setdefault(cell.team, []).append({"day": cell.day, "start": cell.start, "agents": need.agents})
    return by_team
