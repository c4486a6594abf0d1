"""What all scenario models share: frozen, strict about unknown fields, numbers finite, one hook for short forms."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo


class Model(BaseModel):
    """A frozen scenario block; an unknown field is an error.

    A block that may be written shorter says how in three places: ``long_form`` turns what is written into the fields,
    ``written`` describes it for editors (JSON Schema), ``through`` names the field whose own fields may stand directly in
    the block (``patience: {lognormal: ...}`` means ``patience: {law: {lognormal: ...}}``).
    ``alternatives`` are fields of which exactly one is given: setting one by an override drops the others; those
    of them in ``together`` make one alternative and do not drop one another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    alternatives: ClassVar[tuple[str, ...]] = ()
    together: ClassVar[tuple[str, ...]] = ()
    written: ClassVar[tuple[dict[str, Any], ...]] = ()
    through: ClassVar[str | None] = None

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Turn what a planner may write for this block into a mapping of its fields."""
        return value

    @classmethod
    def field(cls, name: str | int) -> FieldInfo | None:
        """Return the field called *name* in files or in Python, None if there is none."""
        for python_name, info in cls.model_fields.items():
            if name in (python_name, info.alias):
                return info
        return None

    @classmethod
    def names(cls) -> list[str]:
        """List the fields as they are called in files."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        return value if isinstance(value, cls) else cls.long_form(value)
