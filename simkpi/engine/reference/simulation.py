"""The processes of a replication: a contact's life (in the base classes), a team's schedule and the arrivals."""

from __future__ import annotations

from simkpi.demand.rows import Demand
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan, on_duty
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.life import Life
from simkpi.engine.reference.state import Process
from simkpi.engine.reference.teams import Team

__all__ = ["Process", "Simulation", "simulate"]


class Simulation(Life):
    """One replication: subclass it, and override a process, to try a new behaviour.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    demand : Demand
        The contacts, drawn before the run.
    """

    def run(self) -> EngineLog:
        """Run to the end and return what happened."""
        for team in self.router.teams:
            self.clock.process(self.follow_schedule(team))
        self.router.timetables.start(self.router.teams)
        self.clock.process(self.arrivals())
        if self.invitations is not None:
            self.invitations.start()
        stop = self.plan.horizon if self.plan.cut else None
        self.clock.run(stop)
        for team in self.router.teams:
            team.stop(self.clock.now)
        self.efforts.stop(self.clock.now)
        if self.router.hand_back is not None:
            self.router.hand_back.stop()
        return self.recorder.log("reference", stop=stop)

    def follow_schedule(self, team: Team) -> Process:
        """Change the team's head-count at the scheduled moments."""
        for tick, count in team.plan.changes:
            yield self.clock.at(tick, Kind.SCHEDULE, team.number)
            self.router.schedule(team, count)

    def arrivals(self) -> Process:
        """Start the life of each contact at its moment."""
        clock = self.clock
        for contact, tick in enumerate(self.arrived[: self.n_fresh]):
            yield clock.at(tick if tick > 0 else 0, Kind.ARRIVAL, contact)
            clock.begin(self.contact(contact))


def simulate(plan: Plan, demand: Demand) -> EngineLog:
    """Run the reference engine on *demand*."""
    return Simulation(on_duty(plan, demand), demand).run()
