"""Agents with timetables of their own: shifts, pauses that wait for the contact, and what happens when the shift ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import OVERTIME, PAUSED, WORK, Recorder
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.teams import Agent, Duty, Team
from simkpi.engine.team_plan import TeamPlan
from simkpi.scenario.crews import SHORTEN, SKIP
from simkpi.scenario.rosters import AWAY, COME, LAPSE, LEAVE


@dataclass(frozen=True)
class Entry:
    """One row of a timetable (see :class:`simkpi.scenario.rosters.Roster`)."""

    tick: int
    action: int
    kind: int
    length: int
    rule: int


@dataclass
class Timetable:
    """An agent's timetable, and where he is in it."""

    entries: list[Entry] = field(default_factory=list)
    next: int = 0
    on_shift: bool = False
    #: State while neither on shift nor finishing: -1 = at home, or absent.
    away: int = -1
    #: End of the pause under way.
    until: int = NEVER
    #: Beginning of the last pause: pauses are no time on duty.
    paused_at: int = 0
    #: Pauses that are due and wait: for open contacts, or for the end of another pause.
    owed: list[Entry] = field(default_factory=list)


class ShiftTeam(Team):
    """Agents who come, pause and go by their own timetables; the team opens with the first and closes with the last of them."""

    def __init__(self, plan: TeamPlan, number: int, recorder: Recorder, wake: Callable[[Agent, int], None]) -> None:
        super().__init__(plan, number, recorder)
        self.timetables = [Timetable() for _ in self.agents]
        #: Called with an agent and the tick at which his pause will be over.
        self._wake = wake

    def timetable(self, agent: Agent) -> Timetable:
        """Return the agent's timetable."""
        return self.timetables[agent.id - self._first]

    # --- what the router asks of any team ---------------------------------------------------------------------------

    def release(self, agent: Agent, weight: int, now: int) -> Agent | None:
        """Close a contact; who has no other open begins a pause that is due, goes home, or works on."""
        agent.busy += now - agent.since
        agent.used -= weight
        agent.open -= 1
        agent.since = now
        agent.entry = None
        if agent.duty is Duty.FINISHING and not agent.open:
            if self.timetable(agent).on_shift:
                self._pause_or_work(agent, now)
            elif not agent.aside:
                self._set(agent, Duty.OFF, now)
        return agent if agent.duty is Duty.ON else None

    def schedule(self, count: int, now: int, *, arrived: int, pending: int) -> list[Agent]:
        """Open or close: whoever's shift ends as the team closes may have to stay for those who came before."""
        if count == 0 and self.plan.serves_queue and pending:
            self.cutoff, self.pending = arrived, pending
        elif self.cutoff != NEVER:
            self._send_home(now)
        return []

    def served_one(self, now: int) -> None:
        """Count one pending contact less; when there is none left those who stayed go home."""
        self.pending -= 1
        if self.pending == 0:
            self._send_home(now)

    def go_home(self, agent: Agent, now: int) -> None:
        """Let *agent* go whose shift is over and who has nothing open any more."""
        self._set(agent, Duty.OFF, now)

    def hands_back(self, agent: Agent) -> bool:
        """Whether *agent* hands deferrable work back: his shift is over."""
        return self.plan.hands_back and not self.timetable(agent).on_shift

    # --- timetables -------------------------------------------------------------------------------------------------

    def follow(self, agent: Agent, now: int) -> None:
        """Do what the timetable says for this moment."""
        timetable = self.timetable(agent)
        while timetable.next < len(timetable.entries) and timetable.entries[timetable.next].tick == now:
            self._act(agent, timetable, timetable.entries[timetable.next], now)
            timetable.next += 1
        if timetable.until == now:
            timetable.until = NEVER
            self._pause_or_work(agent, now)

    def _act(self, agent: Agent, timetable: Timetable, entry: Entry, now: int) -> None:
        if entry.action == LEAVE:
            self._leave(agent, timetable, now)
        elif entry.action == AWAY:
            timetable.away = PAUSED[entry.kind]
            self._set(agent, agent.duty, now)
        elif entry.action == COME:
            timetable.on_shift, timetable.away = True, -1
            if agent.duty is Duty.OFF:
                agent.came, agent.busy = now, 0
            elif agent.open:  # stays on from the shift before
                agent.busy += now - agent.since
            agent.since = now
            self._set(agent, Duty.ON, now)
        elif entry.action == LAPSE:
            timetable.owed = [owed for owed in timetable.owed if owed.rule != SHORTEN or owed.tick + owed.length > now]
            if agent.duty is Duty.FINISHING and timetable.on_shift and not timetable.owed:
                self._set(agent, Duty.ON, now)
        elif agent.duty is Duty.ON and agent.open and entry.rule == SKIP:
            pass
        else:
            timetable.owed.append(entry)
            if agent.duty is Duty.ON and not agent.open:
                self._pause_or_work(agent, now)
            elif agent.duty is Duty.ON:
                agent.entry = None
                self._set(agent, Duty.FINISHING, now)

    def _leave(self, agent: Agent, timetable: Timetable, now: int) -> None:
        """End the shift: at once, or after the open contacts; if the team has closed, after those who came before."""
        timetable.on_shift, timetable.away, timetable.until = False, -1, NEVER
        timetable.owed.clear()
        stays = agent.duty is Duty.ON and self.cutoff != NEVER
        if not stays:
            agent.entry = None
        busy = agent.open or agent.aside
        self._set(agent, Duty.ON if stays else Duty.FINISHING if busy else Duty.OFF, now)

    def _pause_or_work(self, agent: Agent, now: int) -> None:
        """Begin the next pause that is due and not over yet; without one, work on."""
        timetable = self.timetable(agent)
        if agent.duty is Duty.OFF:
            agent.came += now - timetable.paused_at
        while timetable.owed:
            pause = timetable.owed.pop(0)
            end = (pause.tick if pause.rule == SHORTEN else now) + pause.length
            if end > now:
                agent.entry = None
                agent.duty = Duty.OFF
                timetable.paused_at = now
                self._enter(agent, PAUSED[pause.kind], now)
                timetable.until = end
                self._wake(agent, end)
                return
        if agent.duty is Duty.OFF:
            agent.since = now
        self._set(agent, Duty.ON, now)

    def _send_home(self, now: int) -> None:
        """Let those go whose shift is over: the idle at once, the others after their open contacts."""
        for agent in self.agents:
            if agent.duty is Duty.ON and not self.timetable(agent).on_shift:
                agent.entry = None
                self._set(agent, Duty.FINISHING if agent.open or agent.aside else Duty.OFF, now)
        self.cutoff = NEVER

    def _set(self, agent: Agent, duty: Duty, now: int) -> None:
        timetable = self.timetable(agent)
        agent.duty = duty
        if duty is Duty.OFF:
            self._enter(agent, timetable.away, now)
        else:
            self._enter(agent, WORK if timetable.on_shift else OVERTIME, now)


class Timetables:
    """Wakes agents at the moments of their timetables.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers, as it turns out in this replication.
    clock : Clock
        The environment.
    attend : callable
        Called with an agent who may have come on duty, or back to it, or has been told to finish.
    """

    def __init__(self, plan: Plan, clock: Clock, attend: Callable[[Agent], None]) -> None:
        self._plan, self._clock, self._attend = plan, clock, attend
        self._agents: dict[int, Agent] = {}

    def start(self, teams: list[Team]) -> None:
        """Hand out the timetables and wait for the first moment of each."""
        roster = self._plan.roster
        if roster is None:
            return
        columns = (roster.crew, roster.place, roster.tick, roster.action, roster.kind, roster.length, roster.rule)
        for crew, place, *entry in zip(*(column.tolist() for column in columns), strict=True):
            team = teams[crew]
            assert isinstance(team, ShiftTeam)
            team.timetables[place].entries.append(Entry(*entry))
            self._agents[team.agents[place].id] = team.agents[place]
        for agent in self._agents.values():
            self._wait_for_next(agent)

    def wake(self, agent: Agent, tick: int) -> None:
        """Look at the agent's timetable at *tick*."""
        self._clock.call_at(tick, Kind.SCHEDULE, len(self._plan.teams) + agent.id, self._due)

    def _wait_for_next(self, agent: Agent) -> None:
        team = agent.team
        assert isinstance(team, ShiftTeam)
        timetable = team.timetable(agent)
        if timetable.next < len(timetable.entries):
            self.wake(agent, timetable.entries[timetable.next].tick)

    def _due(self, timer: Event) -> None:
        agent = self._agents[int(timer.value) - len(self._plan.teams)]  # type: ignore[arg-type]
        team = agent.team
        assert isinstance(team, ShiftTeam)
        before = team.timetable(agent).next
        team.follow(agent, self._clock.now)
        self._attend(agent)
        if team.timetable(agent).next > before:
            self._wait_for_next(agent)
