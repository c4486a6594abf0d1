"""The deflection lab in words and tables: what is claimed, what is saved in the end, and where the rest went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from simkpi.experiment.confidence import Estimate
from simkpi.planning.costs import has_costs
from simkpi.planning.deflection_lab import DeflectionLab, Level, TopicLab
from simkpi.report.tables import DASH, aligned, figure, to_records
from simkpi.report.words import say
from simkpi.units import format_share, format_value

#: Column of a level's figures -> unit, for those that are estimates.
UNITS = {
    "containment_rate": "fraction",
    "bot_resolution_rate": "fraction",
    "deflection_rate": "fraction",
    "aht": "seconds",
    "fcr": "fraction",
    "abandon_rate": "fraction",
    "bot_frt": "seconds",
    "frt": "seconds",
}
_SERVICE = (("bot_resolution_rate", "deflection_rate"), ("aht", "fcr", "abandon_rate", "bot_frt", "frt"))


def lab_frame(lab: DeflectionLab) -> pl.DataFrame:
    """One row per topic and containment setting, ready for CSV, JSON and the chart."""
    rows = [_row(one, level) for one in lab.topics for level in one.levels]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(one: TopicLab, level: Level) -> dict[str, Any]:
    row: dict[str, Any] = {"topic": one.topic.name, "contains": level.contains, "is_now": level.is_now}
    named = {"claimed_containment": level.taken, **{name: level.figures[name] for name in UNITS}}
    named |= {"after_hours_share": level.after_hours, "agent_hours": level.world.need.hours}
    for name, value in named.items():
        row |= _ends(name, value)
    for channel, value in level.returns.items():
        row |= _ends(f"further_contacts_{channel}", value)
    row |= {"agents": level.world.need.agents, "plan_agent_hours": level.world.need.plan_hours}
    for name in ("claimed_hours", "net_hours", "claimed_cost", "net_cost"):
        row |= _ends(name, getattr(level, name))
    return {**row, **_ends("work_hours", level.work), "realised": level.realised}


def _ends(name: str, value: Estimate) -> dict[str, float | None]:
    return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}


def service_lines(one: TopicLab, lang: str = "en") -> Iterator[str]:
    """Write what the bot takes, solves and leaves, setting by setting, at the staff that meets the targets."""
    channels = list(dict.fromkeys(name for found in (one.returns, *[level.returns for level in one.levels]) for name in found))
    header = ["contains", "ends with bot", "solved", "net deflection"]
    header = [say(word, lang) for word in header] + [say("back by {channel}", lang, channel=name) for name in channels]
    header += [say(word, lang) for word in ("handle time left", "FCR", "abandoned", "bot answers", "human answers")]

    def row(name: str, taken: Estimate, figures: dict[str, Estimate], returns: dict[str, Estimate]) -> list[str]:
        kpis = [[_shown(figures[kpi], UNITS[kpi], lang) for kpi in part] for part in _SERVICE]
        back = [_shown(returns.get(channel, Estimate(0.0)), "count", lang) for channel in channels]
        return [name, _shown(taken, "fraction", lang), *kpis[0], *back, *kpis[1]]

    rows = [row(_start(one, lang), Estimate(None), one.figures, one.returns)]
    rows += [row(_setting(level, lang), level.taken, level.figures, level.returns) for level in one.levels]
    yield from aligned(header, rows).splitlines()


def saving_lines(one: TopicLab, currency: str, lang: str = "en") -> Iterator[str]:
    """Write the agents at the targets, and the saving: claimed, net, and the part that comes true."""
    has_cost = has_costs(one.topic.scenario)
    header = ["contains", "agents", "agent-hours", "claimed saving", "net saving", "comes true"]
    header = [say(word, lang) for word in header]
    if has_cost:
        header += [say("claimed, {currency}", lang, currency=currency), say("net, {currency}", lang, currency=currency)]
    need, start = one.baseline.need, _start(one, lang)
    rows = [[start, str(need.agents), _shown(need.hours, "count", lang), DASH, DASH, DASH, *([DASH, DASH] if has_cost else [])]]
    for level in one.levels:
        need = level.world.need
        rows.append(
            [
                _setting(level, lang),
                str(need.agents),
                _shown(need.hours, "count", lang),
                _shown(level.claimed_hours, "count", lang),
                _shown(level.net_hours, "count", lang),
                DASH if level.realised is None else format_share(round(level.realised, 2)),
                *([_shown(each, "count", lang) for each in (level.claimed_cost, level.net_cost)] if has_cost else []),
            ]
        )
    yield from aligned(header, rows).splitlines()


def _start(one: TopicLab, lang: str) -> str:
    if one.against is None:
        return say("no bot", lang)
    return say("{share}, baseline", lang, share=format_share(round(one.against, 4)))


def _setting(level: Level, lang: str) -> str:
    share = format_share(round(level.contains, 4))
    return say("{share} (now)", lang, share=share) if level.is_now else share


def _shown(value: Estimate, unit: str, lang: str) -> str:
    return figure(value.value, value.half_width, unit, lang=lang)


def verdict(one: TopicLab, lang: str = "en") -> Iterator[str]:
    """Say what today's setting saves against its claim, where the saving begins, and what came after hours."""
    level = next(each for each in one.levels if each.contains == one.at)
    yield say(
        "At {setting} the bot ends {taken} of the contacts: {claimed} agent-hours are claimed, {net} are saved ({part}).",
        lang,
        setting=format_share(round(one.at, 4)),
        taken=_shown(level.taken, "fraction", lang),
        claimed=_shown(level.claimed_hours, "count", lang),
        net=_shown(level.net_hours, "count", lang),
        part=DASH if level.realised is None else format_share(round(level.realised, 2)),
    )
    yield _break_even(one, lang)
    if level.after_hours.value:
        yield say(
            "{share} of what the bot ends comes when no agent for it is on duty: it helps customers, but frees nobody.",
            lang,
            share=_shown(level.after_hours, "fraction", lang),
        )
    if level.world.pending > 0.005 * (level.world.need.hours.value or 0.0):
        yield say(
            "{hours} of these agent-hours are for customers who come back after the horizon ends.",
            lang,
            hours=format_value(level.world.pending, "count", half_width=1.0, locale=lang),
        )


def _break_even(one: TopicLab, lang: str) -> str:
    free = not has_costs(one.topic.scenario)
    what = say("agent-hours" if free else "money", lang)
    if one.break_even:
        found = "; ".join(_crossing(each, lang) for each in one.break_even)
        return say("Break-even in {what}: containment of {found}.", lang, what=what, found=found)
    last = one.levels[-1].net_hours if free else one.levels[-1].net_cost
    text = "No break-even in {what}: the bot saves at every setting looked at."
    if (last.value or 0.0) < 0:
        text = "No break-even in {what}: the bot costs more than it saves at every setting looked at."
    return say(text, lang, what=what)


def _crossing(found: Estimate, lang: str) -> str:
    value, low, high = (None if each is None else format_share(round(each, 3)) for each in (found.value, found.low, found.high))
    if low is None or high is None:
        return f"{value}"
    return say("{value} ({low} to {high})", lang, value=value, low=low, high=high)


def doubt_lines(one: TopicLab, lang: str = "en") -> Iterator[str]:
    """Write what the net saving becomes if an assumption is wrong."""
    rows = [
        [say(each.name, lang), _shown(each.net_hours, "count", lang), _signed(each.change, lang)] for each in one.sensitivities
    ]
    header = [
        say("at {setting}, if", lang, setting=format_share(round(one.at, 4))),
        *[say(word, lang) for word in ("net saving", "change")],
    ]
    yield from aligned(header, rows).splitlines()


def _signed(value: Estimate, lang: str) -> str:
    text = _shown(value, "count", lang)
    return f"+{text}" if value.value is not None and value.value >= 0 else text


def ramp_lines(one: TopicLab, currency: str, lang: str = "en") -> Iterator[str]:
    """Write the saving week by week while customers take the bot up."""
    has_cost = has_costs(one.topic.scenario)
    header = [say(word, lang) for word in ("week", "adoption", "claimed saving", "net saving")]
    if has_cost:
        header.append(say("net, {currency}", lang, currency=currency))
    rows = [
        [
            str(week.number),
            format_share(round(week.adoption, 3)),
            _shown(week.claimed_hours, "count", lang),
            _shown(week.net_hours, "count", lang),
            *([_shown(week.net_cost, "count", lang)] if has_cost else []),
        ]
        for week in one.weeks
    ]
    yield from aligned(header, rows).splitlines()


def record(lab: DeflectionLab) -> dict[str, Any]:
    """Everything, ready for JSON."""
    levels = to_records(lab_frame(lab))
    return {
        "scenario": lab.scenario.name,
        "seed": lab.seed,
        "replications": lab.replications,
        "engine": lab.engine,
        "currency": lab.scenario.spec.costs.currency,
        "targets": [str(goal) for goal in lab.goals],
        "targets_left_out": [str(goal) for goal in lab.left_out],
        "topics": [_topic(one, [row for row in levels if row["topic"] == one.topic.name]) for one in lab.topics],
    }


def _topic(one: TopicLab, levels: Sequence[dict[str, Any]]) -> dict[str, Any]:
    need = one.baseline.need
    return {
        "topic": one.topic.name,
        "bot": one.topic.bot,
        "baseline": {"contains": one.against, "agents": need.agents, **_ends("agent_hours", need.hours)}
        | {key: value for name in UNITS for key, value in _ends(name, one.figures[name]).items()},
        "handle_time": one.topic.handle,
        "contained_handle_time": one.topic.contained_handle,
        "levels": list(levels),
        "break_even": [{"value": each.value, "low": each.low, "high": each.high} for each in one.break_even],
        "at": one.at,
        "sensitivity": [
            {"if": each.name, **_ends("net_hours", each.net_hours), **_ends("change", each.change)} for each in one.sensitivities
        ],
        "ramp": [
            {
                "week": week.number,
                "adoption": week.adoption,
                **_ends("claimed_hours", week.claimed_hours),
                **_ends("net_hours", week.net_hours),
                **_ends("net_cost", week.net_cost),
            }
            for week in one.weeks
        ],
        "sentences": list(verdict(one)),
    }
