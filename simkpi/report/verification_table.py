"""How far the simulator is from what is known: the table of z-scores, in words, as data and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simkpi.report.words import say

if TYPE_CHECKING:
    from simkpi.planning.verification.case import Outcome

#: A measure so many standard errors away is a fault: with some 300 measures that happens by chance once in 50 runs.
LIMIT = 4.0
COLUMNS = ("model", "measure", "known", "simulated", "standard error", "z")


def header(lang: str = "en") -> list[str]:
    """Return the names of the columns."""
    return [say(name, lang) for name in COLUMNS]


def lines(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Return one line for each measure."""
    return [[each.case, each.expected.name, *_figures(each)] for each in outcomes]


def _figures(each: Outcome) -> list[str]:
    return [f"{each.expected.value:.5g}", f"{each.found.value:.5g}", f"{each.found.error:.2g}", f"{each.z:+.2f}"]


def records(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return one record for each measure, with all digits."""
    return [
        {
            "model": each.case,
            "measure": each.expected.name,
            "known": each.expected.value,
            "simulated": each.found.value,
            "standard_error": each.found.error,
            "z": each.z,
        }
        for each in outcomes
    ]


def failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the measures that are too far from what is known."""
    return [each for each in outcomes if not abs(each.z) < LIMIT]


def verdict(outcomes: Sequence[Outcome], lang: str = "en") -> str:
    """Say in one sentence how it went."""
    largest = max((abs(each.z) for each in outcomes), default=0.0)
    within = round(100 * sum(abs(each.z) < 2 for each in outcomes) / max(len(outcomes), 1))
    text = "{n} measures of {m} models; largest |z| {largest}; {within} % within 2 standard errors; {bad} beyond 4"
    models, bad = len({each.case for each in outcomes}), len(failures(outcomes))
    return say(text, lang, n=len(outcomes), m=models, largest=f"{largest:.2f}", within=within, bad=bad)
