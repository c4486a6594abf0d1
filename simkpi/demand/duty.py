"""What chance does to the agents' time: who stays away, who comes late, and when agents are away at moments of their own choice.

An agent's draws are named by the team (and the agent, if called by name), the agent's place and the day, so that they are the
same whatever else changes, and a lower rate of absence leaves a part of the same absences.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import Duty, Ticks
from simkpi.demand.streams import Addresses, World
from simkpi.scenario.crews import DELAY, Stint, crews_of, stints_of
from simkpi.scenario.heads import head_count_changes, scheduled
from simkpi.scenario.rosters import ABSENT, Roster, Stints, lay_out
from simkpi.scenario.shifts import Adherence
from simkpi.scenario.spec import Spec, Team
from simkpi.units import DAY, to_ticks

Uniforms = NDArray[np.float64]
#: Day within the identity of a counted agent.
_DAY_BITS = 12


def is_random(spec: Spec) -> bool:
    """Whether chance decides anything about the agents' time."""
    return any(_is_random(team) for team in spec.teams.values())


def _is_random(team: Team) -> bool:
    lateness, adherence = team.lateness, team.adherence
    is_late = lateness is not None and lateness.chance > 0
    return team.shrinkage.unplanned > 0 or is_late or (adherence is not None and adherence.share < 1)


def draw_duty(spec: Spec, seed: int | str, replication: int) -> Duty | None:
    """Draw what chance does to the agents' time; None if it does nothing.

    Parameters
    ----------
    spec : Spec
        Resolved.
    seed : int or str
        Names the family of replications.
    replication : int
        Which replication.
    """
    if not is_random(spec):
        return None
    crews = crews_of(spec)
    head_counts = {}
    for number, crew in enumerate(crews):
        team = spec.teams[crew.team]
        if not team.has_timetables and team.shrinkage.unplanned:
            head_counts[number] = _with_absence(spec, crew.team, World(seed, replication, crew.team))
    stints = stints_of(spec)
    roster = _roster(spec, [crew.team for crew in crews], stints, seed, replication) if stints else None
    return Duty(roster, head_counts)


# --- counted agents -------------------------------------------------------------------------------------------------------


def _with_absence(spec: Spec, name: str, world: World) -> tuple[tuple[int, int], ...]:
    """Head-count of a counted team without the agents who are absent: of the first n agents, those who come that day."""
    horizon, day = to_ticks(spec.calendar.days * DAY), to_ticks(DAY)
    steps = head_count_changes(scheduled(spec, name), horizon)
    most = max((count for _, count in steps), default=0)
    agent, days = np.divmod(np.arange(most * spec.calendar.days, dtype=np.uint64), np.uint64(max(spec.calendar.days, 1)))
    u = world.uniforms("agent absent", Addresses(agent << np.uint64(_DAY_BITS) | days))
    absent = (u < spec.teams[name].shrinkage.unplanned).reshape(most, spec.calendar.days)
    fewer = np.concatenate([np.zeros((1, spec.calendar.days), dtype=np.int64), np.cumsum(absent, axis=0)])
    midnights = [(number * day, -1) for number in range(1, spec.calendar.days)]
    changes: list[tuple[int, int]] = []
    count = present = 0
    for tick, new in sorted([*steps, *midnights]):
        count = count if new < 0 else new
        now = count - int(fewer[count, tick // day]) if tick < horizon else 0
        if now != present:
            changes = [*changes[:-1], (tick, now)] if changes and changes[-1][0] == tick else [*changes, (tick, now)]
            present = now
    return tuple(changes)


# --- agents with timetables -----------------------------------------------------------------------------------------------


def _roster(spec: Spec, teams: Sequence[str], stints: tuple[Stint, ...], seed: int | str, replication: int) -> Roster:
    table = Stints.of(stints)
    absent, late = np.zeros(len(stints), dtype=np.bool_), np.zeros(len(stints), dtype=np.int64)
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, stint in enumerate(stints):
        rows[teams[stint.crew], stint.stream].append(number)
    away: list[tuple[Ticks, Ticks, Ticks]] = []
    for (name, agent), mine in rows.items():
        team, world = spec.teams[name], World(seed, replication, name)
        draw = _Draw(world, f" {agent}" if agent else "", [stints[number] for number in mine])
        absent[mine] = draw.below("agent absent", team.shrinkage.unplanned, lambda stint: stint.key)
        if team.lateness is not None:
            is_late = draw.below("agent late", team.lateness.chance, lambda stint: stint.shift_key)
            law = team.lateness.time
            u = np.full(len(mine), 0.5) if is_fixed(law) else draw.uniforms("agent late by", lambda stint: stint.shift_key)
            late[mine] = np.where(is_late, sample(law, u), 0)
        if team.adherence is not None and team.adherence.share < 1:
            away.append(draw.moments_away(mine, team.adherence))
    if away:
        of, start, length = (np.concatenate(column) for column in zip(*away, strict=True))
        table = table.with_pauses(of, start, length, ABSENT, DELAY)
    return lay_out(table, absent, late)


class _Draw:
    """Draws of the agents of one stream, for each of their *stints*."""

    def __init__(self, world: World, suffix: str, stints: list[Stint]) -> None:
        self._world, self._suffix, self._stints = world, suffix, stints

    def uniforms(self, purpose: str, key: Callable[[Stint], int], attempt: int = 0) -> Uniforms:
        keys, place = np.unique(np.array([key(stint) for stint in self._stints], dtype=np.uint64), return_inverse=True)
        return self._world.uniforms(purpose + self._suffix, Addresses(keys), attempt=attempt)[place]

    def below(self, purpose: str, chance: float, key: Callable[[Stint], int]) -> NDArray[np.bool_]:
        if chance <= 0 or chance >= 1:
            return np.full(len(self._stints), chance >= 1)
        return self.uniforms(purpose, key) < chance

    def moments_away(self, numbers: list[int], adherence: Adherence) -> tuple[Ticks, Ticks, Ticks]:
        """Stint, begin and length of the moments away.

        Each stretch of time on queue is cut into equal parts in each of which the agent is away once, at a random moment: the
        share of every stretch that is kept is the stated one, only the moments are random.
        """
        parts = [_parts(stint, adherence) for stint in self._stints]
        most = max(map(len, parts), default=0)
        drawn = [self.uniforms("agent away", lambda stint: stint.shift_key, attempt) for attempt in range(most)]
        found = [
            (number, start + math.floor(float(drawn[at][row]) * (room + 1)), length)
            for row, (number, cut) in enumerate(zip(numbers, parts, strict=True))
            for at, (start, room, length) in enumerate(cut)
            if length
        ]
        of, start, length = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return of, start, length


def _parts(stint: Stint, adherence: Adherence) -> list[tuple[int, int, int]]:
    """Begin of each part of the time on queue, the room in which the absence may begin, and its length, in ticks."""
    usual = to_ticks(adherence.pause) / (1 - adherence.share)
    found = []
    begin = stint.start
    for start, length in [*((pause[0], pause[1]) for pause in stint.pauses), (stint.end, 0)]:
        stretch = start - begin
        count = max(1, round(stretch / usual)) if stretch > 0 else 0
        edges = [begin + stretch * index // count for index in range(count + 1)] if count else []
        for first, last in pairwise(edges):
            away = round((last - first) * (1 - adherence.share))
            found.append((first, last - first - away, away))
        begin = start + length
    return found
