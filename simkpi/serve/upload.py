"""A table that somebody pasted or sent, as the page's own tables: days laid out by the scenario's calendar."""

from __future__ import annotations

from typing import Any

from simkpi.errors import SimkpiError
from simkpi.planning.day_tables import day_tables, table_changes
from simkpi.planning.what_if import WhatIf
from simkpi.scenario.books.paste import read_intervals
from simkpi.scenario.files import override
from simkpi.serve.desk import Desk
from simkpi.serve.page import table_data
from simkpi.serve.problems import problems
from simkpi.serve.wanted import Upload


def uploaded(desk: Desk, upload: Upload) -> dict[str, Any]:
    """Return the tables that a paste or file holds, or what is wrong with it."""
    try:
        scenario = desk.variant(WhatIf(tables=upload.what.tables))
        spec = scenario.spec
        calendar = (spec.calendar.start.isoformat(), spec.calendar.days)
        found = read_intervals(upload.data, contacts=list(spec.contacts), teams=list(spec.teams), calendar=calendar)
        paths = {table.path: table for table in day_tables(scenario)}
        changes: dict[str, Any] = {}
        for path, block in found.items():
            kept = table_changes(scenario, paths[path]).get(path, {})
            beside = {key: value for key, value in kept.items() if key not in ("interval", "from", "expected", "count")}
            changes[path] = {**beside, **block}
        laid = {table.name: table for table in day_tables(override(scenario, changes)) if table.path in found}
    except SimkpiError as error:
        return {"kind": "problems", "problems": problems(error, upload.lang)}
    return {"kind": "tables", "tables": {name: table_data(table) for name, table in laid.items()}}
