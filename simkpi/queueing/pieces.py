"""The few shares and waits that each model computes, and how every figure of a queue follows from them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from simkpi.queueing.poisson_tails import Floats


@dataclass
class Pieces:
    """Per offered contact; waits are summed over the named contacts and divided by all offered ones.

    Parameters
    ----------
    p_no_wait, p_wait, p_block, p_abandon, p_served : ndarray, shape (n,), fractions
    wait_served, wait_abandoned, offered_wait : ndarray, shape (n,), seconds
    served_within, abandon_within : ndarray, shape (n,), fractions
        Answered, and abandoned, within the threshold.
    exceed : ndarray, shape (n,), fraction
        Admitted and longer than the threshold in the queue.
    wait_given_wait, wait_given_abandon : ndarray, shape (n,), seconds
        Conditional means, which stay exact where the probability of the condition is below the range of a float.
    """

    p_no_wait: Floats
    p_wait: Floats
    p_block: Floats
    p_abandon: Floats
    p_served: Floats
    wait_served: Floats
    wait_abandoned: Floats
    offered_wait: Floats
    served_within: Floats
    abandon_within: Floats
    exceed: Floats
    wait_given_wait: Floats
    wait_given_abandon: Floats

    @classmethod
    def undefined(cls, size: int) -> Pieces:
        """Return NaN everywhere: room for the results of blocks."""
        return cls(**{f.name: np.full(size, np.nan) for f in fields(cls)})

    def put(self, where: np.ndarray, part: Pieces) -> None:
        """Copy *part* into the rows *where*."""
        for f in fields(self):
            getattr(self, f.name)[where] = getattr(part, f.name)

    def figures(self, arrival_rate: Floats, aht: Floats, agents: Floats) -> dict[str, Floats]:
        """Every figure of :class:`~simkpi.queueing.performance.Performance`, by name.

        Source: J. D. C. Little, A proof for the queuing formula L = lambda W, Operations Research 9, 1961, for the mean numbers.
        """
        load = arrival_rate * aht
        wait = self.wait_served + self.wait_abandoned
        admitted = self.p_no_wait + self.p_wait
        busy = np.minimum(load * self.p_served, agents)
        queue = np.where(arrival_rate > 0, arrival_rate * np.where(arrival_rate > 0, wait, 0.0), 0.0)
        return {
            "offered_load": load,
            "p_wait": self.p_wait,
            "p_no_wait": self.p_no_wait,
            "p_block": self.p_block,
            "p_abandon": self.p_abandon,
            "p_served": self.p_served,
            "asa": ratio(self.wait_served, self.p_served),
            "mean_wait": ratio(wait, admitted),
            "mean_wait_abandoned": self.wait_given_abandon,
            "mean_offered_wait": ratio(self.offered_wait, admitted),
            "mean_wait_given_wait": self.wait_given_wait,
            "p_wait_given_admitted": ratio(self.p_wait, admitted),
            "p_abandon_given_admitted": ratio(self.p_abandon, admitted),
            "mean_queue": queue,
            "mean_busy": busy,
            "mean_in_system": queue + busy,
            "throughput": arrival_rate * self.p_served,
            "occupancy": np.where(agents > 0, busy / np.where(agents > 0, agents, 1.0), 1.0),
            "service_level": self.served_within,
            "service_level_answered": ratio(self.served_within, self.p_served),
            "service_level_excl_short": ratio(self.served_within, self.served_within + self.exceed),
            "wait_within": ratio(self.served_within + self.abandon_within, admitted),
            "p_abandon_within": self.abandon_within,
        }


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Division in which 0/0 is undefined (NaN) and says so silently."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = numerator / denominator
    return quotient
