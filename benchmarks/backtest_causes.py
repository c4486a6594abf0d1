"""Does a back-test name the input that moved? Generated centres whose second fortnight differs from the first in one thing.

    python -m benchmarks.backtest_causes [--cases 40] [--replications 4] [--only volume]

Each centre has random volume, load, handle time and patience. In the fortnight to predict the volume is 20 % higher, handle times
are 10 % longer, two agents are missing, patience is halved, or nothing changes. Volumes and agents are predicted from the
fitted weekdays, so that any of them may be to blame. Prints how often the right input has moved, how often others have, and how
often each is blamed for the miss of the abandon rate; stores it as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.backtest.backtest import Backtest, backtest
from simkpi.planning.backtest.blame import blame
from simkpi.planning.backtest.split import split
from simkpi.scenario.files import loads

OUT = Path(__file__).with_name("backtest_causes.json")
#: Cause -> factors on volume, handle time and patience, agents less; the input that should have moved.
CAUSES = {
    "volume +20 %": ((1.2, 1.0, 1.0, 0), "contacts a day"),
    "handle time +10 %": ((1.0, 1.1, 1.0, 0), "handle time"),
    "two agents fewer": ((1.0, 1.0, 1.0, 2), "agent-hours a day"),
    "patience halved": ((1.0, 1.0, 0.5, 0), "patience (total wait / abandonments)"),
    "nothing": ((1.0, 1.0, 1.0, 0), ""),
}
_START = {"first": "2026-03-02", "second": "2026-03-16"}


def centre(number: int, part: str, change: tuple[float, float, float, int]) -> str:
    """Text of a random scenario; *number* names it."""
    random = np.random.default_rng(number)
    aht, patience = random.uniform(150, 400), random.uniform(90, 300)
    volume = random.uniform(25, 50) * (1 + 0.4 * np.sin(np.linspace(0, np.pi, 8)))
    agents = np.maximum(4, np.round(volume * aht / 1800 / random.uniform(0.85, 0.98))).astype(int)
    more, longer, shorter, fewer = change
    rows = ", ".join(f"{count * more:.1f}" for count in volume)
    spread = random.choice([0, 5])
    return "\n".join(
        [
            "simkpi: 1",
            f"calendar: {{from: {_START[part]}, days: 14}}",
            "contacts:",
            "  voice:",
            f"    volume: {{interval: 30m, from: '09:00', expected: [{rows}], day_spread: {spread}%}}",
            f"    handle: {{talk: {{lognormal: {{mean: {aht * longer:.0f}s, cv: 0.9}}}}}}",
            f"    patience: {{exponential: {{mean: {patience * shorter:.0f}s}}}}",
            "teams:",
            "  agents:",
            "    skills: [voice]",
            f"    staffing: {{interval: 30m, from: '09:00', count: [{', '.join(str(count - fewer) for count in agents)}]}}",
        ]
    )


def made(number: int, change: tuple[float, float, float, int]) -> Log:
    """Four weeks of a centre, the last two of them changed."""
    parts = [
        simulate(loads(centre(number, part, what)), replications=1, seed=f"{part} {number}").interactions.with_columns(
            pl.concat_str(pl.lit(part), pl.col("contact_id").cast(pl.String)).alias("contact_id"),
            pl.concat_str(pl.lit(part), pl.col("case_id").cast(pl.String)).alias("case_id"),
        )
        for part, what in (("first", (1.0, 1.0, 1.0, 0)), ("second", change))
    ]
    return Log(pl.concat(parts, how="diagonal").drop("replication"))


def one(number: int, change: tuple[float, float, float, int], replications: int) -> Backtest:
    """Back-test one centre."""
    return backtest(
        split(made(number, change), train="2w", test="2w"),
        replications=replications,
        seed=f"prediction {number}",
        tuned=False,
        volumes="profile",
        staff="profile",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    rows = {}
    for cause, (change, wanted) in CAUSES.items():
        if given.only not in cause:
            continue
        found = [one(number, change, given.replications) for number in range(given.cases)]
        moved = Counter(each.name for result in found for each in result.inputs if each.has_moved)
        reasons = [next(each for each in blame(result) if each.line.figure.key == "abandon_rate") for result in found]
        blamed = Counter("as predicted" if each.is_expected else each.input or "the model" for each in reasons)
        rows[cause] = {"cases": given.cases, "moved": dict(moved), "blamed for the abandon rate": dict(blamed)}
        print(
            f"{cause:20s} moved: {moved[wanted] if wanted else '-'} of {given.cases}, all: {dict(moved)}; blamed: {dict(blamed)}"
        )
    OUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
