"""The laws of probability that a scenario may name for a time: exactly one of them, with its parameters."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Amount, Duration, Factor, PositiveDuration, Spread, read_duration, read_spread


class MeanOnly(Model):
    """A law given by its mean alone."""

    mean: PositiveDuration

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return value if isinstance(value, (dict, MeanOnly)) else {"mean": value}


class MeanCv(Model):
    """A law given by its mean and its coefficient of variation (standard deviation / mean)."""

    mean: PositiveDuration
    cv: Spread = Field(gt=0)


class Weibull(Model):
    """Weibull law: survival exp(-(t / scale) ** shape). Give one of scale, mean, median."""

    scale: PositiveDuration
    shape: Factor

    @model_validator(mode="before")
    @classmethod
    def _to_scale(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "scale" in value:
            return value
        given = [key for key in ("mean", "median") if key in value]
        if len(given) != 1:
            raise ValueError("needs one of scale, mean, median beside its shape")
        rest = {key: item for key, item in value.items() if key != given[0]}
        shape = read_spread(value.get("shape", 1))
        length = read_duration(value[given[0]])
        if shape <= 0:
            raise ValueError(f"needs a shape above 0, got {value.get('shape')}")
        scale = length / math.gamma(1 + 1 / shape) if given[0] == "mean" else length / math.log(2) ** (1 / shape)
        return {"scale": f"{scale:.3f}s", "shape": shape, **{key: item for key, item in rest.items() if key != "shape"}}


class Uniform(Model):
    """Equal chance between two durations."""

    low: Duration
    high: PositiveDuration

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.high <= self.low:
            raise ValueError("needs high above low")
        return self


class Empirical(Model):
    """Recorded durations, each with its weight (all equal if none are given)."""

    values: tuple[Duration, ...] = Field(min_length=1)
    weights: tuple[Amount, ...] = ()

    @model_validator(mode="after")
    def _weights_match(self) -> Empirical:
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError(f"has {len(self.values)} values and {len(self.weights)} weights; write as many of each")
        if self.weights and sum(self.weights) <= 0:
            raise ValueError("needs a weight above 0")
        return self


LawKind = Literal["fixed", "exponential", "lognormal", "weibull", "gamma", "uniform", "empirical"]
LAW_KINDS: tuple[LawKind, ...] = ("fixed", "exponential", "lognormal", "weibull", "gamma", "uniform", "empirical")


class Law(Model):
    """How long something takes: exactly one law. A bare duration is the mean of an exponential law, 0 is no time at all."""

    fixed: Duration | None = None
    exponential: MeanOnly | None = None
    lognormal: MeanCv | None = None
    weibull: Weibull | None = None
    gamma: MeanCv | None = None
    uniform: Uniform | None = None
    empirical: Empirical | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if isinstance(value, (dict, Law)):
            return value
        seconds = read_duration(value)
        return {"exponential": {"mean": value}} if seconds > 0 else {"fixed": value}

    @model_validator(mode="after")
    def _exactly_one(self) -> Law:
        given = [kind for kind in LAW_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            listed = ", ".join(LAW_KINDS)
            raise ValueError(f"needs exactly one law ({listed}), got {' and '.join(given) or 'none'}")
        return self

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
