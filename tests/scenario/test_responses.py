"""Response models as planners write them: what is read, what is suspicious, and that they leave no trace when off."""

from typing import Any

import pytest

import simkpi
from simkpi.scenario.dump import to_dict
from simkpi.scenario.fields import read_signed_share
from simkpi.scenario.files import override


def world(responses: Any = None, **changes: Any) -> dict[str, Any]:
    voice = {"channel": "voice", "volume": "480 per day", "handle": "5m", "patience": "2m"}
    if responses is not None:
        voice["responses"] = responses
    return {"simkpi": 1, "contacts": {"voice": voice}, "teams": {"phone": {"skills": ["voice"], "count": 5}}, **changes}


def warnings_of(responses: Any, **changes: Any) -> list[str]:
    return [f"{each.path}: {each.message}" for each in simkpi.load(world(responses, **changes)).warnings]


class TestOff:
    def test_a_resolved_contact_without_models_has_no_such_field(self):
        assert "responses" not in to_dict(simkpi.load(world()))["contacts"]["voice"]

    def test_an_empty_block_asks_for_nothing_and_stays_empty(self):
        assert to_dict(simkpi.load(world({})))["contacts"]["voice"]["responses"] == {}


class TestFields:
    def test_a_bare_number_is_the_mean_of_a_sale(self):
        read = simkpi.load(world({"conversion": {"base": "12%"}, "value": 80})).spec.contacts["voice"].responses
        assert (read.value.mean, read.value.cv, read.value.margin) == (80, None, None)

    def test_an_effect_can_be_overridden_by_its_path(self):
        path = "contacts.voice.responses.survey.csat.unresolved"
        more = override(simkpi.load(world({"survey": {"csat": {"base": 4}}})), {path: -2})
        assert more.spec.contacts["voice"].responses.survey.csat.unresolved == -2

    @pytest.mark.parametrize(("written", "read"), [("-1%", -0.01), ("+5%", 0.05), (-0.005, -0.005), ("-1,5 %", -0.015), (0, 0)])
    def test_a_change_of_a_share_may_have_a_sign(self, written, read):
        assert read_signed_share(written) == read

    def test_effort_is_better_low_and_satisfaction_high_unless_said_otherwise(self):
        survey = {"csat": {"base": 4}, "nps": {"base": 8}, "ces": {"base": 3}}
        questions = simkpi.load(world({"survey": survey})).spec.contacts["voice"].responses.survey.questions
        assert {kind: (one.limits, one.better) for kind, one in questions.items()} == {
            "csat": ((1, 5), "higher"),
            "nps": ((0, 10), "higher"),
            "ces": ((1, 7), "lower"),
        }


class TestSuspicious:
    def test_a_wait_that_makes_customers_happier_is_doubted(self):
        (warning,) = warnings_of({"survey": {"csat": {"base": 4, "per_minute_waited": 0.15}}})
        assert warning.endswith("survey.csat.per_minute_waited: is 0.15, for the better; did you mean -0.15?")

    def test_the_good_end_of_the_scale_counts(self):
        assert warnings_of({"survey": {"ces": {"base": 3, "unresolved": 1}}}) == []
        (warning,) = warnings_of({"survey": {"ces": {"base": 3, "unresolved": 1, "good": "higher"}}})
        assert "did you mean -1?" in warning

    def test_lost_contacts_that_keep_customers_are_doubted(self):
        (warning,) = warnings_of({"churn": {"base": "1%", "lost": "-2%"}})
        assert warning.endswith("churn.lost: is -2%, for the better; did you mean 2%?")

    def test_an_effect_of_a_bot_that_does_not_serve_is_told(self):
        models = {"conversion": {"base": "5%", "after_bot": "-1%"}}
        assert warnings_of(models) == ["contacts.voice.responses.conversion.after_bot: has no effect: no bot serves 'voice'"]
        bots = {"ivr": {"serves": ["voice"], "contains": "20%", "time": "1m"}}
        assert warnings_of(models, bots=bots) == []
