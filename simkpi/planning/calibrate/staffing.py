"""Fits the head-count per weekday and interval, and turns 5.6 agents into whole numbers that keep the agent-hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.agent_paces import AgentPaces, fit_agent_paces
from simkpi.planning.calibrate.breath import Breath, Desk, fit_breath
from simkpi.planning.calibrate.days import Days
from simkpi.planning.calibrate.duty import Duty, active_agents, find_duty
from simkpi.planning.calibrate.observed import Floats, Observed, Texts
from simkpi.planning.calibrate.pace import fit_pace
from simkpi.planning.calibrate.times import LawFit, fit_law
from simkpi.scenario.channels import CHANNELS

StaffFrom = Literal["contacts", "states"]
#: Mean agents on duty below which an interval counts as closed.
CLOSED_BELOW = 0.25
#: A team has a skill if it answered this share of the contact type, or the type is this share of what the team answered.
_SKILL_SHARE = 0.02
#: Concurrency counts if it lasted this share of the agents' busy time.
_CONCURRENT_SHARE = 0.005


@dataclass(frozen=True)
class StaffFit:
    """One team.

    Parameters
    ----------
    name : str
        Of the team; ``agents`` if the log names none.
    skills : dict of str to int
        Contact types that the team answers, with the contacts an agent handles at once.
    on_duty : ndarray, shape (n_rows, n_intervals)
        Mean agents on duty.
    strength : ndarray, shape (n_rows, n_intervals)
        The same in agents of usual pace: each counts by his own.
    pace : ndarray, shape (n_intervals,)
        Handle time of the interval's hour / usual handle time; see :func:`simkpi.planning.calibrate.pace.fit_pace`.
    hours, hours_error : ndarray, shape (n_rows,)
        Agent-hours per day and their standard error over the days of the row (NaN for one day).
    availability : float, fraction
        Agent-hours on duty / (agents who handled something in the interval x its length).
    active_hours : float
        The denominator of it, hours over the whole log.
    agents : int
        Different agents.
    unlogged : LawFit
        Pauses before contacts that had waited: work after a contact that the log does not hold.
    breaks : int
        Pauses taken as absences.
    source : str
        ``contacts`` or ``states``.
    paces : AgentPaces
        How fast each agent works.
    breath : Breath or None
        Whether agents who have nothing to do are ready; None if the log does not tell.
    spells : Duty
        Who was on duty when.
    """

    name: str
    skills: dict[str, int]
    on_duty: Floats
    strength: Floats
    pace: Floats
    hours: Floats
    hours_error: Floats
    availability: float
    active_hours: float
    agents: int
    unlogged: LawFit
    breaks: int
    source: StaffFrom
    paces: AgentPaces
    spells: Duty
    breath: Breath | None = None

    @property
    def capacity(self) -> Floats:
        """Agents of usual pace that do the work of those on duty, shape (n_rows, n_intervals)."""
        return np.where(self.on_duty < CLOSED_BELOW, 0.0, self.strength / self.pace)

    def all_alike(self) -> StaffFit:
        """Return the same team without paces of hours and agents."""
        return replace(self, pace=np.ones_like(self.pace), strength=self.on_duty, paces=AgentPaces())

    def strength_with(self, paces: AgentPaces, days: Days, interval: float) -> Floats:
        """Return the agents on duty in agents of usual pace, if *paces* are theirs, shape (n_rows, n_intervals)."""
        return days.mean(_by_day(self.spells, days, interval, paces))


def fit_teams(
    log: Log, observed: Observed, days: Days, *, interval: float, longest_gap: float, staff_from: StaffFrom
) -> tuple[StaffFit, ...]:
    """Fit every team that answered a contact.

    Parameters
    ----------
    log : Log
        For its agent states, if *staff_from* is ``states``.
    observed : Observed
        The same log as arrays.
    days : Days
        Rows of the profile.
    interval : float, seconds
        Length of an interval.
    longest_gap : float, seconds
        See :func:`simkpi.planning.calibrate.duty.find_duty`.
    staff_from : str
        ``contacts`` reconstructs who was on duty; ``states`` believes the log's agent states.
    """
    teams = tuple(
        _fit_team(
            log, observed, days, name=name, skills=skills, interval=interval, longest_gap=longest_gap, staff_from=staff_from
        )
        for name, skills in _teams(observed)
    )
    return tuple(replace(team, breath=_breath(observed, team, teams, longest_gap)) for team in teams)


def _fit_team(
    log: Log,
    observed: Observed,
    days: Days,
    *,
    name: str,
    skills: dict[str, int],
    interval: float,
    longest_gap: float,
    staff_from: StaffFrom,
) -> StaffFit:
    types = np.array([one in skills for one in observed.contact_types])
    chosen = types[observed.contact_type] & (~observed.is_answered | (observed.team == name) | (observed.team == ""))
    borders = np.arange(observed.days * int(np.ceil(86_400 / interval)) + 1, dtype=np.float64) * interval
    duty = find_duty(observed, chosen, longest_gap=longest_gap, interval=interval)
    spells = duty if staff_from == "contacts" else _from_states(log, observed, name, duty)
    one_by_one = max(skills.values()) == 1
    paces = fit_agent_paces(observed, chosen, duty) if one_by_one else AgentPaces()
    by_day = _by_day(spells, days, interval)
    hours = by_day.sum(axis=1) * interval / 3600
    active = float(active_agents(observed, chosen, borders).sum()) * interval / 3600
    error = np.full(len(days.labels), np.nan)
    for row in np.flatnonzero(days.sizes > 1):
        mine = hours[days.row == row]
        error[row] = mine.std(ddof=1) / np.sqrt(len(mine))
    return StaffFit(
        name=name,
        skills=skills,
        on_duty=days.mean(by_day),
        strength=days.mean(_by_day(spells, days, interval, paces)),
        pace=fit_pace(observed, chosen, interval, paces.of(observed.agent)),
        hours=days.mean(hours),
        hours_error=error,
        availability=float(hours.sum()) / active if active else 0.0,
        active_hours=active,
        agents=len({agent for agent in spells.agent if agent}),
        unlogged=fit_law(duty.gaps),
        breaks=duty.breaks,
        source=staff_from,
        paces=paces,
        spells=spells,
    )


def _breath(observed: Observed, team: StaffFit, teams: tuple[StaffFit, ...], longest: float) -> Breath | None:
    """Whether agents of *team* who have nothing to do are ready, where they handle one contact at a time."""
    beside = [one for one in teams if one is not team and one.skills.keys() & team.skills.keys()]
    if any(max(one.skills.values()) > 1 for one in (team, *beside)):
        return None
    can_take = np.array([one in team.skills for one in observed.contact_types])[observed.contact_type]
    names = {one.name for one in (team, *beside)} | {""}
    handled = np.array([one in names for one in observed.team.tolist()]) | (len(teams) == 1)
    return fit_breath(observed, Desk(can_take, handled, tuple(one.spells for one in (team, *beside))), longest)


def _by_day(spells: Duty, days: Days, interval: float, paces: AgentPaces | None = None) -> Floats:
    """Agents on duty on each day, shape (n_days, n_intervals); with *paces* those of usual pace who do as much."""
    borders = np.arange(days.holes.size + 1, dtype=np.float64) * interval
    weight = None if paces is None else 1 / paces.of(spells.agent)
    return days.fill(spells.agents_on_duty(borders, weight).reshape(days.holes.shape))


def _from_states(log: Log, observed: Observed, team: str, duty: Duty) -> Duty:
    """Spells of state ``work``, as the log recorded them."""
    import polars as pl

    if log.agent_states is None:
        raise InputError("the log has no agent states; take staff from its contacts")
    states = log.agent_states.lazy().collect().filter(pl.col("state") == "work")
    if "team" in states.columns:
        states = states.filter(pl.col("team").is_null() | (pl.col("team") == team))
    midnight = pl.lit(observed.start).cast(pl.Datetime("ms"))
    since = states.select(((pl.col(name) - midnight).dt.total_milliseconds() / 1000).alias(name) for name in ("from_at", "to_at"))
    agents = np.array(states["agent_id"].to_list(), dtype=object)
    return replace(duty, agent=agents, start=since["from_at"].to_numpy(), end=since["to_at"].to_numpy())


def _teams(observed: Observed) -> Iterator[tuple[str, dict[str, int]]]:
    """Teams by name, each with its contact types and their concurrency."""
    served = observed.is_answered
    answered_by_type = np.bincount(observed.contact_type[served], minlength=len(observed.contact_types))
    names = sorted({name for name in observed.team[served] if name})
    if not names:
        yield "agents", _skills(observed, served, np.ones(len(observed.contact_types), dtype=bool))
        return
    for name in names:
        mine = served & (observed.team == name)
        counts = np.bincount(observed.contact_type[mine], minlength=len(observed.contact_types))
        kept = (counts >= _SKILL_SHARE * answered_by_type) | (counts >= _SKILL_SHARE * counts.sum())
        # A type that nobody ever answered still needs somebody to wait for.
        yield name, _skills(observed, mine, kept & (counts > 0) | (answered_by_type == 0))


def _skills(observed: Observed, served: NDArray[np.bool_], kept: NDArray[np.bool_]) -> dict[str, int]:
    limits = [CHANNELS.get(channel).max_concurrency if channel in dict(CHANNELS.items()) else 1 for channel in observed.channels]
    return {
        observed.contact_types[n]: _concurrency(observed, served & (observed.contact_type == n)) if limits[n] > 1 else 1
        for n in np.flatnonzero(kept)
    }


def _concurrency(observed: Observed, served: NDArray[np.bool_]) -> int:
    known = served & (observed.agent != "") & (observed.released > observed.left)
    return most_at_once(observed.agent[known], observed.left[known], observed.released[known])


def most_at_once(agents: Texts, start: Floats, end: Floats) -> int:
    """Largest number of contacts that agents had open at once for a noticeable share of their busy time, at least 1.

    Parameters
    ----------
    agents : ndarray of str, shape (n_contacts,)
        Who handled them.
    start, end : ndarray, shape (n_contacts,), seconds
        When each was opened and closed.
    """
    names, code = np.unique(agents.astype(str), return_inverse=True)
    moments = np.concatenate([start, end])
    change = np.repeat([1, -1], len(code))
    agent = np.concatenate([code, code])
    order = np.lexsort((change, moments, agent))
    level = np.cumsum(change[order])
    length = np.append(np.diff(moments[order]), 0.0)
    busy = level > 0
    total = float(length[busy].sum())
    levels = [k for k in range(1, 21) if total > 0 and float(length[level >= k].sum()) >= _CONCURRENT_SHARE * total]
    return max(levels, default=1) if len(names) else 1


def heads(capacity: Floats, *, factor: float = 1.0) -> NDArray[np.intp]:
    """Whole head-counts per interval whose running sum follows that of *capacity* times *factor*.

    Parameters
    ----------
    capacity : ndarray, shape (n_rows, n_intervals)
        Mean agents; 0 where the team is closed.
    factor : float
        Multiplies them first.

    Returns
    -------
    ndarray of int, shape (n_rows, n_intervals)
        At least 1 where the team is open, 0 elsewhere; the rounding error is carried to the next interval and the next row, so
        hours are right to half an interval over the whole week.

    Examples
    --------
    >>> import numpy as np
    >>> heads(np.array([[0.0, 5.4, 5.4, 5.4, 0.6, 0.0]])).tolist()
    [[0, 5, 6, 5, 1, 0]]
    """
    whole = np.zeros(capacity.shape, dtype=np.intp)
    carried = 0.0
    for place, mean in np.ndenumerate(capacity):
        if mean <= 0:
            continue
        carried += float(mean) * factor
        whole[place] = max(1, int(np.floor(carried + 0.5)))
        carried -= int(whole[place])
    return whole
