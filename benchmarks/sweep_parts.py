"""Where the CPU time of the benchmark sweep (B3) goes: the public command in this process, its steps timed one inside the other.

Run: ``python -m benchmarks.sweep_parts SCENARIOS REPLICATIONS``; one thread, figures as JSON on standard output.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks.sweep import command

#: Part -> functions whose time is its own, without that of the parts that they call.
PARTS = {
    "drawing": ("simkpi.experiment.compute:draw",),
    "event loop and KPIs by interval": ("simkpi.experiment.tally_runs:_simulate",),
    "into and out of it": (
        "simkpi.experiment.compute:in_turn",
        "simkpi.experiment.tally_runs:TallyRuns.add",
        "simkpi.experiment.tally:Tally.of",
        "simkpi.experiment.compute:plan_of",
    ),
    "cells written down": ("simkpi.experiment.compute:columns", "simkpi.experiment.compute:write"),
    "cells stored": ("simkpi.experiment.store:Store.add", "simkpi.experiment.sweep_run:gather"),
    "intervals, differences": ("simkpi.experiment.sweep_run:Wake.take", "simkpi.experiment.sweep_result:below_each_other"),
    "cells read": ("simkpi.experiment.sweep_result:unpack", "simkpi.experiment.scores:read", "simkpi.experiment.sweep_wake:read"),
    "variants resolved": ("simkpi.experiment.plan:Plan.subjects", "simkpi.experiment.plan:override"),
    "tables written": ("simkpi.experiment.outputs:write_data",),
    "charts and report": ("simkpi.report.sweep:write_charts", "simkpi.report.html.sweep:write_sweep_report"),
}


class Clock:
    """CPU seconds of parts that call one another."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._inside: list[float] = []

    def watch(self, part: str, where: str) -> None:
        """Time a function of a module, or of a class in it, from now on."""
        module, _, name = where.partition(":")
        owner: Any = importlib.import_module(module)
        *outer, name = name.split(".")
        for each in outer:
            owner = getattr(owner, each)
        known = owner.__dict__[name] if outer else getattr(owner, name)
        if isinstance(known, classmethod):
            setattr(owner, name, classmethod(self._timed(part, known.__func__)))
        elif callable(known):
            setattr(owner, name, self._timed(part, known))

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            begun = time.process_time()
            self._inside.append(0.0)
            try:
                return function(*given, **named)
            finally:
                took = time.process_time() - begun
                self.seconds[part] += took - self._inside.pop()
                if self._inside:
                    self._inside[-1] += took

        return timed


def main() -> None:
    scenarios, replications = (int(text) for text in (sys.argv[1:3] or ("12", "10")))
    from simkpi.cli.main import main as simkpi

    clock = Clock()
    for part, places in PARTS.items():
        for where in places:
            clock.watch(part, where)
    loaded = time.process_time()
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        simkpi(command(scenarios, replications, jobs=1, engine="compiled", out=Path(place) / "sweep"))
    total = time.process_time()
    parts = {"Python and libraries loaded": loaded, **clock.seconds}
    print(json.dumps({**parts, "everything else": total - sum(parts.values()), "all": total}))


if __name__ == "__main__":
    main()
