"""B1 and B2 in salabim.

B2 is approximated: chat agents are pooled into 51 slots, of which a call takes one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import salabim as sim
from setting import (
    B1_AGENTS,
    B1_END,
    B1_HANDLE,
    B1_PATIENCE,
    B1_RATE,
    B1_WARM_UP,
    BOT,
    CHAT_PATIENCE,
    CHAT_TALK,
    CHAT_TO_A,
    CHAT_WRAP,
    CHATS,
    CONTAINED,
    HALF_HOUR,
    N_A,
    N_B,
    RATES,
    VOICE_PATIENCE,
    VOICE_TALK,
    VOICE_TO_B,
    VOICE_WRAP,
    Counts,
    each,
    serve,
)  # fmt: skip

sim.yieldless(False)
#: The lower, the sooner served: those who have waited longest, the team's own channel, the other channel.
OLD, OWN, OTHER = 0, 1, 2


class Contact(sim.Component):
    """A call or a chat, from its arrival to the end of its wrap-up."""

    def setup(self, channel: str, centre: Centre) -> None:
        """Keep what salabim passes on to a new component."""
        self.channel, self.centre = channel, centre

    def process(self) -> Iterator[Any]:
        """Pass the bot, ask the own team, then both, then leave."""
        centre, draw = self.centre, self.centre.draw
        own, other = (centre.a, centre.b) if self.channel == "voice" else (centre.b, centre.a)
        talk, wrap, patience, threshold = centre.laws[self.channel]
        if self.channel == "chat":
            yield self.hold(draw.lognormvariate(*BOT))
            if draw.random() < CONTAINED:
                return
        begun, stays = self.env.now(), draw.lognormvariate(*patience)
        yield self.request((own, 1, OWN), fail_delay=min(threshold, stays))
        if self.failed() and stays > threshold:
            yield self.request((own, 1, OLD), (other, 1, OTHER), oneof=True, fail_delay=stays - threshold)
        centre.counts.add(self.channel, answered=not self.failed(), waited=self.env.now() - begun)
        if not self.failed():
            yield self.hold(draw.lognormvariate(*talk))
            yield self.hold(draw.lognormvariate(*wrap))
            self.release()


class Centre:
    """The teams of B2 and what is counted."""

    def __init__(self, seed: int) -> None:
        self.env = sim.Environment(trace=False, random_seed=seed)
        self.draw, self.counts = random.Random(seed), Counts()
        self.a, self.b = sim.Resource("A", capacity=N_A, env=self.env), sim.Resource("B", capacity=N_B * CHATS, env=self.env)
        self.laws = {
            "voice": (VOICE_TALK, VOICE_WRAP, VOICE_PATIENCE, VOICE_TO_B),
            "chat": (CHAT_TALK, CHAT_WRAP, CHAT_PATIENCE, CHAT_TO_A),
        }


class Arrivals(sim.Component):
    """The contacts of one channel, half-hour by half-hour."""

    def setup(self, channel: str, centre: Centre) -> None:
        """Keep what salabim passes on to a new component."""
        self.channel, self.centre = channel, centre

    def process(self) -> Iterator[Any]:
        """Bring each contact at its moment; the wait for the next one starts anew in each half-hour."""
        for place, rate in enumerate(RATES):
            end = HALF_HOUR * (place + 1)
            while (gap := self.centre.draw.expovariate(rate)) < end - self.env.now():
                yield self.hold(gap)
                self.centre.counts.arrived += 1
                Contact(channel=self.channel, centre=self.centre, env=self.env)
            yield self.hold(till=end)


def day(seed: int) -> Counts:
    """B2."""
    centre = Centre(seed)
    for channel in ("voice", "chat"):
        Arrivals(channel=channel, centre=centre, env=centre.env)
    centre.env.run()
    return centre.counts


class Call(sim.Component):
    """A call of B1."""

    def setup(self, agents: sim.Resource, draw: random.Random, counts: Counts) -> None:
        """Keep what salabim passes on to a new component."""
        self.agents, self.draw, self.counts = agents, draw, counts

    def process(self) -> Iterator[Any]:
        """Wait, talk or leave."""
        begun = self.env.now()
        yield self.request(self.agents, fail_delay=self.draw.expovariate(1 / B1_PATIENCE))
        if begun >= B1_WARM_UP:
            self.counts.add("voice", answered=not self.failed(), waited=self.env.now() - begun)
        if not self.failed():
            yield self.hold(self.draw.expovariate(1 / B1_HANDLE))
            self.release()


class Calls(sim.Component):
    """The calls of B1."""

    def setup(self, agents: sim.Resource, draw: random.Random, counts: Counts) -> None:
        """Keep what salabim passes on to a new component."""
        self.agents, self.draw, self.counts = agents, draw, counts

    def process(self) -> Iterator[Any]:
        """Bring one call after the other."""
        while True:
            yield self.hold(self.draw.expovariate(B1_RATE))
            self.counts.arrived += 1
            Call(agents=self.agents, draw=self.draw, counts=self.counts, env=self.env)


def erlang_a(seed: int) -> Counts:
    """B1."""
    env = sim.Environment(trace=False, random_seed=seed)
    counts = Counts()
    Calls(agents=sim.Resource("agents", capacity=B1_AGENTS, env=env), draw=random.Random(seed), counts=counts, env=env)
    env.run(till=B1_END)
    return counts


if __name__ == "__main__":
    serve(day=each(day), erlang_a=each(erlang_a))
