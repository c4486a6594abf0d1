"""What the page's requests share: the scenario as it was opened, the figures at hand, the engine, and who asked last."""

from __future__ import annotations

import contextlib
import importlib
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from simkpi.errors import SimkpiError
from simkpi.planning.what_if import WhatIf, changed
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:  # what simulates is loaded while the browser opens (see Desk.prepare)
    from simkpi.experiment.growing import Growing

#: Variants whose figures are kept: going back to one shows it at once.
KEPT = 24
#: Expected contacts of a replication below which the reference engine answers as fast as anybody looks.
WORTH_COMPILED = 2_500
#: Above this, waiting for the compiled engine is sooner over than the first answer of the reference engine.
WORTH_WAITING = 30_000
#: Pages that are told apart.
_MOST_PAGES = 64


class Desk:
    """One scenario on the table, and everything that was worked out about its variants.

    Parameters
    ----------
    scenario : Scenario
        As it was opened.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._known: OrderedDict[tuple[str, str], Growing] = OrderedDict()
        self._asked: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()
        self._warming = 0  # 1: the compiled sums, 2: the engine too
        self._is_idle = threading.Event()
        self._is_idle.set()

    def prepare(self) -> None:
        """Begin to load what answers, and to simulate the first days of the scenario as it is: the page asks for them first."""
        self._is_idle.clear()
        threading.Thread(target=self._prepare, daemon=True, name="simkpi-prepare").start()

    def _prepare(self) -> None:
        try:
            importlib.import_module("simkpi.serve.answer")
            from simkpi.experiment.growing import grow

            with contextlib.suppress(SimkpiError):  # told when the page asks
                grow([self.growing(self.scenario)], 1, self.engine(self.scenario))
        finally:
            self._is_idle.set()

    def wait(self, check: Callable[[], None]) -> None:
        """Wait until everything is prepared, which is sooner over than the same twice at once; *check* may end it."""
        while not self._is_idle.wait(timeout=0.5):
            check()

    def variant(self, what: WhatIf) -> Scenario:
        """Return the scenario with changes.

        Raises
        ------
        ScenarioError
            With every mistake, by the control at which it was made.
        """
        return changed(self.scenario, what)

    def growing(self, scenario: Scenario) -> Growing:
        """Return the figures of a variant, those at hand if it was asked for before."""
        from simkpi.experiment.growing import Growing

        fresh = Growing(scenario)
        key = fresh.subject.digest, repr((fresh.subject.scoring, scenario.spec.targets))
        with self._lock:
            found = self._known.setdefault(key, fresh)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def engine(self, scenario: Scenario) -> str:
        """Return the engine for a variant: the compiled one where that pays and once it is loaded, else the reference engine."""
        from simkpi.engine.run import is_compiled_loaded

        is_worth = self._is_worth(scenario, 1.0 if is_compiled_loaded() else WORTH_WAITING / WORTH_COMPILED)
        return "compiled" if is_worth else "reference"

    def warm_up(self, scenario: Scenario) -> None:
        """Begin to load what is compiled, as far as it pays: asked once an answer is shown, which it would only delay."""
        is_worth = self._is_worth(scenario)
        with self._lock:
            if self._warming < 1 + is_worth:
                self._warming = 1 + is_worth
                threading.Thread(target=_load_compiled, args=(is_worth,), daemon=True, name="simkpi-warm-up").start()

    def _is_worth(self, scenario: Scenario, factor: float = 1.0) -> bool:
        from simkpi.engine.run import why_not_compiled
        from simkpi.experiment.replicate import expected_contacts

        return expected_contacts(scenario) >= factor * WORTH_COMPILED and not why_not_compiled(scenario)

    def begin(self, page: str) -> int:
        """Note that a page asks; what it asked before is no longer wanted."""
        with self._lock:
            number = self._asked.pop(page, 0) + 1
            self._asked[page] = number
            while len(self._asked) > _MOST_PAGES:
                self._asked.popitem(last=False)
        return number

    def is_latest(self, page: str, number: int) -> bool:
        """Whether the page has asked nothing since."""
        return self._asked.get(page) == number


def _load_compiled(is_engine: bool) -> None:
    """Load the compiled sums, and the engine; what has to be compiled is so in a process of its own, or pages would wait."""
    from simkpi.engine.run import needs_compiling
    from simkpi.experiment.tally_loops import is_kept, loops

    if (is_engine and needs_compiling()) or not is_kept():
        command = [sys.executable, "-m", "simkpi", "warm-up"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    loops()
    if is_engine:
        from simkpi.engine.compiled.kernel import kernel

        kernel()
