"""The worlds of the deflection lab: a topic without its bot, with a bot that contains more or less, with fewer contacts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from simkpi.demand.bots import easy_talk
from simkpi.errors import InputError, did_you_mean
from simkpi.scenario.bots import Bot, BotTopic
from simkpi.scenario.contacts import Contact
from simkpi.scenario.resolve import Scenario


def handle_left(handle: float, removed: float, removed_handle: float) -> float:
    """Mean handle time of the contacts that are left when some are taken away.

    Parameters
    ----------
    handle : float, seconds
        Mean handle time of all.
    removed : float, fraction
        Share that is taken away, below 1.
    removed_handle : float, seconds
        Their mean handle time.

    Returns
    -------
    float, seconds

    Raises
    ------
    InputError
        If nothing is left, or those taken away would hold more work than there is.

    Notes
    -----
    Law of total expectation: ``handle = removed * removed_handle + (1 - removed) * left``.

    Examples
    --------
    >>> handle_left(360, 0.2, 180) / 60
    6.75
    """
    if not 0 <= removed < 1:
        raise InputError(f"removed: must be a share below 100%, got {removed:g}")
    left = (handle - removed * removed_handle) / (1 - removed)
    if left < 0:
        raise InputError("those removed hold more work than all contacts together; give them a shorter handle time")
    return left


def work_removed(handle: float, removed: float, removed_handle: float) -> float:
    """Share of the agents' work that goes with the contacts that are taken away; arguments as of :func:`handle_left`.

    Examples
    --------
    >>> work_removed(360, 0.2, 180)
    0.1
    """
    return removed * removed_handle / handle


@dataclass(frozen=True)
class Topic:
    """A contact type with a bot in front of it.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    name : str
        The contact type.
    ease : float or None
        Handle time of the contacts that the bot contains against that of all contacts. None: as the bot's ``harder`` says
        for today's containment.
    """

    scenario: Scenario
    name: str
    ease: float | None = None

    @cached_property
    def bot(self) -> str:
        """Name of the bot."""
        return next(name for name, bot in self.scenario.spec.bots.items() if self.name in bot.serves)

    @property
    def settings(self) -> Bot:
        """The bot's fields, as they are for the topic."""
        return self.scenario.spec.bots[self.bot].about(self.name).model_copy(update={"topics": {}})

    @property
    def contact(self) -> Contact:
        """The contact type's fields."""
        return self.scenario.spec.contacts[self.name]

    @property
    def handle(self) -> float:
        """Mean handle time of the mix before any bot, seconds, at full speed."""
        block = self.contact.handle
        return block.talk.mean + block.hold.mean + block.wrap.mean

    @cached_property
    def contained_handle(self) -> float:
        """Mean handle time that the contained contacts would have taken, seconds."""
        if self.ease is not None:
            return self.ease * self.handle
        contained = self.settings.understands * self.settings.contains
        if contained == 0:
            return self.handle
        if self.settings.easy_first:
            return self.handle - self.contact.handle.talk.mean + easy_talk(self.settings, self.contact.handle.talk)
        left = self.handle + self.contact.handle.talk.mean * (self.settings.harder - 1)
        return max(0.0, (self.handle - (1 - contained) * left) / contained)

    def harder(self, contains: float) -> float:
        """Talk time of handed-off contacts against that of all, if the bot contained this share of what it understands.

        The work is conserved: what the bot contains and what it leaves make up the whole mix.
        """
        if self.settings.easy_first:
            return self.settings.harder  # the draws take the easy contacts away
        contained = self.settings.understands * contains
        talk = self.contact.handle.talk.mean
        if contained >= 1 or talk == 0:
            return 1.0
        return max(0.0, 1 + (handle_left(self.handle, contained, self.contained_handle) - self.handle) / talk)

    def with_bot(
        self, contains: float, *, solves: float | None = None, easy_first: float | None = None, adoption: float | None = None
    ) -> Scenario:
        """Return the scenario in which the bot contains this share of what it understands of the topic."""
        bot = self.scenario.spec.bots[self.bot]
        changed: dict[str, Any] = {"contains": contains, "harder": self.harder(contains)}
        changed |= {} if solves is None else {"solves": solves}
        changed |= {} if easy_first is None else {"easy_first": easy_first}
        topic = bot.topics.get(self.name, BotTopic()).model_copy(update=changed)
        update: dict[str, Any] = {"topics": {**bot.topics, self.name: topic}}
        if adoption is not None:
            update["adoption"] = bot.adoption.model_copy(update={"start": adoption, "to": adoption, "over": 0.0})
        return _with(self.scenario, bots={**self.scenario.spec.bots, self.bot: bot.model_copy(update=update)})

    def without_bot(self, *, volume: float = 1.0) -> Scenario:
        """Return the scenario in which the topic's contacts go straight to the agents, their volume times a factor."""
        return self.with_volume(self._served_by_nobody(), volume)

    def with_volume(self, scenario: Scenario, factor: float) -> Scenario:
        """Return *scenario* with the topic's volume times a factor."""
        if factor == 1:
            return scenario
        volume = scenario.spec.contacts[self.name].volume
        rows = tuple(tuple(value * factor for value in row) for row in volume.expected or ())
        block = self.contact.model_copy(update={"volume": volume.model_copy(update={"expected": rows})})
        return _with(scenario, contacts={**scenario.spec.contacts, self.name: block})

    def _served_by_nobody(self) -> Scenario:
        """Take the topic away from its bot; a bot that serves nothing else goes."""
        bots: dict[str, Bot] = {}
        for name, bot in self.scenario.spec.bots.items():
            others = tuple(one for one in bot.serves if one != self.name)
            topics = {topic: about for topic, about in bot.topics.items() if topic != self.name}
            if others:
                bots[name] = bot if name != self.bot else bot.model_copy(update={"serves": others, "topics": topics})
        return _with(self.scenario, bots=bots)


def topics_of(scenario: Scenario, wanted: tuple[str, ...] = (), *, ease: float | None = None) -> tuple[Topic, ...]:
    """Topics that a bot serves, all or those *wanted*.

    Raises
    ------
    InputError
        If there is none, a wanted one has no bot, or its volume replays a log (which can not be made smaller).
    """
    served = [name for name in scenario.spec.contacts if any(name in bot.serves for bot in scenario.spec.bots.values())]
    if not served:
        raise InputError("no contact type has a bot; add one, e.g. bots: {assistant: {serves: [chat], contains: 40%, time: 1m}}")
    for name in wanted:
        if name not in served:
            raise InputError(f"topic: no bot serves '{name}'{did_you_mean(name, served)}; topics with a bot: {', '.join(served)}")
    chosen = tuple(Topic(scenario, name, ease) for name in served if not wanted or name in wanted)
    for topic in chosen:
        if topic.contact.volume.mode == "replay":
            raise InputError(
                f"contacts.{topic.name}.volume: replays recorded moments, of which no share can be left out; "
                "give expected contacts per interval"
            )
    return chosen


def slower_returns(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario in which everybody who comes back unhelped takes *factor* times as long to do so."""
    contacts: dict[str, Any] = {}
    for name, block in scenario.spec.contacts.items():
        if block.recontact is None:
            continue
        law = block.recontact.delay.times(factor)
        recontact = block.recontact.model_copy(update={"within": None, "after": law})
        contacts[name] = block.model_copy(update={"recontact": recontact})
    return _with(scenario, contacts={**scenario.spec.contacts, **contacts}) if contacts else scenario


def _with(scenario: Scenario, **blocks: Any) -> Scenario:
    return replace(scenario, spec=scenario.spec.model_copy(update=blocks))
