"""The rules of docs/model.md a second time: no SimPy, no index, every decision by looking at everybody. Slow and plain."""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush
from inspect import signature
from math import ceil
from typing import Any

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import Plan

SCHEDULE, WORK_ENDS, QUIET_ENDS, OVERFLOW, ABANDON, CHAT_TURN, BOT_FULL, BOT_ENDS, INVITATION, RETURN, ARRIVAL = range(11)
ANSWERED, ABANDONED, BLOCKED, _REFUSED, CONTAINED, GAVE_UP, OPEN = range(7)


def asked(rank: Any, numbers: dict[str, int]) -> Any:
    return rank(**{name: numbers[name] for name in signature(rank).parameters})


class Naive:
    def __init__(self, plan: Plan, demand: Demand) -> None:
        self.plan, self.demand = plan, demand
        n = len(demand)
        self.log = {name: [NEVER] * n for name in ("queued", "answered", "ended", "wrapped")}
        self.log |= {"agent": [-1] * n, "outcome": [OPEN] * n}
        self.agents: list[dict[str, Any]] = [
            {"id": team.first_agent + place, "team": number, "duty": "off", "open": [], "since": 0, "aside": []}
            | {"came": 0, "busy": 0}
            for number, team in enumerate(plan.teams)
            for place in range(team.n_agents)
        ]
        self.now = 0
        self.told: list[list[dict[str, Any]]] = [[] for _ in plan.teams]
        self.only_before: list[int | None] = [None for _ in plan.teams]
        self.waiting: list[int] = []
        self.in_bot: set[int] = set()
        #: By bot: contacts in a session, and those who wait for one. Contacts that no bot took.
        self.sessions: list[set[int]] = [set() for _ in plan.bots]
        self.for_bot: list[list[int]] = [[] for _ in plan.bots]
        self.alone: set[int] = set()
        #: By agent: chats in which it is his turn, the first of them under way. By chat: replies written.
        self.desk: dict[int, list[int]] = {agent["id"]: [] for agent in self.agents}
        self.written: dict[int, int] = {}
        if demand.chats is not None:
            self.log |= {name: [NEVER] * len(demand.chats.gap) for name in ("message_at", "reply_at")}
        self.came = demand.arrived.tolist()
        #: Of slowed contacts: work left and wrap-up (millionths of a tick), since when, pace, and when it would be done.
        self.slowed: dict[int, list[int]] = {}
        self.begun: dict[int, int] = {}
        self.may: dict[int, set[int]] = {}
        #: Who answered a contact of the case last, and the agent for whom a contact waits only.
        self.handled: dict[int, dict[str, Any]] = {}
        self.only: dict[int, dict[str, Any]] = {}
        self.events: list[tuple[int, int, int, int]] = []
        if demand.visits is not None and any(plan.invite_free):
            self.log["invited"] = [False] * len(demand.visits)
            for visit, tick in enumerate(demand.visits.invite_at.tolist()):
                if tick < NEVER:
                    heappush(self.events, (tick, INVITATION, visit, 0))
        for number, team in enumerate(plan.teams):
            for tick, count in team.changes:
                heappush(self.events, (tick, SCHEDULE, number, count))
        for contact, tick in enumerate(self.came):
            if tick < NEVER:
                heappush(self.events, (max(tick, 0), ARRIVAL, contact, 0))

    def run(self) -> dict[str, list[int]]:
        actions = {SCHEDULE: self.schedule, WORK_ENDS: self.work_ends, OVERFLOW: self.overflow}
        actions[QUIET_ENDS] = self.leave
        actions |= {
            ABANDON: self.abandon,
            CHAT_TURN: self.chat_turn,
            INVITATION: self.invite,
            BOT_FULL: self.bot_full,
            BOT_ENDS: self.bot_ends,
            ARRIVAL: self.arrive,
            RETURN: self.arrive,
        }
        while self.events:
            before, (self.now, kind, ident, extra) = self.now, heappop(self.events)
            for agent in self.agents:
                agent["busy"] += self.now - before if agent["open"] else 0
            if self.plan.cut and self.now >= self.plan.horizon:
                break
            actions[kind](ident, extra)
            self.settle()
        if self.plan.cut:
            self.now = self.plan.horizon
            for contact in self.slowed:
                self.work_on(contact)
            for contact in range(len(self.demand)):
                if self.plan.horizon <= self.log["ended"][contact] < NEVER:
                    self.log["ended"][contact], self.log["outcome"][contact] = NEVER, OPEN
                if self.log["wrapped"][contact] >= self.plan.horizon:
                    self.log["wrapped"][contact] = NEVER
        return self.log

    # --- small questions ---
    def type_of(self, contact: int) -> int:
        return int(self.demand.contact_type[contact])

    def skill(self, team: int, contact: int) -> Any:
        return next((s for s in self.plan.teams[team].skills if s.contact_type == self.type_of(contact)), None)

    def is_deferred(self, contact: int) -> bool:
        return bool(self.plan.deferred) and self.plan.deferred[self.type_of(contact)]

    def used(self, agent: dict[str, Any]) -> int:
        return sum(self.skill(agent["team"], contact).weight for contact in agent["open"])

    def has_room(self, agent: dict[str, Any], contact: int) -> bool:
        team = agent["team"]
        limit = self.only_before[team]
        if agent["duty"] != "on" or (limit is not None and self.came[contact] >= limit):
            return False
        return self.used(agent) + self.skill(team, contact).weight <= self.plan.teams[team].capacity

    def leaves_enough(self, agent: dict[str, Any], contact: int) -> bool:
        team, skill = self.plan.teams[agent["team"]], self.skill(agent["team"], contact)
        if self.only_before[agent["team"]] is not None:
            return True
        for agents, room in skill.reserves:
            with_room = [a for a in self.agents if a["team"] == agent["team"] and a["duty"] == "on"]
            with_room = [a for a in with_room if team.capacity - self.used(a) >= room]
            loses = agent in with_room and team.capacity - self.used(agent) - skill.weight < room
            if loses and len(with_room) - 1 < agents:
                return False
        return True

    def settle(self) -> None:
        for agent in self.agents:
            if agent["duty"] == "on" and any(skill.reserves for skill in self.plan.teams[agent["team"]].skills):
                self.take_all(agent)

    # --- events ---
    def arrive(self, contact: int, waits: int) -> None:
        if waits and waits - 1 not in self.waiting:
            return  # would have asked again, but is answered, or has left
        self.came[contact] = self.now
        if self.is_deferred(contact):
            self.came[contact] = NEVER - 1  # nobody stays for it
        if self.demand.bot[contact] >= 0:
            self.in_bot.add(contact)
            self.meet(contact)
        else:
            self.ask(contact)

    def meet(self, contact: int) -> None:
        number, terms = int(self.demand.bot[contact]), self.demand.bot_terms
        bot = self.plan.bots[number]
        if terms is not None:
            may = terms.tried_from[contact] <= self.now < terms.tried_until[contact]
            may = may and any(start <= self.now < end for start, end in bot.up)
            if not may or (len(self.sessions[number]) >= bot.at_once and not bot.waits):
                self.go_alone(contact)
                return
            if len(self.sessions[number]) >= bot.at_once:
                self.for_bot[number].append(contact)
                heappush(self.events, (self.now + bot.waits, BOT_FULL, contact, 0))
                return
        self.begin(contact)

    def begin(self, contact: int) -> None:
        if self.demand.bot_terms is not None:
            self.log.setdefault("bot_started", [NEVER] * len(self.demand))[contact] = self.now
        self.sessions[self.demand.bot[contact]].add(contact)
        heappush(self.events, (self.now + int(self.demand.bot_time[contact]), BOT_ENDS, contact, 0))

    def go_alone(self, contact: int) -> None:
        self.alone.add(contact)
        self.ask(contact)
        self.in_bot.discard(contact)
        self.go_home()

    def bot_full(self, contact: int, _: int) -> None:
        queue = self.for_bot[self.demand.bot[contact]]
        if contact in queue:
            queue.remove(contact)
            self.go_alone(contact)

    def bot_ends(self, contact: int, _: int) -> None:
        self.in_bot.remove(contact)
        number = int(self.demand.bot[contact])
        self.sessions[number].discard(contact)
        if self.for_bot[number]:
            self.begin(self.for_bot[number].pop(0))
        outcome = self.demand.bot_outcome[contact]
        if outcome == 1:
            self.in_bot.add(contact)  # still unserved while it looks for an agent
            self.ask(contact)
            self.in_bot.discard(contact)
        else:
            self.end(contact, CONTAINED if outcome == 0 else GAVE_UP)
        self.go_home()

    def ask(self, contact: int) -> None:
        self.log["queued"][contact] = min(
            self.now, int(self.demand.arrived[contact]) if self.demand.arrived[contact] < 0 else NEVER
        )
        teams = [t for t in range(len(self.plan.teams)) if self.skill(t, contact)]
        queue = [c for c in self.waiting if self.type_of(c) == self.type_of(contact)]
        if self.ask_own(contact, queue):
            return
        self.may[contact] = {t for t in teams if self.skill(t, contact).after == 0}
        if self.find_agent(contact, self.may[contact]):
            return
        is_new = self.demand.arrived[contact] >= 0
        if is_new and len(queue) >= self.plan.queue_capacity[self.type_of(contact)]:
            self.end(contact, BLOCKED)
        elif is_new and (self.demand.patience[contact] == 0 or self.balks(contact, len(queue))):
            self.end(contact, ABANDONED)
        else:
            self.waiting.append(contact)
            self.ask_again(contact)
            for after in {self.skill(t, contact).after for t in teams} - {0}:
                heappush(self.events, (self.now + after, OVERFLOW, contact, after))
            if self.demand.patience[contact] < NEVER:
                heappush(self.events, (self.now + self.patience(contact, is_new), ABANDON, contact, 0))

    def patience(self, contact: int, is_new: bool = True) -> int:
        left, kept = int(self.demand.patience[contact]), self.plan.life.kept
        if not kept or not is_new:
            return left
        channel = self.plan.life.crowd
        crowd = [c for c in self.waiting if c != contact and channel[self.type_of(c)] == channel[self.type_of(contact)]]
        for _ in crowd:
            left = max(left * kept[self.type_of(contact)] // 1_000_000, 1)
        return left

    def ask_own(self, contact: int, queue: list[int]) -> bool:
        wait = self.plan.last_agent[self.type_of(contact)] if self.plan.last_agent and self.demand.returns is not None else -1
        own = self.handled.get(int(self.demand.returns.case[contact])) if wait >= 0 else None
        if own is None or own["duty"] != "on" or not self.skill(own["team"], contact):
            return False
        limit = self.only_before[own["team"]]
        if limit is not None and self.came[contact] >= limit:
            return False
        if self.has_room(own, contact) and self.leaves_enough(own, contact):
            self.answer(contact, own)
            return True
        stays = len(queue) < self.plan.queue_capacity[self.type_of(contact)] and self.demand.patience[contact] > 0
        if wait == 0 or not stays or self.balks(contact, len(queue)):
            return False
        self.only[contact], self.may[contact] = own, set()
        self.waiting.append(contact)
        self.ask_again(contact)
        heappush(self.events, (self.now + wait, OVERFLOW, contact, -1))
        if self.demand.patience[contact] < NEVER:
            heappush(self.events, (self.now + self.patience(contact), ABANDON, contact, 0))
        return True

    def ask_again(self, contact: int) -> None:
        returns = self.demand.returns
        if returns is not None and returns.chase_to is not None and returns.chase_to[contact] >= 0:
            self.open_at(self.now + int(returns.chase_after[contact]), int(returns.chase_to[contact]), contact + 1)

    def balks(self, contact: int, waiting: int) -> bool:
        longest = self.demand.longest_queue
        return longest is not None and waiting > longest[contact]

    def overflow(self, contact: int, after: int) -> None:
        if after < 0:
            if contact in self.waiting:
                self.only.pop(contact)
                self.overflow(contact, 0)
                for wait in {self.skill(t, contact).after for t in range(len(self.plan.teams)) if self.skill(t, contact)} - {0}:
                    heappush(self.events, (max(self.log["queued"][contact] + wait, self.now), OVERFLOW, contact, wait))
        elif contact in self.waiting:
            teams = {t for t in range(len(self.plan.teams)) if self.skill(t, contact) and self.skill(t, contact).after == after}
            self.may[contact] |= teams
            self.find_agent(contact, teams)
            self.go_home()

    def abandon(self, contact: int, _: int) -> None:
        if contact in self.waiting:
            self.waiting.remove(contact)
            self.end(contact, ABANDONED)
            self.go_home()

    def end(self, contact: int, outcome: int) -> None:
        self.log["ended"][contact], self.log["outcome"][contact] = self.now, outcome
        self.follow(contact, "return" if outcome == CONTAINED else "redial")

    def follow(self, contact: int, name: str) -> None:
        returns = self.demand.returns
        row = -1 if returns is None else int(getattr(returns, f"{name}_to")[contact])
        terms = self.demand.bot_terms
        if name == "return" and terms is not None:
            row = -1 if (terms if contact in self.alone else self.demand).resolved[contact] else row
        if row < 0:
            return
        self.open_at(self.now + int(getattr(returns, f"{name}_after")[contact]), row, 0)

    def open_at(self, moment: int, row: int, extra: int) -> None:
        night = 0
        for opens, closes in self.plan.open:
            if moment < closes:
                if moment < opens:
                    moment = opens + (moment - night) * (closes - opens) // (opens - night)
                if moment < self.plan.horizon:
                    heappush(self.events, (moment, RETURN, row, extra))
                return
            night = closes

    def find_agent(self, contact: int, teams: set[int]) -> bool:
        able = [agent for agent in self.agents if agent["team"] in teams and self.has_room(agent, contact)]
        able = [agent for agent in able if self.leaves_enough(agent, contact)]
        rank = self.plan.agent_policy[self.type_of(contact)].rank_agent

        def order(agent: dict[str, Any]) -> Any:
            team = self.plan.teams[agent["team"]]
            skill = self.skill(agent["team"], contact)
            numbers = {
                "idle_since": agent["since"],
                "skill": skill.speed,
                "load": self.used(agent) * 1_000_000 // team.capacity,
                "now": self.now,
                "level": skill.level,
                "free_slots": (team.capacity - self.used(agent)) // skill.weight,
                "busy_time": agent["busy"],
                "duty_time": self.now - agent["came"],
            }
            return skill.preference, asked(rank, numbers), agent["id"]

        if able:
            self.answer(contact, min(able, key=order))
        return bool(able) or self.interrupt(contact, teams)

    def behind(self, agent: dict[str, Any]) -> list[int]:
        mine = [c for c in agent["open"] if self.skill(agent["team"], c).background]
        return sorted(mine, key=lambda c: (self.begun[c], c))

    def interrupt(self, contact: int, teams: set[int]) -> bool:
        able = [a for a in self.agents if a["team"] in teams and self.behind(a) and self.could_have_room(a, contact)]
        if not able or self.skill(able[0]["team"], contact).background:
            return False
        agent = min(able, key=lambda a: (self.skill(a["team"], contact).preference, a["since"], a["id"]))
        self.make_room(agent, contact)
        self.answer(contact, agent)
        self.take_all(agent)
        return True

    def could_have_room(self, agent: dict[str, Any], contact: int) -> bool:
        """Whether there is room, or would be if the agent set aside all work in the background."""
        if self.skill(agent["team"], contact).background or not self.behind(agent):
            return self.has_room(agent, contact)
        everything, agent["open"] = agent["open"], [c for c in agent["open"] if c not in self.behind(agent)]
        able = self.has_room(agent, contact)
        agent["open"] = everything
        return able

    def make_room(self, agent: dict[str, Any], contact: int) -> None:
        while not self.has_room(agent, contact):
            last = self.behind(agent)[-1]
            self.work_on(last)
            self.slowed[last][3:] = [0, NEVER]
            agent["open"].remove(last)
            agent["aside"].append(last)

    def go_on(self, agent: dict[str, Any]) -> bool:
        skill = self.skill(agent["team"], agent["aside"][-1]) if agent["aside"] else None
        if skill is None or self.used(agent) + skill.weight > self.plan.teams[agent["team"]].capacity:
            return False
        contact = agent["aside"].pop()
        agent["open"].append(contact)
        agent["since"] = self.begun[contact] = self.now
        self.slowed[contact][0] += skill.resume * 1_000_000
        self.slowed[contact][2] = self.now
        self.change_pace(agent)
        return True

    def answer(self, contact: int, agent: dict[str, Any]) -> None:
        if self.demand.returns is not None:
            self.handled[int(self.demand.returns.case[contact])] = agent
        if contact in self.waiting:
            self.waiting.remove(contact)
        agent["open"].append(contact)
        agent["since"] = self.begun[contact] = self.now
        speed = self.skill(agent["team"], contact).speed

        def length(ticks: int) -> int:
            return (int(ticks) * 1_000_000 + speed // 2) // speed

        alone = self.demand.bot_terms if contact in self.alone else None
        ended = self.now + length((alone or self.demand).talk[contact]) + length(self.demand.hold[contact])
        wrapped = ended + length(self.demand.wrap[contact])
        values = {"answered": self.now, "ended": ended, "wrapped": wrapped, "agent": agent["id"], "outcome": ANSWERED}
        for name, value in values.items():
            self.log[name][contact] = value
        if self.is_chat(contact):
            for name, value in {"ended": NEVER, "wrapped": NEVER, "outcome": OPEN}.items():
                self.log[name][contact] = value
            self.written[contact] = 0
            self.log["message_at"][self.demand.chats.first[contact]] = self.log["queued"][contact]
            self.to_desk(contact)
        elif self.plan.pace[self.type_of(contact)]:
            self.log["ended"][contact] = self.log["wrapped"][contact] = NEVER
            self.log["outcome"][contact] = OPEN
            self.slowed[contact] = [(wrapped - self.now) * 1_000_000, (wrapped - ended) * 1_000_000, self.now, 1_000_000, NEVER]
        else:
            heappush(self.events, (wrapped, WORK_ENDS, contact, 0))
        self.change_pace(agent)
        self.in_bot.discard(contact)

    # --- chats message by message ---
    def is_chat(self, contact: int) -> bool:
        return self.demand.chats is not None and self.demand.chats.replies[contact] > 0

    def to_desk(self, contact: int) -> None:
        desk = self.desk[self.log["agent"][contact]]
        desk.append(contact)
        if len(desk) == 1:
            self.write(contact)

    def write(self, contact: int) -> None:
        agent, chats = self.agents[self.log["agent"][contact]], self.demand.chats
        speed, number = self.skill(agent["team"], contact).speed, self.written[contact]
        if self.log["ended"][contact] < NEVER:
            ticks = int(self.demand.wrap[contact])
        else:
            talk = int((self.demand.bot_terms if contact in self.alone else self.demand).talk[contact])
            done = [0, *chats.done[chats.first[contact] :][: chats.replies[contact]].tolist()]
            ticks = talk * done[number + 1] // 1_000_000 - talk * done[number] // 1_000_000
        heappush(self.events, (self.now + (ticks * 1_000_000 + speed // 2) // speed, WORK_ENDS, contact, 0))

    def written_one(self, contact: int) -> bool:
        """Whether the chat is closed now."""
        chats, desk = self.demand.chats, self.desk[self.log["agent"][contact]]
        assert desk[0] == contact
        closed = self.log["ended"][contact] < NEVER
        if not closed:
            place = chats.first[contact] + self.written[contact]
            self.log["reply_at"][place] = self.now
            self.written[contact] += 1
            if self.written[contact] == chats.replies[contact]:
                closed = self.end_chat(contact)
            else:
                pause = min(int(chats.gap[place]), self.plan.idle_close[self.type_of(contact)])
                heappush(self.events, (self.now + pause, CHAT_TURN, contact, 0))
        desk.pop(0)
        if desk:
            self.write(desk[0])
        return closed

    def end_chat(self, contact: int) -> bool:
        self.log["ended"][contact], self.log["outcome"][contact] = self.now, ANSWERED
        if self.wrap_of(contact):
            self.desk[self.log["agent"][contact]].append(contact)
            if len(self.desk[self.log["agent"][contact]]) == 1:
                self.write(contact)
            return False
        return True

    def wrap_of(self, contact: int) -> int:
        speed = self.skill(self.agents[self.log["agent"][contact]]["team"], contact).speed
        return (int(self.demand.wrap[contact]) * 1_000_000 + speed // 2) // speed

    def invite(self, visit: int, _: int) -> None:
        visits, kind = self.demand.visits, int(self.demand.visits.contact_type[visit])
        if any(self.type_of(contact) == kind for contact in self.waiting):
            return
        room = 0
        for agent in self.agents:
            team = self.plan.teams[agent["team"]]
            skill = next((each for each in team.skills if each.contact_type == kind and each.after == 0), None)
            if skill and agent["duty"] == "on" and self.only_before[agent["team"]] is None:
                room += (team.capacity - self.used(agent)) // skill.weight
        if room >= self.plan.invite_free[kind]:
            self.log["invited"][visit] = True
            if visits.row[visit] >= 0:
                self.arrive(int(visits.row[visit]), 0)

    def chat_turn(self, contact: int, _: int) -> None:
        chats = self.demand.chats
        place = chats.first[contact] + self.written[contact]
        if chats.gap[place - 1] <= self.plan.idle_close[self.type_of(contact)]:
            self.log["message_at"][place] = self.now
            self.to_desk(contact)
        elif self.end_chat(contact):
            self.close(contact)

    def work_on(self, contact: int) -> None:
        left, wrap, since, pace, _ = self.slowed[contact]
        remains = left - (self.now - since) * pace
        if remains <= wrap and self.log["ended"][contact] == NEVER:
            self.log["ended"][contact], self.log["outcome"][contact] = since + ceil(Fraction(left - wrap, pace)), ANSWERED
        self.slowed[contact][0], self.slowed[contact][2] = max(remains, 0), self.now

    def change_pace(self, agent: dict[str, Any]) -> None:
        for contact in agent["open"]:
            if contact in self.slowed:
                self.work_on(contact)
                paces = self.plan.pace[self.type_of(contact)]
                pace = paces[min(len(agent["open"]), len(paces)) - 1]
                done = self.now + ceil(Fraction(self.slowed[contact][0], pace))
                if done != self.slowed[contact][4]:
                    heappush(self.events, (done, WORK_ENDS, contact, 0))
                self.slowed[contact][3:] = [pace, done]

    def work_ends(self, contact: int, _: int) -> None:
        agent = self.agents[self.log["agent"][contact]]
        if contact in self.slowed:
            if self.slowed[contact][4] != self.now:
                return
            self.work_on(contact)
            self.log["wrapped"][contact] = self.now
            del self.slowed[contact]
        elif contact not in agent["open"] or (self.is_chat(contact) and not self.written_one(contact)):
            return
        self.close(contact)

    def close(self, contact: int) -> None:
        agent = self.agents[self.log["agent"][contact]]
        self.log["wrapped"][contact] = self.log["wrapped"][contact] if self.log["wrapped"][contact] < NEVER else self.now
        agent["open"].remove(contact)
        self.change_pace(agent)
        agent["since"] = self.now
        if self.is_longer(contact, agent):
            agent["open"].append(contact)
            self.change_pace(agent)
            self.log["wrapped"][contact] = self.now + int(self.demand.quiet[contact])
            heappush(self.events, (self.log["wrapped"][contact], QUIET_ENDS, contact, 0))
            return
        self.leave(contact)

    def leave(self, contact: int, _: int = 0) -> None:
        self.follow(contact, "return")
        self.release(contact)

    def is_longer(self, contact: int, agent: dict[str, Any]) -> bool:
        if self.demand.quiet is None or not self.demand.quiet[contact] or agent["duty"] != "on":
            return False
        return not any(self.skill(agent["team"], each) for each in self.waiting) and agent not in self.told[agent["team"]]

    def release(self, contact: int, _: int = 0) -> None:
        agent = self.agents[self.log["agent"][contact]]
        told = self.told[agent["team"]]
        if contact in agent["open"]:
            agent["open"].remove(contact)
            self.change_pace(agent)
            agent["since"] = self.now
        if agent["duty"] == "finishing":
            while self.go_on(agent):
                pass
            if not agent["open"]:
                agent["duty"] = "off"
                told.remove(agent)
            return
        if not agent["open"] and not agent["aside"] and told:
            agent["duty"] = "off"
            agent = told.pop()
            agent["duty"] = "on"
        self.take_all(agent)
        self.go_home()

    def turn(self, contact: int) -> Any:
        pick = self.plan.pick[self.type_of(contact)] if self.plan.pick else 0
        work = int(self.demand.talk[contact] + self.demand.hold[contact] + self.demand.wrap[contact])
        entered = self.waiting.index(contact)
        return [(entered,), (-entered,), (work, entered)][pick]

    def take_all(self, agent: dict[str, Any]) -> None:
        rank = self.plan.contact_policy.rank_contact
        while True:
            own = [c for c in self.waiting if self.only.get(c) is agent and self.has_room(agent, c)]
            own = [c for c in own if self.leaves_enough(agent, c)]
            able = [c for c in self.waiting if agent["team"] in self.may[c] and self.could_have_room(agent, c)]
            able = [c for c in able if self.leaves_enough(agent, c)]
            live = [c for c in [*own[:1], *able] if not self.skill(agent["team"], c).background]
            if not live and self.go_on(agent):
                continue
            if own and (own[0] in live or not live):
                self.answer(own[0], agent)
                self.go_home()
                if agent["duty"] != "on":
                    return
                continue
            if not able:
                return

            def order(contact: int) -> Any:
                skill, urgency = self.skill(agent["team"], contact), self.plan.urgency[self.type_of(contact)]
                numbers = {
                    "queued_at": self.log["queued"][contact] - urgency.head_start,
                    "priority": self.plan.priority[self.type_of(contact)],
                    "now": self.now,
                    "rise": urgency.rise,
                    "due_at": self.log["queued"][contact] + urgency.target_wait,
                    "target_wait": urgency.target_wait,
                    "waiting": sum(self.type_of(c) == self.type_of(contact) for c in self.waiting),
                    "queue_weight": urgency.queue_weight,
                    "skill": skill.speed,
                    "level": skill.level,
                }
                return skill.background, skill.order, asked(rank, numbers), contact

            # of each type whoever entered the queue first: at one tick those who come back are before the fresh ones
            heads = {self.type_of(contact): contact for contact in sorted(able, key=self.turn, reverse=True)}
            chosen = min(heads.values(), key=order)
            self.make_room(agent, chosen)
            self.answer(chosen, agent)
            self.go_home()
            if agent["duty"] != "on":
                return

    def unserved_before(self, team: int, limit: int) -> bool:
        present = [*self.waiting, *self.in_bot]
        return any(self.skill(team, contact) and self.came[contact] < limit for contact in present)

    def go_home(self) -> None:
        for number, limit in enumerate(self.only_before):
            if limit is not None and not self.unserved_before(number, limit):
                self.only_before[number] = None
                self.set_count(number, 0)

    def set_count(self, number: int, count: int) -> list[dict[str, Any]]:
        mine = [agent for agent in self.agents if agent["team"] == number]
        on_duty = sorted((a for a in mine if a["duty"] == "on"), key=lambda a: (len(a["open"]), -a["id"]))
        for agent in on_duty[: max(0, len(on_duty) - count)]:
            agent["duty"] = "finishing" if agent["open"] else "off"
            if agent["open"]:
                self.told[number].append(agent)
        changed = []
        for _ in range(count - len(on_duty)):
            if self.told[number]:
                agent = self.told[number].pop()
            else:
                agent = next(a for a in mine if a["duty"] == "off")
                agent["since"] = agent["came"] = self.now
                agent["busy"] = 0
            agent["duty"] = "on"
            changed.append(agent)
        return changed

    def schedule(self, number: int, count: int) -> None:
        if count == 0 and self.plan.teams[number].serves_queue and self.unserved_before(number, self.now):
            self.only_before[number] = self.now
            return
        was_closing = self.only_before[number] is not None
        self.only_before[number] = None
        changed = self.set_count(number, count)
        able = [a for a in self.agents if a["team"] == number and a["duty"] == "on"] if was_closing else changed
        for agent in sorted(able, key=lambda agent: agent["id"]):
            self.take_all(agent)
