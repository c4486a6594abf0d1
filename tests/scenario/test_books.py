"""Planners' workbooks: read as scenarios, written from them, and every mistake in them named by its cell."""

import copy
import datetime as dt
import zipfile

import pytest
import xlsxwriter

from simkpi.errors import OutputError, ScenarioError
from simkpi.experiment.verdicts import check_targets
from simkpi.scenario.books.write import write_plan
from simkpi.scenario.dump import digest
from simkpi.scenario.files import load, loads, shipped
from simkpi.workbooks import is_book, open_book

PLAN = {
    "Settings": [
        ["Setting", "Value"],
        ["First day", dt.date(2026, 1, 5)],
        *[[day, "08:00-10:00"] for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")],
        ["Forecast interval", "30m"],
        ["Replications", 5],
    ],
    "Contacts": [["Contact type", "Channel", "Talk time (s)", "Talk variation", "Patience"], ["voice", "voice", 290, 0.8, "3m"]],
    "Forecast": [
        ["Day", "From", "voice"],
        *[[None, dt.time(hour, minute), 10] for hour in (8, 9) for minute in (0, 30)],
    ],
    "Teams": [["Team", "Serves"], ["phone", "voice"]],
    "Staff": [["From", "phone"], ["08:00", 3], ["09:00", 4]],
    "Targets": [["For", "KPI", "Goal"], ["voice", "service_level", "80% in 20s"]],
    "Other fields": [["Field", "Value"], ["contacts.voice.resolved", "82%"]],
}
FRENCH = {
    "Réglages": [
        ["Réglage", "Valeur", "Remarque"],
        ["Premier jour", "05/01/2026", ""],
        *[[day, "8h-10h"] for day in ("Lundi", "MARDI", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")],
        ["Pas de la prévision", "30 min"],
        ["réplications", 5],
    ],
    "Demandes": [
        ["Type de contact", "Canal", "Temps de conversation (min)", "Variation conversation", "Patience"],
        ["voice", "Téléphone", "4,8333333", "80 %", "3 min"],
    ],
    "Prévision": [["Jour", "De", "voice"], ["", "8h", "10,0"], ["", "8h30", 10], ["", "9h-9h30", 10], ["", "9:30", 10]],
    "Équipes": [["Équipe", "Compétences"], ["phone", "voix"]],
    "Effectifs": [["De", "phone"], ["8h", 3], ["9h", 4]],
    "Objectifs": [["Pour", "Indicateur", "Objectif"], ["voice", "niveau de service", "80 % en 20 s"]],
    "Autres champs": [["Champ", "Valeur"], ["contacts.voice.resolved", 0.82]],
}


@pytest.fixture
def plan():
    return copy.deepcopy(PLAN)


@pytest.fixture
def saved(tmp_path):
    def save(sheets, name="plan.xlsx"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            day, time = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm"})
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for number, row in enumerate(rows):
                    for column, value in enumerate(row):
                        form = day if isinstance(value, dt.date) else time if isinstance(value, dt.time) else None
                        sheet.write(number, column, value, form)
        return path

    return save


@pytest.fixture
def complaints(saved):
    def read(sheets):
        path = saved(sheets)
        with pytest.raises(ScenarioError) as caught:
            load(path)
        return [str(problem).replace(f"{path}:", "") for problem in caught.value.problems]

    return read


class TestReading:
    def test_a_filled_in_workbook_is_a_scenario(self, plan, saved):
        spec = load(saved(plan)).spec
        assert spec.contacts["voice"].volume.expected == ((10, 10, 10, 10),)
        assert spec.contacts["voice"].volume.start == 8 * 3600
        assert spec.contacts["voice"].handle.talk.lognormal.mean == 290
        assert spec.contacts["voice"].patience.law.exponential.mean == 180
        assert spec.contacts["voice"].resolved == 0.82
        assert spec.teams["phone"].staffing.count == ((3, 4),)
        assert spec.teams["phone"].staffing.interval == 3600
        assert spec.targets["voice"]["service_level"].within == 20
        assert spec.run.replications == 5

    def test_french_words_and_decimal_commas_mean_the_same(self, plan, saved):
        french, english = load(saved(FRENCH)).spec, load(saved(plan, "b.xlsx")).spec
        assert french.contacts == english.contacts
        assert french.teams == english.teams
        assert french.calendar == english.calendar
        assert french.run == english.run
        assert list(french.targets["voice"].values()) == list(english.targets["voice"].values())

    def test_french_names_of_kpis_are_known(self, saved):
        check_targets(load(saved(FRENCH)))

    def test_the_same_bytes_are_read_from_standard_input(self, plan, saved):
        path = saved(plan)
        assert digest(loads(path.read_bytes(), file="<stdin>")) == digest(load(path))

    def test_rows_may_name_weekdays_and_begin_later_on_some(self, plan, saved):
        rows = [["mon-fri", "08:00", 10], ["mon-fri", "08:30", 12], ["sam", "08:30", 7]]
        plan["Forecast"] = [["Day", "From", "voice"], *rows]
        plan["Settings"] += [["Days", 6]]
        expected = load(saved(plan)).spec.contacts["voice"].volume.expected
        assert expected[0] == (10, 12)
        assert expected[5] == (0, 7)

    def test_rows_may_name_the_dates_of_the_plan(self, plan, saved):
        days = (dt.date(2026, 1, 5), dt.date(2026, 1, 6))
        plan["Forecast"] = [["Day", "From", "voice"], *[[day, dt.time(8), 4 + n] for n, day in enumerate(days)]]
        plan["Settings"] += [["Days", 2]]
        assert load(saved(plan)).spec.contacts["voice"].volume.expected == ((4,), (5,))

    def test_dates_that_the_plan_lacks_or_misses_are_named(self, plan, complaints):
        days = (dt.date(2026, 1, 5), dt.date(2026, 1, 9))
        plan["Forecast"] = [["Day", "From", "voice"], *[[day, dt.time(8), 4] for day in days]]
        plan["Settings"] += [["Days", 2]]
        first, second = complaints(plan)
        assert first == "Forecast!A3: is not a day of the plan, which goes from 2026-01-05 to 2026-01-06, got 2026-01-09"
        assert second == "Forecast!A3: is the last of the rows, but the plan has more days: 2026-01-06"

    def test_skills_say_how_many_at_once(self, plan, saved):
        plan["Contacts"].append(["chat", "chat", 500, None, None])
        plan["Forecast"] = [[*row, "chat" if row[0] == "Day" else 5] for row in plan["Forecast"]]
        plan["Teams"] = [["Team", "Serves"], ["phone", "Voice, chat x 4"]]
        skills = load(saved(plan)).spec.teams["phone"].skills
        assert {name: skill.at_once for name, skill in skills.items()} == {"voice": 1, "chat": 4}

    def test_a_time_format_is_a_duration(self, plan, saved):
        plan["Contacts"] = [["Contact type", "Channel", "AHT"], ["voice", "voice", dt.time(0, 4, 50)]]
        assert load(saved(plan)).spec.contacts["voice"].handle.talk.exponential.mean == 290

    def test_a_share_as_a_goal_is_a_share(self, plan, saved):
        plan["Targets"] = [["For", "KPI", "Goal"], ["all", "occupancy", 0.85]]
        target = load(saved(plan)).spec.targets["all"]["occupancy"]
        assert (target.value, target.unit) == (0.85, "fraction")

    def test_other_fields_win_over_the_sheets(self, plan, saved):
        plan["Other fields"] += [
            ["contacts.voice.patience", "never"],
            ["bots.helper", "{serves: [voice], contains: 20%, time: 1m}"],
        ]
        spec = load(saved(plan)).spec
        assert spec.contacts["voice"].patience.law is None
        assert spec.bots["helper"].contains == 0.2

    def test_a_planners_own_sheets_are_left_alone(self, plan, saved):
        plan["Scratch"] = [["=1+1"]]
        load(saved(plan))


class TestMistakes:
    """Each names the cell, what was got and what to write."""

    def test_all_are_told_at_once(self, plan, complaints):
        plan["Forecast"][1][2] = "ten"
        plan["Staff"][2][1] = -4
        plan["Targets"][1][2] = "often"
        plan["Contacts"][1][1] = "vioce"
        found = complaints(plan)
        cells = [line.split(":")[0] for line in found]
        assert cells == ["Contacts!B2", "Forecast!C2", "Staff!B3", "Targets!C2"]
        assert found[0].endswith("unknown channel 'vioce'; did you mean 'voice'?")
        assert found[1].endswith("must be a number, got 'ten'")
        assert found[2].endswith("must not be negative, got -4")

    def test_rows_of_another_interval(self, plan, complaints):
        quarters = [[None, dt.time(n // 4, n % 4 * 15), 5] for n in range(96)]
        plan["Forecast"] = [["Day", "From", "voice"], *quarters]
        assert complaints(plan)[0] == (
            "Forecast!B3: is 15m after the row above, but 'Forecast interval' in the sheet 'Settings' says 30m; "
            "change the rows or that setting"
        )

    def test_a_missing_row(self, plan, complaints):
        del plan["Staff"][2]
        plan["Staff"] += [["09:00", 3], ["11:00", 3]]
        (problem,) = complaints(plan)
        assert (
            problem == "Staff!A4: is 2h after the row above, but the rows before are 1h apart; write one row for every interval"
        )

    def test_missing_sheets_of_numbers(self, plan, complaints):
        del plan["Forecast"], plan["Staff"]
        assert complaints(plan) == [
            "Contacts!A2: contacts.voice.volume: there is no sheet 'Forecast' with a column 'voice'; "
            "write one row for every interval, e.g. 08:00, 08:30",
            "Teams!A2: teams.phone: there is no sheet 'Staff' with a column 'phone'; "
            "write one row for every interval, e.g. 08:00, 08:30",
        ]

    def test_a_workbook_that_is_no_plan(self, saved):
        with pytest.raises(ScenarioError, match=r"plan.xlsx: is no plan: it has Feuil1, but not Contacts and Teams; .*template"):
            load(saved({"Feuil1": [["a"]]}))

    def test_an_empty_workbook(self, saved):
        with pytest.raises(ScenarioError, match=r"plan.xlsx: is no plan: it has Sheet1"):
            load(saved({"Sheet1": []}))

    def test_sheets_of_a_plan_without_anything_in_them(self, complaints):
        found = complaints({"Contacts": [], "Teams": []})
        assert [line.split("; ")[0].strip() for line in found] == [
            "contacts: the sheet 'Contacts' is empty",
            "teams: the sheet 'Teams' is empty",
        ]

    def test_no_workbook_at_all(self, tmp_path):
        path = tmp_path / "plan.xlsx"
        path.write_text("simkpi: 1")
        with pytest.raises(ScenarioError, match=r"plan.xlsx: is not a workbook"):
            load(path)

    def test_a_broken_archive(self, tmp_path):
        path = tmp_path / "plan.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a", "b")
        assert is_book(path.read_bytes())
        with pytest.raises(ScenarioError, match=r"plan.xlsx: is not a workbook"):
            load(path)

    @pytest.mark.parametrize(
        ("sheet", "place", "value", "expected"),
        [
            ("Forecast", (0, 2), "voise", "C1: is not in the sheet 'Contacts', got 'voise'; did you mean 'voice'?"),
            ("Forecast", (2, 2), "", "C3: is empty; write 0 for none"),
            (
                "Forecast",
                (1, 1),
                "early",
                "B2: must be the time of day at which the interval begins, got 'early'; write e.g. 08:30",
            ),
            ("Forecast", (1, 0), "mondy", "A2: is no weekday, got 'mondy'; did you mean 'monday'?"),
            ("Contacts", (0, 4), "Patiense", "E1: unknown column 'Patiense'; did you mean 'Patience'?"),
            ("Contacts", (1, 2), "", "D2: has no talk time beside it; write that, or leave both empty"),
            ("Settings", (1, 0), "First dai", "A2: unknown setting 'First dai'; did you mean 'First day'?"),
            ("Settings", (1, 1), "05/01/2026", "B2: calendar.from: is ambiguous, got '05/01/2026'; write the date as 2026-04-03"),
            ("Settings", (9, 1), "0s", "B10: must be between a minute and a day, got '0s'; write e.g. 30m"),
            ("Staff", (1, 1), 2.5, "B2: teams.phone.staffing.count[0]: must be a whole number, got 2.5"),
            ("Teams", (1, 1), "fax", "B2: teams.phone.skills.fax: unknown contact type 'fax'; known: voice"),
            ("Other fields", (1, 0), "contact.voice", "A2: there is no field 'contact' in a scenario; did you mean 'contacts'?"),
            ("Other fields", (1, 1), "{a", "B2: is not readable as YAML at column 1"),
        ],
    )
    def test_one(self, plan, complaints, *, sheet, place, value, expected):
        plan[sheet][place[0]][place[1]] = value
        assert any(line.startswith(f"{sheet}!{expected}") for line in complaints(plan))

    def test_a_wrong_target_is_told_with_its_cell(self, plan, saved):
        plan["Targets"][1][1] = "servis_level"
        with pytest.raises(ScenarioError, match=r"plan.xlsx:Targets!C2: .*did you mean 'service_level'"):
            check_targets(load(saved(plan)))


class TestTemplate:
    @pytest.mark.parametrize("name", ["quickstart", "starters/week", "features/shifts", "features/csv_volume", "features/bot"])
    @pytest.mark.parametrize("lang", ["en", "fr"])
    def test_a_template_is_read_as_the_scenario_that_it_was_written_from(self, tmp_path, name, lang):
        scenario, path = load(shipped(name)), shipped(name).parent / "x.xlsx"
        target = tmp_path / "plan.xlsx"
        write_plan(scenario, target, lang=lang)
        again = loads(target.read_bytes(), file="plan.xlsx", folder=path.parent)
        assert digest(again) == digest(scenario)
        assert again.spec.locale == lang

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\")"])  # fmt: skip
    def test_text_is_never_written_as_a_formula(self, tmp_path, small, text):
        small["name"] = text
        small["contacts"][text] = {**small["contacts"]["voice"], "channel": "voice"}
        small["teams"]["phone"]["skills"].append(text)
        path = tmp_path / "plan.xlsx"
        write_plan(load(small), path)
        with zipfile.ZipFile(path) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
        assert len(sheets) == 8
        assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
        assert load(path).spec.name == text

    def test_the_same_scenario_gives_the_same_bytes(self, tmp_path, small):
        for name in ("a.xlsx", "b.xlsx"):
            write_plan(load(small), tmp_path / name)
        assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()

    def test_french_sheets_have_french_names(self, tmp_path, small):
        write_plan(load(small), tmp_path / "plan.xlsx", lang="fr")
        names = open_book(tmp_path / "plan.xlsx", ScenarioError).sheet_names
        assert names[:4] == ["À propos", "Réglages", "Demandes", "Prévision"]

    def test_what_no_cell_holds_is_refused_by_name(self, tmp_path, small):
        small["contacts"]["voice"]["handle"] = {"empirical": {"values": ["61s"] * 9000}}
        with pytest.raises(OutputError, match=r"contacts.voice.handle.talk: is too long for a cell"):
            write_plan(load(small), tmp_path / "plan.xlsx")
