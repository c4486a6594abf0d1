"""How the answer of ``simkpi erlang`` is shown: figures with their definitions, steps and proof, as table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from simkpi.report.words import numbers_in, say
from simkpi.units import format_value

if TYPE_CHECKING:
    from simkpi.queueing.staffing import Certificate, Requirement

#: Figure, unit, definition; {within} is the threshold. Shown in this order, where the model has the figure.
FIGURES = (
    ("offered_load", "erlangs", "arrival rate x AHT"),
    ("service_level", "fraction", "answered within {within} / offered"),
    ("service_level_answered", "fraction", "answered within {within} / answered"),
    ("service_level_excl_short", "fraction", "answered within {within} / (answered + abandoned after {within})"),
    ("wait_within", "fraction", "time in queue at most {within} / admitted, abandoned ones included"),
    ("p_wait", "fraction", "admitted and waiting / offered"),
    ("p_abandon", "fraction", "abandoned / offered"),
    ("p_block", "fraction", "refused because all places are taken / offered"),
    ("asa", "seconds", "mean wait of answered contacts"),
    ("mean_wait", "seconds", "mean time in queue of all admitted contacts"),
    ("mean_wait_abandoned", "seconds", "mean time in queue of abandoned contacts"),
    ("mean_offered_wait", "seconds", "mean wait that a customer of endless patience would meet"),
    ("wait_90", "seconds", "90 % of the admitted contacts are no longer in queue"),
    ("mean_queue", "count", "mean number of contacts waiting"),
    ("occupancy", "fraction", "busy share of the agents' time"),
    ("mean_chats", "count", "mean number of open chats"),
    ("mean_chat_time", "seconds", "mean duration of a chat at the loads that occur"),
    ("slot_occupancy", "fraction", "used share of all chat slots"),
    ("chats_per_busy_agent", "count", "mean number of chats of an agent who has any"),
)

#: Figures that say nothing, and are left out of the table, where the model lacks what they are about.
_NEEDS = {
    "patience": ("p_abandon", "mean_wait_abandoned", "service_level_excl_short", "wait_within", "mean_wait", "mean_offered_wait"),
    "places": ("p_block",),
}


#: Pieces of sentences that steps, proofs and targets are made of, longest first.
_PIECES = (
    "the largest of these, rounded up",
    ", rounded up: agents to schedule",
    "a queue that grows without bound",
    "within these targets the team carries",
    "at this volume it affords an AHT of",
    ", not rounded",
    "service_level",
    "wait_within",
    "p_abandon",
    "p_block",
    "occupancy",
    "contacts per",
    "agents for",
    "at least",
    "at most",
    "no answer",
    "nobody",
    "patience",
    "places",
    "with",
    "in",
    "AHT",
)


def _in(text: str, lang: str) -> str:
    """Say a sentence of known pieces in *lang*, word by word."""
    if lang == "en":
        return text
    text = text.replace(" within ", " in ")
    for piece in _PIECES:
        text = re.sub(rf"(?<![\w]){re.escape(piece)}(?![\w])", say(piece, lang), text)
    return numbers_in(text, lang)


@dataclass
class Answer:
    """Everything that one call of ``simkpi erlang`` found."""

    model: str
    #: What was asked, in the words of the command line.
    title: str
    source: str
    within: str
    inputs: dict[str, Any]
    figures: dict[str, float]
    is_stable: bool
    agents: float
    gross_agents: int | None = None
    fte: float | None = None
    requirement: Requirement | None = None
    #: Targets asked of a given team: target, value, met.
    targets: list[tuple[str, str, bool]] = field(default_factory=list)
    #: What the team can carry, as sentences.
    carries: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple[str, float | None, str, str]]:
        """Return (figure, value, unit, definition); null where undefined or without bound."""
        heads: list[tuple[str, float | None, str, str]] = [("agents", self.agents, "count", "on queue")]
        if self.gross_agents is not None:
            heads.append(("gross_agents", self.gross_agents, "count", "to schedule: agents / (1 - shrinkage), rounded up"))
            heads.append(("fte", self.fte, "count", "agents / (1 - shrinkage), not rounded"))
        known = [
            (name, self.figures[name], unit, text.format(within=self.within))
            for name, unit, text in FIGURES
            if name in self.figures
        ]
        return [
            (name, value if value is None or math.isfinite(value) else None, unit, text)
            for name, value, unit, text in heads + known
        ]


def show(answer: Answer, format_: str, lang: str = "en") -> None:
    """Print *answer* on stdout."""
    if format_ == "json":
        click.echo(json.dumps(_as_json(answer), indent=2, ensure_ascii=False, allow_nan=False))
    elif format_ == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("figure", "value", "unit", "definition"))
        writer.writerows([(name, "" if value is None else value, unit, text) for name, value, unit, text in answer.rows()])
    else:
        _table(answer, lang)


def _as_json(answer: Answer) -> dict[str, Any]:
    need = answer.requirement
    return {
        "model": answer.model,
        "inputs": answer.inputs,
        "is_stable": answer.is_stable,
        **{name: value for name, value, _, _ in answer.rows()},
        **({"fractional_agents": need.fractional_agents} if need else {}),
        "targets": [{"target": target, "value": value, "is_met": met} for target, value, met in answer.targets],
        "carries": answer.carries,
        "steps": [{"step": step, "value": value, "why": why} for step, value, why in (need.steps if need else ())],
        "certificates": [
            {"target": str(proof.target), "agents": need.agents, "value": proof.value, "value_with_one_fewer": proof.beyond}
            for proof in (need.certificates if need else ())
            if need
        ],
        "definitions": {name: text for name, _, _, text in answer.rows()},
        "units": {name: unit for name, _, unit, _ in answer.rows()},
        "source": answer.source,
    }


def _table(answer: Answer, lang: str) -> None:
    click.echo(f"{answer.model}: {_in(answer.title, lang)}\n")
    without = {
        name
        for cause, names in _NEEDS.items()
        if answer.inputs.get(cause) is None and not answer.figures[names[0]]
        for name in names
    }
    rows = [
        (say(_spoken(name), lang), _shown(answer, name, value, unit, lang), _definition(name, text, answer.within, lang))
        for name, value, unit, text in answer.rows()
        if name not in without
    ]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for name, value, text in rows:
        click.echo(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {text}")
    need = answer.requirement
    if need:
        click.echo(f"\n{say('Steps', lang)}")
        steps = [(say(step, lang), numbers_in(value, lang), _in(why, lang)) for step, value, why in need.steps]
        wide = [max(len(step[i]) for step in steps) for i in (0, 1)]
        for step, value, why in steps:
            click.echo(f"  {step:<{wide[0]}}  {value:>{wide[1]}}  {why}")
        if need.certificates:
            click.echo(f"\n{say('Proof', lang)}")
        for proof in need.certificates:
            click.echo(f"  {_in(_proof(proof, need.agents), lang)}")
    if answer.targets:
        click.echo(f"\n{say('Targets', lang)}")
        for target, value, met in answer.targets:
            words = [say(word, lang) for word in ("met", "missed")]
            word = words[0 if met else 1].ljust(max(map(len, words)))
            click.echo(f"  {word}  {_in(target, lang)}: {numbers_in(value, lang)}")
    for sentence in answer.carries:
        click.echo(f"  {_in(sentence, lang)}")
    click.echo(f"\n{say('Source: {text}', lang, text=answer.source)}")


def _proof(proof: Certificate, agents: int) -> str:
    show_value = proof.target.show
    fewer = "nobody" if agents == 1 else f"{agents - 1}"
    beyond = (
        show_value(proof.beyond)
        if proof.beyond is not None
        else "no answer"
        if agents == 1
        else "a queue that grows without bound"
    )
    return f"{proof.target}: {show_value(proof.value)} with {agents}, {beyond} with {fewer}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _definition(name: str, text: str, within: str, lang: str) -> str:
    """Definition of a figure, which in French is filled in anew."""
    if lang == "en":
        return text
    known = {figure: words for figure, _, words in FIGURES}
    return say(known.get(name, text), lang, within=within)


def _shown(answer: Answer, name: str, value: float | None, unit: str, lang: str) -> str:
    if value is None:
        return say("unbounded", lang) if math.isinf(answer.figures.get(name, 0.0)) else format_value(None, unit)
    if unit == "fraction":
        return f"{value:.2%}" if lang == "en" else f"{value * 100:.2f} %".replace(".", ",")
    return format_value(value, unit, locale=lang)
