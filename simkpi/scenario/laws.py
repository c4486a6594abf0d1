"""The laws of probability that a scenario may name for a time: exactly one of them, with its parameters."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Amount, Duration, PositiveDuration, Ratio, read_duration, read_spread

_A_DURATION: dict[str, Any] = {"type": ["string", "integer"], "examples": ["4m30s"]}


class MeanOnly(Model):
    """A law given by its mean alone."""

    written = ({**_A_DURATION, "description": "The mean: 4m30s"},)

    mean: PositiveDuration = Field(description="Mean.", examples=["4m30s"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare duration as the mean."""
        return value if isinstance(value, dict) else {"mean": value}


class MeanCv(Model):
    """A law given by its mean and its coefficient of variation (standard deviation / mean)."""

    mean: PositiveDuration = Field(description="Mean.", examples=["4m30s"])
    cv: Ratio = Field(le=100, description="Coefficient of variation: standard deviation / mean.", examples=["0.9"])


class Weibull(Model):
    """Weibull law: survival exp(-(t / scale) ** shape). Give one of scale, mean, median."""

    alternatives = ("scale", "mean", "median")
    written = (
        {
            "type": "object",
            "description": "Weibull law by its mean or median",
            "properties": {"mean": _A_DURATION, "median": _A_DURATION, "shape": {"type": ["number", "string"]}},
            "required": ["shape"],
            "additionalProperties": False,
        },
    )

    scale: PositiveDuration = Field(description="Scale; or give mean or median instead.", examples=["2m"])
    shape: Ratio = Field(description="Shape: below 1 many leave early, 1 is exponential.", examples=["0.8"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Turn a mean or a median into the scale."""
        if not isinstance(value, dict) or not {"mean", "median"} & value.keys():
            return value
        given = [key for key in ("scale", "mean", "median") if key in value]
        if len(given) != 1:
            raise ValueError(f"needs one of scale, mean, median beside its shape, got {' and '.join(given)}")
        rest = {key: item for key, item in value.items() if key not in {given[0], "shape"}}
        if "shape" not in value:
            raise ValueError("needs a shape beside its " + given[0] + "; write e.g. shape: 0.8")
        shape, length = read_spread(value["shape"]), read_duration(value[given[0]])
        if shape <= 0:
            raise ValueError(f"needs a shape above 0, got {value['shape']}")
        scale = length / math.gamma(1 + 1 / shape) if given[0] == "mean" else length / math.log(2) ** (1 / shape)
        return {"scale": f"{scale:.3f}s", "shape": shape, **rest}


class Uniform(Model):
    """Equal chance between two durations."""

    low: Duration = Field(description="Shortest.", examples=["1m"])
    high: PositiveDuration = Field(description="Longest.", examples=["3m"])

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.high <= self.low:
            raise ValueError("needs high above low")
        return self


class Empirical(Model):
    """Recorded durations, each with its weight (all equal if none are given)."""

    values: tuple[Duration, ...] = Field(min_length=1, description="Recorded durations.", examples=["[2m, 3m30s, 8m]"])
    weights: tuple[Amount, ...] = Field(default=(), description="One weight per value; none = all equal.")

    @model_validator(mode="after")
    def _weights_match(self) -> Empirical:
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError(f"has {len(self.values)} values and {len(self.weights)} weights; write as many of each")
        if self.weights and sum(self.weights) <= 0:
            raise ValueError("needs a weight above 0")
        return self


LawKind = Literal["fixed", "exponential", "lognormal", "weibull", "gamma", "uniform", "empirical"]
LAW_KINDS: tuple[LawKind, ...] = get_args(LawKind)


class Law(Model):
    """How long something takes: exactly one law. A bare duration is the mean of an exponential law, 0 is no time at all."""

    alternatives = LAW_KINDS
    written: ClassVar[tuple[dict[str, Any], ...]] = (
        {**_A_DURATION, "description": "Mean of an exponential law: 4m30s; 0 = no time"},
    )

    fixed: Duration | None = Field(default=None, description="Always the same.", examples=["45s"])
    exponential: MeanOnly | None = Field(default=None, description="Memoryless, by its mean.")
    lognormal: MeanCv | None = Field(default=None, description="Most handle times look like this.")
    weibull: Weibull | None = Field(default=None, description="Patience often looks like this, with a shape below 1.")
    gamma: MeanCv | None = Field(default=None, description="Between fixed (cv near 0) and exponential (cv 1).")
    uniform: Uniform | None = Field(default=None, description="Equal chance between two durations.")
    empirical: Empirical | None = Field(default=None, description="Recorded durations, drawn with replacement.")

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare duration as the mean of an exponential law, 0 as no time at all."""
        if isinstance(value, dict):
            return value
        return {"exponential": {"mean": value}} if read_duration(value) > 0 else {"fixed": value}

    @model_validator(mode="after")
    def _exactly_one(self) -> Law:
        given = [kind for kind in LAW_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            listed = ", ".join(LAW_KINDS)
            raise ValueError(f"needs exactly one law ({listed}), got {' and '.join(given) or 'none'}")
        return self

    @model_serializer(mode="wrap", when_used="json")
    def _only_the_law(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: item for key, item in handler(self).items() if item is not None}

    @property
    def kind(self) -> LawKind:
        """The law's name."""
        return next(kind for kind in LAW_KINDS if getattr(self, kind) is not None)

    @property
    def mean(self) -> float:
        """Mean, seconds."""
        if self.fixed is not None:
            return self.fixed
        if self.weibull is not None:
            return self.weibull.scale * math.gamma(1 + 1 / self.weibull.shape)
        if self.uniform is not None:
            return (self.uniform.low + self.uniform.high) / 2
        if self.empirical is not None:
            weights = self.empirical.weights or (1.0,) * len(self.empirical.values)
            return math.fsum(v * w for v, w in zip(self.empirical.values, weights, strict=True)) / math.fsum(weights)
        law = self.exponential or self.lognormal or self.gamma
        assert law is not None
        return law.mean

    def times(self, factor: float) -> Law:
        """Return the law of *factor* times the duration; its shape stays."""
        kind = self.kind
        if kind == "fixed":
            return Law.model_construct(fixed=(self.fixed or 0.0) * factor)
        law: Model = getattr(self, kind)
        scaled: dict[str, Any] = {}
        for name in ("mean", "scale", "low", "high", "values"):
            if hasattr(law, name):
                value = getattr(law, name)
                scaled[name] = tuple(one * factor for one in value) if isinstance(value, tuple) else value * factor
        blocks: dict[str, Any] = {kind: law.model_copy(update=scaled)}
        return Law.model_construct(**blocks)
