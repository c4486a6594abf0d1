"""Whatever is typed into a scenario file, it loads or is refused in words: never another error, never a hang."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import ScenarioError
from simkpi.scenario.dump import to_dict
from simkpi.scenario.files import load, loads, override, shipped

TEXT = shipped("quickstart").read_text(encoding="utf-8")
WORDS = st.sampled_from(
    [
        "",
        "~",
        "-1",
        "0",
        "1e400",
        ".nan",
        "[]",
        "{}",
        "[1, 2]",
        "{a: 1}",
        "true",
        "never",
        "50%",
        "5m",
        "1e9",
        "2026-01-05",
        "\t",
        "&a",
        "*a",
        "!x",
    ]
)
FIELDS = st.sampled_from(["a", "voice", "mean", "talk", "skills", "rate", "law", "count"])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["voice", "chat", "5m", "never", "80% in 20s", "480 per day", "mon-fri"]),
    st.lists(st.integers(-1, 3), max_size=3),
    st.lists(st.lists(st.integers(-1, 3), max_size=2), max_size=2),
    st.dictionaries(FIELDS, st.integers(-1, 5) | st.text(max_size=3), max_size=2),
)


def places(data, here=()):
    yield here
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in items:
        yield from places(item, (*here, key))


PLACES = [place for place in places(loads(TEXT).short) if place]
RESOLVED = [place for place in places(to_dict(loads(TEXT))) if place]


def changed(data, place, value):
    if not place:
        return value
    if isinstance(data, dict):
        return {key: changed(item, place[1:], value) if key == place[0] else item for key, item in data.items()}
    return [changed(item, place[1:], value) if index == place[0] else item for index, item in enumerate(data)]


@given(st.integers(0, len(TEXT)), st.integers(0, 12), WORDS)
@settings(derandomize=True, deadline=None, max_examples=100)
def test_a_mistyped_file_loads_or_is_refused(at, length, word):
    with contextlib.suppress(ScenarioError):
        loads(TEXT[:at] + word + TEXT[at + length :])


@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), min_size=1, max_size=3))
@settings(derandomize=True, deadline=None, max_examples=120)
def test_a_short_form_with_odd_values_loads_or_is_refused(changes):
    data = loads(TEXT).short
    for place, value in changes:
        with contextlib.suppress(TypeError):  # the place is gone
            data = changed(data, place, value)
    with contextlib.suppress(ScenarioError):
        load(data)


@given(st.sampled_from(RESOLVED), ODD)
@settings(derandomize=True, deadline=None, max_examples=80)
def test_an_override_of_anything_with_anything_works_or_is_refused(place, value):
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    with contextlib.suppress(ScenarioError):
        override(loads(TEXT), {path: value})
