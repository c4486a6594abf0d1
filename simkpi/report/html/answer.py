"""The answer in words: are the targets met, how sure is that, when are they missed, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from simkpi.experiment.compare import Comparison
from simkpi.experiment.differences import BETTER, SAME, UNCLEAR, WORSE
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import MET, MISSED, Verdict, all_met
from simkpi.kpi.measure import KPIS
from simkpi.planning.staff_curve import Lever
from simkpi.report.comparison import change
from simkpi.report.html.blocks import share
from simkpi.report.html.content import BAD, DOUBT, GOOD, Answer
from simkpi.report.sentences import goal
from simkpi.report.tables import figure, title
from simkpi.report.words import clean, numbered, say, whose
from simkpi.units import DAY, format_time_of_day

#: Targets, and times at which one is missed, that the answer names.
_MOST_LINES, _MOST_TIMES = 5, 4


def run_answer(
    result: Result, judged: Sequence[Verdict], day: pl.DataFrame, lever: Lever | None, *, length: float, lang: str
) -> Answer:
    """Answer for one scenario.

    Parameters
    ----------
    result : Result
    judged : sequence of Verdict
        Its targets.
    day : DataFrame
        As :func:`simkpi.report.day_drawing.day_drawing` gives it: says when a service level is missed.
    lever : Lever or None
        What one more or fewer agent would do, if that was simulated.
    length : float, seconds
        Of an interval of *day*.
    lang : str
    """
    if not judged:
        return Answer(no_targets(result.kpis(["service_level"]), lang), lines=[_certainty(result, lang)])
    head, look = headline(judged, lang)
    missed = [one for one in judged if one.verdict == MISSED]
    unsure = [one for one in judged if one.verdict not in (MET, MISSED)]
    lines = [] if lever is None else list(lever_lines(lever, len(judged), lang))
    lines += _first(
        [_one(one, lang) for one in (*missed, *unsure)], "{n} more targets are not met for sure: see the table.", lang
    )
    times = list(_times(result, judged, day, length, lang))
    lines += _first(times, "{n} more miss theirs at times: see 'The day'.", lang)
    met = all_met(result)
    if met is not None and result.replications > 1:
        horizon = numbered(result.scenario.spec.calendar.days, "day", lang)
        words = "Probability that any one horizon ({horizon}) reaches all targets: {share}."
        lines.append(say(words, lang, horizon=horizon, share=share(met.value, met.low, met.high, lang)))
    return Answer(f"{head}.", look, [*lines, _certainty(result, lang)])


def _first(lines: Sequence[str], more: str, lang: str) -> list[str]:
    """Keep as many lines as anybody reads, and say how many there are besides."""
    if len(lines) <= _MOST_LINES:
        return list(lines)
    return [*lines[: _MOST_LINES - 1], say(more, lang, n=len(lines) - _MOST_LINES + 1)]


def headline(judged: Sequence[Verdict], lang: str) -> tuple[str, str]:
    """Say in a few words how many targets are met, and how that looks."""
    n = len(judged)
    missed = sum(one.verdict == MISSED for one in judged)
    unsure = sum(one.verdict not in (MET, MISSED) for one in judged)
    if missed > 1:
        return say("{k} of {n} targets are missed", lang, k=missed, n=n), BAD
    if missed:
        return (say("1 of {n} targets is missed", lang, n=n) if n > 1 else say("The target is missed", lang)), BAD
    if unsure:
        return say("No target is missed for sure, but {k} of {n} not met for sure either", lang, k=unsure, n=n), DOUBT
    return (say("All {n} targets are met", lang, n=n) if n > 1 else say("The target is met", lang)), GOOD


def no_targets(table: pl.DataFrame, lang: str) -> str:
    """Say what the service level is where no target says what it should be; *table* holds its row."""
    if table.is_empty() or table["value"][0] is None:
        return say("Nobody was offered to an agent, so there is nothing to judge.", lang)
    row = table.row(0, named=True)
    shown = figure(row["value"], row["half_width"], row["unit"], lang=lang)
    return say("Service level {figure}; the scenario sets no targets to judge it by.", lang, figure=shown)


def _one(one: Verdict, lang: str) -> str:
    shown = figure(one.value, one.half_width, one.unit, lang=lang)
    verdict = say(one.verdict, lang)
    words = "{contact}: {kpi} {figure}, goal {goal}: {verdict}."
    return say(
        words,
        lang,
        contact=clean(whose(one.contact, lang)),
        kpi=title(one.kpi, lang),
        figure=shown,
        goal=goal(one, lang=lang),
        verdict=verdict,
    )


def _certainty(result: Result, lang: str) -> str:
    if result.replications == 1:
        return say("From a single replication: one possible day, without any interval. Ask for 30 (-n 30).", lang)
    many = numbered(result.replications, "replication", lang)
    rough = " " + say("Fewer than 10 are rough: ask for 30 (-n 30).", lang) if result.replications < 10 else ""
    return say("From {many} with other customers each; ± is half a {share} interval.", lang, many=many, share="95%") + rough


def _times(result: Result, judged: Sequence[Verdict], day: pl.DataFrame, length: float, lang: str) -> Iterator[str]:
    """Say when in the day a service level that is not met is missed beyond doubt."""
    for one in judged:
        if one.kpi != "service_level" or one.verdict == MET:
            continue
        own = day.filter(pl.col("kpi") == f"service_level:{one.contact}")
        if own.is_empty() and (one.contact == "all" or len(result.scenario.spec.contacts) == 1):
            own = day.filter(pl.col("kpi") == "service_level")
        starts = own.filter(pl.col("high") < one.goal).sort("interval")["interval"].to_list()
        if starts:
            times = [say("{low} to {high}", lang, low=first, high=last) for first, last in spans(starts, length)]
            if len(times) > _MOST_TIMES:
                times = [*times[: _MOST_TIMES - 1], say("{n} more times", lang, n=len(times) - _MOST_TIMES + 1)]
            when = ", ".join(times)
            yield say("{contact} misses its goal for sure from {when}.", lang, contact=clean(whose(one.contact, lang)), when=when)


def spans(starts: Sequence[float], length: float) -> list[tuple[str, str]]:
    """Join intervals that follow each other, as times of day.

    Examples
    --------
    >>> spans([43200.0, 45000.0, 50400.0], 1800.0)
    [('12:00', '13:00'), ('14:00', '14:30')]
    """
    cuts = [
        0,
        *(place for place in range(1, len(starts)) if not np.isclose(starts[place] - starts[place - 1], length)),
        len(starts),
    ]
    found = []
    for first, last in pairwise(cuts):
        end = starts[last - 1] + length
        found.append((format_time_of_day(starts[first]), "24:00" if end >= DAY else format_time_of_day(end)))
    return found


def lever_lines(lever: Lever, targets: int, lang: str) -> Iterator[str]:
    """Say what a change of one team's head-count would do: the leanest that meets all targets for sure, or that none does."""
    found = lever.leanest()
    if found is None:
        yield say(
            "No change of one team alone ({low} to {high} agents) meets all targets for sure; see 'simkpi staff'.",
            lang,
            low=lever.fewest,
            high=f"+{lever.most}",
        )
        return
    team, agents, hours, now = found
    if agents == 0:
        yield say("One agent less in any team would no longer meet all targets for sure.", lang)
        return
    words = "{n} more in team {team} all day ({hours} agent-hours, now {now}): then all {targets} targets are met for sure."
    if agents < 0:
        words = "{n} fewer in team {team} all day ({hours} agent-hours, now {now}): all {targets} targets still met for sure."
    n = numbered(abs(agents), "agent", lang)
    what = say(words, lang, n=n, team=clean(team), hours=f"{hours:g}", now=f"{now:g}", targets=targets)
    yield say("Recommended: {what}", lang, what=what)


def comparison_answer(result: Comparison, kpis: Sequence[str], lang: str) -> Answer:
    """Answer for several scenarios: what is better and worse for sure, scenario by scenario."""
    base = result.names[result.baseline]
    rows = {(row["scenario"], row["kpi"]): row for row in result.table.iter_rows(named=True)}
    lines, looks, heads = [], [], []
    for name in result.names:
        if name == base:
            continue
        own = [
            rows[name, kpi] for kpi in kpis if (name, kpi) in rows and rows[name, kpi]["verdict"] not in ("", None, SAME, UNCLEAR)
        ]
        better, worse = ([row for row in own if row["verdict"] == word] for word in (BETTER, WORSE))
        looks.append(GOOD if better and not worse else BAD if worse and not better else DOUBT)
        text = {GOOD: "{name} is better than {base}", BAD: "{name} is worse than {base}"}.get(
            looks[-1],
            "{name} against {base}: no clear difference"
            if not own
            else "{name} is better than {base} in some KPIs and worse in others",
        )
        heads.append(say(text, lang, name=clean(name), base=clean(base)))
        said = say("; ", lang).join(
            f"{title(row['kpi'], lang)} {change(row['difference'], row['difference_half_width'], row['unit'], lang=lang)}"
            for row in [*better, *worse][:6]
        )
        if said:
            lines.append(say("{name}: {changes}.", lang, name=clean(name), changes=said))
    many = numbered(result.replications, "replication", lang)
    lines.append(say("Paired on the same customers in {many}; ± is half a {share} interval.", lang, many=many, share="95%"))
    return Answer(say("; ", lang).join(heads) + ".", looks[0] if len(set(looks)) == 1 else "", lines)


def main_kpis(judged: Sequence[Verdict], available: Sequence[str]) -> list[str]:
    """KPIs that a comparison is about: those of the targets, then the usual ones."""
    usual = ("service_level", "abandon_rate", "asa", "frt", "occupancy", "containment_rate", "deflection_rate", "fcr", "aht")
    wanted = dict.fromkeys([*(one.kpi for one in judged), *usual])
    return [name for name in wanted if name in available and name in KPIS]
