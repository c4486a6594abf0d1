"""What the page says by itself, in the language of the page; its script gets the words that it needs and knows no others."""

from __future__ import annotations

from simkpi.report.words import numbers_in, say
from simkpi.scenario.books.words import shown_goal


def page_words(lang: str) -> dict[str, str]:
    """Words of the page as it is laid out."""
    return {
        "plan": say("Your plan", lang),
        "goals": say("Service level to reach", lang),
        "goal_hint": say("Such as 80% in 20s: the share answered within a time. Empty: no goal.", lang),
        "goal_example": numbers_in(shown_goal("80% in 20s", lang), lang),
        "day": say("Day in the tables", lang),
        "all_days": say("Same on every open day", lang),
        "bots": say("Bots", lang),
        "staff": say("Staff", lang),
        "reset": say("Back to the scenario", lang),
        "reset_one": say("Undo", lang),
        "volumes": say("Expected contacts, interval by interval", lang),
        "staff_table": say("Agents, interval by interval", lang),
        "fixed": say(
            "These agents have timetables: the table shows who is on queue. Suggested staff would take their place.", lang
        ),
        "time": say("From", lang),
        "agents": say("Agents", lang),
        "needed": say("By formula", lang),
        "expected": say("Contacts", lang),
        "fewer": say("One less all day", lang),
        "more": say("One more all day", lang),
        "suggest": say("Suggest staff", lang),
        "suggest_for": say("for", lang),
        "suggest_all": say("all goals", lang),
        "suggest_level": say("service levels only", lang),
        "suggest_note": say("Searches the fewest agents that a simulation shows to be enough. It takes some seconds.", lang),
        "accept": say("Put it into the plan", lang),
        "dismiss": say("Leave it", lang),
        "stop": say("Stop", lang),
        "import": say("Paste or open a table", lang),
        "import_note": say(
            "A column From with times, then a column for each contact type or team, as copied from a spreadsheet; "
            "or an XLSX or CSV file.",
            lang,
        ),
        "paste": say("Table", lang),
        "read": say("Take over", lang),
        "file": say("File (XLSX, CSV)", lang),
        "result": say("What happens", lang),
        "compare": say("Compare with", lang),
        "opened": say("the plan as opened", lang),
        "nothing": say("nothing", lang),
        "keep": say("Keep this plan", lang),
        "keep_name": say("Name of this plan", lang),
        "go_to": say("Go to", lang),
        "plans": say("Plans", lang),
        "comparison": say("Against the other plan", lang),
        "no_change": say("This plan is the same as the one it is compared with.", lang),
        "the_day": say("The day", lang),
        "show": say("Show", lang),
        "save": say("Save", lang),
        "save_yaml": say("Scenario (YAML)", lang),
        "save_csv": say("Figures (CSV)", lang),
        "save_xlsx": say("Results (XLSX)", lang),
        "save_plan": say("Plan to fill in (XLSX)", lang),
        "save_html": say("Report (HTML)", lang),
        "save_plans": say("All plans of this page (JSON)", lang),
        "plans_file": say("Open saved plans", lang),
        "part": say("Part of the plan", lang),
        "every_part": say("everything", lang),
        "precision": say("Precise enough at", lang),
        "language": say("Language", lang),
        "no_script": say("This page needs JavaScript.", lang),
        "first": say("Simulating the first days ...", lang),
        "local": say("Only this computer sees this page. Ctrl-C in the terminal ends it.", lang),
        "jump": say("To the answer", lang),
    }


def script_words(lang: str) -> dict[str, str]:
    """Words that the script fills in; those in braces are its own."""
    return {
        "busy": "{n} " + say("replications, getting surer ...", lang),
        "sure": "{n} " + say("replications: precise enough.", lang),
        "spent": "{n} " + say("replications, no more.", lang),
        "wrong": say("Something on the left can not be read; the figures are those of the plan before.", lang),
        "gone": say("The program has ended. Start it again: simkpi serve", lang),
        "failed": say("That did not work.", lang),
        "searching": say("Searching: {n} simulated days so far", lang, n="{n}"),
        "wait": say("Writing the file ...", lang),
        "written": say("Saved.", lang),
        "taken": say("Taken over:", lang),
        "large": say(
            "{name} is too large (6 MB at most): save the sheet with the intervals by itself, as CSV.", lang, name="{name}"
        ),
        "no_plans": say("That file holds no plans of this page.", lang),
        "plans_read": say("{n} plans opened.", lang, n="{n}"),
        "left_out": say("{n} settings were left out: this scenario has no such control.", lang, n="{n}"),
        "plan": say("Plan", lang),
        "opened": say("the plan as opened", lang),
        "this": say("This plan", lang),
        "decimal": "," if lang == "fr" else ".",
    }
