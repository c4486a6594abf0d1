"""A small valid scenario as plain data, to change one thing at a time."""

import copy

import pytest

from simkpi.errors import ScenarioError
from simkpi.scenario.files import load

SMALL = {
    "simkpi": 1,
    "calendar": {"open": "08:00-18:00"},
    "contacts": {"voice": {"volume": "480 per day", "handle": "5m", "patience": "2m"}},
    "teams": {"phone": {"skills": ["voice"], "count": 5}},
}


@pytest.fixture
def small():
    return copy.deepcopy(SMALL)


@pytest.fixture
def warnings_of():
    def messages(data):
        return [str(warning) for warning in load(data).warnings]

    return messages


@pytest.fixture
def errors_of():
    def messages(data):
        with pytest.raises(ScenarioError) as caught:
            load(data)
        return [str(problem) for problem in caught.value.problems]

    return messages
