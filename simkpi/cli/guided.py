"""Questions to a planner who starts from nothing: eight answers make a scenario, each read as it would be in a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from simkpi import units
from simkpi.errors import InputError
from simkpi.report.problem_words import in_language
from simkpi.report.words import numbers_in, say


@dataclass(frozen=True)
class Usual:
    """What is proposed for a channel."""

    volume: str
    talk: str
    wrap: str
    patience: str
    threshold: str
    at_once: int = 1


_USUAL = {
    "voice": Usual("480 per day", "4m30s", "40s", "3m", "20s"),
    "chat": Usual("360 per day", "9m", "30s", "2m", "30s", at_once=3),
}
_TEXT = """# yaml-language-server: $schema=scenario.schema.json
# Written from your answers; every other field: docs/scenario.md.
simkpi: 1                                    # version of the file format
name: {name}
calendar: {{from: 2026-01-05, open: {open}}}

contacts:
  {channel}:
    channel: {channel}
    volume: {volume}                         # spread evenly; by the hour: {{interval: 1h, expected: [30, 48, 58]}}
    handle: {{talk: {{lognormal: {{mean: {talk}, cv: 0.8}}}}, wrap: {wrap}}}     # cv = standard deviation / mean
    patience: {{lognormal: {{mean: {patience}, cv: 1}}}}     # how long customers would wait

teams:
  team:
    skills: {skills}
    count: {count}                           # on duty all day; by the hour: {{interval: 1h, count: [4, 6, 7]}}

targets:
  {channel}: {{service_level: {share} in {threshold}, abandon_rate: at most 5%}}

run: {{replications: 30, seed: 42}}
"""


#: The file's comments in French, by the English ones.
_COMMENTS_FR = {
    "Written from your answers; every other field:": "Écrit d'après vos réponses ; tous les autres champs :",
    "version of the file format": "version du format de fichier",
    "spread evenly; by the hour:": "réparti également ; par heure :",
    "cv = standard deviation / mean": "cv = écart type / moyenne",
    "how long customers would wait": "combien de temps les clients attendraient",
    "on duty all day; by the hour:": "présents toute la journée ; par heure :",
}


def ask_scenario(lang: str = "en") -> str:
    """Ask on the terminal and return the text of a scenario file.

    Parameters
    ----------
    lang : str
        ``en`` or ``fr``: of the questions, of the file's comments and of what is written of its results.

    Returns
    -------
    str
        A valid, commented scenario: each answer was read by the parser of its unit before the next question.
    """
    click.echo(say("Press Enter to take what stands in brackets.", lang), err=True)
    name = _ask("Name of the scenario", say("My centre", lang), _name, lang)
    channel = _ask("Channel: voice or chat", "voix" if lang == "fr" else "voice", _channel, lang)
    usual = _USUAL[channel]
    opening = _ask("Open from-to", "08:00-20:00", _hours, lang)
    volume = _ask("Contacts expected (per day, per hour, ...)", numbers_in(say(usual.volume, lang), lang), _volume, lang)
    talk = _ask("Mean time in contact", usual.talk, _duration, lang)
    wrap = _ask("Mean work afterwards", usual.wrap, _duration, lang)
    patience = _ask("How long customers would wait, mean", usual.patience, _duration, lang)
    at_once = usual.at_once if channel == "voice" else int(_ask("Chats at once per agent", str(usual.at_once), _count, lang))
    count = _ask("Agents on duty", str(_enough(volume, talk, wrap, opening, at_once)), _count, lang)
    share = _ask("Target: share answered in time", numbers_in("80%", lang), _share, lang)
    threshold = _ask("Target: in time means within", usual.threshold, _duration, lang)
    skills = f"[{channel}]" if at_once == 1 else f"{{{channel}: {{at_once: {at_once}}}}}"
    return _in_language(_TEXT, lang).format(
        name=name,
        channel=channel,
        open=opening,
        volume=volume,
        talk=talk,
        wrap=wrap,
        patience=patience,
        skills=skills,
        count=count,
        share=share,
        threshold=threshold,
    )


def _in_language(text: str, lang: str) -> str:
    """Put the file's comments into French, and say so for its results."""
    if lang != "fr":
        return text
    for english, french in _COMMENTS_FR.items():
        text = text.replace(english, french)
    return text.replace("\nname:", "\nlocale: fr\nname:", 1)


def _ask(question: str, usual: str, read: Callable[[str], str], lang: str) -> str:
    """Ask until the answer can be read."""
    while True:
        answer: Any = click.prompt(say(question, lang), default=usual, err=True)
        try:
            return read(str(answer).strip())
        except InputError as error:
            click.echo(f"  {in_language(error.problems[0].message, lang)}", err=True)


def _name(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)  # a YAML text in quotes, whatever it holds


def _channel(text: str) -> str:
    name = {"voix": "voice", "téléphone": "voice", "appels": "voice"}.get(text.casefold(), text.casefold())
    if name not in _USUAL:
        raise InputError(f"must be {' or '.join(_USUAL)}, got '{text}'")
    return name


def _hours(text: str) -> str:
    clock = re.sub(
        r"(\d+) ?h ?(\d\d)?", lambda found: f"{found[1]}:{found[2] or '00'}", text.casefold()
    )  # 8h30, as French writes it
    first, dash, last = re.sub("–| à | a | to ", "-", clock).partition("-")
    if not dash:
        raise InputError(f"must be two times such as 08:00-20:00, got '{text}'")
    opens, closes = units.parse_time_of_day(first.strip()), units.parse_time_of_day(last.strip())
    if opens >= closes:
        raise InputError(f"must open before it closes, got '{text}'")
    return f"{units.format_time_of_day(opens)}-{units.format_time_of_day(closes)}"


def _volume(text: str) -> str:
    text = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text)  # 1 200
    contacts, period = units.parse_volume(f"{text} per day" if text.isdecimal() else text)
    if contacts <= 0:
        raise InputError(f"must be more than 0, got '{text}'; write e.g. 480 per day")
    named = {units.DAY: "day", 3600.0: "hour"}.get(period)
    return f"{contacts:.10g} per {named}" if named else f"{contacts:.10g}/{units.format_duration(period)}"


def _duration(text: str) -> str:
    seconds = units.parse_duration(text)
    if seconds <= 0:
        raise InputError(f"must be more than 0, got '{text}'; write e.g. 40s")
    return units.format_duration(seconds)


def _share(text: str) -> str:
    share = units.parse_share(text)
    if not 0 < share < 1:
        raise InputError(f"must lie between 0 and 100%, got '{text}'; write e.g. 80%")
    return units.format_share(share)


def _count(text: str) -> str:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise InputError(f"must be a whole number of at least 1, got '{text}'")
    return str(int(text))


def _enough(volume: str, talk: str, wrap: str, opening: str, at_once: int) -> int:
    """Return the agents proposed: the load, and a fifth more, never fewer than one more."""
    import math

    contacts, period = units.parse_volume(volume)
    first, last = map(units.parse_time_of_day, opening.split("-"))
    rate = contacts / (last - first if period == units.DAY else period)
    load = rate * (units.parse_duration(talk) + units.parse_duration(wrap)) / at_once
    return max(math.ceil(1.2 * load), math.floor(load) + 2)
