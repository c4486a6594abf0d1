"""Most scenarios use few of the model's features: for them there is a second loop, compiled without the others.

It is the same text. What a feature that is off would read is known, so that LLVM leaves out the questions and what comes after.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from simkpi.engine.ppm import PPM

#: Fields of the state's record that the demand or the plan decides, as they are in plain scenarios.
STATE = {
    "has_background": 0, "has_balk_above": 0, "has_bot_terms": 0, "has_chains": 0, "has_chase": 0, "has_chats": 0,
    "has_hand_back": 0, "has_last_agent": 0, "has_least_skill": 0, "has_lives": 0, "has_noticed": 0, "has_quiet": 0,
    "announces": 0, "shortens": 0, "n_invitations": 0, "n_lines": 0, "n_words": 1,
}  # fmt: skip
#: Columns of the plan's tables, all of whose rows are alike in plain scenarios.
TABLES = {
    "types": {"deferred": 0, "n_paces": 0, "one_per_load": 1, "pick": 0},
    "teams": {"has_timetables": 0, "hands_back": 0, "keeps": 0},
    "wants": {"background": 0, "reserves_from": 0, "reserves_to": 0, "speed": PPM},
}
_RECORDS = {"types": "ContactType", "teams": "Team", "wants": "Choice"}
#: What the plain loop knows: numbers by field of a record.
KNOWN = {f"State.{field}": number for field, number in STATE.items()} | {
    f"{_RECORDS[table]}.{field}": number for table, fields in TABLES.items() for field, number in fields.items()
}


def has_plain_tables(tables: dict[str, NDArray[Any]]) -> bool:
    """Whether the rows of a plan's tables are all as the plain loop takes them to be."""
    return all(bool((tables[name][field] == number).all()) for name, fields in TABLES.items() for field, number in fields.items())


def has_plain_state(fields: dict[str, int]) -> bool:
    """Whether the numbers of a replication are as the plain loop takes them to be."""
    return all(fields.get(field, 0) == number for field, number in STATE.items())
