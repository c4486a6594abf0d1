"""Identities of agents' work: conversations and wrap-up take as long as the work content says, at the pace of each moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import CALL, NEVER, TRANSFERRED, WARM, Demand, Ticks
from simkpi.engine.chains import is_gone
from simkpi.engine.legs import Legs, pieces_of
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import PPM, scaled
from simkpi.engine.recorder import ANSWERED, HANDED_BACK, INTERRUPTED, EngineLog


def broken_work(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Yield, in words, what is wrong with the time that agents spend."""
    yield from _durations(numbers, demand, log)
    yield from _slowed(numbers, demand, log)


def _durations(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Busy time by agent = work content of the contacts, at the agent's speed."""
    speed = numbers.speeds()[log.team, demand.contact_type]
    conversation = scaled(demand.talk, speed) + scaled(demand.hold, speed)
    effort = conversation + scaled(demand.wrap, speed)
    full_speed = np.array([not pace for pace in numbers.pace])[demand.contact_type]
    gone = is_gone(demand, log)
    if demand.chats is not None:
        full_speed &= (demand.chats.replies == 0) | gone
    if demand.noticed is not None and gone.any():
        full_speed |= gone
        conversation, effort = np.where(gone, 0, conversation), np.where(gone, demand.noticed, effort)
    effort = effort + _warm_waits(demand, log)
    if demand.quiet is not None:
        effort = effort + np.where((log.wrapped < NEVER) & (log.wrapped - log.answered > effort), demand.quiet, 0)
    over, wrapped = (log.answered < NEVER) & (log.ended < NEVER) & full_speed & ~gone, (log.wrapped < NEVER) & full_speed
    if (log.ended[over] - log.answered[over] != conversation[over]).any():
        yield "a conversation is not as long as its talk and hold time"
    busy, expected = np.zeros(numbers.n_agents, dtype=np.int64), np.zeros(numbers.n_agents, dtype=np.int64)
    np.add.at(busy, log.agent[wrapped], log.wrapped[wrapped] - log.answered[wrapped])
    np.add.at(expected, log.agent[wrapped], effort[wrapped])
    if (busy != expected).any():
        yield f"busy time differs from the work content: agents {', '.join(map(str, np.flatnonzero(busy != expected)[:5]))}"


def _slowed(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that slowed or interrupted contacts end at the first tick at which their work is done, at the pace of each moment."""
    if not any(numbers.pace):
        return
    pieces, in_parts = pieces_of(demand, log), _is_in_parts(numbers, demand)
    for contact_type, paces in enumerate(numbers.pace):
        alone = (log.outcome == ANSWERED) & ~is_warm(demand)
        for row in np.flatnonzero((demand.contact_type == contact_type) & (log.wrapped < NEVER) & alone) if paces else []:
            mine = np.flatnonzero(pieces.contact == row)
            parts = [_done(pieces, int(piece), paces) for piece in mine]
            skill = next(each for each in numbers.teams[log.team[row]].skills if each.contact_type == contact_type)
            content = sum(scaled(int(part[row]), skill.speed) for part in (demand.talk, demand.hold, demand.wrap))
            content = (content + skill.resume * int(np.isin(pieces.how[mine], (INTERRUPTED, HANDED_BACK)).sum())) * PPM
            done, pace = sum(part[0] for part in parts), next((part[1] for part in reversed(parts) if part[1]), 0)
            # work in two parts (talk, then wrap-up) begins each of them at a whole tick
            if not done - (2 * PPM if in_parts[row] else pace) < content <= done and content:
                yield f"contact {row} was wrapped up when {done} of {content} was done"


def _done(pieces: Legs, piece: int, paces: tuple[int, ...]) -> tuple[int, int]:
    """Return the work done in one piece, in millionths of a tick, and the pace at its end (0 = it took no time)."""
    start, stop = int(pieces.start[piece]), int(pieces.end[piece])
    same = (pieces.place == pieces.place[piece]) & (pieces.start < stop) & (pieces.end > start)
    edges = np.unique(np.clip(np.concatenate([pieces.start[same], pieces.end[same], [start, stop]]), start, stop))
    present = ((pieces.start[same] <= edges[:-1, None]) & (pieces.end[same] > edges[:-1, None])).sum(axis=1)
    pace = np.array(paces)[np.minimum(present, len(paces)) - 1]
    return int((np.diff(edges) * pace).sum()), int(pace[-1]) if len(pace) else 0


def _is_in_parts(numbers: Plan, demand: Demand) -> NDArray[np.bool_]:
    """Whether the wrap-up of each row may begin apart from its conversation: transferred, or on a line."""
    lined = np.isin(demand.contact_type, [kind for lines in numbers.life.lines for kind in lines.contact_types])
    return (
        lined if demand.chains is None else lined | (demand.chains.next >= 0) | np.isin(demand.chains.kind, (CALL, TRANSFERRED))
    )


def _warm_waits(demand: Demand, log: EngineLog) -> Ticks:
    """Ticks that each agent stays with a customer until a colleague picks up (or the customer leaves)."""
    waits = np.zeros(len(demand), dtype=np.int64)
    rows = np.flatnonzero(is_warm(demand) & (log.wrapped < NEVER))
    if demand.chains is not None and len(rows):
        following = demand.chains.next[rows]
        waits[rows] = np.minimum(log.answered, log.ended)[following] - log.ended[rows]
    return waits


def is_warm(demand: Demand) -> NDArray[np.bool_]:
    """Whether the agent of each row stays with the customer until a colleague has picked up."""
    chains = demand.chains
    return np.zeros(len(demand), dtype=np.bool_) if chains is None else (chains.fate == WARM) & (chains.next >= 0)
