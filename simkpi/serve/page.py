"""The page as it opens: every control of the scenario with its value, and the words that its script needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simkpi import __version__
from simkpi.planning.day_tables import VOLUME, DayTable, day_tables
from simkpi.planning.dials import Dial, dials_of
from simkpi.planning.what_if import goals_now
from simkpi.report.html.page import island
from simkpi.report.words import clean, numbered, numbers_in, say, whose
from simkpi.scenario.books.words import shown_goal
from simkpi.scenario.dump import digest
from simkpi.scenario.resolve import Scenario
from simkpi.serve.file_names import file_name
from simkpi.serve.fragments import environment
from simkpi.serve.wanted import MAX_FILE
from simkpi.serve.words import page_words, script_words

#: Contact types and teams together above which the page shows one at a time.
MANY = 12


def to_page(scenario: Scenario, *, lang: str) -> str:
    """Return the page."""
    spec = scenario.spec
    tables = day_tables(scenario)
    turned = dials_of(scenario)
    goals = {name: numbers_in(shown_goal(text, lang), lang) for name, text in goals_now(scenario).items()}
    days = [spec.calendar.start + timedelta(days=day) for day in range(spec.calendar.days)]
    data = {
        "lang": lang,
        "digest": digest(scenario),
        "dials": {dial.name: _dial_data(dial, lang) for dial in turned},
        "tables": {table.name: table_data(table) for table in tables},
        "goals": goals,
        "days": [day.isoformat() for day in days],
        "words": script_words(lang),
        "most": MAX_FILE,
        "file": file_name(scenario.name),
    }
    text: str = (
        environment()
        .get_template("what_if.html.j2")
        .render(
            lang=lang,
            title=clean(scenario.name),
            subtitle=say(
                "What if? {horizon} from {date}", lang, horizon=numbered(len(days), "day", lang), date=days[0].isoformat()
            ),
            version=__version__,
            words=page_words(lang),
            contacts=[_contact(scenario, name, turned, tables, lang) for name in spec.contacts],
            bots=[{"name": clean(name, 60), "dials": _controls(turned, "bots", name, lang)} for name in spec.bots],
            teams=[_team(name, turned, tables, lang) for name in spec.teams],
            are_many=len(spec.contacts) + len(spec.teams) > MANY,
            goals=[{"id": f"goal:{name}", "name": clean(whose(name, lang), 60), "value": text} for name, text in goals.items()],
            days=[f"{say(_DAYS[day.weekday()], lang)} {day.isoformat()}" for day in days],
            data=island(data),
        )
    )
    return text


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def table_data(table: DayTable) -> dict[str, Any]:
    """Return a table ready for JSON."""
    return {
        "interval": table.interval,
        "start": table.start,
        "rows": [list(row) for row in table.rows],
        "clock": list(table.clock),
        "on_queue": table.is_on_queue,
        "fixed": table.is_fixed,
    }


def _dial_data(dial: Dial, lang: str) -> dict[str, Any]:
    return {
        "steps": [numbers_in(dial.number.show(value), lang) for value in dial.steps],
        "at": dial.steps.index(dial.value) if dial.value in dial.steps else 0,
        "now": numbers_in(dial.number.show(dial.value), lang),
    }


def _controls(turned: tuple[Dial, ...], group: str, owner: str, lang: str) -> list[dict[str, Any]]:
    """Dials of a contact type, bot or team, in the page's words."""
    found = []
    for dial in turned:
        if (dial.group, dial.owner) == (group, owner):
            word = say(dial.word, lang, contact=clean(dial.about, 60), number=dial.about)
            about = f" ({clean(dial.about, 60)})" if dial.about and dial.group == "bots" else ""
            shown = numbers_in(dial.number.show(dial.value), lang)
            last = len(dial.steps) - 1
            place = dial.steps.index(dial.value) if dial.value in dial.steps else 0
            found.append({"id": dial.name, "word": f"{word}{about}", "value": shown, "last": last, "at": place})
    return found


def _contact(scenario: Scenario, name: str, turned: tuple[Dial, ...], tables: tuple[DayTable, ...], lang: str) -> dict[str, Any]:
    table = next(one for one in tables if one.kind == VOLUME and one.owner == name)
    channel = scenario.spec.contacts[name].channel
    shown = clean(name, 60) if channel == name else f"{clean(name, 60)} ({channel})"
    return {
        "id": name,
        "name": shown,
        "dials": _controls(turned, "contacts", name, lang),
        "table": None if table.is_fixed else table.name,
    }


def _team(name: str, turned: tuple[Dial, ...], tables: tuple[DayTable, ...], lang: str) -> dict[str, Any]:
    table = next(one for one in tables if one.kind != VOLUME and one.owner == name)
    return {
        "id": name,
        "name": clean(name, 60),
        "dials": _controls(turned, "teams", name, lang),
        "table": table.name,
        "fixed": table.is_fixed,
    }
