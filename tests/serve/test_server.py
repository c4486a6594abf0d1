"""The page's server: who may ask, what it refuses, and what it answers."""

from __future__ import annotations

import base64
import socket
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from simkpi.engine.run import is_compiled_loaded
from simkpi.experiment import tally
from simkpi.planning.dials import dials_of
from simkpi.scenario.files import load, loads, shipped, shipped_names
from simkpi.serve.answer import answers
from simkpi.serve.server import MAX_BODY, Server
from simkpi.serve.wanted import read_wanted
from tests.experiment.small_world import small
from tests.serve.serving import ask, served

EVIL = '</script><img src=x onerror=alert(1)>"'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served(small(name=EVIL)) as running:
        yield running


def plan(**given: Any) -> dict[str, Any]:
    return {"page": "p", "what": {"dials": {}, "tables": {}, "goals": {}}, "narrow": 0.2, **given}


class TestWhoMayAsk:
    def test_the_address_with_the_key_gives_a_cookie_that_scripts_do_not_see(self, server: Server) -> None:
        answer = ask(server, "GET", f"/?token={server.token}", cookie="")
        assert (answer.status, answer.headers["location"]) == (303, "/")
        assert all(part in answer.headers["set-cookie"] for part in ("HttpOnly", "SameSite=Strict", server.token))

    @pytest.mark.parametrize("path", ["/", "/?token=wrong", "/actions.js", "/report.css", "/?token="])
    def test_without_the_key_nothing_is_given(self, server: Server, path: str) -> None:
        answer = ask(server, "GET", path, cookie="")
        assert answer.status == 403
        assert "Small" not in answer.text

    @pytest.mark.parametrize("path", ["/answer", "/staff", "/table", "/file"])
    def test_nor_is_anything_computed(self, server: Server, path: str) -> None:
        assert ask(server, "POST", path, plan(), cookie=f"{server.cookie}=wrong").status == 403
        assert ask(server, "POST", path, plan(), cookie="").status == 403

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", ""])
    def test_another_host_is_refused_even_with_the_key(self, server: Server, host: str) -> None:
        assert ask(server, "GET", "/", host=host).status == 403
        assert ask(server, "POST", "/answer", plan(), host=host).status == 403

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
    def test_another_origin_is_refused_even_with_the_key(self, server: Server, origin: str) -> None:
        assert ask(server, "POST", "/answer", plan(), origin=origin).status == 403
        assert ask(server, "GET", "/", sec_fetch_site="cross-site").status == 403

    def test_its_own_origin_is_not(self, server: Server) -> None:
        assert ask(server, "POST", "/table", {"text": "x"}, origin=f"http://{server.hosts[0]}").status == 200

    def test_no_other_origin_is_ever_allowed_to_read(self, server: Server) -> None:
        assert not [name for name in ask(server, "GET", "/").headers if name.startswith("access-control")]
        assert ask(server, "OPTIONS", "/answer").status == 501

    def test_only_this_computer_can_reach_it(self, server: Server) -> None:
        assert server.server_address[0] == "127.0.0.1"
        with socket.socket() as other:
            other.settimeout(0.5)
            assert other.connect_ex(("127.0.0.2", server.server_port)) != 0

    def test_each_start_has_another_key(self) -> None:
        with served(small()) as one, served(small()) as other:
            assert one.token != other.token
            assert ask(other, "GET", "/", cookie=f"{other.cookie}={one.token}").status == 403


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "path", ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/what_if.html.j2", "/x"]
    )
    def test_there_are_no_other_files(self, server: Server, path: str) -> None:
        assert ask(server, "GET", path).status == 404
        assert ask(server, "POST", path, plan()).status == 404

    def test_a_body_that_is_too_large_is_not_read(self, server: Server) -> None:
        assert ask(server, "POST", "/answer", b"", content_length=str(MAX_BODY + 1)).status == 413

    @pytest.mark.parametrize("length", ["-1", "many", "1e3"])
    def test_a_body_needs_a_length(self, server: Server, length: str) -> None:
        assert ask(server, "POST", "/answer", b"", content_length=length).status == 411

    def test_a_form_of_another_site_is_no_json(self, server: Server) -> None:
        assert ask(server, "POST", "/answer", b"what=1", content_type="application/x-www-form-urlencoded").status == 415

    @pytest.mark.parametrize("body", [b"{", b"[]", b"1", b"\xff", b'{"narrow": NaN}', b"[" * 100_000, b'"x"'])
    def test_what_is_no_json_object_is_said_so(self, server: Server, body: bytes) -> None:
        answer = ask(server, "POST", "/answer", body)
        assert answer.status == 400
        assert "JSON" in answer.text

    @pytest.mark.parametrize(
        "given",
        [
            {"what": []},
            {"what": {"dials": {"a": 1}}},
            {"what": {"dials": {"a": "x" * 300}}},
            {"what": {"file": "x"}},
            {"what": {"tables": {"volume:voice": {"file": "/etc/passwd", "column": "x"}}}},
            {"what": {"tables": {"volume:voice": {"interval": 1800, "start": 0, "rows": [[{"file": "x"}]]}}}},
            {"what": {"tables": {"volume:voice": {"interval": 1800, "start": 0, "rows": [[True]]}}}},
            {"what": {"tables": {"volume:voice": {"interval": 1800, "start": 0, "rows": [[1] * 5000]}}}},
            {"what": {"tables": {"volume:voice": {"interval": "1h", "start": 0, "rows": [[1]]}}}},
            {"what": {"tables": {"other:voice": {"interval": 1800, "start": 0, "rows": [[1]]}}}},
            {"narrow": 0},
            {"lang": "../fr"},
            {"format": "exe"},
            {"names": ["a"]},
            {"replications": 10**9},
        ],
    )
    def test_what_no_page_sends_is_refused_with_its_place(self, server: Server, given: dict[str, Any]) -> None:
        answer = ask(server, "POST", "/answer", plan(**given))
        assert answer.status == 400
        assert ":" in answer.text

    def test_no_field_of_the_client_opens_a_file(self, server: Server) -> None:
        table = {"interval": 1800, "start": 0, "rows": [["pyproject.toml"]]}
        (message,) = ask(server, "POST", "/answer", plan(what={"tables": {"volume:voice": table}})).messages
        assert message["problems"][0]["message"].startswith("must be a number, got 'pyproject.toml'")


class TestThePage:
    def test_its_policy_allows_its_own_files_and_nothing_else(self, server: Server) -> None:
        policy = ask(server, "GET", "/").headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    @pytest.mark.parametrize("lang", ["en", "fr", "../etc"])
    def test_a_scenarios_name_is_text_and_never_markup(self, server: Server, lang: str) -> None:
        answer = ask(server, "GET", f"/?lang={lang}")
        assert answer.status == 200
        assert "<img" not in answer.text
        assert "&lt;/script&gt;&lt;img" in answer.text

    def test_its_files_are_what_they_say(self, server: Server) -> None:
        assert ask(server, "GET", "/actions.js").headers["content-type"].startswith("text/javascript")
        assert ask(server, "GET", "/report.css").headers["x-content-type-options"] == "nosniff"


class TestAnswers:
    def test_figures_come_with_intervals_and_replications_and_end_when_precise(self, server: Server) -> None:
        messages = ask(server, "POST", "/answer", plan()).messages
        figures = [one for one in messages if one["kind"] == "figures"]
        assert [one["replications"] for one in figures] == [2, 4, 6, 10, 15]
        assert [one["is_last"] for one in figures] == [False, False, False, False, True]
        assert "±" in figures[0]["html"]["targets"]
        assert [one["replications"] for one in messages if one["kind"] == "day"] == [4, 15]

    def test_equal_plans_have_equal_answers_however_they_were_reached(self) -> None:
        dial = {"what": {"dials": {"volume:voice": "150%"}}}
        with served(small()) as one, served(small()) as other:
            first = ask(one, "POST", "/answer", plan(**dial)).messages
            ask(other, "POST", "/answer", plan())
            second = ask(other, "POST", "/answer", plan(**dial)).messages
        assert [m["html"] for m in first if m["kind"] == "figures"] == [m["html"] for m in second if m["kind"] == "figures"]

    def test_a_plan_that_was_seen_before_is_shown_at_its_last_stage_at_once(self, server: Server) -> None:
        given = plan(what={"dials": {"volume:chat": "90%"}})
        ask(server, "POST", "/answer", given)
        again = [one for one in ask(server, "POST", "/answer", given).messages if one["kind"] == "figures"]
        assert [one["replications"] for one in again] == [15]

    def test_the_baseline_meets_the_same_customers(self, server: Server) -> None:
        given = plan(what={"dials": {"volume:voice": "120%"}}, baseline={"dials": {}}, names=["before", "after <b>"])
        figures = [one for one in ask(server, "POST", "/answer", given).messages if one["kind"] == "figures"]
        html = figures[-1]["html"]["comparison"]
        assert "Paired on the same customers in 15 replications" in html
        assert "after &lt;b&gt;" in html

    def test_mistakes_are_told_at_their_controls(self, server: Server) -> None:
        (message,) = ask(server, "POST", "/answer", plan(what={"dials": {"contains:helper": "145%"}})).messages
        assert message["problems"] == [{"at": "contains:helper", "message": "must be between 0% and 100%, got '145%'"}]

    def test_a_later_question_of_the_same_page_ends_the_earlier_one(self, server: Server) -> None:
        number = server.desk.begin("same")
        assert server.desk.is_latest("same", number)
        server.desk.begin("same")
        assert not server.desk.is_latest("same", number)

    def test_french_is_french(self, server: Server) -> None:
        figures = [one for one in ask(server, "POST", "/answer", plan(lang="fr")).messages if one["kind"] == "figures"]
        assert "réplications" in figures[-1]["html"]["answer"]

    def test_a_scenario_without_targets_has_an_answer_too(self) -> None:
        with served(small(targets={})) as server:
            figures = [one for one in ask(server, "POST", "/answer", plan()).messages if one["kind"] == "figures"]
        assert "Service level" in figures[-1]["headline"]
        assert figures[-1]["html"]["targets"] == ""


class TestTables:
    def test_a_paste_becomes_the_pages_table(self, server: Server) -> None:
        (message,) = ask(server, "POST", "/table", {"text": "From\tphone\n08:00\t5\n09:00\t6\n"}).messages
        assert message["tables"]["staff:phone"]["rows"] == [[5, 6]]
        assert message["tables"]["staff:phone"]["clock"] == ["08:00", "09:00"]

    def test_a_file_too_and_its_mistakes_are_named_by_cell(self, server: Server) -> None:
        content = base64.b64encode(b"De;voice\n8h;12,5\n8h30;x\n").decode()
        (message,) = ask(server, "POST", "/table", {"base64": content, "name": "v.csv"}).messages
        assert message["kind"] == "problems"
        assert "got 'x'" in message["problems"][0]["message"]

    @pytest.mark.parametrize("body", [{}, {"base64": "***"}, {"text": 1}])
    def test_what_is_no_upload_is_refused(self, server: Server, body: dict[str, Any]) -> None:
        assert ask(server, "POST", "/table", body).status == 400


class TestFiles:
    def test_a_saved_scenario_holds_the_changes_and_loads_again(self, server: Server) -> None:
        given = plan(what={"dials": {"contains:helper": "45%"}}, format="yaml")
        answer = ask(server, "POST", "/file", given)
        assert 'filename="script-img-src-x-onerror-alert-1.yaml"' in answer.headers["content-disposition"]
        assert loads(answer.text).spec.bots["helper"].contains == 0.45

    @pytest.mark.parametrize(
        ("format_", "begins"), [("csv", "kpi,"), ("xlsx", "PK"), ("plan", "PK"), ("html", "<!doctype html>")]
    )
    def test_the_other_files_are_what_they_are_called(self, server: Server, format_: str, begins: str) -> None:
        answer = ask(server, "POST", "/file", plan(format=format_, replications=2))
        assert answer.status == 200
        assert answer.text.startswith(begins)

    def test_a_plan_with_mistakes_has_no_file(self, server: Server) -> None:
        answer = ask(server, "POST", "/file", plan(what={"dials": {"contains:helper": "145%"}}))
        assert answer.status == 400
        assert "145%" in answer.text


class TestStaff:
    def test_it_tells_how_far_it_is_and_gives_tables_to_accept(self) -> None:
        with served(small(targets={"voice": {"service_level": "60% in 1m"}})) as server:
            messages = ask(server, "POST", "/staff", plan()).messages
        assert messages[0]["kind"] == "progress"
        assert messages[-1]["kind"] == "plan"
        assert set(messages[-1]["tables"]) == {"staff:phone", "staff:web"}
        assert messages[-1]["tables"]["staff:phone"]["on_queue"]

    def test_without_a_goal_it_says_what_to_do(self) -> None:
        with served(small(targets={})) as server:
            (message,) = ask(server, "POST", "/staff", plan()).messages
        assert "Set a goal first" in message["problems"][0]["message"]


def test_a_module_that_another_thread_imports_just_now_is_not_loaded_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("simkpi.experiment.tally_loops", "simkpi.engine.compiled.kernel"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    assert not tally.is_loaded()
    assert not is_compiled_loaded()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in shipped_names() if not name.startswith("sweeps/")])
def test_every_shipped_scenario_has_a_page_and_an_answer(name: str) -> None:
    scenario = load(shipped(name))
    with served(scenario) as server:
        assert ask(server, "GET", "/").status == 200
        dial = dials_of(scenario)[0]
        what = {"dials": {dial.name: dial.number.show(dial.steps[-1])}}
        desk, wanted = server.desk, read_wanted(plan(what=what, baseline={}))
        first = next(answers(desk, wanted, lambda: True))
    assert first["kind"] == "figures"
    assert first["replications"] == 2
