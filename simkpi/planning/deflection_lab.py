"""What the deflection lab found: worlds, levels of containment, their sensitivity, one topic, all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment.confidence import Estimate
from simkpi.planning.deflection_worlds import Topic
from simkpi.planning.goals import Goal
from simkpi.planning.hours_needed import HoursNeeded
from simkpi.scenario.resolve import Scenario

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """One world at the targets.

    Parameters
    ----------
    need : HoursNeeded
        Staff that meets the targets.
    hours, work, cost : ndarray, shape (n_replications,)
        Agent-hours on duty, hours of handling, and cost over the horizon, with the returns that the horizon cuts off; cost
        with the bot's sessions.
    pending : float, hours
        Part of the hours that is for returns after the horizon.
    """

    need: HoursNeeded
    hours: Floats
    work: Floats
    cost: Floats
    pending: float


@dataclass(frozen=True)
class Week:
    """One week of the ramp.

    Parameters
    ----------
    number : int
        From 1.
    adoption : float, fraction
    claimed_hours, net_hours, net_cost : Estimate
        Saving per horizon in that week.
    """

    number: int
    adoption: float
    claimed_hours: Estimate
    net_hours: Estimate
    net_cost: Estimate


@dataclass(frozen=True)
class Level:
    """One containment setting of one topic.

    Parameters
    ----------
    contains : float, fraction
        Of what the bot understands.
    is_now : bool
        Whether it is today's setting.
    taken : Estimate, fraction
        Contacts of the topic that end with the bot: the claim.
    figures : dict
        KPIs of the topic at the staff that meets the targets: containment, bot resolution, net deflection, handle time of
        what is left, FCR, abandonment, first response of bot and human.
    returns : dict
        Further contacts of cases that began with the topic, by channel, over the horizon.
    after_hours : Estimate, fraction
        Part of what the bot ended that came when no agent for the topic is on duty.
    world : World
    claimed_hours, net_hours, claimed_cost, net_cost : Estimate
        Saving against the baseline, promised (the same contacts times 1 - d, handled as before) and simulated.
    work : Estimate, hours
        Handling time saved against the baseline.
    """

    contains: float
    is_now: bool
    taken: Estimate
    figures: dict[str, Estimate]
    returns: dict[str, Estimate]
    after_hours: Estimate
    world: World
    claimed_hours: Estimate
    net_hours: Estimate
    claimed_cost: Estimate
    net_cost: Estimate
    work: Estimate

    @property
    def realised(self) -> float | None:
        """Net saving over claimed saving; None if nothing is claimed."""
        claimed, net = self.claimed_hours.value, self.net_hours.value
        return None if not claimed or net is None or claimed < 1e-9 else net / claimed


@dataclass(frozen=True)
class Sensitivity:
    """One doubt: what it does to the net saving.

    Parameters
    ----------
    name : str
    net_hours : Estimate
        Net saving then.
    change : Estimate
        Against the net saving as stated, paired on the same customers.
    """

    name: str
    net_hours: Estimate
    change: Estimate


@dataclass(frozen=True)
class TopicLab:
    """The lab's answer for one topic.

    Parameters
    ----------
    topic : Topic
    baseline : World
        Without the bot, or with it at the containment *against*.
    against : float or None
    figures, returns : dict
        As of a level, in the baseline.
    levels : tuple of Level
        Ascending.
    break_even : tuple of Estimate
        Containment settings at which the net saving in money (in hours, if hours cost nothing) crosses zero.
    at : float
        Setting of the sensitivities and the ramp.
    sensitivities : tuple of Sensitivity
    weeks : tuple of Week
        Adoption ramp.
    """

    topic: Topic
    baseline: World
    against: float | None
    figures: dict[str, Estimate]
    returns: dict[str, Estimate]
    levels: tuple[Level, ...]
    break_even: tuple[Estimate, ...]
    at: float
    sensitivities: tuple[Sensitivity, ...]
    weeks: tuple[Week, ...]


@dataclass(frozen=True)
class DeflectionLab:
    """The answer of :func:`deflection`.

    Parameters
    ----------
    scenario : Scenario
    topics : tuple of TopicLab
    goals, left_out : tuple of Goal
        Targets that the staff meets in every world, and those that no staff can meet.
    seed, replications, engine, simulated
        How it was simulated; *simulated* replications in all.
    """

    scenario: Scenario
    topics: tuple[TopicLab, ...]
    goals: tuple[Goal, ...]
    left_out: tuple[Goal, ...]
    seed: int | str
    replications: int
    engine: str
    simulated: int
