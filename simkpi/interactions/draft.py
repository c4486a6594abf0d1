"""Writes a first mapping file from an inspection, with a comment wherever its user should look."""

from __future__ import annotations

import json
import re

from simkpi.interactions.columns import INTERACTIONS
from simkpi.interactions.inspect import Guess, Inspection, outcome_of

_WAIT = r"wait|attente|warte|queue time|delay"
_OUTCOMES = ", ".join(INTERACTIONS["outcome"].values)


def draft_mapping(inspection: Inspection) -> str:
    """Text of a mapping file that :func:`simkpi.interactions.mapping.parse_mapping` accepts.

    Everything that was guessed without good reason carries a comment ``check``.
    """
    by_ours = {guess.ours: guess for guess in inspection.columns if guess.ours}
    lines = [
        f"# How {inspection.path.name} maps to simkpi's columns: a first guess. Correct it, then",
        f"#   simkpi score {inspection.path.name} --map mapping.yaml",
        "simkpi_mapping: 1",
        f"name: {_quoted(inspection.path.stem)}",
        *_reading(inspection),
        "columns:",
        *_required(by_ours),
    ]
    done = {name for name, column in INTERACTIONS.items() if column.required}
    lines += [f"  {ours}: {_rule(by_ours[ours])}" for ours in INTERACTIONS if ours in by_ours and ours not in done]
    lines += _from_wait(inspection, by_ours)
    unused = [guess for guess in inspection.columns if guess.ours is None and guess.kind != "empty"]
    if unused:
        lines += ["  # not used; give one a name of ours if it fits, or list it under keep:"]
        lines += [
            f"  # {_quoted(guess.name)}: {guess.kind}, e.g. {', '.join(map(_comment, guess.examples[:3]))}" for guess in unused
        ]
    return "\n".join(lines) + "\n"


def _reading(inspection: Inspection) -> list[str]:
    lines = []
    if inspection.dialect is not None and not inspection.dialect.encoding.startswith("utf-8"):
        lines.append(f"file: {{encoding: {inspection.dialect.encoding}}}")
    if inspection.date_order == "?":
        lines.append("date_order: dmy  # check: no day is above 12, so it could be mdy as well")
    elif inspection.date_order:
        lines.append(f"date_order: {inspection.date_order}")
    if inspection.has_offsets:
        lines.append("timezone: UTC  # moments carry their offset; write your zone, e.g. Europe/Paris, to see your own hours")
    else:
        lines.append("# timezone: Europe/Paris  # moments have no offset and are taken as they stand")
    return lines


def _required(by_ours: dict[str, Guess]) -> list[str]:
    """Rules of the four columns that no log can do without."""
    lines = []
    for ours in ("contact_id", "channel", "arrived_at"):
        if ours in by_ours:
            lines.append(f"  {ours}: {_rule(by_ours[ours])}")
        elif ours == "channel":
            lines.append("  channel: {value: voice}  # check: voice, chat, email, ...")
        else:
            lines.append(f"  {ours}: FILL_IN  # {INTERACTIONS[ours].meaning}: name the column of the export")
    return lines + _outcome(by_ours)


def _outcome(by_ours: dict[str, Guess]) -> list[str]:
    guess = by_ours.get("outcome")
    if guess is None:
        if "answered_at" in by_ours:
            column = _quoted(by_ours["answered_at"].name)
            return [f"  outcome: {{column: {column}, filled: answered, blank: abandoned}}  # check"]
        return [f"  outcome: {{value: answered}}  # check: one of {_OUTCOMES}"]
    lines = ["  outcome:", f"    column: {_quoted(guess.name)}", f"    values:  # ours: {_OUTCOMES}"]
    for theirs in guess.examples:
        ours = outcome_of(theirs)
        lines.append(f"      {_quoted(theirs)}: {ours or 'answered'}{'' if ours else '  # check'}")
    return [*lines, *(["    blank: open  # check"] if guess.filled < 1 else [])]


def _from_wait(inspection: Inspection, by_ours: dict[str, Guess]) -> list[str]:
    """Where an export tells the wait and not the answer, the answer is the arrival plus the wait of those who were answered."""
    wait = next(
        (g for g in inspection.columns if g.kind == "seconds" and g.ours is None and re.search(_WAIT, g.name.lower())), None
    )
    start, outcome = by_ours.get("queued_at") or by_ours.get("arrived_at"), by_ours.get("outcome")
    if wait is None or start is None or "answered_at" in by_ours:
        return []
    answered = [_quoted(text) for text in outcome.examples if outcome_of(text) in {"answered", None}] if outcome else []
    where = f", where: {{{_quoted(outcome.name)}: [{', '.join(answered)}]}}" if outcome and answered else ""
    length = f"{{column: {_quoted(wait.name)}, unit: {wait.unit or 's'}}}"
    queued = [] if "queued_at" in by_ours else [f"  queued_at: {_rule(start)}  # check: is the wait counted from here?"]
    return [*queued, f"  answered_at: {{column: {_quoted(start.name)}, plus: {length}{where}}}  # check"]


def _rule(guess: Guess) -> str:
    parts = {"unit": guess.unit, "format": guess.format}
    extra = "".join(f", {name}: {value}" for name, value in parts.items() if value)
    return f"{{column: {_quoted(guess.name)}{extra}}}" if extra else _quoted(guess.name)


def _quoted(text: str) -> str:
    """YAML scalar; quoted unless it is plainly a word."""
    return text if re.fullmatch(r"[A-Za-z][\w]*(?: [\w]+)*", text) else json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:29] + "…")
