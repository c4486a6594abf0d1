"""The benchmark day B2 as a plain, idiomatic SimPy script: what a good modeller would write for this one day.

It knows nothing of simkpi: no schedules, no general skills, no tie rules. It is the yardstick for the reference engine's
speed (`python -m benchmarks.b2_simpy`) and a second opinion on B2's routing rules (tests/engine/test_benchmark_day.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import simpy

VOICE, CHAT = 0, 1
VOICE_TO_B, CHAT_TO_A = 10_000, 20_000


@dataclass
class Row:
    """One contact as drawn before the run; times in milliseconds."""

    kind: int
    arrival: int
    bot: int | None
    contained: bool
    patience: int
    handle: int
    wrap: int


@dataclass
class Entry:
    """One logged contact."""

    bot_end: int | None = None
    queued: int | None = None
    answered: int | None = None
    ended: int | None = None
    freed: int | None = None
    agent: str | None = None
    outcome: str = ""


@dataclass(eq=False)
class Request:
    """A contact waiting for an agent."""

    kind: int
    answer: simpy.Event
    overflowed: bool = False
    gone: bool = False


@dataclass(eq=False)
class ChatAgent:
    """An agent of group B: up to three chats, or one voice call."""

    name: str
    chats: int = 0
    on_phone: bool = False


@dataclass
class Router:
    """Groups A and B and the two queues."""

    env: simpy.Environment
    idle_a: deque[str]
    #: agents of B by number of chats, each in the order in which they came to that load
    by_load: list[dict[ChatAgent, None]]
    queues: tuple[deque[Request], deque[Request]] = field(default_factory=lambda: (deque(), deque()))

    def request(self, kind: int) -> Request:
        """Ask for an agent; the answer may come at once."""
        request = Request(kind, self.env.event())
        if kind == VOICE and self.idle_a:
            request.answer.succeed(self.idle_a.popleft())
        elif kind == CHAT and (agent := self.least_loaded()):
            self.start_chat(agent, request)
        else:
            self.queues[kind].append(request)
        return request

    def least_loaded(self) -> ChatAgent | None:
        """Return the chat agent with the fewest chats, of whom the one with that load for longest."""
        return next((next(iter(agents)) for agents in self.by_load[:3] if agents), None)

    def start_chat(self, agent: ChatAgent, request: Request) -> None:
        """Give a chat to an agent of B."""
        del self.by_load[agent.chats][agent]
        agent.chats += 1
        self.by_load[agent.chats][agent] = None
        request.answer.succeed(agent)

    def overflow(self, request: Request) -> None:
        """Let a contact that has waited long enough try the other group."""
        request.overflowed = True
        if request.kind == VOICE and self.by_load[0]:
            self.drop(request)
            self.start_call(next(iter(self.by_load[0])), request)
        elif request.kind == CHAT and self.idle_a:
            self.drop(request)
            request.answer.succeed(self.idle_a.popleft())

    def start_call(self, agent: ChatAgent, request: Request) -> None:
        """Give a call to an entirely idle agent of B."""
        del self.by_load[0][agent]
        agent.on_phone = True
        request.answer.succeed(agent)

    def drop(self, request: Request) -> None:
        """Take a contact out of its queue, lazily."""
        request.gone = True

    def head(self, kind: int) -> Request | None:
        """Return the contact that has waited longest."""
        queue = self.queues[kind]
        while queue and queue[0].gone:
            queue.popleft()
        return queue[0] if queue else None

    def release(self, agent: str | ChatAgent) -> None:
        """Let a freed agent take the next contact."""
        if isinstance(agent, str):
            if (call := self.head(VOICE)) or ((call := self.head(CHAT)) and call.overflowed):
                self.drop(call)
                call.answer.succeed(agent)
            else:
                self.idle_a.append(agent)
            return
        if agent.on_phone:
            agent.on_phone = False
        else:
            del self.by_load[agent.chats][agent]
            agent.chats -= 1
        self.by_load[agent.chats][agent] = None
        while agent.chats < 3 and (chat := self.head(CHAT)):
            self.drop(chat)
            self.start_chat(agent, chat)
        if agent.chats == 0 and (call := self.head(VOICE)) and call.overflowed:
            self.drop(call)
            self.start_call(agent, call)


def interaction(env: simpy.Environment, router: Router, row: Row, entry: Entry) -> Iterator[Any]:
    if row.bot is not None:
        yield env.timeout(row.bot)
        entry.bot_end = env.now
        if row.contained:
            entry.outcome = "contained"
            return
    entry.queued = env.now
    request = router.request(row.kind)
    if not request.answer.triggered:
        threshold = VOICE_TO_B if row.kind == VOICE else CHAT_TO_A
        yield request.answer | env.timeout(min(threshold, row.patience))
        if not request.answer.triggered and row.patience > threshold:
            router.overflow(request)
            if not request.answer.triggered:
                yield request.answer | env.timeout(row.patience - threshold)
        if not request.answer.triggered:
            router.drop(request)
            entry.ended = env.now
            entry.outcome = "abandoned"
            return
    agent = request.answer.value
    entry.answered = env.now
    entry.agent = agent if isinstance(agent, str) else agent.name
    yield env.timeout(row.handle)
    entry.ended = env.now
    yield env.timeout(row.wrap)
    entry.freed = env.now
    entry.outcome = "answered"
    router.release(agent)


def source(env: simpy.Environment, router: Router, rows: list[Row], log: list[Entry]) -> Iterator[Any]:
    for row in rows:
        yield env.timeout(row.arrival - env.now)
        entry = Entry()
        log.append(entry)
        env.process(interaction(env, router, row, entry))


def simulate(rows: list[Row], n_a: int = 46, n_b: int = 17) -> list[Entry]:
    env = simpy.Environment()
    router = Router(
        env,
        deque(f"A-{place + 1:02d}" for place in range(n_a)),
        [{ChatAgent(f"B-{place + 1:02d}"): None for place in range(n_b)}, {}, {}, {}],
    )
    log: list[Entry] = []
    env.process(source(env, router, rows, log))
    env.run()
    return log
