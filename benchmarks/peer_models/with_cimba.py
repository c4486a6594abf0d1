"""B1 and B2 in cimba.

B2 is approximated: chat agents are pooled into 51 slots, of which a call takes one; who has waited long enough queues anew, for
either team at once.
"""

import cimba as cb
from cimba import random
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
    serve,
)  # fmt: skip

#: What the timer wakes a waiting process with: none of the places of a list of two resources.
TIME_OUT = 43


class Tally(cb.Model):
    """What is counted, by channel."""

    queued: cb.Output[int] = 0
    abandoned: cb.Output[int] = 0
    in_20: cb.Output[int] = 0

    @cb.function
    def add(self, is_answered: bool, waited: float) -> None:
        """Count one contact that left the queue."""
        self.queued += 1
        if not is_answered:
            self.abandoned += 1
        elif waited <= 20.0:
            self.in_20 += 1


class Voice(cb.Model):
    """A call of B2."""

    a: cb.Ref[cb.Resource]
    b: cb.Ref[cb.Resource]
    tally: cb.Ref[Tally]

    @cb.process
    def live(self):
        """Ask team A, then both, then leave."""
        begun, stays = cb.now(), random.lognormal(VOICE_PATIENCE[0], VOICE_PATIENCE[1])
        me = cb.this_process()
        me.timer_set(min(stays, VOICE_TO_B), TIME_OUT)
        got = self.a.acquire()
        if got != 0 and stays > VOICE_TO_B:
            me.timers_clear()
            me.timer_set(stays - VOICE_TO_B, TIME_OUT)
            got = cb.acquire_any((self.a, self.b))
        me.timers_clear()
        self.tally.add(0 <= got <= 1, cb.now() - begun)
        if 0 <= got <= 1:
            cb.hold(random.lognormal(VOICE_TALK[0], VOICE_TALK[1]))
            cb.hold(random.lognormal(VOICE_WRAP[0], VOICE_WRAP[1]))
            if got == 0:
                self.a.release()
            else:
                self.b.release()


class Chat(cb.Model):
    """A chat of B2."""

    a: cb.Ref[cb.Resource]
    b: cb.Ref[cb.Resource]
    tally: cb.Ref[Tally]

    @cb.process
    def live(self):
        """Pass the bot, ask team B, then both, then leave."""
        cb.hold(random.lognormal(BOT[0], BOT[1]))
        if random.uniform(0.0, 1.0) >= CONTAINED:
            begun, stays = cb.now(), random.lognormal(CHAT_PATIENCE[0], CHAT_PATIENCE[1])
            me = cb.this_process()
            me.timer_set(min(stays, CHAT_TO_A), TIME_OUT)
            got = self.b.acquire()
            if got != 0 and stays > CHAT_TO_A:
                me.timers_clear()
                me.timer_set(stays - CHAT_TO_A, TIME_OUT)
                got = cb.acquire_any((self.b, self.a))
            me.timers_clear()
            self.tally.add(0 <= got <= 1, cb.now() - begun)
            if 0 <= got <= 1:
                cb.hold(random.lognormal(CHAT_TALK[0], CHAT_TALK[1]))
                cb.hold(random.lognormal(CHAT_WRAP[0], CHAT_WRAP[1]))
                if got == 0:
                    self.b.release()
                else:
                    self.a.release()


class Day(cb.Model):
    """The teams and arrivals of B2."""

    a: cb.Resource = cb.Resource(capacity=N_A)
    b: cb.Resource = cb.Resource(capacity=N_B * CHATS)
    voice: Tally
    chat: Tally
    arrived: cb.Output[int] = 0

    @cb.process
    def calls(self):
        """Bring each call at its moment; the wait for the next one starts anew in each half-hour."""
        end = 0.0
        for rate in RATES:
            end += HALF_HOUR
            gap = random.exponential(1.0 / rate)
            while cb.now() + gap < end:
                cb.hold(gap)
                self.arrived += 1
                cb.spawn(Voice, a=self.a, b=self.b, tally=self.voice)
                gap = random.exponential(1.0 / rate)
            cb.hold(end - cb.now())

    @cb.process
    def chats(self):
        """Bring each chat at its moment."""
        end = 0.0
        for rate in RATES:
            end += HALF_HOUR
            gap = random.exponential(1.0 / rate)
            while cb.now() + gap < end:
                cb.hold(gap)
                self.arrived += 1
                cb.spawn(Chat, a=self.a, b=self.b, tally=self.chat)
                gap = random.exponential(1.0 / rate)
            cb.hold(end - cb.now())


class Call(cb.Model):
    """A call of B1."""

    agents: cb.Ref[cb.Resource]
    tally: cb.Ref[Tally]

    @cb.process
    def live(self):
        """Wait, talk or leave."""
        begun = cb.now()
        me = cb.this_process()
        me.timer_set(random.exponential(B1_PATIENCE), TIME_OUT)
        got = self.agents.acquire()
        me.timers_clear()
        if begun >= B1_WARM_UP:
            self.tally.add(got == 0, cb.now() - begun)
        if got == 0:
            cb.hold(random.exponential(B1_HANDLE))
            self.agents.release()


class ErlangA(cb.Model):
    """B1."""

    agents: cb.Resource = cb.Resource(capacity=B1_AGENTS)
    voice: Tally
    arrived: cb.Output[int] = 0

    @cb.process
    def calls(self):
        """Bring one call after the other."""
        while True:
            cb.hold(random.exponential(1.0 / B1_RATE))
            self.arrived += 1
            cb.spawn(Call, agents=self.agents, tally=self.voice)


def _total(figure: object) -> int:
    return int(figure.values.sum())


def day(seed: int, runs: int) -> Counts:
    """B2."""
    model = Day()
    model.voice, model.chat = Tally(), Tally()
    window = cb.Window(warmup=0, duration=HALF_HOUR * len(RATES) + 14_400)
    results = cb.Experiment(model, replications=runs, window=window, seed=seed).run(workers=1)
    voice, chat = results[model.voice], results[model.chat]
    return Counts(
        arrived=_total(results[model].arrived),
        voice=_total(voice.queued), voice_abandoned=_total(voice.abandoned), voice_in_20=_total(voice.in_20),
        chat=_total(chat.queued), chat_abandoned=_total(chat.abandoned), chat_in_20=_total(chat.in_20),
    )  # fmt: skip


def erlang_a(seed: int, runs: int) -> Counts:
    """B1."""
    model = ErlangA()
    model.voice = Tally()
    window = cb.Window(warmup=0, duration=B1_END)
    results = cb.Experiment(model, replications=runs, window=window, seed=seed).run(workers=1)
    voice = results[model.voice]
    return Counts(_total(results[model].arrived), _total(voice.queued), _total(voice.abandoned), _total(voice.in_20))


if __name__ == "__main__":
    serve(day=day, erlang_a=erlang_a)
