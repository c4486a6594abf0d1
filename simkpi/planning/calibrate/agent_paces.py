"""Finds out whose contacts take how long: ten quick agents are more than ten slow ones, and a roster says who is there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.duty import Duty
from simkpi.planning.calibrate.observed import Floats, Observed, Texts
from simkpi.planning.calibrate.pace import excess, shrink

#: Contacts that an agent needs for a pace of his own.
_ENOUGH = 20
#: Chance with which agents who are all alike would differ as much; above it they are taken as alike.
_BY_CHANCE = 0.001


@dataclass(frozen=True)
class AgentPaces:
    """How long each agent takes, compared with the team.

    Parameters
    ----------
    names : tuple of str
        Agents whose pace is known, in order; empty = all are alike, or too little is known.
    pace : ndarray, shape (n_agents,)
        Time that an agent needs for a contact / usual time; 2 = takes twice as long, counts as half an agent.
    error : ndarray, shape (n_agents,)
        Standard error of the pace as seen, before it is drawn towards 1.
    """

    names: tuple[str, ...] = ()
    pace: Floats = field(default_factory=lambda: np.array([]))
    error: Floats = field(default_factory=lambda: np.array([]))

    def of(self, agents: Texts) -> Floats:
        """Pace of each of *agents*, 1 for those who are not known; shape as *agents*."""
        if not self.names:
            return np.ones(len(agents))
        known = dict(zip(self.names, self.pace.tolist(), strict=True))
        return np.array([known.get(agent, 1.0) for agent in agents], dtype=np.float64)


def fit_agent_paces(observed: Observed, chosen: NDArray[np.bool_], duty: Duty) -> AgentPaces:
    """Fit the pace of every agent with 20 contacts or more.

    Parameters
    ----------
    observed : Observed
        The log.
    chosen : ndarray of bool, shape (n_contacts,)
        Contacts of the team.
    duty : Duty
        Its agents' spells: their pauses before contacts that had waited count as work if the log holds no after-contact work.

    Returns
    -------
    AgentPaces
        Empty if the agents differ no more than chance would make them in one of 1000 logs (Cochran's Q).

    Notes
    -----
    An agent's pace is what his contacts took / what contacts of the same types take on average. On the scale of logarithms each
    is drawn towards 1 by the share of its variance that is error, so that one who was hardly seen counts as usual; then all are
    scaled so that the hours on duty are as many in agents of usual pace.

    Source: R. DerSimonian, N. Laird, Meta-analysis in clinical trials, Controlled Clinical Trials 7 (1986), moment estimator and
    test. That agents of one centre differ: N. Gans, N. Liu, A. Mandelbaum, H. Shen, H. Ye, Service times in call centers: agent
    heterogeneity and learning, IMS Collections 6 (2010).
    """
    from scipy.special import chdtri

    effort = observed.talk + np.nan_to_num(observed.hold) + np.nan_to_num(observed.wrap)
    known = chosen & observed.is_answered & (observed.agent != "") & ~np.isnan(effort)
    names, agent = np.unique(observed.agent[known].astype(str), return_inverse=True)
    types, effort = observed.contact_type[known], effort[known]
    means = np.bincount(types, weights=effort) / np.maximum(np.bincount(types), 1)
    pause, pause_error = _pauses(duty, names) if not observed.has_wrap else (np.zeros(len(names)), np.zeros(len(names)))
    many = np.bincount(agent, minlength=len(names)).astype(np.float64)
    between = float(np.average(pause, weights=many)) if len(names) else 0.0
    usual = np.bincount(agent, weights=means[types] + between, minlength=len(names))
    total = np.bincount(agent, weights=effort, minlength=len(names)) + many * pause
    enough = (many >= _ENOUGH) & (total > 0) & (usual > 0)
    if enough.sum() < 2:
        return AgentPaces()
    ratio = np.where(enough, total / np.where(usual > 0, usual, 1.0), 1.0)
    rest = effort + pause[agent] - ratio[agent] * (means[types] + between)
    variance = np.bincount(agent, weights=rest**2, minlength=len(names)) + (many * pause_error) ** 2
    effect, doubt = np.log(ratio[enough]), variance[enough] / total[enough] ** 2
    free = int(enough.sum()) - 1
    if not (doubt > 0).all() or excess(effect, doubt) + free <= float(chdtri(free, _BY_CHANCE)):
        return AgentPaces()
    pace = np.exp(shrink(effect, doubt))
    kept = tuple(names[enough].tolist())
    hours = np.array([float((duty.end - duty.start)[duty.agent == name].sum()) for name in kept])
    pace *= float((hours / pace).sum() / max(hours.sum(), 1e-9)) if hours.sum() else 1.0
    return AgentPaces(kept, pace, ratio[enough] * np.sqrt(doubt))


def _pauses(duty: Duty, names: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Mean pause of each agent before contacts that had waited, and its standard error; those of all where few were seen."""
    mean, error = np.zeros(len(names)), np.zeros(len(names))
    if not len(duty.gaps):
        return mean, error
    mean[:], error[:] = duty.gaps.mean(), 0.0
    for place, name in enumerate(names):
        mine = duty.gaps[duty.gap_agent == name]
        if len(mine) >= _ENOUGH:
            mean[place], error[place] = mine.mean(), mine.std(ddof=1) / np.sqrt(len(mine))
    return mean, error
