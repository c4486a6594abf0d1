"""Makes docs/benchmarks.md, and tables in docs/engines.md and docs/sweeps.md, from the figures that benchmarks have stored.

Run from the repository: ``python -m benchmarks.page``. The text is in ``page.md``; a test compares the pages with the figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from benchmarks.stored import FOLDER, stored

DOCS = FOLDER.parent / "docs"
#: The table in docs/engines.md or docs/sweeps.md, by what stands around it.
FIGURES = re.compile(r"(?<=<!-- figures: python -m benchmarks.page -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
#: How many times our time the issue asks that other packages take for the day.
PEER_AIMS = {"B2": {"salabim": 1500, "ciw": 300, "cimba": 15}, "B1": {}}
SHARES = ("voice abandoned", "voice in 20 s", "chat abandoned", "chat in 20 s")
Figures = dict[str, Any]


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]], align: str = "---:") -> str:
    """Return a Markdown table; all columns but the first are aligned so."""
    lines = [f"| {' | '.join(head)} |", f"|---|{f'{align}|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]) + "\n"


def machine() -> str:
    """Return a sentence on the machine."""
    told = stored("engines")["machine"]
    libraries = ", ".join(f"{name} {told[name]}" for name in ("numpy", "numba", "simpy", "polars"))
    system = f"{told['processors']} processors ({told['processor']}), {told['system']}, Python {told['python']}"
    return f"Measured on {system}, {libraries}.\n"


def _ratio(day: dict[str, float]) -> str:
    """Return the ratio of the engines with its range: 69.5 must not be shown as 70."""
    return f"{day['ratio']:.1f} ({day['ratio_low']:.1f} to {day['ratio_high']:.1f})"


def speeds() -> str:
    """Return what was measured of the engines, and what was aimed at."""
    engines, simpy, sweep = stored("engines"), stored("b2_simpy"), stored("sweep")
    day, calls, first, growth = engines["B2"], engines["B1"], engines["first result"], engines["growth, ns a contact"]
    rows = [
        ("B2, a day, compiled engine", f"{day['compiled_ms']:.2f} ms", "at most 1.6 ms"),
        ("B2, reference engine / compiled engine", _ratio(day), "at least 70"),
        ("B2, reference engine / plain SimPy script", f"{simpy['ratio']:.2f}", "at most 1.15"),
        ("B2, drawing the rows of a day", f"{day['draw_ms']:.1f} ms", ""),
        ("B1, contacts a second, drawing and log included", _millions(calls["with_drawing_per_s"]), "at least 5 million"),
        ("B1, contacts a second, engine alone", _millions(calls["compiled_per_s"]), ""),
        ("B3 through `simkpi sweep`, 2 threads, cells and tables stored", f"{sweep['cpu']['2']:.1f} s", "at most 5 s"),
        ("B3, of that drawing, event loop and KPIs", f"{_loop(sweep['parts']):.1f} s", ""),
        ("B3, what a second thread costs", f"{100 * sweep['second_thread']:+.0f} %", "at most +5 %"),
        ("first result from the start of a process, compiled before", f"{first['warm_cpu_s']:.1f} s", "at most 0.8 s"),
        ("first result ever, compiling included", f"{first['cold_cpu_s']:.1f} s", "at most 5 s"),
        ("first result, reference engine", f"{first['reference_cpu_s']:.1f} s", ""),
        ("time a contact, 12,600 agents / 63 agents", _growth(growth, "agents_63", "agents_12600"), "at most 2.5"),
        ("time a contact, 64 contact types / 1", _growth(growth, "types_1", "types_64"), "at most 2.5"),
        ("time a contact, 33,000 e-mails waiting / 3,000", _growth(growth, "backlog_3000", "backlog_33000"), "at most 2.5"),
    ]
    return table(("", "measured", "aimed at"), rows)


def _growth(costs: dict[str, float], first: str, last: str) -> str:
    return f"{costs[last] / costs[first]:.2f}"


def _loop(parts: dict[str, float]) -> float:
    return sum(seconds for name, seconds in parts.items() if name.startswith(("drawing", "event loop", "into and out", "KPIs")))


def _millions(figure: float) -> str:
    return f"{figure / 1e6:.1f} million"


def peers() -> str:
    """Return how other packages do."""
    found = stored("peers_day")
    tables = [_speeds_of_peers(benchmark, found) for benchmark in PEER_AIMS]
    shared = {"simkpi, 30 days": found["B2"], **found["B2"]["rows"]}
    shares = [(name, *(_percent(row["shares"][key]) for key in SHARES)) for name, row in shared.items() if "shares" in row]
    head = ("B2, of those who queued", "calls abandoned", "calls within 20 s", "chats abandoned", "chats within 20 s")
    absent = found["B2"]["absent"]
    missing = f"Not installed when this was measured: {', '.join(absent)}.\n\n" if absent else ""
    near = f"{missing}Their answers are near ours, as far as the approximations allow:\n"
    told = "".join(f"- {text}\n" for name, text in found["models"].items() if name != "simpy")
    return "\n".join([*tables, near, table(head, shares), told])


def _speeds_of_peers(benchmark: str, found: Figures) -> str:
    rows = []
    for name, row in found[benchmark]["rows"].items():
        shown = f"{name} {found['versions'].get(name, '')}".strip()
        times = _times(row["times compiled"]), _times(row["times compiled with drawing"])
        rows.append((shown, f"{row['contacts a second']:,.0f}", *times, PEER_AIMS[benchmark].get(name, "")))
    return table((benchmark, "contacts a CPU second", "times our compiled engine", "with our drawing", "aimed at"), rows)


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 5 else f"{ratio:.1f}" if ratio < 50 else f"{ratio:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def parity() -> str:
    """Return what was compared, and how often each feature was in use."""
    found = stored("parity")
    names = ("runs", "contacts", "cells", "differing")
    sections = dict(found["sections"])
    sections["**all**"] = {name: sum(section[name] for section in sections.values()) for name in names}
    rows = [(name, *(f"{section[each]:,}" for each in names)) for name, section in sections.items()]
    used = ", ".join(f"`{name}` {number:,}" for name, number in found["features"].items())
    policies = ", ".join(f"`{name}`" for name in found["policies"])
    told = f"Runs in which each feature was in use: {used}.\n\nPolicies: {policies}. Channels: {', '.join(found['channels'])}.\n"
    return "\n".join([table(("", "runs", "contacts", "cells compared", "cells that differ"), rows), told])


def mutants() -> str:
    """Return the mistakes and who noticed them."""
    rows = [
        (name, f"`{each['file']}`", f"`{each['noticed_by']}`" if each["noticed_by"] else "**nobody**")
        for name, each in stored("mutants")["mutants"].items()
    ]
    return table(("mistake", "in compiled/", "noticed by"), rows, align="---")


def page() -> str:
    """Return docs/benchmarks.md: the text of page.md with the figures in it."""
    text = (FOLDER / "page.md").read_text(encoding="utf-8")
    for figures in (machine, speeds, peers, parity, mutants):
        text = text.replace(f"{{{{{figures.__name__}}}}}\n", f"{figures()}\n")
    return text


def engines_table() -> str:
    """Return the table at the head of docs/engines.md."""
    day, first = stored("engines")["B2"], stored("engines")["first result"]
    compiled = f"{first['warm_cpu_s']:.1f} s; the first time ever {first['cold_cpu_s']:.1f} s"
    rows = [
        ("what it is", "SimPy, a process per contact", "a loop over events and records, translated for LLVM and compiled"),
        (
            "what it is for",
            "reading, checking, new behaviour (subclass `Simulation`)",
            "many days: sweeps, optimisation, confidence",
        ),
        ("benchmark day (10,000 contacts)", f"{day['reference_ms']:.0f} ms", f"{day['compiled_ms']:.1f} ms"),
        ("first result, from the start of the process", f"{first['reference_cpu_s']:.1f} s", compiled),
    ]
    return table(("", "`reference` (`simpy`)", "`compiled`"), rows, align="---")


def engines_page(text: str) -> str:
    """Return docs/engines.md with its table brought up to date."""
    return FIGURES.sub(lambda _: engines_table(), text)


def sweep_table() -> str:
    """Return the table of docs/sweeps.md: CPU seconds of the benchmark sweep by part, and what stands below it."""
    found = stored("sweep")
    days, parts = found["scenarios"] * found["replications"], found["parts"]
    steps = {name: seconds for name, seconds in parts.items() if name != "all" and seconds >= 0.005}
    rows = [(name, f"{seconds:.2f}", f"{1000 * seconds / days:.2f}") for name, seconds in steps.items()]
    rows.append(("**all**", f"**{parts['all']:.1f}**", f"**{1000 * parts['all'] / days:.1f}**"))
    clock, more = found["wall"], 100 * found["second_thread"]
    below = (
        f"Two threads take {clock['2']:.1f} s by the clock where one takes {clock['1']:.1f}, and {more:+.1f} % CPU time"
        f" (median of {found['rounds']} pairs);\ncells take {found['bytes_a_day'] / 1000:.0f} kB a day on the disk;"
        f" the same command again takes {found['again']:.1f} s.\n"
    )
    return f"{table(('step', 'CPU s', 'ms a day'), rows)}\n{below}"


def sweeps_page(text: str) -> str:
    """Return docs/sweeps.md with its table brought up to date."""
    return FIGURES.sub(lambda _: sweep_table(), text)


def main() -> None:
    (DOCS / "benchmarks.md").write_text(page(), encoding="utf-8")
    for name, renewed in (("engines.md", engines_page), ("sweeps.md", sweeps_page)):
        path = DOCS / name
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
