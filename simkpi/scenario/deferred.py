"""Deferrable work: when an answer is due, and what lies in the queue when the horizon begins."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Count, PositiveDuration
from simkpi.scenario.laws import Law, Uniform

#: Which waiting contact of a type an agent takes first; names in scenario files, by number.
PICKS = ("oldest", "newest", "easiest")
OLDEST, NEWEST, EASIEST = range(len(PICKS))

_BUSINESS = re.compile(r"\b(business|working|ouvré?e?s?)\b", re.I)


class Due(Model):
    """When the answer is promised: so much time after the arrival, on the clock or while the centre is open."""

    written = (
        {"type": "string", "examples": ["8 business hours", "24h"], "description": "8 business hours, or 24h on the clock"},
    )

    time: PositiveDuration = Field(description="From arrival to the promised answer.", examples=["8h"])
    clock: Literal["business", "calendar"] = Field(
        default="business", description="business: only opening hours count; calendar: every hour.", examples=["business"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``8 business hours`` or ``24h``."""
        if not isinstance(value, str):
            return value if isinstance(value, dict) else {"time": value}
        rest, found = _BUSINESS.subn("", value)
        if found and re.search(r"\d\s*(d|days?|j|jours?)\b", rest):
            raise ValueError(f"counts opening hours, got '{value}'; write the day's hours, e.g. 10 business hours")
        return {"time": rest.strip(), "clock": "business" if found else "calendar"}

    @model_serializer(mode="wrap", when_used="json")
    def _words(self, handler: SerializerFunctionWrapHandler) -> str:
        if self.clock == "calendar":
            return str(handler(self)["time"])
        for unit, seconds in (("hours", 3600), ("minutes", 60)):
            if self.time % seconds == 0:
                return f"{self.time / seconds:.0f} business {unit}"
        return f"{self.time:g} business seconds"


class Backlog(Model):
    """Contacts received before the horizon begins that nobody has answered yet."""

    written = ({"type": "integer", "minimum": 0, "description": "How many: 120", "examples": [120]},)

    count: Count = Field(description="How many.", examples=["120"])
    age: Law = Field(
        default=Law(uniform=Uniform(low=0, high="24h")),
        description="How long they have waited when the horizon begins; default: evenly spread over a day.",
        examples=["6h"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare number as the count."""
        return value if isinstance(value, dict) else {"count": value}
