"""What an answered contact takes: talk, hold and wrap-up, in one piece or in parts."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.order import Kind
from simkpi.engine.ppm import PPM, scaled
from simkpi.engine.recorder import ABANDONED, ANSWERED
from simkpi.engine.reference.returns import Returns
from simkpi.engine.reference.state import Process
from simkpi.engine.reference.teams import Agent


class Handling(Returns):
    """The processes of agents at work."""

    def handle(self, contact: int, agent: Agent) -> Process:
        """Talk, hold and wrap up; then the agent has room again."""
        kind, recorder, ways = self.contact_type[contact], self.recorder, self.ways
        if ways is not None:
            ways.pick_up(contact)
        if self.router.noticed and recorder.outcome[contact] == ABANDONED:
            yield from self.notice(contact, agent)
        else:
            speed = self.speed[agent.team.number][kind]
            conversation, wrap = self.talk[contact] + self.hold[contact], self.wrap[contact]
            if speed != PPM:
                conversation = scaled(self.talk[contact], speed) + scaled(self.hold[contact], speed)
                wrap = scaled(wrap, speed)
            if self.chats is not None and self.chats.replies[contact]:
                if agent.works:
                    self.efforts.retime(agent)
                yield self.chats.begin(contact, kind, agent, talk=self.talk[contact], wrap=wrap, speed=speed)
            elif (ways is not None and ways.is_in_parts(contact)) or (self.lines is not None and self.lines.holds(contact)):
                agent = yield from self.handle_in_parts(contact, agent, conversation, wrap)
            elif self.plan.pace[kind]:
                done = self.efforts.begin(contact, kind, agent, conversation=conversation, wrap=wrap)
                self.efforts.retime(agent)
                yield done
                if self.router.hand_back is not None:
                    agent = self.router.hand_back.holder(contact, agent)
                self.efforts.finish(contact, agent)
            else:
                if agent.works:
                    self.efforts.retime(agent)
                ended = self.clock.now + conversation
                recorder.ended[contact], recorder.outcome[contact] = ended, ANSWERED
                recorder.wrapped[contact] = ended + wrap
                yield self.clock.at(ended + wrap, Kind.WORK_ENDS, contact)
            if self.least_skill:
                self.solved[contact] = self.resolution[agent.team.number][kind] >= self.least_skill[contact]
            if self.quiet and self.quiet[contact] and self.router.is_quiet(agent):
                recorder.wrapped[contact] = self.clock.now + self.quiet[contact]
                yield self.clock.at(recorder.wrapped[contact], Kind.QUIET_ENDS, contact)
            if ways is None or not (ways.is_in_parts(contact) or ways.call_again(contact)):
                self.come_back(contact, self.repeat)
        self.router.release(contact, agent)
        if agent.works:
            self.efforts.retime(agent)

    def handle_in_parts(self, contact: int, agent: Agent, conversation: int, wrap: int) -> Generator[Event, Any, Agent]:
        """Talk and hold; then let the contact go on elsewhere, or free its line; then wrap up. Returns who finished it."""
        kind, recorder, clock = self.contact_type[contact], self.recorder, self.clock
        is_slowed = bool(self.plan.pace[kind])
        for length, is_talk in ((conversation, True), (wrap, False)):
            if is_slowed:
                work = {"conversation": length, "wrap": 0} if is_talk else {"conversation": 0, "wrap": length}
                done = self.efforts.begin(contact, kind, agent, **work)
                self.efforts.retime(agent)
                yield done
                if self.router.hand_back is not None:
                    agent = self.router.hand_back.holder(contact, agent)
                self.efforts.finish(contact, agent)
            else:
                if agent.works:
                    self.efforts.retime(agent)
                if is_talk:
                    recorder.ended[contact], recorder.outcome[contact] = clock.now + length, ANSWERED
                else:
                    recorder.wrapped[contact] = clock.now + length
                yield clock.at(clock.now + length, Kind.WORK_ENDS, contact)
            if is_talk:
                recorder.wrapped[contact] = NEVER
                if self.ways and self.ways.is_in_parts(contact):
                    yield from self.ways.transfer(contact)
                elif self.lines:
                    self.lines.give_back(contact)
        return agent

    def notice(self, contact: int, agent: Agent) -> Process:
        """Take a contact whose customer has left without telling, until the agent notices."""
        if agent.works:
            self.efforts.retime(agent)
        noticed = self.clock.now + self.router.noticed[contact]
        self.recorder.wrapped[contact] = noticed
        yield self.clock.at(noticed, Kind.WORK_ENDS, contact)
