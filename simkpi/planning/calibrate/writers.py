"""Tells whose replies to chats take how long: agents differ, which a law of all replies does not show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simkpi.planning.calibrate.observed import Floats, Texts
from simkpi.planning.phrase import Phrase

#: Replies that an agent needs for a pace of his own; chance with which agents who are all alike would differ as much.
_ENOUGH, _BY_CHANCE = 10, 0.01
#: Replies are taken to need a second at least.
_SHORTEST = 1.0


@dataclass(frozen=True)
class Pace:
    """How long the replies of one agent take.

    Parameters
    ----------
    ratio, error : float
        Work of a reply / that of everybody, and its standard error; 2 = takes twice as long.
    replies : int
        Replies behind it.
    """

    ratio: float
    error: float
    replies: int


def fit_writers(agent: Texts, work: Floats) -> dict[str, Pace]:
    """Fit the pace of every agent with ten replies or more.

    Parameters
    ----------
    agent : ndarray of str, shape (n_replies,)
        Who replied; "" = not known.
    work : ndarray, shape (n_replies,), seconds
        Work of each reply, net of waiting behind other chats; NaN is left out.

    Returns
    -------
    dict of str to Pace
        Empty if the agents differ no more than chance would make them in one of 100 logs (Cochran's Q).

    Notes
    -----
    Agents are taken to differ by a factor, so means of the logarithms are compared: a few very long replies do not decide.
    Source of the test: W. G. Cochran, The combination of estimates from different experiments, Biometrics 10 (1954).
    """
    from scipy.special import chdtrc

    known = ~np.isnan(work) & (agent != "")
    names, code = np.unique(agent[known].astype(str), return_inverse=True)
    many = np.bincount(code, minlength=len(names))
    chosen = np.flatnonzero(many >= _ENOUGH)
    if len(chosen) < 2:
        return {}
    logs = np.log(np.fmax(work[known], _SHORTEST))
    own = [logs[code == place] for place in chosen]
    spread = float(sum(((each - each.mean()) ** 2).sum() for each in own)) / (sum(map(len, own)) - len(own))
    if spread <= 0:
        return {}
    means, weight = np.array([float(each.mean()) for each in own]), many[chosen] / spread
    excess = float((weight * (means - (weight * means).sum() / weight.sum()) ** 2).sum())
    if float(chdtrc(len(chosen) - 1, excess)) > _BY_CHANCE:
        return {}
    ratio = np.exp(means - float(logs.mean()))
    found = zip(names[chosen].tolist(), ratio, ratio * np.sqrt(1 / weight), many[chosen].tolist(), strict=True)
    return {name: Pace(float(each), float(error), n) for name, each, error, n in found}


def note(paces: dict[str, Pace]) -> Phrase:
    """Say whose replies take how long."""
    shown = [
        Phrase("{name} {ratio} ± {error}", name=name, ratio=f"{one.ratio:.2f}", error=f"{one.error:.2f}")
        for name, one in paces.items()
    ]
    told = "agents' replies take so many times as long as usual: {paces}; the scenario's agents write alike"
    return Phrase(told, paces=Phrase.joined(shown))
