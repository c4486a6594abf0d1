"""The cheapest shifts that meet the targets: an integer program proposes, the simulation judges and adds conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from simkpi.errors import InputError
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.goals import Check, Goal, all_shown, check, goals_of, refuse_certain
from simkpi.planning.head_counts import Cell, Counts, staffed
from simkpi.planning.removals import SWEEP_CONTACTS, blocks_of
from simkpi.planning.shift_cover import Floats, Program, Roster
from simkpi.planning.shift_library import Library, Pattern, duty_step, patterns
from simkpi.planning.shift_plan import ShiftPlan
from simkpi.planning.staffing import PILOT, PILOT_WORLD, staff
from simkpi.planning.trials import Trials
from simkpi.scenario.resolve import Scenario
from simkpi.units import DAY

NEEDS = ("load", "formula", "simulation")
#: Most cuts before giving up.
MOST_ROUNDS = 30
#: Blocks of at least this length are judged together, seconds.
_BLOCK = 3600.0
#: Most tests of a roster on fresh customers.
_ATTEMPTS = 4


def plan_shifts(
    scenario: Scenario,
    library: Library,
    *,
    need: str = "load",
    goals: Sequence[Goal] | None = None,
    alpha: float = 0.05,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> ShiftPlan:
    """Find the cheapest shifts of *library* with which every target is shown to be met.

    Parameters
    ----------
    scenario : Scenario
    library : Library
    need : str
        What has to be covered in any case: ``load`` (agents who can carry the load; the simulation asks for the rest),
        ``formula`` (the need by formula) or ``simulation`` (the head-counts of :func:`simkpi.planning.staffing.staff`).
    goals, alpha, replications, seed, engine, progress
        As for :func:`simkpi.planning.staffing.staff`.

    Returns
    -------
    ShiftPlan

    Raises
    ------
    InputError
        If no shifts of the library cover the need or meet the targets.

    Notes
    -----
    The integer program's roster is simulated; for a goal that is not shown, the gain of one more agent in each block of the
    day is simulated too, on the same customers, and becomes a linear condition (cut). This repeats until every goal is shown;
    then single shifts that are not missed are taken away. The conditions are exact if the goals are concave in the head-counts,
    which holds beyond the steep part of a service level; a condition that a simulated roster breaks although it meets the goals
    is softened until it does not, so that the bound holds for all that was seen, and is no proof for what was not.
    At last the roster is tested on fresh customers; a k-th test, after a failure, uses ``alpha / 2**k``.

    Source: J. Atlason, M. A. Epelman and S. G. Henderson, Call center staffing with simulation and cutting plane methods,
    Annals of Operations Research 127, 2004.
    """
    if need not in NEEDS:
        raise InputError(f"need: must be one of {', '.join(NEEDS)}, got '{need}'")
    if not 0 < alpha < 0.5:
        raise InputError(f"alpha: must lie between 0 and 50%, got {alpha:g}")
    wanted = tuple(goals) if goals else goals_of(scenario)
    refuse_certain(wanted)
    world = scenario.spec.run.seed if seed is None else seed
    count = scenario.spec.run.replications if replications is None else replications
    if count < 2:
        raise InputError(f"replications: needs at least 2 to show anything, got {count}; 10 or more are better")
    ways, cells = _laid_out(scenario, library)
    floor = _floor(scenario, wanted, cells, need, {"seed": world, "engine": engine, "replications": count, "alpha": alpha})
    program = Program(library, ways, cells)
    pilot = Trials(seed=world, replications=PILOT, first=PILOT_WORLD, engine=engine, runs=100, tell=progress)
    search = _Search(scenario, wanted, program, floor, pilot, alpha)
    tell = None if progress is None else lambda done: progress(pilot.simulated + done)
    trials = Trials(seed=world, replications=count, engine=engine, runs=5, tell=tell)
    for attempt in range(1, _ATTEMPTS + 1):
        roster = search.roster()
        result = trials.run(staffed(scenario, cells, roster.counts))
        checks = check(result, wanted, alpha=alpha * 0.5**attempt)
        if all_shown(checks):
            return ShiftPlan(
                scenario,
                wanted,
                alpha,
                need,
                tuple(ways),
                cells,
                floor,
                roster,
                checks,
                min(search.bound, roster.hours),
                len(program.cuts),
                len(search.good),
                search.softened + search.forced,
                result,
                pilot.simulated + trials.simulated,
            )
        search.demand_more(checks)
    failing = next(one.goal for one in checks if not one.is_shown)
    raise InputError(f"shifts: can not be shown with {count} replications: {failing}; ask for more (--replications 50)")


def _laid_out(scenario: Scenario, library: Library) -> tuple[list[Pattern], tuple[Cell, ...]]:
    """All patterns of all days, and the steps of the duty grid in which anything may happen."""
    spec = scenario.spec
    unknown = [name for shift in library.shifts.values() for name in shift.teams if name not in spec.teams]
    if unknown:
        raise InputError(f"shifts: there is no team '{unknown[0]}'; known: {', '.join(spec.teams)}")
    step = duty_step(library, *[contact.volume.interval for contact in spec.contacts.values()])
    ways: list[Pattern] = []
    cells: list[Cell] = []
    for team in spec.teams:
        before = np.zeros(round(DAY / step), dtype=bool)
        for day in range(-1, spec.calendar.days):
            own = list(patterns(library, team, day, weekday=(spec.calendar.start + timedelta(days=day)).weekday(), step=step))
            both = np.logical_or.reduce([way.duty for way in own]) if own else np.zeros(2 * len(before), dtype=bool)
            used, before = both[: len(before)] | before, both[len(before) :]
            if day < 0:
                ways += own
            elif any(team in shift.teams or not shift.teams for shift in library.shifts.values()):
                ways += own
                open_ = _open(scenario, team, day, step)
                cells += [Cell(team, day, index * step, step) for index in np.flatnonzero(used | open_)]
    return ways, tuple(cells)


def _open(scenario: Scenario, team: str, day: int, step: float) -> np.ndarray:
    """Mark the steps of a day in which contacts may come that the team serves."""
    found = np.zeros(round(DAY / step), dtype=bool)
    for name in scenario.spec.teams[team].skills:
        volume = scenario.spec.contacts[name].volume
        for index, expected in enumerate((volume.expected or ())[day]):
            if expected > 0:
                first = round((volume.start + index * volume.interval) / step)
                found[first : first + round(volume.interval / step)] = True
    return found


def _floor(scenario: Scenario, goals: Sequence[Goal], cells: Sequence[Cell], need: str, how: dict[str, object]) -> Counts:
    if need == "simulation":
        plan = staff(scenario, goals=goals, **how)  # type: ignore[arg-type]
        floor = np.zeros(len(cells), dtype=np.int64)
        for cell, agents in zip(plan.cells, plan.recommended, strict=True):
            for index, own in enumerate(cells):
                inside = cell.start <= own.start < cell.start + cell.length
                if inside and own.team == cell.team and own.day == cell.day:
                    floor[index] = agents
        return floor
    found = needs(pools_of(scenario), goals, cells)
    if need == "formula":
        return np.array([one.agents for one in found], dtype=np.int64)
    return np.array([np.ceil(one.load) for one in found], dtype=np.int64)


@dataclass
class _Search:
    """Rosters on the search's own customers."""

    scenario: Scenario
    goals: tuple[Goal, ...]
    program: Program
    floor: Counts
    pilot: Trials
    alpha: float
    bound: float = 0.0

    def __post_init__(self) -> None:
        self.good: list[Counts] = []
        self.slack = np.zeros(len(self.goals))
        self.softened = self.forced = 0

    def beyond(self, checks: Sequence[Check]) -> Floats:
        """How far each one-sided bound is beyond its goal and the slack asked for."""
        return np.array([_short(one) for one in checks]) - self.slack

    def judge(self, counts: Counts) -> Floats:
        """Simulate head-counts; how far they are beyond each goal. Those that meet the goals are remembered."""
        world = staffed(self.scenario, self.program.cells, counts)
        beyond = self.beyond(check(self.pilot.run(world), self.goals, alpha=self.alpha))
        if beyond.min() >= 0:
            self.good.append(counts)
            for place, (row, at_least) in enumerate(self.program.cuts):
                reached = float(row @ counts)
                if reached < at_least - 1e-9:  # the goal is not concave there: the cut asked for too much
                    self.program.cuts[place] = (row, reached)
                    self.softened += 1
        return beyond

    def roster(self) -> Roster:
        """Solve, simulate and add cuts until no cheaper roster is left, or the rounds are used up."""
        best: Roster | None = None
        for _ in range(MOST_ROUNDS):
            roster = self.program.solve(self.floor)
            if not self.slack.any():
                self.bound = roster.bound
            if best is not None and roster.bound >= 0.996 * best.hours:
                break
            beyond = self.judge(roster.counts)
            if beyond.min() < 0:
                self._cut(roster, beyond)
                continue
            better = self.polished(roster)
            if best is None or better.hours < best.hours:
                best = better
        if best is None:
            raise InputError(
                f"shifts: no roster was found within {MOST_ROUNDS} rounds that meets every target; try --need formula"
            )
        return best

    def _cut(self, roster: Roster, beyond: Floats) -> None:
        """Ask for as much more as the failing goals lack, by what one more agent in each block brings."""
        counts = roster.counts
        blocks = self._blocks()
        failing = np.flatnonzero(beyond < 0)
        before = beyond[failing]
        gains = np.zeros((len(failing), len(counts)))
        for block in blocks:
            more = counts.copy()
            more[list(block)] += 1
            gain = self.judge(more)[failing] - before
            gains[:, list(block)] = np.maximum(gain, 0.0)[:, None] / len(block)
        useful = 0
        for row, lacks in zip(gains, -before, strict=True):
            here, needed = float(row @ counts), float(row @ counts + lacks)
            softened = min([needed, *[float(row @ good) for good in self.good]])
            self.softened += softened < needed - 1e-9
            if softened > here + 1e-9:
                self.program.add_cut(row, softened)
                useful += 1
        if not useful:  # nothing helps measurably: one more agent somewhere
            self.forced += 1
            self.program.add_cut(np.ones(len(counts)), float(counts.sum() + 1))

    def _blocks(self) -> tuple[tuple[int, ...], ...]:
        """Return runs of neighbouring cells that are judged together."""
        cells = self.program.cells
        volumes = (contact.volume.expected or () for contact in self.scenario.spec.contacts.values())
        contacts = sum(sum(map(sum, rows)) for rows in volumes) * PILOT
        most = max(6, int(SWEEP_CONTACTS / max(1.0, contacts)))
        by_hour = max(1, round(_BLOCK / cells[0].length))
        return blocks_of(cells, np.ones(len(cells), dtype=np.int64), min(most, -(-len(cells) // by_hour) + 1))

    def polished(self, roster: Roster) -> Roster:
        """Take away shifts that are not missed, the most paid first."""
        numbers = roster.numbers
        tried: set[int] = set()
        while True:
            used = [index for index in np.argsort([-way.hours for way in self.program.patterns], kind="stable") if numbers[index]]
            left = [int(index) for index in used if int(index) not in tried]
            if not left:
                return roster
            fewer = numbers.copy()
            fewer[left[0]] -= 1
            counts = self.program.counts(fewer)
            if np.all(counts >= self.floor) and self.judge(counts).min() >= 0:
                numbers = fewer
                roster = replace(roster, numbers=numbers, counts=counts, hours=self.program.hours(numbers))
            else:
                tried.add(left[0])

    def demand_more(self, checks: Sequence[Check]) -> None:
        """After a failed test: ask of the search's customers what was missing on the fresh ones, and a little more."""
        lacking = np.array([max(0.0, -_short(one)) for one in checks])
        self.slack += 1.25 * lacking
        self.good = []


def _short(one: Check) -> float:
    """How far the one-sided bound is beyond the goal, on its good side."""
    return -1.0 if one.bound is None else one.goal.sign * (one.bound - one.goal.value)
