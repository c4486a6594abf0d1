"""Does calibration recover what it says, within the uncertainty that it says? Generated centres with known truth.

    python -m benchmarks.calibration_recovery [--centres 12] [--only redials]

Three kinds of centre, each with random figures: chats that slow one another down (concurrency, slow-down, work alone), chats
message by message (replies, work, thinking), and callers who try again and come back (chances, fresh volume). Prints for every
figure the mean error in per cent, the mean of (error / stated standard error)², which should be about 1, and the share within two
standard errors, which should be about 95 %; stores them as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.fit import fit
from simkpi.scenario.files import loads

OUT = Path(__file__).with_name("calibration_recovery.json")
#: Name of a figure, its truth, what was fitted, and the standard error that was stated (NaN if none is).
Found = tuple[str, float, float, float]


def log_of(text: str, seed: str) -> Log:
    """One simulated log of a scenario, with its messages if it has any."""
    made = simulate(loads(text), replications=1, seed=seed)
    contacts = made.interactions.drop("replication").with_columns(pl.col("contact_id").cast(pl.String))
    messages = made.companions.get("messages")
    return Log(contacts, messages=None if messages is None else messages.drop("replication"))


def slow(number: int) -> Iterator[Found]:
    """Chats that slow one another down."""
    random = np.random.default_rng(number)
    at_once, talk = int(random.integers(2, 5)), float(random.uniform(200, 500))
    slower = np.cumsum([0.0, *random.uniform(0.1, 0.4, at_once - 1)])
    agents = 9
    volume = 0.9 * agents * at_once / (talk * (1 + slower[-1])) * 3600
    text = f"""
simkpi: 1
calendar: {{from: 2026-03-02, days: 14, open: 08:00-18:00}}
contacts:
  chat:
    volume: {volume:.1f} per hour
    handle:
      talk: {{lognormal: {{mean: {talk:.1f}s, cv: {random.uniform(0.5, 1.2):.2f}}}}}
      slower_when_busy: [{", ".join(f"{100 * each:.2f}%" for each in slower)}]
    patience: {{exponential: {{mean: 2m}}}}
teams: {{desk: {{skills: {{chat: {{at_once: {at_once}}}}}, count: {agents}}}}}
"""
    fitted = fit(log_of(text, f"slow {number}"))
    (chat,), (team,) = fitted.contacts, fitted.teams
    yield "concurrency", at_once, float(team.skills["chat"]), float("nan")
    yield "work alone", talk, chat.talk.mean, chat.talk.mean_error
    if chat.slow_down is not None:
        for level, (found, error) in enumerate(zip(chat.slow_down.slower, chat.slow_down.errors, strict=True)):
            if level:
                yield "slow-down", 1 + float(slower[level]), 1 + found, error


def turns(number: int) -> Iterator[Found]:
    """Chats message by message."""
    random = np.random.default_rng(number)
    replies, work, think = random.uniform(2, 7), random.uniform(20, 90), random.uniform(30, 120)
    at_once = int(random.integers(2, 5))
    per_chat = replies * work
    volume = 0.6 * 4 / per_chat * 3600
    text = f"""
simkpi: 1
calendar: {{from: 2026-03-02, days: 10, open: 09:00-17:00}}
contacts:
  chat:
    volume: {volume:.1f} per hour
    handle: {{talk: {{lognormal: {{mean: {per_chat:.1f}s, cv: {random.uniform(0.6, 1.4):.2f}}}}}, wrap: 15s}}
    turns: {{replies: {replies:.2f}, think: {{lognormal: {{mean: {think:.0f}s, cv: 1.3}}}}, effort: reply, idle_close: 1d}}
    patience: {{exponential: {{mean: 2m}}}}
teams: {{desk: {{skills: {{chat: {{at_once: {at_once}}}}}, count: 4}}}}
"""
    fitted = fit(log_of(text, f"turns {number}"))
    told = fitted.contacts[0].turns
    assert told is not None
    yield "replies of a chat", round(replies, 2), told.replies.mean, told.replies.mean_error
    yield "work of a reply", per_chat / round(replies, 2), told.reply_work.mean, told.reply_work.mean_error
    yield "customer's reply", round(think), told.think.mean, told.think.mean_error


def redials(number: int) -> Iterator[Found]:
    """Callers who try again after giving up, and come back when they were not helped."""
    random = np.random.default_rng(number)
    volume, talk = random.uniform(300, 700), random.uniform(150, 300)
    retry, back, resolved = random.uniform(0.2, 0.7), random.uniform(0.2, 0.7), random.uniform(0.6, 0.9)
    agents = max(2, round(volume / 10 * talk / 3600 * random.uniform(0.9, 1.05)))
    text = f"""
simkpi: 1
calendar: {{from: 2026-03-02, days: 21, open: 08:00-18:00}}
contacts:
  voice:
    volume: {volume:.1f} per day
    handle: {{talk: {{lognormal: {{mean: {talk:.0f}s, cv: 1}}}}}}
    patience: {{exponential: {{mean: {random.uniform(60, 240):.0f}s}}}}
    resolved: {100 * resolved:.2f}%
    retry: {{chance: {100 * retry:.2f}%, after: {{exponential: {{mean: 10m}}}}, at_most: 3}}
    recontact: {{chance: {100 * back:.2f}%, after: {{exponential: {{mean: 1h}}}}}}
teams: {{phone: {{skills: [voice], count: {agents}}}}}
"""
    fitted = fit(log_of(text, f"redials {number}"))
    (voice,) = fitted.contacts
    per_day = float(np.average(voice.volume.per_day, weights=fitted.days.sizes))
    yield "fresh contacts a day", volume, per_day, float(np.sqrt(volume / fitted.days.sizes.sum()))
    for name, truth, found in (("redial chance", retry, voice.redials), ("return chance", back, voice.returns)):
        if found is not None:
            yield name, truth, found.chance, found.error * found.chance / max(found.followed / found.contacts, 1e-9)


KINDS: dict[str, Callable[[int], Iterator[Found]]] = {"slow": slow, "turns": turns, "redials": redials}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--centres", type=int, default=12)
    parser.add_argument("--only", choices=sorted(KINDS))
    given = parser.parse_args()
    rows = json.loads(OUT.read_text()) if OUT.exists() else {}
    for kind in [given.only] if given.only else KINDS:
        found = [each for number in range(given.centres) for each in KINDS[kind](number)]
        for name in dict.fromkeys(each[0] for each in found):
            mine = np.array([each[1:] for each in found if each[0] == name])
            error, stated = mine[:, 1] - mine[:, 0], mine[:, 2]
            z = error / stated
            known = ~np.isnan(z)
            rows[name] = {
                "figures": len(mine),
                "mean_error": float((error / mine[:, 0]).mean()),
                "mean_square_z": float((z[known] ** 2).mean()) if known.any() else None,
                "within_two": float((np.abs(z[known]) < 2).mean()) if known.any() else float((error == 0).mean()),
            }
            print(name, {key: value if value is None else round(value, 3) for key, value in rows[name].items()}, flush=True)
    OUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
