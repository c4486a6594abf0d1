"""When it is worth while to draw by compiled code: it is not imported before, for that takes as long as many days."""

from __future__ import annotations

import sys

from simkpi.engine.compiled import cache

#: Contacts from which on compiling, about a second, costs less than NumPy's slower drawing of as many to come.
WORTH_COMPILING = 3_000_000
#: The same for loading Numba and what was compiled and kept before.
WORTH_LOADING = 1_000_000
#: Name of the compiled function.
_DRAWS = "draw_all"
_simulated, _is_asked = 0, False


def notice(contacts: int) -> None:
    """Hear of *contacts* simulated by this process: from a number of them on, draw by compiled code."""
    global _simulated, _is_asked  # noqa: PLW0603 - once per process
    _simulated += contacts
    if _is_asked or not _is_worth_while():
        return
    _is_asked = True
    from simkpi.engine.compiled.drawing import draw_compiled

    draw_compiled()


def _is_worth_while() -> bool:
    if _simulated >= WORTH_COMPILING:
        return True
    return (_simulated >= WORTH_LOADING or "numba" in sys.modules) and cache.is_filled(_DRAWS)
