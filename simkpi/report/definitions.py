"""Definitions of KPIs in a planner's words: which variant a figure follows, and what a log lacks for one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simkpi.report.words import french, say

#: (parameter, value) -> phrase; ``*`` stands for any value, which fills {value}.
PHRASES: Mapping[tuple[str, str], str] = {
    ("threshold", "*"): "within {value}",
    ("frt_threshold", "*"): "within {value}",
    ("exit_window", "*"): "within {value}",
    ("fcr_window", "*"): "no return within {value}",
    ("recontact_window", "*"): "returns within {value}",
    ("short_abandon", "*"): "short: under {value}",
    ("saved_per_reply", "*"): "{value} saved per reply",
    ("csat_positive", "*"): "positive from {value} of the scale up",
    ("self_service", "*"): "channels: {value}",
    ("social", "*"): "channels: {value}",
    ("tag", "*"): "with the tag {value}",
    ("hours", "*"): "opening hours only",
    ("lifetime", "*"): "{value} years a customer",
    ("survey", "*"): "survey: {value}",
    **dict.fromkeys((("service_level", "all_offered"), ("service_level", "offered")), "of all offered"),
    **dict.fromkeys((("service_level", "answered_only"), ("service_level", "answered")), "of the answered"),
    **dict.fromkeys(
        (("service_level", "late_abandons"), ("service_level", "excl_short")), "of the answered and the later abandons"
    ),
    **dict.fromkeys((("service_level", "abandons_ok"), ("service_level", "wait_within")), "early abandons count as met"),
    ("service_level", "short_abandons"): "short abandons left out",
    ("service_level", "strict"): "a wait equal to the limit is a miss",
    ("service_level", "decided"): "waiting contacts left out until decided",
    ("abandon_rate", "offered"): "of all offered",
    ("abandon_rate", "decided"): "of the answered and the abandoned",
    ("abandon_rate", "excl_short"): "short abandons left out",
    ("abandon_rate", "tickets"): "given up before an answer or a solution",
    ("responder", "human"): "first reply of an agent",
    ("responder", "any"): "first reply of an agent or bot",
    ("aht", "effort"): "agent effort",
    ("aht", "elapsed"): "from the answer to the end of after-contact work",
    ("aht", "shared"): "busy time shared among open contacts",
    ("backlog", "closed"): "open until closed",
    ("backlog", "resolved"): "open until resolved",
    ("backlog", "answered"): "open until answered",
    ("bot", "counts"): "a contact that the bot closed counts as handled",
    ("bot", "ignored"): "only agents handle",
    ("censored", "drop"): "undecided cases left out",
    ("censored", "count"): "what the end of the log leaves open counts as it stands",
    ("resolved", "flag"): "marked as resolved",
    ("resolved", "no_return"): "silence is enough",
    ("resolution_rate", "received"): "of all received",
    ("resolution_rate", "handled"): "of the handled",
    ("overtime", "leave_out"): "overtime left out",
    ("overtime", "count"): "overtime counted",
    ("containment_rate", "no_human"): "ended with no human, leavers included",
    ("containment_rate", "contained"): "closed by the bot, leavers apart",
    ("containment_rate", "resolved"): "closed by the bot and resolved",
    ("per", "contact"): "of all contacts",
    ("per", "session"): "of bot sessions",
    ("per", "case"): "of all cases",
    ("deflection_rate", "net"): "customers who returned taken off",
    ("deflection_rate", "gross"): "returns ignored",
    ("deflection_rate", "resolved"): "customers who returned taken off, resolved only",
    ("pending", "leave_out"): "pending time left out",
    ("pending", "count"): "pending time counted",
    ("start", "filed"): "from filing",
    ("start", "escalated"): "from escalation",
    ("ces", "as_asked"): "on its own scale",
    ("ces", "ease"): "as ease from 0 to 1",
    ("clv", "simple"): "simple",
    ("clv", "historic"): "purchases so far",
    ("clv", "predictive"): "predicted",
}
_ASSIGNMENT = re.compile(r"(?:^|, )([a-z_]+)=")
#: What an unavailable KPI may lack, as the KPI engine says it.
REASONS = (
    (r"needs columns? ([\w, ]+)$", "needs column {what}"),
    (r"needs columns? (.+) of surveys$", "needs column {what} of surveys"),
    (r"needs table messages or column (.+)$", "needs table messages or column {what}"),
    (r"needs table surveys or column (.+)$", "needs table surveys or column {what}"),
    (r"needs table ([\w ]+)$", "needs table {what}"),
    (r"not split by (.+)$", "not split by {what}"),
)


def definition_words(definition: str, lang: str = "en") -> str:
    """Say a KPI's definition (``threshold=20s, service_level=all_offered``) in words; empty if there is nothing to choose.

    Examples
    --------
    >>> definition_words("threshold=20s, service_level=all_offered"), definition_words("fcr_window=168h, bot=ignored", "fr")
    ('within 20s, of all offered', 'sans retour pendant 7 d, seuls les agents traitent')
    """
    places = list(_ASSIGNMENT.finditer(definition))
    ends = [*(place.start() for place in places), len(definition)][1:]
    pairs = [(place.group(1), definition[place.end() : end]) for place, end in zip(places, ends, strict=True)]
    return ", ".join(_phrase(name, value, lang) for name, value in pairs if value != "None")


def _phrase(name: str, value: str, lang: str) -> str:
    text = PHRASES.get((name, value)) or PHRASES.get((name, "*"))
    return f"{name}={value}" if text is None else say(text, lang, value=_days(value))


def _days(value: str) -> str:
    """Whole days of a window read better than hours."""
    hours = re.fullmatch(r"(\d+)h", value)
    return f"{int(hours.group(1)) // 24} d" if hours and int(hours.group(1)) % 24 == 0 else value


def reason_words(reason: str, lang: str = "en") -> str:
    """Say why a KPI is unavailable; what has no translation stays as it is."""
    if lang == "en":
        return reason
    for pattern, text in REASONS:
        found = re.match(pattern, reason)
        if found:
            return french()[text].format(what=found.group(1))
    return reason
