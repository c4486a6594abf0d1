"""Small mistakes in the compiled engine that its tests have to notice: which text of which file becomes which."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Where the compiled engine lives.
ENGINE = Path("simkpi/engine/compiled")


@dataclass(frozen=True)
class Mutant:
    """A mistake: in which file of the engine which text becomes which."""

    file: str
    text: str
    becomes: str

    def make(self, folder: Path) -> None:
        """Make the mistake in the copy in *folder*.

        Raises
        ------
        ValueError
            If the text is not there exactly once: the engine has changed, and so must this list.
        """
        path = folder / ENGINE / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.text) != 1:
            raise ValueError(f"{self.file} has {source.count(self.text)} times {self.text!r}; give it another text")
        path.write_text(source.replace(self.text, self.becomes), encoding="utf-8")


MUTANTS = {
    "overflow comes before the end of work in the same tick": Mutant(
        "clock.py", "int(Kind.WORK_ENDS), int(Kind.OVERFLOW)", "int(Kind.OVERFLOW), int(Kind.WORK_ENDS)"
    ),
    "the order of events ignores ties": Mutant(
        "clock.py", "is_earlier = other < entry", "is_earlier = other >> 20 < entry >> 20"
    ),
    "an overflow timer that is over is called off": Mutant(
        "router.py", "    ints(state.overflow_timer)[contact] = NOWHERE\n    stage", "    stage"
    ),
    "the moment of what was called off is forgotten": Mutant(
        "clock.py", "state.called_off = max(state.called_off, longs(state.events)[state.n_places + place])", "pass"
    ),
    "when room is made the later of two events wins": Mutant(
        "clock.py", "entries[match] = min(one, other)", "entries[match] = max(one, other)"
    ),
    "the loop for few features is run with many": Mutant(
        "plain.py", "return all(fields.get(field, 0) == number for field, number in STATE.items())", "return bool(fields)"
    ),
    "work of an agent's speed is rounded down": Mutant(
        "handle.py", "(ticks * PPM + speed // 2) // speed", "ticks * PPM // speed"
    ),
    "slowed work ends a tick early": Mutant(
        "effort.py", "finish = state.now - (-work.remaining) // work.pace", "finish = state.now + work.remaining // work.pace"
    ),
    "the overflow timer of a later stage is lost": Mutant(
        "router.py", "    if next_wait < NEVER:\n        moment = max(", "    if next_wait < 0:\n        moment = max("
    ),
    "who has waited as long as his patience goes before he is answered": Mutant(
        "router.py", "at(state, state.now + patience, ABANDON, contact)", "at(state, state.now + patience - 1, ABANDON, contact)"
    ),
    "the longest idle of equals is the one with the highest id": Mutant(
        "teams.py", "agent.since == other.since and agent.id < other.id", "agent.since == other.since and agent.id > other.id"
    ),
    "a policy's tie goes to the later contact": Mutant("ranks.py", "return ident < other_ident", "return ident > other_ident"),
    "agents told to finish come back first told first": Mutant(
        "teams.py",
        "    return longs(state.finishing)[team.first_agent + team.n_finishing]",
        "    return longs(state.finishing)[team.first_agent]",
    ),
    "a pause that is over lasts a tick longer": Mutant(
        "shifts.py",
        "at(state, end, SCHEDULE, state.n_teams + agent.id)",
        "at(state, end + 1, SCHEDULE, state.n_teams + agent.id)",
    ),
    "a customer comes back a tick late": Mutant(
        "returns.py", "return_at(state, state.now + after, row)", "return_at(state, state.now + after + 1, row)"
    ),
    "a bot's place is not given on": Mutant(
        "bots.py",
        "            bytes_(state.bot_waits)[following] = 0\n            _begin(state, following)\n            return",
        "            bytes_(state.bot_waits)[following] = 0\n            _begin(state, following)\n            break",
    ),
    "work handed back goes behind the others": Mutant(
        "hand_back.py",
        "while after >= 0 and is_returned(state, after) and came_before(state, after, contact):",
        "while after >= 0:",
    ),
    "a chat's reply takes the whole talk": Mutant(
        "turns.py",
        "part = talk * longs(state.chat_done)[place] // WHOLE - talk * before // WHOLE",
        "part = talk * longs(state.chat_done)[place] // WHOLE",
    ),
    # --- edges of time, ties and orders that only rare worlds show
    "the centre is still open at the moment of closing": Mutant(
        "returns.py", "if low > 0 and tick < closed:", "if low > 0 and tick <= closed:"
    ),
    "after a break an agent counts as idle since before it": Mutant(
        "shifts.py", "    if agent.duty == OFF:\n        agent.since = state.now\n    _set", "    _set"
    ),
    "who stays on from one shift to the next keeps his old idle moment": Mutant(
        "shifts.py",
        "        agent.since = state.now\n        _set(state, agent, timetable, ON)\n    elif",
        "        _set(state, agent, timetable, ON)\n    elif",
    ),
    "a pause that had to end now is still taken": Mutant(
        "shifts.py", "entry.tick + entry.length > state.now:", "entry.tick + entry.length >= state.now:"
    ),
    "pauses that are due are taken last due first": Mutant(
        "shifts.py",
        "entry = entry_at(state.entries, owed[timetable.owed_from])\n        timetable.n_owed -= 1",
        "timetable.n_owed -= 1\n        entry = entry_at(state.entries, owed[timetable.owed_from + timetable.n_owed])",
    ),
    "who is transferred counts as just arrived for a team that closes": Mutant(
        "queues.py",
        "ANOTHER_DAY if contact_type.deferred else ints(state.number)[contact]\n    ints(state.number)[row] = number",
        "ANOTHER_DAY if contact_type.deferred else state.arrived_so_far\n    ints(state.number)[row] = number",
    ),
    "a full queue takes one more": Mutant(
        "queues.py", "contact_type.waiting >= contact_type.queue_capacity", "contact_type.waiting > contact_type.queue_capacity"
    ),
    "one agent fewer is kept free": Mutant(
        "reserves.py",
        "_with_room(state, team, reserve.most) <= reserve.agents:",
        "_with_room(state, team, reserve.most) < reserve.agents:",
    ),
    "customers wait for their own agent last come first served": Mutant(
        "last_agents.py",
        "        ints(state.own_behind)[last[number]] = contact\n    last[number] = contact",
        "        ints(state.own_behind)[contact] = first[number]\n        first[number] = contact\n        return\n"
        "    last[number] = contact",
    ),
    "work set aside is gone on with first set aside first begun": Mutant(
        "background.py",
        "later = work.begun > begun or (work.begun == begun and work.contact > contact)",
        "later = work.begun > begun or (work.begun == begun and work.contact < contact) or contact < 0",
    ),
    "the easiest of equals is the one that came last": Mutant(
        "picks.py",
        "ints(state.behind)[contact] < ints(state.behind)[other]",
        "ints(state.behind)[contact] > ints(state.behind)[other]",
    ),
    "an announced wait that is just bearable is too long": Mutant(
        "life.py",
        "    if state.has_balk_above and hears > longs(state.balk_above)[contact]:",
        "    if state.has_balk_above and hears >= longs(state.balk_above)[contact]:",
    ),
    "a call back is offered for just the wait from which on it is": Mutant(
        "life.py", "if state.has_chains and hears > life.offer_after and", "if state.has_chains and hears >= life.offer_after and"
    ),
}
