"""Chats message by message: an agent writes one reply at a time, in the order in which customers have written."""

from __future__ import annotations

from collections import deque

from simpy import Event

from simkpi.demand.chat_turns import WHOLE
from simkpi.demand.rows import NEVER, ChatRows
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import scaled
from simkpi.engine.recorder import ANSWERED, Recorder
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.teams import Agent


class Chat:
    """An open chat: what its agent has still to write, and the replies written so far."""

    __slots__ = ("agent", "done", "is_over", "speed", "talk", "wrap", "written")

    def __init__(self, agent: Agent, done: Event, *, talk: int, wrap: int, speed: int) -> None:
        self.agent = agent.id
        self.done = done
        self.talk = talk
        self.wrap = wrap
        self.speed = speed
        self.written = 0
        #: Whether only the wrap-up is left.
        self.is_over = False


class Desk:
    """The chats of one agent in which it is the agent's turn, first come, first served."""

    def __init__(self) -> None:
        self.pending: deque[int] = deque()
        self.is_writing = False


class Chats:
    """The chats that are simulated message by message.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    rows : ChatRows
        The turns of each contact.
    recorder : Recorder
        Where messages, replies and ends are written.
    """

    def __init__(self, plan: Plan, clock: Clock, rows: ChatRows, recorder: Recorder) -> None:
        self._clock = clock
        self._recorder = recorder
        self.replies: list[int] = rows.replies.tolist()
        self._first: list[int] = rows.first.tolist()
        self._share: list[int] = rows.done.tolist()
        self._gap: list[int] = rows.gap.tolist()
        self._idle_close = plan.idle_close
        self._open: dict[int, Chat] = {}
        self._patience: dict[int, int] = {}
        self._desks: dict[int, Desk] = {}
        recorder.message_at = [NEVER] * len(self._gap)
        recorder.reply_at = [NEVER] * len(self._gap)

    def begin(self, contact: int, contact_type: int, agent: Agent, *, talk: int, wrap: int, speed: int) -> Event:
        """Let *agent* open the chat, whose first message is there; the event comes when it is wrapped up."""
        chat = self._open[contact] = Chat(agent, Event(self._clock), talk=talk, wrap=wrap, speed=speed)
        self._patience[contact] = self._idle_close[contact_type]
        self._recorder.message_at[self._first[contact]] = self._recorder.queued[contact]
        self._ask(contact, chat)
        return chat.done

    def _ask(self, contact: int, chat: Chat) -> None:
        """Put the chat on its agent's desk: it is the agent's turn."""
        desk = self._desks.setdefault(chat.agent, Desk())
        desk.pending.append(contact)
        self._write_next(desk)

    def _write_next(self, desk: Desk) -> None:
        """Let the agent begin the next reply or wrap-up, if there is one and nothing under way."""
        if desk.pending and not desk.is_writing:
            desk.is_writing = True
            contact = desk.pending.popleft()
            self._clock.call_at(self._clock.now + self._length(contact), Kind.WORK_ENDS, contact, self._finish)

    def _length(self, contact: int) -> int:
        chat = self._open[contact]
        if chat.is_over:
            return chat.wrap
        place = self._first[contact] + chat.written
        before = self._share[place - 1] if chat.written else 0
        return scaled(chat.talk * self._share[place] // WHOLE - chat.talk * before // WHOLE, chat.speed)

    def _finish(self, timer: Event) -> None:
        """Send the reply, or close the chat that is wrapped up; then the agent goes on with the next."""
        contact = int(timer.value)  # type: ignore[arg-type]
        chat, now = self._open[contact], self._clock.now
        desk = self._desks[chat.agent]
        desk.is_writing = False
        if chat.is_over:
            self._close(contact, chat)
        else:
            place = self._first[contact] + chat.written
            self._recorder.reply_at[place] = now
            chat.written += 1
            if chat.written == self.replies[contact]:
                self._end(contact, chat)
            else:
                pause = min(self._gap[place], self._patience[contact])
                self._clock.call_at(now + pause, Kind.CHAT_TURN, contact, self._turn)
        self._write_next(desk)

    def _turn(self, timer: Event) -> None:
        """Let the customer's next message come, or end the chat of one who has been silent for too long."""
        contact = int(timer.value)  # type: ignore[arg-type]
        chat = self._open[contact]
        place = self._first[contact] + chat.written
        if self._gap[place - 1] <= self._patience[contact]:
            self._recorder.message_at[place] = self._clock.now
            self._ask(contact, chat)
        else:
            self._end(contact, chat)

    def _end(self, contact: int, chat: Chat) -> None:
        """End the conversation; the wrap-up waits for its turn."""
        self._recorder.ended[contact], self._recorder.outcome[contact] = self._clock.now, ANSWERED
        chat.is_over = True
        if chat.wrap:
            self._ask(contact, chat)
        else:
            self._close(contact, chat)

    def _close(self, contact: int, chat: Chat) -> None:
        self._recorder.wrapped[contact] = self._clock.now
        del self._open[contact], self._patience[contact]
        chat.done.succeed()
