"""What a planner may turn up and down in a scenario without knowing its fields: volume, handle time, patience, bots, slots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simkpi.planning.numeric_field import NumericField
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec

#: What each dial is called.
VOLUME, HANDLE, PATIENCE = "Volume", "Handle time (AHT)", "Patience, on average"
UNDERSTANDS, CONTAINS, AT_ONCE = "Understands", "Contains, of what it understands", "{contact} at once"
SHIFT = "Shift {number}: agents"
#: Durations between two steps, and how many steps it takes to double a value.
_ROUND = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400)
_FINE = 20
#: Volumes from half to twice the scenario's.
_FACTORS = tuple(share / 100 for share in range(50, 205, 5))


@dataclass(frozen=True)
class Dial:
    """One number of a scenario, or several laws that go together.

    Parameters
    ----------
    name : str
        Unique in the scenario: ``volume:voice``.
    group : str
        Block of the scenario: ``contacts``, ``bots`` or ``teams``.
    owner : str
        Name of the contact type, bot or team.
    word : str
        What it is called (see the constants above).
    number : NumericField
        Its kind and value; the path of the first field that it sets.
    steps : tuple of float
        Values to choose from, ascending; others between and beyond may be written.
    laws : mapping of str to Law
        Path -> law that keeps its shape: all are stretched alike.
    scale : float
        What a factor of 100% stands for.
    about : str
        Who is meant, where the owner does not say it.
    """

    name: str
    group: str
    owner: str
    word: str
    number: NumericField
    steps: tuple[float, ...]
    laws: Mapping[str, Law] = field(default_factory=dict)
    scale: float = 1.0
    about: str = ""

    @property
    def value(self) -> float:
        """Value in the scenario."""
        return self.number.current or 0.0

    @property
    def paths(self) -> tuple[str, ...]:
        """Fields that it sets."""
        return tuple(self.laws) or (self.number.path,)

    def changes(self, value: float) -> dict[str, Any]:
        """Return what to write for a value, by path (see :func:`simkpi.scenario.files.override`)."""
        if self.laws:
            factor = value / self.value
            return {path: law.times(factor).model_dump(mode="json") for path, law in self.laws.items()}
        return {self.number.path: self.number.written(value * self.scale)}


def dials_of(scenario: Scenario) -> tuple[Dial, ...]:
    """Dials of everything that the scenario has: by contact type, bot and team, in its order."""
    spec = Spec.model_validate(scenario.short)
    return (*_of_contacts(scenario, spec), *_of_bots(scenario, spec), *_of_teams(scenario, spec))


def _of_contacts(scenario: Scenario, spec: Spec) -> Iterator[Dial]:
    for name, contact in scenario.spec.contacts.items():
        place = f"contacts.{name}"
        if contact.volume.mode != "replay" and any(map(any, contact.volume.expected or ())):
            factor = NumericField(scenario, f"{place}.volume.scale", "share", 1.0)
            yield Dial(f"volume:{name}", "contacts", name, VOLUME, factor, _FACTORS, scale=spec.contacts[name].volume.scale)
        parts = {part: getattr(contact.handle, part) for part in ("talk", "hold", "wrap")}
        laws = {f"{place}.handle.{part}": law for part, law in parts.items() if law.mean > 0}
        if laws:
            yield _of_laws(scenario, f"handle:{name}", name, HANDLE, laws)
        if contact.patience.law is not None:
            yield _of_laws(scenario, f"patience:{name}", name, PATIENCE, {f"{place}.patience.law": contact.patience.law})


def _of_laws(scenario: Scenario, name: str, owner: str, word: str, laws: Mapping[str, Law]) -> Dial:
    mean = math.fsum(law.mean for law in laws.values())
    return Dial(name, "contacts", owner, word, NumericField(scenario, next(iter(laws)), "duration", mean), _times(mean), laws)


def _of_bots(scenario: Scenario, spec: Spec) -> Iterator[Dial]:
    for name, bot in spec.bots.items():
        for part, word in (("contains", CONTAINS), ("understands", UNDERSTANDS)):
            share = NumericField(scenario, f"bots.{name}.{part}", "share", getattr(bot, part))
            yield Dial(f"{part}:{name}", "bots", name, word, share, _shares(getattr(bot, part)))
            for topic, about in bot.topics.items():
                if getattr(about, part) is not None:
                    own = NumericField(scenario, f"bots.{name}.topics.{topic}.{part}", "share", getattr(about, part))
                    yield Dial(f"{part}:{name}:{topic}", "bots", name, word, own, _shares(getattr(about, part)), about=topic)


def _of_teams(scenario: Scenario, spec: Spec) -> Iterator[Dial]:
    for name, team in spec.teams.items():
        for key, skill in team.skills.items():
            own = [called for called, contact in scenario.spec.contacts.items() if key in (called, contact.channel)]
            many = skill.at_once or max((scenario.spec.teams[name].skills[called].at_once or 1 for called in own), default=1)
            usual = max((CHANNELS.get(scenario.spec.contacts[called].channel).max_concurrency for called in own), default=1)
            if max(many, usual) > 1:
                count = NumericField(scenario, f"teams.{name}.skills.{key}.at_once", "count", many)
                steps = tuple(float(number) for number in range(1, max(6, 2 * many) + 1))
                yield Dial(f"at_once:{name}:{key}", "teams", name, AT_ONCE, count, steps, about=key)
        for number, shift in enumerate(team.shifts):
            count = NumericField(scenario, f"teams.{name}.shifts[{number}].count", "count", shift.count)
            steps = tuple(float(many) for many in range(2 * shift.count + 6))
            yield Dial(f"shift:{name}:{number}", "teams", name, SHIFT, count, steps, about=str(number + 1))


def _times(mean: float) -> tuple[float, ...]:
    """Round durations from a third of the mean to three times as much, the mean among them."""
    step = min(_ROUND, key=lambda one: abs(math.log(one * _FINE / mean)))
    first, last = max(1, math.ceil(mean / 3 / step)), math.floor(3 * mean / step)
    return tuple(sorted({mean, *(round(step * number, 3) for number in range(first, last + 1))}))


def _shares(value: float) -> tuple[float, ...]:
    return tuple(sorted({value, *(share / 100 for share in range(101))}))
