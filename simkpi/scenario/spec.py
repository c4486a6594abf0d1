"""The scenario file as a whole: what a planner may write, and, once resolved, every field of what will be run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)

from simkpi.scenario.base import Model
from simkpi.scenario.bots import Bot, BotTime
from simkpi.scenario.calendar import Calendar, Span
from simkpi.scenario.contacts import Contact, Handle
from simkpi.scenario.fields import (
    Amount,
    Duration,
    PositiveCount,
    PositiveDuration,
    Seed,
    Text,
)
from simkpi.scenario.lives import Lines
from simkpi.scenario.overlays import Overlay
from simkpi.scenario.patience import Patience
from simkpi.scenario.returns import Recontact, Retry
from simkpi.scenario.routing import Overflow, Reserve, Routing
from simkpi.scenario.skills import Skill
from simkpi.scenario.targets import read_target, write_target
from simkpi.scenario.teams import Staffing, Team
from simkpi.scenario.volumes import Volume, dropped_if_none

__all__ = [
    "Bot",
    "BotTime",
    "Calendar",
    "Contact",
    "Costs",
    "Definitions",
    "Handle",
    "Lines",
    "Overflow",
    "Overlay",
    "Patience",
    "Recontact",
    "Reserve",
    "Retry",
    "Routing",
    "Run",
    "Skill",
    "Span",
    "Spec",
    "Staffing",
    "Target",
    "Team",
    "Volume",
]


class Target(Model):
    """A goal for one KPI: ``80% in 20s``, ``at most 5%``, ``at least 70%``, ``60s``."""

    written = ({"type": ["string", "number"], "examples": ["80% in 20s", "at most 5%", "60s"]},)

    value: Amount = Field(
        description="The figure, seconds or a fraction.",
        examples=["0.8"],
    )
    direction: Literal["at_least", "at_most"] | None = Field(default=None, description="Default: the KPI's good direction.")
    within: Duration | None = Field(
        default=None,
        description="Threshold of a service level.",
        examples=["20s"],
    )
    unit: Literal["fraction", "seconds", "number"] = Field(
        description="What the figure counts.",
        examples=["fraction"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read the goal from its words."""
        return value if isinstance(value, dict) else read_target(value)

    @model_serializer(mode="plain", when_used="json")
    def _words(self) -> str:
        return write_target(self.value, self.unit, self.direction, self.within)


_CATALOGUE_NAMES = {
    "all_offered": "offered",
    "answered_only": "answered",
    "late_abandons": "excl_short",
    "abandons_ok": "wait_within",
}
#: Variants of the service level; the KPI catalogue's longer names are read too.
ServiceLevel = Annotated[
    Literal["offered", "answered", "excl_short", "wait_within"],
    BeforeValidator(lambda value: _CATALOGUE_NAMES.get(value, value) if isinstance(value, str) else value),
    WithJsonSchema({"enum": [*_CATALOGUE_NAMES.values(), *_CATALOGUE_NAMES]}),
]


class Definitions(Model):
    """Which definition of the contested KPIs is meant (see docs/kpis.md)."""

    threshold: Duration = Field(
        default=20.0,
        description="Acceptable waiting time of the service level.",
        examples=["20s"],
    )
    service_level: ServiceLevel = Field(default="offered", description="Variant of the service level.", examples=["offered"])
    short_abandon: Duration = Field(
        default=5.0,
        description="An abandonment before this is short.",
        examples=["5s"],
    )
    fcr_window: PositiveDuration = Field(
        default=7 * 86_400.0, description="No repeat within this: first-contact resolution.", examples=["7d"]
    )
    recontact_window: PositiveDuration = Field(
        default=7 * 86_400.0, description="A return within this counts against containment.", examples=["7d"]
    )


class Costs(Model):
    """What things cost, in one currency."""

    currency: Text = Field(
        default="EUR",
        description="Currency of all costs.",
        examples=["EUR"],
    )
    agent_hour: Amount = Field(
        default=0.0,
        description="Cost of one agent for one hour.",
        examples=["24.50"],
    )
    teams: dict[Text, Amount] | None = Field(
        default=None,
        description="Cost of one agent for one hour in teams where it differs.",
        examples=["{experts: 31}"],
    )
    bot_session: Amount = Field(
        default=0.0,
        description="Cost of one bot session.",
        examples=["0.35"],
    )

    _write = dropped_if_none("teams")


class Run(Model):
    """How much is simulated. ``end``: ``drain`` serves everybody who came, ``cut`` stops the clock at the horizon's end."""

    replications: PositiveCount = Field(
        default=30,
        description="Independent simulated horizons.",
        examples=["30"],
    )
    seed: Seed = Field(
        default=1,
        description="Names the random numbers; any whole number or text.",
        examples=["42"],
    )
    end: Literal["drain", "cut"] = Field(
        default="drain", description="drain: serve everybody who came; cut: stop at the horizon's end.", examples=["drain"]
    )


class Spec(Model):
    """A whole scenario file."""

    simkpi: Literal[1] = Field(
        description="Version of the file format.",
        examples=["1"],
    )
    name: Text = Field(
        default="unnamed",
        description="Title shown with the results.",
        examples=["Monday"],
    )
    locale: Literal["en", "fr"] = Field(
        default="en",
        description="Language of the results.",
        examples=["en"],
    )
    calendar: Calendar = Field(
        default=Calendar(), description="Days and opening hours.", examples=["{from: 2026-01-05, days: 5}"]
    )
    contacts: dict[str, Contact] = Field(
        min_length=1,
        description="Contact types by name.",
        examples=["{voice: {...}}"],
    )
    bots: dict[str, Bot] = Field(default_factory=dict, description="Chatbots by name.")
    teams: dict[str, Team] = Field(
        min_length=1,
        description="Teams by name.",
        examples=["{phone: {skills: [voice], count: 12}}"],
    )
    routing: Routing = Field(default=Routing(), description="Who serves whom.")
    lines: dict[str, Lines] = Field(
        default_factory=dict,
        description="Trunk lines by name: of a contact type, a channel, or a group of them; none = as many as it takes.",
        examples=["{voice: 60}"],
    )
    overlays: dict[str, Overlay] = Field(
        default_factory=dict,
        description="Campaigns, outages and the like by name, laid over volumes and bots.",
        examples=["{campaign: {contacts: [chat], factor: 150%, between: 10:00-14:00}}"],
    )
    targets: dict[str, dict[str, Target]] = Field(
        default_factory=dict,
        description="Goals by contact type, channel or all, then by KPI.",
        examples=["{voice: {service_level: 80% in 20s, abandon_rate: at most 5%}}"],
    )
    definitions: Definitions = Field(default=Definitions(), description="Which KPI definitions are meant.")
    costs: Costs = Field(default=Costs(), description="What things cost.")
    run: Run = Field(default=Run(), description="How much is simulated.")

    @model_serializer(mode="wrap", when_used="json")
    def _write(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the blocks that came later and are not used, so that what is written stays as it was."""
        full: dict[str, Any] = handler(self)
        return {key: item for key, item in full.items() if item or key != "lines"}
