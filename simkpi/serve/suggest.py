"""Staff for the goals on the page: the planning module's search, told step by step, and its answer as tables to accept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from simkpi.errors import InputError, SimkpiError
from simkpi.planning.day_tables import recommended_tables
from simkpi.planning.goals import Goal, goals_of
from simkpi.planning.staff_plan import StaffPlan
from simkpi.planning.staffing import staff
from simkpi.planning.what_if import GOAL_KPI
from simkpi.report.staff_table import guarantee
from simkpi.report.words import clean, say
from simkpi.scenario.resolve import Scenario
from simkpi.serve.answer import amount
from simkpi.serve.desk import Desk
from simkpi.serve.page import table_data
from simkpi.serve.problems import problems
from simkpi.serve.wanted import Wanted

Message = dict[str, Any]


class _Stopped(Exception):
    """Nobody waits for the answer any more."""


def suggestions(desk: Desk, wanted: Wanted, is_wanted: Callable[[], bool]) -> Iterator[Message]:
    """Yield how many replications were simulated so far, then the recommended staff or why there is none."""
    told: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def tell(done: int) -> None:
        if not is_wanted():
            raise _Stopped
        told.put({"kind": "progress", "done": done})

    def search() -> None:
        try:
            scenario = desk.variant(wanted.what)
            goals = wanted_goals(scenario, wanted.goals, wanted.lang)
            told.put(_plan(staff(scenario, goals=goals, progress=tell), wanted.lang))
        except _Stopped:
            pass
        except SimkpiError as error:
            told.put({"kind": "problems", "problems": problems(error, wanted.lang)})
        finally:
            told.put(None)

    threading.Thread(target=search, daemon=True, name="simkpi-staff").start()
    while (message := told.get()) is not None:
        yield message


def wanted_goals(scenario: Scenario, which: str, lang: str) -> tuple[Goal, ...]:
    """Goals of the scenario: all, or service levels only.

    Raises
    ------
    InputError
        If there are none.
    """
    goals = goals_of(scenario) if scenario.spec.targets else ()
    found = tuple(goal for goal in goals if which == "all" or goal.kpi == GOAL_KPI)
    if not found:
        raise InputError(say("Set a goal first, e.g. 80% in 20s: staff is suggested for goals.", lang))
    return found


def _plan(plan: StaffPlan, lang: str) -> Message:
    hours = {name: amount(plan.hours(name), lang) for name in ("recommended", "current")}
    words = "{n} agent-hours meet the goals; there are {now} now."
    tables = {table.name: table_data(table) for table in recommended_tables(plan)}
    lines = [say(words, lang, n=hours["recommended"], now=hours["current"]), clean(guarantee(plan, lang), 600)]
    return {"kind": "plan", "tables": tables, "lines": lines}
