from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simkpi.demand.fused import draw_by, drawing
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec


def _contact(volume: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    volume = {"interval": "1h", "from": "08:00", "expected": [[40, 80, 120, 60]]} | (volume or {})
    return {"channel": "chat", "volume": volume, "handle": {"talk": {"exponential": {"mean": "5m"}}}} | fields


def _scenario(contacts: dict[str, Any], **blocks: Any) -> Scenario:
    days = max(len(contact["volume"]["expected"]) for contact in contacts.values())
    whole = {
        "simkpi": 1,
        "calendar": {"days": days},
        "contacts": contacts,
        "teams": {"team": {"skills": {name: {} for name in contacts}, "count": 10}},
    }
    return Scenario(Spec.model_validate(whole | blocks))


@pytest.fixture
def contact() -> Callable[..., dict[str, Any]]:
    """Build a chat contact type; fields replace the defaults."""
    return _contact


@pytest.fixture
def scenario() -> Callable[..., Scenario]:
    """Build a resolved scenario from contact types; blocks replace the defaults."""
    return _scenario


@pytest.fixture(autouse=True)
def _drawn_by_numpy() -> Iterator[None]:
    """Whatever another test has loaded: these are about the code that defines what is drawn."""
    before = drawing()
    draw_by(None)
    yield
    draw_by(before)
