"""How the answer of ``simkpi erlang`` is shown: figures with their definitions, steps and proof, as table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import math
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

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


def show(answer: Answer, format_: str) -> None:
    """Print *answer* on stdout."""
    if format_ == "json":
        click.echo(json.dumps(_as_json(answer), indent=2, ensure_ascii=False, allow_nan=False))
    elif format_ == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("figure", "value", "unit", "definition"))
        writer.writerows([(name, "" if value is None else value, unit, text) for name, value, unit, text in answer.rows()])
    else:
        _table(answer)


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


def _table(answer: Answer) -> None:
    click.echo(f"{answer.model}: {answer.title}\n")
    without = {
        name
        for cause, names in _NEEDS.items()
        if answer.inputs.get(cause) is None and not answer.figures[names[0]]
        for name in names
    }
    rows = [
        (name.replace("_", " "), _shown(answer, name, value, unit), text)
        for name, value, unit, text in answer.rows()
        if name not in without
    ]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for name, value, text in rows:
        click.echo(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {text}")
    need = answer.requirement
    if need:
        click.echo("\nSteps")
        wide = [max(len(step[i]) for step in need.steps) for i in (0, 1)]
        for step, value, why in need.steps:
            click.echo(f"  {step:<{wide[0]}}  {value:>{wide[1]}}  {why}")
        click.echo("\nProof")
        for proof in need.certificates:
            click.echo(f"  {_proof(proof, need.agents)}")
    if answer.targets:
        click.echo("\nTargets")
        for target, value, met in answer.targets:
            click.echo(f"  {'met   ' if met else 'missed'}  {target}: {value}")
    for sentence in answer.carries:
        click.echo(f"  {sentence}")
    click.echo(f"\nSource: {answer.source}")


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


def _shown(answer: Answer, name: str, value: float | None, unit: str) -> str:
    if value is None:
        return "unbounded" if math.isinf(answer.figures.get(name, 0.0)) else format_value(None, unit)
    if unit == "fraction":
        return f"{value:.2%}"
    return format_value(value, unit)
