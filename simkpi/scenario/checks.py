"""What only shows when the whole scenario is seen: names that nothing bears, work that nobody does, loads that never end."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from simkpi.errors import did_you_mean
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.coverage_checks import (
    busy_intervals,
    check_coverage,
    check_load,
    expected_total,
    handle_time,
    head_rows,
    is_open,
)
from simkpi.scenario.days import days_of
from simkpi.scenario.deferred_checks import check_deferred
from simkpi.scenario.hand_back_checks import check_hand_back
from simkpi.scenario.heads import counted
from simkpi.scenario.life_checks import check_lives
from simkpi.scenario.problems import Findings
from simkpi.scenario.quiet_checks import check_quiet
from simkpi.scenario.response_checks import check_responses
from simkpi.scenario.return_checks import check_pace, check_returns
from simkpi.scenario.round_checks import check_rounds
from simkpi.scenario.routing_checks import check_reserved_agents, check_routing
from simkpi.scenario.shift_checks import check_shifts
from simkpi.scenario.spec import Spec, Volume
from simkpi.scenario.turn_checks import check_turns, check_visitors
from simkpi.units import format_duration, format_time_of_day

MAX_CONTACTS = 100_000_000
MAX_CAPACITY = 1_000_000


def check_names(spec: Spec, findings: Findings) -> None:
    """Names must be printable and differ in more than case and accents' encoding; ``all`` is taken."""
    kinds: list[tuple[tuple[str, ...], Iterable[str]]] = [
        (("contacts",), spec.contacts),
        (("bots",), spec.bots),
        (("teams",), spec.teams),
    ]
    kinds += [(("teams", name, "agents"), team.agents) for name, team in spec.teams.items()]
    for place, names in kinds:
        seen: dict[str, str] = {}
        for name in names:
            folded = unicodedata.normalize("NFC", name).casefold()
            if not name.strip() or name != name.strip() or len(name) > 100:
                findings.error((*place, name), "needs a name of 1 to 100 characters without blanks around it")
            elif any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in name):
                findings.error((*place, name), f"has invisible or control characters in its name, {name!a}")
            elif folded in seen:
                findings.error((*place, name), f"has the same name as '{seen[folded]}' but for case or accents; rename one")
            elif place == ("contacts",) and folded == "all":
                findings.error((*place, name), "may not be called 'all': targets use it for all contacts together")
            seen.setdefault(folded, name)
    for name, contact in spec.contacts.items():
        if name in CHANNELS and contact.channel and contact.channel in CHANNELS and name not in (contact.channel,):
            findings.warn(("contacts", name), f"is named like a channel but comes by {contact.channel}")


def check_references(spec: Spec, findings: Findings) -> None:
    """Check what one block says of another; needs no complete layout."""
    for check in (_timezone, _bots, _targets, _costs):
        check(spec, findings)


def check_work(spec: Spec, findings: Findings) -> None:
    """Check that a resolved scenario without errors makes sense as work for people."""
    check_shifts(spec, findings)
    check_reserved_agents(spec, findings)
    spec = counted(spec)
    for check in (
        _volumes,
        _clock,
        _handle_times,
        _skills,
        check_coverage,
        check_load,
        check_returns,
        check_routing,
        check_pace,
        check_quiet,
        check_responses,
        check_turns,
        check_rounds,
        check_hand_back,
        check_visitors,
        check_deferred,
        check_lives,
    ):
        check(spec, findings)


def _timezone(spec: Spec, findings: Findings) -> None:
    zone = spec.calendar.timezone
    if zone is None:
        return
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        hint = did_you_mean(zone, sorted(available_timezones())) or "; write e.g. Europe/Paris"
        findings.error(("calendar", "timezone"), f"is no time zone, got '{zone}'{hint}")


def _bots(spec: Spec, findings: Findings) -> None:
    owner: dict[str, str] = {}
    for name, bot in spec.bots.items():
        for contact in bot.serves:
            if contact in owner:
                findings.error(
                    ("bots", name, "serves"), f"'{contact}' has the bot '{owner[contact]}' already; one bot per contact type"
                )
            owner.setdefault(contact, name)
        for contact in bot.serves:
            topic, place = bot.about(contact), ("bots", name, "topics", contact) if contact in bot.topics else ("bots", name)
            if topic.gives_up == 1:
                findings.warn((*place, "gives_up"), "is 100%: nobody gets past this bot")
                break


def _costs(spec: Spec, findings: Findings) -> None:
    for name in spec.costs.teams or {}:
        if name not in spec.teams:
            findings.error(("costs", "teams", name), f"there is no such team{did_you_mean(name, list(spec.teams))}")


def _targets(spec: Spec, findings: Findings) -> None:
    channels = {contact.channel for contact in spec.contacts.values()}
    known = [*spec.contacts, *(channel for channel in CHANNELS if channel in channels), "all"]
    for name in spec.targets:
        if name not in known:
            findings.unknown(("targets", name), "contact type", name, known)


def _volumes(spec: Spec, findings: Findings) -> None:
    days = days_of(spec.calendar)
    totals = {name: expected_total(contact.volume) for name, contact in spec.contacts.items()}
    if not any(totals.values()):
        findings.warn(("contacts",), "expect no contacts at all on the days of the calendar")
    if sum(totals.values()) > MAX_CONTACTS:
        findings.error(
            ("contacts",), f"expect {sum(totals.values()):,.0f} contacts a replication; at most {MAX_CONTACTS:,} are possible"
        )
    shared = [word for word in ("day_spread", "forecast_error") if getattr(spec.calendar, word)]
    if shared and all(volume.mode != "poisson" for volume in _all_volumes(spec)):
        findings.warn(("calendar", shared[0]), "is not used: no contact type has the mode poisson")
    for name, contact in spec.contacts.items():
        volume, place = contact.volume, ("contacts", name, "volume")
        own = [word for word in ("day_spread", "interval_spread", "forecast_error") if getattr(volume, word)]
        if volume.mode != "poisson" and own:
            findings.warn((*place, "mode"), f"is {volume.mode}: {' and '.join(own)} {'are' if own[1:] else 'is'} not used")
        if volume.interval_correlation and not volume.interval_spread:
            findings.warn((*place, "interval_correlation"), "is not used without interval_spread")
        outside = [
            (day, moment)
            for day, moment, _ in busy_intervals(volume)
            if not is_open((day, moment, 0), volume.interval, days.hours)
        ]
        if outside and contact.when_closed is None:
            when = f"{days.dates[outside[0][0]]} {format_time_of_day(outside[0][1])}"
            findings.warn(place, f"expects contacts while the centre is closed, first at {when}")


def _clock(spec: Spec, findings: Findings) -> None:
    """Warn of hours that happen twice while something goes on: they are simulated once."""
    days = days_of(spec.calendar)
    grids = [(volume.expected or (), volume.start, volume.interval) for volume in _all_volumes(spec)]
    grids += [(head_rows(team), team.staffing.start, team.staffing.interval) for team in spec.teams.values() if team.staffing]
    for change in days.changes:
        goes_on = any(
            value and change.touches(start + index * interval, interval)
            for rows, start, interval in grids
            for index, value in enumerate(rows[change.day])
        )
        if goes_on and not change.is_skipped:
            clock = f"{days.dates[change.day]} {format_time_of_day(change.start)} to {format_time_of_day(change.end)}"
            findings.warn(("calendar", "timezone"), f"{clock} happens twice, when summer time ends; it is simulated once")


def _all_volumes(spec: Spec) -> list[Volume]:
    return [contact.volume for contact in spec.contacts.values()]


def _handle_times(spec: Spec, findings: Findings) -> None:
    for name, contact in spec.contacts.items():
        aht, place = handle_time(contact), ("contacts", name, "handle")
        shown = format_duration(aht)
        if aht == 0:
            findings.warn(place, "is 0: contacts take no agent time")
        elif aht < 5:
            findings.warn(place, f"makes an AHT of {shown}: did you mean minutes?")
        elif aht > 4 * 3600:
            findings.warn(place, f"makes an AHT of {shown}: did you mean a shorter one?")


def _skills(spec: Spec, findings: Findings) -> None:
    for name, team in spec.teams.items():
        if not team.skills:
            continue
        capacity = math.lcm(*(skill.at_once or 1 for skill in team.skills.values()))
        if capacity > MAX_CAPACITY:
            findings.error(
                ("teams", name, "skills"), f"has at_once numbers whose common multiple is {capacity:,}; use rounder ones"
            )
        for contact, skill in team.skills.items():
            channel = CHANNELS.get(spec.contacts[contact].channel) if spec.contacts[contact].channel in CHANNELS else None
            if channel and channel.synchronous and channel.max_concurrency == 1 and (skill.at_once or 1) > 1:
                findings.warn(
                    ("teams", name, "skills", contact, "at_once"),
                    f"is {skill.at_once}: agents rarely handle several calls at once",
                )
