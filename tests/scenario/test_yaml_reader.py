"""The strict YAML reader: plain words stay words, hostile documents are refused fast, and every value knows its line."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import ScenarioError
from simkpi.scenario.dump import to_yaml
from simkpi.scenario.yaml_reader import plain_scalar, read_yaml


def refusal(text):
    started = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        read_yaml(text)
    assert time.process_time() - started < 0.5
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8:30", "8:30"),
        ("22:00", "22:00"),
        ("12:30:45", "12:30:45"),
        ("NO", "NO"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("1e3", 1000.0),
        ("1.0e3", 1000.0),
        ("+5", 5),
        ("-0.5", -0.5),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e400", "1e400"),
        ("2026-01-05", "2026-01-05"),
        ("٣", "٣"),
        ("=", "="),
    ],
)
def test_only_decimal_numbers_true_false_and_null_are_more_than_text(text, value):
    got = plain_scalar(text)
    assert got == value
    assert type(got) is type(value)


def test_quotes_make_text_of_everything():
    assert read_yaml("{a: '12', b: \"true\", c: '', d: '~'}").root.data() == {"a": "12", "b": "true", "c": "", "d": "~"}


def test_names_are_text_whatever_they_look_like():
    assert read_yaml("{NO: 1, null: 2, 007: 3, 1e3: 4, true: 5}").root.data() == {
        "NO": 1,
        "null": 2,
        "007": 3,
        "1e3": 4,
        "true": 5,
    }


def test_every_value_knows_its_line():
    document = read_yaml("a:\n  b:\n    - 1\n    - c: 2\n")
    assert [document.locate(place) for place in [("a",), ("a", "b", 0), ("a", "b", 1, "c")]] == [
        (["a"], 1),
        (["a", "b", 0], 3),
        (["a", "b", 1, "c"], 4),
    ]


def test_a_block_may_be_written_once_and_used_twice():
    assert read_yaml("a: &x [1, 2]\nb: *x\n").root.data() == {"a": [1, 2], "b": [1, 2]}


def test_hostile_documents_are_refused_fast():
    assert "nested more than 64 levels" in refusal("[" * 3000 + "]" * 3000)
    assert "nested more than 64 levels" in refusal("\n".join(" " * depth + "a:" for depth in range(200)))
    laughs = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )
    assert "aliases expand to more than 1,000 values" in refusal(laughs)
    assert "contains itself" in refusal("&a [*a]")
    assert "contains itself" in refusal("a: &x {b: {c: *x}}")


def test_aliases_do_not_hide_depth():
    def nested(levels):
        return "a: &x " + "[" * 40 + "]" * 40 + "\nb: " + "[" * levels + "*x" + "]" * levels

    assert read_yaml(nested(20)).problems == ()
    assert "nested more than 64 levels" in refusal(nested(30))


def test_a_tag_is_never_acted_upon(tmp_path):
    target = tmp_path / "made"
    document = read_yaml(f"a: !!python/object/apply:os.mkdir ['{target}']\n")
    assert not target.exists()
    assert [str(problem) for problem in document.problems] == [
        "line 1: a: tag !!python/object/apply:os.mkdir is not allowed; write the plain value"
    ]


@given(st.text(max_size=60))
@settings(derandomize=True, deadline=None)
def test_any_text_is_read_or_refused_in_words(text):
    with contextlib.suppress(ScenarioError):
        read_yaml(text)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "<<"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "<<"), plain, min_size=1, max_size=4))
@settings(derandomize=True, deadline=None)
def test_what_is_written_reads_back_as_it_was(data):
    document = read_yaml(to_yaml(data))
    assert document.problems == ()
    assert document.root.data() == data
