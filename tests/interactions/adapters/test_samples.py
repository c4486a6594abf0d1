"""Each source's sample, read and compared with what its records say, row by row."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from simkpi.errors import LogError
from simkpi.interactions.files import read_log
from simkpi.interactions.sources import sources
from simkpi.interactions.table import Log
from simkpi.interactions.zones import as_wall_clock

SAMPLES = Path(__file__).resolve().parents[2] / "corpus" / "logs"


def at(text: str, day: str = "2026-01-05") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{text}")


def row(log: Log, contact_id: str) -> dict[str, object]:
    found = log.interactions.lazy().collect().filter(contact_id=contact_id)
    assert found.height == 1
    return found.row(0, named=True)


def has(got: dict[str, object], **wanted: object) -> None:
    assert {name: got[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("amazon_connect.jsonl", "amazon-connect"),
        ("genesys_cloud.json", "genesys-cloud"),
        ("zendesk.json", "zendesk"),
        ("intercom.json", "intercom"),
        ("messages.csv", "messages"),
    ],
)
def test_a_sample_is_recognised_by_its_fields_and_no_row_is_set_aside(file: str, source: str) -> None:
    log = read_log(SAMPLES / file)
    assert log.source == source
    assert log.rejects is None
    assert read_log(SAMPLES / file, source).interactions.lazy().collect().equals(log.interactions.lazy().collect())


class TestAmazonConnect:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(SAMPLES / "amazon_connect.jsonl", "connect")

    def test_the_latest_copy_of_a_record_counts(self, log: Log) -> None:
        assert "1 older copies of records left out" in log.notes
        got = row(log, "a1")
        has(
            got,
            outcome="answered",
            queued_at=at("08:00:30"),
            answered_at=at("08:01:10"),
            ended_at=at("08:06:00"),
            wrapped_at=at("08:06:45"),
        )
        has(got, talk_time=270.0, hold_time=20.0, wrap_time=45.0, agent_id="ada", team="Voice", queue="Orders", n_transfers=1)
        has(got, bot_started_at=at("08:00:00"), bot_ended_at=at("08:00:30"), bot_outcome="handed_off", customer_id="+33100000001")

    def test_queued_but_never_connected_is_abandoned_and_a_transfer_shares_the_case(self, log: Log) -> None:
        has(row(log, "a2"), outcome="abandoned", case_id="a1", origin="transfer", answered_at=None, bot_started_at=None)

    def test_never_queued_is_contained_by_the_flow_and_unfinished_is_open(self, log: Log) -> None:
        has(row(log, "a3"), outcome="contained", bot_outcome="contained", n_messages=4, n_customer_messages=2, channel="chat")
        has(row(log, "a4"), outcome="open", ended_at=None, bot_outcome="handed_off")

    def test_a_time_zone_turns_utc_into_its_wall_clock_summer_and_winter(self) -> None:
        log = read_log(SAMPLES / "amazon_connect.jsonl", timezone="Europe/Paris")
        assert row(log, "a1")["arrived_at"].replace(tzinfo=None) == at("09:00:00")
        assert row(log, "a3")["arrived_at"].replace(tzinfo=None) == at("10:00:00", "2026-07-05")

    def test_a_flat_table_with_the_same_names_gives_the_same_contacts(self, tmp_path: Path, log: Log) -> None:
        from simkpi.interactions.json_files import read_json

        read_json(SAMPLES / "amazon_connect.jsonl").write_csv(tmp_path / "flat.csv")
        assert read_log(tmp_path / "flat.csv").interactions.equals(log.interactions)


class TestGenesysCloud:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(SAMPLES / "genesys_cloud.json")

    def test_segments_become_moments_and_sums(self, log: Log) -> None:
        got = row(log, "g1")
        has(got, outcome="answered", bot_ended_at=at("08:00:20"), queued_at=at("08:00:20"), offered_at=at("08:00:55"))
        has(got, answered_at=at("08:01:00"), ended_at=at("08:05:00"), wrapped_at=at("08:05:30"))
        has(got, talk_time=210.0, hold_time=30.0, wrap_time=30.0, n_transfers=1, contact_type="refund", agent_id="u-ada", nps=9.0)

    def test_outcomes_follow_from_who_took_part(self, log: Log) -> None:
        has(row(log, "g2"), outcome="abandoned", channel="chat", queue="q-chat", bot_outcome=None)
        has(row(log, "g3"), outcome="contained", channel="messaging", bot_outcome="contained", queued_at=None)
        has(row(log, "g4"), outcome="answered", origin="proactive", ended_at=None)

    def test_legs_are_the_stays_with_bot_queue_and_agent(self, log: Log) -> None:
        assert log.legs is not None
        legs = log.legs.lazy().collect().filter(contact_id="g1")
        assert legs["kind"].to_list() == ["bot", "queue", "agent", "agent", "agent", "wrap"]
        assert legs["place"].to_list() == ["Welcome", "q-orders", "u-ada", "u-ada", "u-ada", "u-ada"]


class TestZendesk:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(SAMPLES / "zendesk.json")

    def test_the_first_reply_is_creation_plus_reply_time(self, log: Log) -> None:
        got = row(log, "1")
        has(
            got,
            first_reply_at=at("09:35:00"),
            resolved_at=at("10:00:00", "2026-01-06"),
            is_resolved=True,
            n_transfers=2,
            n_reopens=1,
        )
        has(got, tags=["refund", "vip"], on_hold_time=1800.0, channel="email", outcome="answered")
        has(row(log, "3"), first_reply_at=at("09:30:45"))

    def test_open_tickets_are_open_and_deleted_ones_left_out(self, log: Log) -> None:
        has(row(log, "2"), outcome="open", first_reply_at=None, ended_at=None, is_resolved=False, channel="ticket")
        assert log.interactions.lazy().collect().height == 3
        assert "1 deleted tickets left out" in log.notes

    def test_the_time_until_the_solution_is_no_handling_time(self, log: Log) -> None:
        has(row(log, "1"), talk_time=None, work_time=None)
        has(row(read_log(SAMPLES / "intercom.json"), "11"), talk_time=None, work_time=400.0)

    def test_good_and_bad_ratings_become_survey_answers(self, log: Log) -> None:
        assert log.surveys is not None
        assert log.surveys.lazy().collect().select("contact_id", "score", "scale_high").rows() == [
            ("1", 1.0, 1.0),
            ("3", 0.0, 1.0),
        ]

    def test_metrics_inside_the_ticket_give_the_same(self, tmp_path: Path, log: Log) -> None:
        page = json.loads((SAMPLES / "zendesk.json").read_text())
        metrics = {one["ticket_id"]: one for one in page["metric_sets"]}
        tickets = [{**ticket, "metric_set": {**metrics.get(ticket["id"], {}), "id": 9}} for ticket in page["tickets"]]
        (tmp_path / "inside.json").write_text(json.dumps({"tickets": tickets}))
        assert read_log(tmp_path / "inside.json").interactions.lazy().collect().equals(log.interactions.lazy().collect())


class TestIntercom:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(SAMPLES / "intercom.json")

    def test_a_handed_off_conversation_has_a_bot_part_and_an_agent_part(self, log: Log) -> None:
        got = row(log, "11")
        has(got, bot_started_at=at("08:00:00"), bot_ended_at=at("08:01:00"), bot_outcome="handed_off", queued_at=at("08:01:00"))
        has(
            got,
            first_reply_at=at("08:01:30"),
            ended_at=at("09:00:00"),
            work_time=400.0,
            csat=4.0,
            tags=["refund"],
            customer_id="k1",
        )

    def test_contained_open_and_missed_conversations(self, log: Log) -> None:
        has(row(log, "12"), outcome="contained", queued_at=None, bot_ended_at=at("08:03:20"), is_resolved=True)
        has(row(log, "13"), outcome="open", channel="email", ended_at=None)
        has(row(log, "14"), outcome="abandoned", origin="proactive", channel="messaging", is_resolved=False)


class TestMessages:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(SAMPLES / "messages.csv")

    def test_reply_times_run_from_the_first_unanswered_message(self, log: Log) -> None:
        got = row(log, "m1")
        has(
            got,
            first_reply_at=at("08:00:40"),
            reply_time=(40 + 60) / 2,
            n_messages=6,
            n_agent_messages=3,
            n_canned=1,
            n_transfers=1,
        )

    def test_who_never_got_an_answer_was_missed(self, log: Log) -> None:
        has(row(log, "m2"), outcome="abandoned", answered_at=None, ended_at=at("08:05:30"))
        has(row(log, "m5"), outcome="abandoned", origin="proactive")

    def test_a_bot_before_the_agent_hands_off_and_alone_contains(self, log: Log) -> None:
        has(row(log, "m3"), outcome="answered", bot_outcome="handed_off", queued_at=at("08:10:25"), answered_at=at("08:11:00"))
        has(row(log, "m4"), outcome="contained", bot_outcome="contained", queued_at=None)

    def test_an_agent_who_writes_to_nobody_answered_at_once(self, log: Log) -> None:
        has(row(log, "m6"), outcome="answered", answered_at=at("08:40:00"), first_reply_at=None)

    def test_unreadable_messages_are_set_aside(self, tmp_path: Path) -> None:
        text = (SAMPLES / "messages.csv").read_text().replace("m2,2026-01-05T08:05:30,customer", "m2,2026-01-05T08:05:30,alien")
        (tmp_path / "bad.csv").write_text(text)
        log = read_log(tmp_path / "bad.csv")
        assert log.rejects is not None
        assert log.rejects.select("table", "row").rows() == [("messages", 8)]


def test_adding_a_source_means_adding_one_module() -> None:
    folder = Path(__file__).resolve().parents[3] / "simkpi" / "interactions" / "adapters"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {source.read.__module__.rpartition(".")[2] for _, source in sources().items()} == modules


def test_generic_without_a_mapping_says_what_to_do() -> None:
    with pytest.raises(LogError, match="simkpi log inspect"):
        read_log(SAMPLES / "phone_export.csv", "generic")


def test_a_file_of_nobody_is_refused_with_a_hint() -> None:
    with pytest.raises(LogError, match="simkpi log inspect"):
        read_log(SAMPLES / "phone_export.csv")


def test_the_sample_mapping_reads_the_phone_export() -> None:
    log = as_wall_clock(read_log(SAMPLES / "phone_export.csv", mapping=SAMPLES / "phone_mapping.yaml")).collect()
    has(
        row(log, "0001"),
        talk_time=210.0,
        answered_at=at("08:00:12.500"),
        ended_at=at("08:05:00"),
        outcome="answered",
        channel="voice",
    )
    has(row(log, "0002"), answered_at=None, outcome="abandoned", Typ="Kunde")
    has(row(log, "0003"), talk_time=120.0, outcome="answered")
    has(row(log, "0006"), outcome="open")
    assert "1 rows left out because of Typ" in log.notes
    assert log.rejects is not None
    assert log.rejects.select("row", "reason").rows() == [(5, "talk_time must be a duration such as 90 or 4m30s, got 'bald'")]
    assert log.interactions.lazy().collect().schema["arrived_at"] == pl.Datetime("ms")
