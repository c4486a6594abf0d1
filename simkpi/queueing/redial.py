"""Redials and reconnects: abandoned, blocked and even answered contacts that come back and load the queue again."""

from __future__ import annotations

from dataclasses import dataclass

from simkpi.errors import InputError, Problem
from simkpi.queueing.patience_laws import PatienceLaw
from simkpi.queueing.performance import Performance
from simkpi.queueing.stationary import evaluate


@dataclass(frozen=True)
class RedialPerformance:
    """Answer of :func:`evaluate_redials`."""

    #: All figures, per attempt.
    attempt: Performance
    #: Attempts per second: fresh ones, redials and reconnects.
    attempt_rate: float
    #: Attempts per fresh contact.
    attempts_per_fresh: float
    #: Share of fresh contacts that give up for good, unanswered.
    p_lost: float


def evaluate_redials(
    *,
    arrival_rate: float,
    aht: float,
    agents: float,
    p_redial: float = 0.0,
    p_redial_blocked: float | None = None,
    p_reconnect: float = 0.0,
    patience: float | PatienceLaw | None = None,
    places: float | None = None,
    threshold: float = 20.0,
) -> RedialPerformance:
    """Stationary performance when contacts come back: the fixed point of the attempt rate.

    Parameters
    ----------
    arrival_rate : float, contacts per second
        Fresh contacts only.
    aht, agents, patience, places, threshold
        As for :func:`simkpi.queueing.evaluate`.
    p_redial : float, fraction
        Chance that an abandoned contact is tried again, below 1.
    p_redial_blocked : float, fraction, or None
        The same for a blocked contact; None: as *p_redial*.
    p_reconnect : float, fraction
        Chance that an answered contact comes back, below 1.

    Returns
    -------
    RedialPerformance

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    The attempt rate L solves
    ``L = fresh + L (p_redial P(abandon; L) + p_redial_blocked P(block; L) + p_reconnect P(served; L))``. Attempts are
    taken as a Poisson stream, which holds when people wait long before they try again; quick redials cluster, and the
    truth is then somewhat worse.

    Source: S. Ding, M. Remerova, R. van der Mei and B. Zwart, Fluid approximation of a call center model with redials
    and reconnects, Performance Evaluation 92, 2015 (arXiv:1311.6248), for the balance of redials and reconnects; for the
    stationary Poisson approximation, R. I. Wilkinson, Theories for toll traffic engineering in the U.S.A., Bell System
    Technical Journal 35, 1956.

    Examples
    --------
    >>> day = evaluate_redials(arrival_rate=50 / 300, aht=300, agents=48, patience=180, p_redial=0.6)
    >>> round(day.attempts_per_fresh, 2), round(day.attempt.service_level, 3)
    (1.09, 0.446)
    """
    blocked = p_redial if p_redial_blocked is None else p_redial_blocked
    problems = [
        Problem(f"must be at least 0 and below 1, got {share}: contacts would come back for ever", path=name)
        for name, share in (("p_redial", p_redial), ("p_redial_blocked", blocked), ("p_reconnect", p_reconnect))
        if not 0 <= share < 1
    ]
    if problems:
        raise InputError(problems)

    def attempt(rate: float) -> Performance:
        return evaluate(arrival_rate=rate, aht=aht, agents=agents, patience=patience, places=places, threshold=threshold)

    def surplus(rate: float) -> float:
        figures = attempt(rate)
        back = p_redial * float(figures.p_abandon) + blocked * float(figures.p_block) + p_reconnect * float(figures.p_served)
        return arrival_rate - rate * (1 - back)

    low = float(arrival_rate)
    attempt(low)  # refuse bad arguments before any work
    high = low / (1 - max(p_redial, blocked, p_reconnect))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
        if high - low <= 1e-15 * high:
            break
    figures = attempt(high)
    lost = (1 - p_redial) * float(figures.p_abandon) + (1 - blocked) * float(figures.p_block)
    per_fresh = high / arrival_rate if arrival_rate > 0 else 1.0
    return RedialPerformance(figures, high, per_fresh, per_fresh * lost)
