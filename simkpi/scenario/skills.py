"""What agents can do: skills, of a team or of one agent."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Duration, Factor, PositiveCount, Whole
from simkpi.scenario.volumes import dropped_if_none


class Skill(Model):
    """How a team serves one contact type.

    ``preference``: arriving contacts take the team with the lowest number first; ``order``: a freed agent takes the
    contact type with the lowest number first; ``after``: only contacts that have waited this long (overflow); ``level``: read
    by routing policies only.
    """

    written = ({"type": "null", "description": "Nothing special"},)

    at_once: PositiveCount | None = Field(
        default=None, le=100, description="Contacts handled at once; default: the channel's usual number.", examples=["3"]
    )
    speed: Factor = Field(
        default=1.0,
        description="Pace of work; 80% takes longer.",
        examples=["95%"],
    )
    preference: Whole = Field(
        default=0,
        description="Arriving contacts take the lowest number first.",
        examples=["1"],
    )
    order: Whole = Field(
        default=0,
        description="A freed agent takes the lowest number first.",
        examples=["1"],
    )
    after: Duration = Field(
        default=0.0,
        description="Only contacts that have waited this long (overflow).",
        examples=["45s"],
    )
    level: PositiveCount = Field(
        default=1, le=100, description="How well the team knows it, higher is better: for the policy best_skill.", examples=["3"]
    )
    resolves: Factor = Field(
        default=1.0, description="Share of contacts resolved against the contact type's usual one.", examples=["90%"]
    )
    background: bool | None = Field(
        default=None,
        description="Set aside when a live contact finds no free agent, and gone on with afterwards (deferrable channels only).",
        examples=["true"],
    )
    resume: Duration | None = Field(
        default=None, description="Agent time that it costs to find the way back into work set aside.", examples=["30s"]
    )

    _write = dropped_if_none("background", "resume")


def named_skills(value: Any) -> Any:
    """Read a block's list of skills as skills with nothing special."""
    if isinstance(value, dict) and isinstance(value.get("skills"), (list, tuple)):
        return {**value, "skills": {str(name): {} for name in value["skills"]}}
    if isinstance(value, dict) and isinstance(value.get("skills"), dict):
        return {**value, "skills": {key: {} if item is None else item for key, item in value["skills"].items()}}
    return value
