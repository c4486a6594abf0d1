"""Chat: agents who hold several conversations at once, each the slower the more they hold; an exact Markov chain.

Treating chat as ``agents x concurrency`` Erlang servers is wrong twice: an agent with three chats does not work three
times as fast, and which agent gets the next chat matters. Here the state is how many agents hold 0, 1, 2 ... chats.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError, Problem
from simkpi.queueing import erlang_a, erlang_c, finite_queue
from simkpi.queueing.domain import as_result, check_all, whole
from simkpi.queueing.performance import Performance
from simkpi.queueing.pieces import Pieces
from simkpi.queueing.poisson_tails import Floats, Scaled

#: States of the chain that are solved exactly; beyond it, simulate.
MOST_STATES = 60_000
ROUTING = ("least", "most")


@dataclass(frozen=True)
class ChatPerformance:
    """Answer of :func:`evaluate_chat`."""

    #: Waits, service levels and shares, with the definitions of voice; ``occupancy`` is the share of time with at least one chat.
    queue: Performance
    #: Mean number of open chats.
    mean_chats: float
    #: Mean duration of a chat, seconds, at the mix of loads that occurs.
    mean_chat_time: float
    #: Used share of all chat slots.
    slot_occupancy: float
    #: Mean number of chats of an agent who has any.
    chats_per_busy_agent: float
    #: Share of time an agent holds 0, 1, 2 ... chats.
    load_distribution: tuple[float, ...]


def evaluate_chat(
    *,
    arrival_rate: float,
    chat_times: Sequence[float],
    agents: int,
    patience: float | None = None,
    waiting_places: float | None = None,
    threshold: float = 20.0,
    routing: str = "least",
) -> ChatPerformance:
    """Stationary performance of a chat team whose agents hold several chats at once.

    Parameters
    ----------
    arrival_rate : float, chats per second
    chat_times : sequence of float, seconds
        Mean duration of a chat while its agent holds 1, 2, ... chats; the length is the most chats at once.
    agents : int
        Agents on queue, at least 1.
    patience : float, seconds, or None
        Mean of the exponential patience.
    waiting_places : float or None
        Customers who can wait; None: unlimited.
    threshold : float, seconds
        Limit of the service levels.
    routing : str
        ``least``: a chat goes to the agent with the fewest chats; ``most``: to the one with the most who has a free slot.

    Returns
    -------
    ChatPerformance

    Raises
    ------
    InputError
        If an argument is outside its domain, or the chain is too large to be solved exactly.

    Notes
    -----
    An agent with i chats ends each of them at rate ``1 / chat_times[i-1]``. States in which nobody waits are solved as a
    Markov chain; those in which somebody waits follow from them, because all agents are then full.

    Source: T. Tezcan and J. Zhang, Routing and staffing in customer service chat systems with impatient customers,
    Operations Research 62(4), 2014 (the model with level-dependent rates).

    Examples
    --------
    >>> chat = evaluate_chat(arrival_rate=1, chat_times=[4, 6.25], agents=3, patience=3)
    >>> round(chat.queue.p_wait, 9), round(chat.chats_per_busy_agent * chat.queue.occupancy, 9)
    (0.453441828, 1.552586863)
    """
    numbers = check_all(
        arrival_rate=(arrival_rate, "refuse"),
        patience=(math.inf if patience is None else patience, "accept"),
        waiting_places=(math.inf if waiting_places is None else waiting_places, "accept"),
        threshold=(threshold, "accept"),
    )
    times = _chat_times(chat_times)
    team = whole(agents, "agents")
    if team < 1:
        raise InputError(Problem(f"must be at least 1, got {agents}", path="agents"))
    if routing not in ROUTING:
        raise InputError(Problem(f"must be one of {', '.join(ROUTING)}, got '{routing}'", path="routing"))
    if arrival_rate == 0:
        raise InputError(Problem("must be above 0, got 0", path="arrival_rate"))
    states, shares = _chain(float(arrival_rate), times, team, routing)
    full = max(float(shares[-1]), 1e-300)
    idle = Scaled(np.zeros(1), (np.array([(1 - full) / full]) if full > 1e-3 else np.array([shares[:-1].sum() / full]),))
    slots = team * len(times)
    one = {name: np.array([float(value)]) for name, value in numbers.items()}
    pieces, stable = _queue(one, times[-1], float(slots), idle)
    figures = pieces.figures(one["arrival_rate"], np.array([times[-1]]), np.array([float(slots)]))
    # all states in which somebody waits have the agents of the full state
    waiting = np.zeros_like(shares)
    none_waits = float(pieces.p_no_wait[0])
    if stable:
        waiting[:-1] = shares[:-1] * (none_waits / max(1 - full, 1e-300))
    waiting[-1] = 1 - waiting[:-1].sum()
    return _describe(states, waiting, figures, stable=stable, arrival_rate=float(arrival_rate))


def _chat_times(chat_times: Sequence[float]) -> list[float]:
    times = [float(value) for value in chat_times]
    if not times or not all(0 < value < math.inf for value in times):
        raise InputError(
            Problem(f"needs a finite duration above 0 for 1, 2, ... chats at once, got {list(chat_times)}", path="chat_times")
        )
    return times


def _queue(one: dict[str, Floats], chat_time: float, slots: float, idle: Scaled) -> tuple[Pieces, bool]:
    """Pieces of the queue in front of full agents, and whether it is stable."""
    arguments: dict[str, Any] = {
        "arrival_rate": one["arrival_rate"],
        "aht": np.array([chat_time]),
        "agents": np.array([slots]),
        "threshold": np.minimum(one["threshold"], 1e15),
        "idle": idle,
    }
    patience = np.maximum(one["patience"], 1e-9)  # 0: whoever can not be served at once leaves
    if np.isfinite(one["waiting_places"][0]):
        return finite_queue.pieces(patience=patience, places=slots + one["waiting_places"], **arguments), True
    if np.isfinite(patience[0]):
        return erlang_a.pieces(patience=patience, **arguments), True
    return erlang_c.pieces(**arguments), bool(one["arrival_rate"][0] * chat_time < slots)


def _chain(arrival_rate: float, times: list[float], agents: int, routing: str) -> tuple[NDArray[np.int64], Floats]:
    """States (agents with 0, 1, ... chats) and their probabilities while nobody waits; the full state is the last."""
    from scipy.sparse import coo_matrix, csc_matrix
    from scipy.sparse.linalg import spsolve

    most = len(times)
    count = math.comb(agents + most, most)
    if count > MOST_STATES:
        size = f"{agents} agents with {most} chats at once have {count:,} states"
        raise InputError(f"chat: {size}, more than {MOST_STATES:,} that are solved exactly; simulate instead")
    states = _states(agents, most)
    code = {tuple(state): index for index, state in enumerate(states.tolist())}
    rows, columns, rates = [], [], []
    for index, state in enumerate(states.tolist()):
        open_levels = [level for level in range(most) if state[level]]
        if open_levels:
            level = open_levels[0] if routing == "least" else open_levels[-1]
            rows.append(index)
            columns.append(code[_moved(state, level, level + 1)])
            rates.append(arrival_rate)
        for level in range(1, most + 1):
            if state[level]:
                rows.append(index)
                columns.append(code[_moved(state, level, level - 1)])
                rates.append(state[level] * level / times[level - 1])
    flow = coo_matrix((rates, (columns, rows)), shape=(count, count)).tocsc()
    out = np.asarray(flow.sum(axis=0)).ravel()
    # fix a likely state's share at 1 and solve the balance of all others
    fixed = code[_likely(arrival_rate, times, agents, routing)]
    others = np.flatnonzero(np.arange(count) != fixed)
    balance = flow - csc_matrix((out, (np.arange(count), np.arange(count))), shape=(count, count))
    solution = np.ones(count)
    known = -balance[others, fixed].toarray().ravel()
    solution[others] = np.maximum(spsolve(balance[others][:, others], known), 0.0)
    return states, solution / math.fsum(solution)


def _likely(arrival_rate: float, times: list[float], agents: int, routing: str) -> tuple[int, ...]:
    """Find a state near the middle: the first, on the way up, in which as many chats end as begin."""
    most = len(times)
    state = (agents,) + (0,) * most
    while state[most] < agents:
        ending = sum(state[level] * level / times[level - 1] for level in range(1, most + 1))
        if ending >= arrival_rate:
            break
        open_levels = [level for level in range(most) if state[level]]
        level = open_levels[0] if routing == "least" else open_levels[-1]
        state = _moved(state, level, level + 1)
    return state


def _states(agents: int, most: int) -> NDArray[np.int64]:
    """All ways to spread agents over 0 ... most chats: the empty state first, the full one last."""
    bars = np.array(list(itertools.combinations(range(agents + most), most)), dtype=np.int64)
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), agents + most)])
    states = np.diff(edges, axis=1) - 1
    return np.asarray(states[np.argsort(states @ np.arange(most + 1), kind="stable")])


def _moved(state: Sequence[int], source: int, target: int) -> tuple[int, ...]:
    moved = list(state)
    moved[source] -= 1
    moved[target] += 1
    return tuple(moved)


def _describe(
    states: NDArray[np.int64], shares: Floats, figures: dict[str, Floats], *, stable: bool, arrival_rate: float
) -> ChatPerformance:
    """Put the figures of queue and agents together; an unstable queue keeps all agents full."""
    levels, agents = np.arange(states.shape[1]), int(states[0].sum())
    agents_at = shares @ states / agents
    chats = float(agents * (agents_at @ levels))
    busy = float(1 - agents_at[0]) if agents_at[0] < 0.5 else float(agents_at[1:].sum())
    throughput = arrival_rate * float(figures["p_served"][0])
    figures |= {
        "occupancy": np.array([busy]),
        "mean_busy": np.array([busy * agents]),
        "mean_in_system": figures["mean_queue"] + chats,
    }
    queue = Performance(is_stable=stable, **{name: as_result(values, ()) for name, values in figures.items()})
    return ChatPerformance(
        queue=queue,
        mean_chats=chats,
        mean_chat_time=chats / throughput,
        slot_occupancy=chats / (agents * int(levels[-1])),
        chats_per_busy_agent=chats / (agents * busy),
        load_distribution=tuple(agents_at.tolist()),
    )
