from __future__ import annotations

import json
from pathlib import Path

import pytest

import simkpi
from simkpi.errors import ScenarioError
from simkpi.experiment.verdicts import check_targets, judge, verdicts
from tests.experiment.small_world import SHORT, simulated, small


class TestJudge:
    @pytest.mark.parametrize(
        ("direction", "low", "high", "verdict"),
        [
            ("at_least", 0.81, 0.9, "met"),
            ("at_least", 0.8, 0.9, "met"),
            ("at_least", 0.7, 0.79, "missed"),
            ("at_least", 0.7, 0.8, "not sure"),
            ("at_most", 0.7, 0.8, "met"),
            ("at_most", 0.81, 0.9, "missed"),
            ("at_most", 0.79, 0.81, "not sure"),
        ],
    )
    def test_the_whole_interval_decides(self, direction: str, low: float, high: float, verdict: str) -> None:
        assert judge(0.8, direction, value=(low + high) / 2, low=low, high=high) == verdict

    def test_without_an_interval_nothing_is_sure_and_without_a_value_there_is_no_figure(self) -> None:
        assert judge(0.8, "at_least", value=0.99, low=None, high=None) == "not sure"
        assert judge(0.8, "at_least", value=None, low=None, high=None) == "no figure"


class TestVerdicts:
    def test_every_target_is_judged_for_its_contacts_at_its_threshold(self) -> None:
        sl, abandon, chat = verdicts(simulated())
        assert (sl.contact, sl.kpi, sl.direction, sl.within) == ("voice", "service_level", "at_least", 20.0)
        assert (abandon.direction, abandon.verdict) == ("at_most", "met")
        assert (chat.contact, chat.within, chat.verdict) == ("chat", 3600.0, "met")
        by_type = simulated().kpis(["service_level"], by="contact_type")
        assert sl.value == pytest.approx(dict(by_type.select("contact_type", "value").iter_rows())["voice"])

    def test_direction_follows_the_kpi_if_the_target_does_not_say(self) -> None:
        result = simkpi.simulate(small(targets={"all": {"asa": "1h", "answer_rate": "1%"}}), replications=3)
        assert [(one.direction, one.verdict) for one in verdicts(result)] == [("at_most", "met"), ("at_least", "met")]


class TestCheckTargets:
    def test_all_mistakes_are_named_at_once(self) -> None:
        scenario = small(targets={"voice": {"servce_level": "80%", "asa": "80%"}, "chat": {"offered": "5 in 20s"}})
        with pytest.raises(ScenarioError) as raised:
            check_targets(scenario)
        assert [str(problem).split(";")[0] for problem in raised.value.problems] == [
            "targets.voice.servce_level: unknown KPI 'servce_level'",
            "targets.voice.asa: must be a duration such as 60s, got a share",
            "targets.chat.offered: has no threshold: leave out 'in ...'",
        ]

    def test_a_figure_of_agents_is_no_target_of_a_contact_type(self) -> None:
        with pytest.raises(ScenarioError, match=r"targets\.voice\.occupancy: is a figure of agents"):
            check_targets(small(targets={"voice": {"occupancy": "85%"}}))
        check_targets(small(targets={"all": {"occupancy": "85%"}}))

    def test_the_line_of_the_file_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "small.yaml"
        file.write_text(json.dumps({**SHORT, "targets": {"voice": {"asa": "80%"}}}, indent=1), encoding="utf-8")
        with pytest.raises(ScenarioError, match=r"small\.yaml:\d+: targets\.voice\.asa: must be a duration"):
            check_targets(simkpi.load(file))

    def test_the_small_world_is_fine(self) -> None:
        check_targets(small())
