"""What was assumed: contact types, bots and teams of a scenario in a planner's words, and the definitions of the KPIs shown."""

from __future__ import annotations

from simkpi.planning.head_counts import agent_hours, cells_of
from simkpi.report.html.blocks import text
from simkpi.report.html.content import Cell, Column, Pre, Table
from simkpi.report.tables import DASH
from simkpi.report.words import clean, say
from simkpi.scenario.dump import to_dict, to_yaml
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.units import format_duration, format_share, format_value

#: Characters of a resolved scenario that a page takes.
_LONGEST = 120_000


def law(one: Law | None, lang: str) -> Cell:
    """Write a law by its mean and name."""
    if one is None:
        return Cell(say("without end", lang))
    if one.mean == 0:
        return Cell(DASH, 0.0)
    shown = format_duration(round(one.mean, 1) if one.mean < 60 else float(round(one.mean)))
    return Cell(f"{shown}, {say(one.kind, lang)}", one.mean)


def contact_types(scenario: Scenario, lang: str) -> Table:
    """One line a contact type."""
    columns = [
        Column(say("Contact type", lang), is_text=True),
        Column(say("Channel", lang), is_text=True, is_wide=True),
        Column(say("Contacts a day", lang)),
        Column(say("Varies by", lang), is_wide=True),
        Column(say("Talk", lang)),
        Column(say("Wrap-up", lang), is_wide=True),
        Column(say("Patience", lang)),
        Column(say("Resolved", lang), is_wide=True),
    ]
    rows = []
    days = scenario.spec.calendar.days
    for name, contact in scenario.spec.contacts.items():
        total = sum(sum(row) for row in contact.volume.expected or ()) / days
        handle = contact.handle
        varied = format_share(contact.volume.day_spread) if contact.volume.day_spread else DASH
        counted = Cell(format_value(total, "count", half_width=max(total / 200, 0.05), locale=lang), total)
        laws = [law(one, lang) for one in (handle.talk, handle.wrap, contact.patience.law)]
        resolved = Cell(format_share(contact.resolved), contact.resolved)
        rows.append([text(name), text(contact.channel), counted, Cell(varied), *laws, resolved])
    return Table(say("Contact types", lang), columns, rows)


def teams(scenario: Scenario, lang: str) -> Table:
    """One line a team."""
    columns = [
        Column(say("Team", lang), is_text=True),
        Column(say("Serves", lang), is_text=True),
        Column(say("Agent-hours a day", lang)),
        Column(say("Most at once", lang), is_wide=True),
    ]
    cells, counts = cells_of(scenario)
    rows = []
    for name, team in scenario.spec.teams.items():
        own = [place for place, cell in enumerate(cells) if cell.team == name]
        hours = agent_hours([cells[place] for place in own], counts[own]) / scenario.spec.calendar.days
        most = int(counts[own].max(initial=0))
        skills = ", ".join(
            f"{contact} ×{skill.at_once}" if (skill.at_once or 1) > 1 else contact for contact, skill in team.skills.items()
        )
        rows.append(
            [
                text(name),
                text(skills),
                Cell(format_value(hours, "hours", half_width=0.5, locale=lang), hours),
                Cell(str(most), most),
            ]
        )
    return Table(say("Teams", lang), columns, rows)


def bots(scenario: Scenario, lang: str) -> Table | None:
    """One line a bot; None if there is none."""
    if not scenario.spec.bots:
        return None
    titles = ("Understands", "Contains of it", "Give up", "Solves of the contained")
    columns = [
        Column(say("Bot", lang), is_text=True),
        Column(say("Serves", lang), is_text=True),
        *[Column(say(name, lang)) for name in titles],
    ]
    rows = []
    for name, bot in scenario.spec.bots.items():
        shares = (bot.understands, bot.contains, bot.gives_up, bot.solves)
        rows.append([text(name), text(", ".join(bot.serves)), *[Cell(format_share(one), one) for one in shares]])
    return Table(say("Bots", lang), columns, rows)


def lines(scenario: Scenario, lang: str) -> list[str]:
    """Say what holds for everything."""
    spec = scenario.spec
    end = (
        "Everybody who came is served after closing."
        if spec.run.end == "drain"
        else "The clock stops at the horizon's end; what is open stays open."
    )
    days = say(
        "{n} days from {day}" if spec.calendar.days > 1 else "1 day, {day}", lang, n=spec.calendar.days, day=spec.calendar.start
    )
    return [say("Horizon: {days}. {end}", lang, days=days, end=say(end, lang))]


def resolved(scenario: Scenario, lang: str) -> list[Pre]:
    """Write the scenario with every default filled in; nothing if it would fill the page."""
    written = to_yaml(to_dict(scenario))
    if len(written) > _LONGEST:
        return []
    kept = "\n".join(clean(line, 100_000) for line in written.splitlines())
    return [Pre(say("The scenario, every default filled in", lang), kept)]
