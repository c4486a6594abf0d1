"""Coverage of back-test intervals over generated centres: 90 % should hold what happened in 85 to 95 of 100 cases.

    python -m benchmarks.backtest_coverage [--centres 40] [--days 14] [--replications 20] [--kind chat]

Each centre is a scenario with random volume, load, handle times, patience, bot and day-to-day spread; ``--kind redials`` lets
callers try again, ``chat`` handles two to four chats side by side that slow one another down, ``turns`` message by message.
One simulated fortnight of it is the log; its first half is fitted, its second predicted. Prints coverage by figure and stores
it as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.backtest.backtest import Backtest, backtest
from simkpi.planning.backtest.split import split
from simkpi.scenario.files import loads

OUT = Path(__file__).with_name("backtest_coverage.json")


KINDS = ("voice", "redials", "chat", "turns")


def centre(number: int, days: int, kind: str = "voice") -> str:
    """Text of a random scenario; *number* names it."""
    if kind in ("chat", "turns"):
        return chats(number, days, kind)
    random = np.random.default_rng(number)
    aht = random.uniform(120, 420)
    shape = 1 + 0.5 * np.sin(np.linspace(0, 2 * np.pi, 20) + random.uniform(0, 6))
    volume = random.uniform(12, 60) * shape
    agents = np.maximum(1, np.round(volume * aht / 1800 / random.uniform(0.8, 1.05))).astype(int)
    law = random.choice(["exponential: {mean: %ds}", "lognormal: {mean: %ds, cv: 1.2}", "weibull: {mean: %ds, shape: 0.8}"])
    rows = ", ".join(f"{count:.1f}" for count in volume)
    bot = "bots: {menu: {serves: [voice], contains: 10%, gives_up: 3%, time: {lognormal: {mean: 40s, cv: 0.5}}}}"
    return "\n".join(
        [
            "simkpi: 1",
            f"calendar: {{from: 2026-03-02, days: {days}}}",
            "contacts:",
            "  voice:",
            "    channel: voice",
            f"    volume: {{interval: 30m, from: '09:00', expected: [{rows}], day_spread: {random.choice([0, 5, 12])}%}}",
            f"    handle: {{talk: {{lognormal: {{mean: {aht:.0f}s, cv: {random.uniform(0.6, 1.3):.2f}}}}}}}",
            f"    patience: {{{law % random.uniform(90, 400)}}}",
            f"    retry: {{chance: {random.uniform(20, 60):.0f}%, after: {{exponential: {{mean: 10m}}}}, at_most: 3}}"
            if kind == "redials"
            else "",
            bot if kind == "voice" and random.random() < 0.5 else "",
            "teams:",
            f"  agents: {{skills: [voice], staffing: {{interval: 30m, from: '09:00', count: [{', '.join(map(str, agents))}]}}}}",
        ]
    )


def chats(number: int, days: int, kind: str) -> str:
    """Text of a random centre for chats, several at once."""
    random = np.random.default_rng(1000 + number)
    at_once, replies, work = int(random.integers(2, 5)), random.uniform(2, 6), random.uniform(25, 80)
    agents, talk = int(random.integers(3, 8)), replies * work
    slower = np.cumsum([0.0, *random.uniform(0.1, 0.4, at_once - 1)])
    busy = talk if kind == "turns" else talk * (1 + slower[-1]) / at_once
    volume = random.uniform(0.55, 0.9) * agents / busy * 3600
    rows, spread = ", ".join([f"{volume / 2:.1f}"] * 16), random.choice([0, 5, 12])
    turns = f"turns: {{replies: {replies:.1f}, think: {{lognormal: {{mean: 60s, cv: 1.3}}}}, effort: reply, idle_close: 1d}}"
    slow = f", slower_when_busy: [{', '.join(f'{100 * each:.0f}%' for each in slower)}]" if kind == "chat" else ""
    return "\n".join(
        [
            "simkpi: 1",
            f"calendar: {{from: 2026-03-02, days: {days}, open: '09:00-17:00'}}",
            "contacts:",
            "  chat:",
            f"    volume: {{interval: 30m, from: '09:00', expected: [{rows}], day_spread: {spread}%}}",
            f"    handle: {{talk: {{lognormal: {{mean: {talk:.0f}s, cv: {random.uniform(0.6, 1.3):.2f}}}}}{slow}}}",
            f"    {turns}" if kind == "turns" else "",
            f"    patience: {{exponential: {{mean: {random.uniform(60, 240):.0f}s}}}}",
            "teams:",
            f"  desk: {{skills: {{chat: {{at_once: {at_once}}}}}, count: {agents}}}",
        ]
    )


def one(number: int, days: int, replications: int, volumes: str, kind: str = "voice") -> Backtest:
    """Back-test one centre."""
    made = simulate(loads(centre(number, days, kind)), replications=1, seed=f"truth {number}")
    contacts = made.interactions.drop("replication", strict=False).with_columns(pl.col("contact_id").cast(pl.String))
    messages = made.companions.get("messages")
    log = Log(
        contacts,
        agent_states=made.agent_states,
        messages=None if messages is None else messages.drop("replication", strict=False),
    )
    return backtest(
        split(log, train="50%"),
        replications=replications,
        seed=f"prediction {number}",
        tuned=False,
        explained=False,
        volumes=volumes,
        staff="roster" if volumes == "actual" else "profile",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--centres", type=int, default=40)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--volumes", choices=["actual", "profile"], default="actual")
    parser.add_argument("--kind", choices=KINDS, default="voice")
    given = parser.parse_args()
    inside: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for number in range(given.centres):
        found = one(number, given.days, given.replications, given.volumes, given.kind)
        if found.chats is not None:
            for figure in found.chats.lines:
                inside[f"{figure.measure} all days"] += figure.is_inside
                judged[f"{figure.measure} all days"] += 1
            held, many = found.chats.open_inside
            inside["chats open by interval"] += held
            judged["chats open by interval"] += many
        for line in found.lines:
            for key, held, many in (
                (f"{line.figure.key} by day", line.days_inside, line.days),
                (f"{line.figure.key} by interval", line.intervals_inside, line.intervals),
                (f"{line.figure.key} all days", int(bool(line.is_inside)), int(line.is_inside is not None)),
            ):
                inside[key] += held
                judged[key] += many
    rows: dict[str, Any] = {}
    for scope in ("by day", "by interval", "all days"):
        keys = [key for key in judged if key.endswith(scope) and judged[key]]
        for key in [*sorted(keys), f"all figures {scope}"]:
            held, many = (
                (inside[key], judged[key]) if key in keys else (sum(inside[k] for k in keys), sum(judged[k] for k in keys))
            )
            rows[key] = {"inside": held, "judged": many, "coverage": held / many}
            print(f"{key:40s} {100 * held / many:5.1f} % of {many}")
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    known = known if "kinds" in known else {"kinds": {}}
    known["kinds"][f"{given.kind}, volumes {given.volumes}"] = {"centres": given.centres, "coverage": rows}
    OUT.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
