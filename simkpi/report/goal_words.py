"""Planning targets in the reader's language."""

from __future__ import annotations

from simkpi.planning.goals import Goal
from simkpi.report.tables import title
from simkpi.report.words import say
from simkpi.units import format_duration, format_share, format_value


def goal_words(goal: Goal, lang: str = "en") -> str:
    """Write a goal: in English as it is typed, in French in words.

    Examples
    --------
    >>> goal_words(Goal("chat", "service_level", 0.8, "at_least", 30.0), "fr").split()
    ['chat', ':', 'Niveau', 'de', 'service', 'au', 'moins', '80', '%', 'en', '30s']
    """
    if lang == "en":
        return str(goal)
    amount = format_share(goal.value) if goal.unit == "fraction" else format_value(goal.value, goal.unit, locale=lang)
    amount = format_duration(goal.value) if goal.unit == "seconds" else amount
    words = say("at least {amount}" if goal.direction == "at_least" else "at most {amount}", lang, amount=amount)
    if goal.within is not None:
        words = say("{goal} in {duration}", lang, goal=words, duration=format_duration(goal.within))
    contact = say("all", lang) if goal.contact == "all" else goal.contact
    return f"{contact} : {title(goal.kpi, lang)} {words}"
