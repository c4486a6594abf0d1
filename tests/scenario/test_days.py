"""Weekdays and dates as planners name them."""

import pytest

from simkpi.scenario.days import by_weekday, read_date, weekdays_in


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("mon,wed", (0, 2)),
        ("sat-mon", (5, 6, 0)),
        ("Monday - Friday", (0, 1, 2, 3, 4)),
        ("lun-ven", (0, 1, 2, 3, 4)),
        ("samedi,dim", (5, 6)),
        ("sun-sun", (6,)),
    ],
)
def test_names_of_weekdays_are_read(text, days):
    assert weekdays_in(text) == days


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("mom", "did you mean 'mon'"),
        ("", "is no weekday"),
        ("mon-", "is no weekday"),
        ("weekend", "no weekday"),
        ("mon-wed,tue", "names tue twice"),
    ],
)
def test_what_is_no_weekday_is_refused(text, part):
    with pytest.raises(ValueError, match=part):
        weekdays_in(text)


def test_a_weekday_may_be_covered_once_only():
    assert by_weekday({"mon-tue": 1, "sun": 2}) == {0: 1, 1: 1, 6: 2}
    with pytest.raises(ValueError, match="covers tue twice, in 'mon-tue' and 'tue'"):
        by_weekday({"mon-tue": 1, "tue": 2})


@pytest.mark.parametrize("text", ["03/04/2026", "3.4.26", "03-04-2026"])
def test_a_date_whose_day_and_month_could_be_exchanged_is_refused(text):
    with pytest.raises(ValueError, match="is ambiguous"):
        read_date(text)
