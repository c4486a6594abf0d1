"""Every shipped scenario loads without a warning, refers to the schema, and holds the numbers that it is known by."""

import re

import pytest

from simkpi.scenario.days import days_of
from simkpi.scenario.files import load, scenarios_folder, shipped, shipped_names

BENCHMARK_WEIGHTS = [0.45, 0.70, 0.95, 1.20, 1.38, 1.48, 1.50, 1.42, 1.25, 1.05, 0.92, 0.88]
BENCHMARK_WEIGHTS += [0.90, 0.98, 1.08, 1.16, 1.20, 1.18, 1.08, 0.95, 0.80, 0.65, 0.48, 0.36]


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_scenario_loads_without_warnings_and_refers_to_the_schema(name):
    path = shipped(name)
    assert load(path).warnings == ()
    first = path.read_text(encoding="utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match, first
    assert (path.parent / match[1]).samefile(scenarios_folder() / "scenario.schema.json")


def test_the_benchmark_day_has_the_fixed_numbers():
    spec = load(shipped("benchmark_day")).spec
    for contact in spec.contacts.values():
        assert contact.volume.start == 8 * 3600
        assert contact.volume.interval == 1800
        row = contact.volume.expected[0]
        assert sum(row) == pytest.approx(5000, abs=1e-4)
        mean = sum(BENCHMARK_WEIGHTS) / 24
        assert row == pytest.approx([5000 / 24 * weight / mean for weight in BENCHMARK_WEIGHTS], abs=1e-5)
    voice, chat = spec.contacts["voice"], spec.contacts["chat"]
    laws = [voice.handle.talk, voice.handle.wrap, voice.patience.law, chat.handle.talk, chat.handle.wrap, chat.patience.law]
    assert [(law.lognormal.mean, law.lognormal.cv) for law in laws] == [
        (300, 0.8),
        (30, 0.5),
        (180, 1),
        (480, 0.9),
        (20, 0.5),
        (300, 1),
    ]
    bot = spec.bots["assistant"]
    assert (bot.serves, bot.understands * bot.contains, bot.gives_up) == (("chat",), 0.4, 0)
    assert bot.time.contained == bot.time.handed_off
    assert (bot.time.contained.lognormal.mean, bot.time.contained.lognormal.cv) == (60, 0.6)
    assert [team.staffing.count for team in spec.teams.values()] == [((46,),), ((17,),)]
    a, b = spec.teams["A"].skills, spec.teams["B"].skills
    assert (a["voice"].at_once, a["chat"].at_once, b["chat"].at_once, b["voice"].at_once) == (1, 1, 3, 1)
    assert (a["voice"].after, a["chat"].after, b["chat"].after, b["voice"].after) == (0, 20, 0, 10)


def test_the_erlang_a_benchmark_has_the_fixed_numbers():
    spec = load(shipped("benchmark_erlang_a")).spec
    voice = spec.contacts["voice"]
    assert voice.volume.expected[0] == pytest.approx([20 * 30] * 48)
    assert (voice.handle.talk.exponential.mean, voice.patience.law.exponential.mean) == (300, 120)
    assert (voice.handle.hold.mean, voice.handle.wrap.mean) == (0, 0)
    assert spec.teams["phone"].staffing.count == ((100,),)


def test_the_quickstart_is_one_day_of_several_hundred_contacts_by_two_channels_and_a_bot():
    spec = load(shipped("quickstart")).spec
    days = days_of(spec.calendar)
    assert [day.strftime("%a") for day in days.dates] == ["Mon"]
    total = sum(sum(contact.volume.expected[0]) for contact in spec.contacts.values())
    assert 600 <= total <= 1000
    assert {contact.channel for contact in spec.contacts.values()} == {"voice", "chat"}
    assert spec.bots["assistant"].serves == ("chat",)
    assert spec.teams["online"].skills["voice"].after == 30


def test_weekdays_close_on_sunday():
    spec = load(shipped("features/weekdays")).spec
    totals = [sum(row) for row in spec.contacts["voice"].volume.expected]
    assert totals == [207, 166, 166, 166, 166, 63, 0] * 2
    assert spec.teams["phone"].staffing.count[6] == (0, 0, 0, 0)


def test_volumes_from_the_file_are_those_of_the_file():
    spec = load(shipped("features/csv_volume")).spec
    assert spec.contacts["voice"].volume.expected == ((12.0, 18.0, 24.0, 27.0, 28.0, 26.0, 24.0, 20.0),)
    assert spec.contacts["chat"].volume.expected[0][0] == pytest.approx(6.6)
    assert spec.teams["phone"].staffing.count == ((3, 4, 5, 5, 6, 6, 5, 4),)
