"""What the page's requests share: the scenario as it was opened, the figures at hand, the engine, and who asked last."""

from __future__ import annotations

import threading
from collections import OrderedDict

from simkpi.engine.run import engine_for, is_compiled_loaded
from simkpi.experiment.growing import STAGES, Growing
from simkpi.experiment.replicate import expected_contacts
from simkpi.planning.what_if import WhatIf, changed
from simkpi.scenario.resolve import Scenario

#: Variants whose figures are kept: going back to one shows it at once.
KEPT = 24
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
        self._warming: threading.Thread | None = None

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
        fresh = Growing(scenario)
        key = fresh.subject.digest, repr((fresh.subject.scoring, scenario.spec.targets))
        with self._lock:
            found = self._known.setdefault(key, fresh)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def engine(self, scenario: Scenario) -> str:
        """Return the engine for a variant: the compiled one where that pays and once it is loaded, which begins here."""
        wanted = engine_for(scenario, expected_contacts(scenario) * STAGES[-1])
        if wanted == "compiled" and not is_compiled_loaded():
            self._warm()
            return "reference"
        return wanted

    def _warm(self) -> None:
        with self._lock:
            if self._warming is None:
                self._warming = threading.Thread(target=_load_compiled, daemon=True, name="simkpi-warm-up")
                self._warming.start()

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


def _load_compiled() -> None:
    from simkpi.engine.compiled.kernel import kernel

    kernel()
