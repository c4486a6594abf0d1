"""The benchmark models' figures, and how a peer's model is asked for runs: what the scripts beside this file share.

They are run by another interpreter, one that has the peers installed, so nothing of simkpi is imported here.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass

# fmt: off
WEIGHTS = (.45, .70, .95, 1.20, 1.38, 1.48, 1.50, 1.42, 1.25, 1.05, .92, .88,
           .90, .98, 1.08, 1.16, 1.20, 1.18, 1.08, .95, .80, .65, .48, .36)
# fmt: on
HALF_HOUR = 1800.0
#: B2: contacts per second of each channel, by half-hour.
RATES = tuple(5000 * weight / sum(WEIGHTS) / HALF_HOUR for weight in WEIGHTS)
N_A, N_B, CHATS = 46, 17, 3
CONTAINED = 0.4
VOICE_TO_B, CHAT_TO_A = 10.0, 20.0
#: B1: calls per second, mean handling and patience in seconds, agents.
B1_RATE, B1_HANDLE, B1_PATIENCE, B1_AGENTS = 20 / 60, 300.0, 120.0, 100
#: A run of B1 takes ten hours, of which the first does not count.
B1_END, B1_WARM_UP = 36_000.0, 3_600.0


def log_normal(mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm, from *mean* (seconds) and coefficient of variation."""
    variance = math.log(1 + cv * cv)
    return math.log(mean) - variance / 2, math.sqrt(variance)


VOICE_TALK, VOICE_WRAP, VOICE_PATIENCE = log_normal(300, 0.8), log_normal(30, 0.5), log_normal(180, 1)
CHAT_TALK, CHAT_WRAP, CHAT_PATIENCE = log_normal(480, 0.9), log_normal(20, 0.5), log_normal(300, 1)
BOT = log_normal(60, 0.6)


@dataclass
class Counts:
    """What one run counted; a channel's figures are of those who entered a queue."""

    arrived: int = 0
    voice: int = 0
    voice_abandoned: int = 0
    voice_in_20: int = 0
    chat: int = 0
    chat_abandoned: int = 0
    chat_in_20: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Count the contacts of both runs."""
        return Counts(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    def add(self, channel: str, *, answered: bool, waited: float) -> None:
        """Count one contact that left the queue of *channel* after *waited* seconds."""
        for name, counts in (
            (channel, True),
            (f"{channel}_abandoned", not answered),
            (f"{channel}_in_20", answered and waited <= 20),
        ):
            setattr(self, name, getattr(self, name) + counts)


def each(model: Callable[[int], Counts]) -> Callable[[int, int], Counts]:
    """Let *model*, which does one run, do any number of runs, from a first seed on."""
    return lambda seed, runs: sum((model(seed + number) for number in range(runs)), Counts())


def serve(**models: Callable[[int, int], Counts]) -> None:
    """Answer requests such as ``day 7 3`` (the model's name, a first seed, how many runs) until the input ends.

    Each answer is one line of JSON: the counts of all runs, and ``cpu``, the seconds of CPU time that they took.
    """
    for line in sys.stdin:
        name, seed, runs = line.split()
        begun = time.process_time()
        counts = models[name](int(seed), int(runs))
        taken = time.process_time() - begun
        print(json.dumps({**asdict(counts), "cpu": taken}), flush=True)
