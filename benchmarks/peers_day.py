"""The benchmark day B2 and Erlang-A B1 side by side with other simulation packages, in one run: CPU time, ratios, agreement.

Peers run in an interpreter of their own: ``python -m venv peers && peers/bin/pip install simpy ciw salabim cimba``, then
``python -m benchmarks.peers_day [ROUNDS] --peers peers/bin/python`` (default 5 rounds, two minutes; stores peers_day.json).
Who is not installed is left out, and said to be. What a peer's model approximates is told by its script in ``peer_models/``.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import b2_plain_simpy
from benchmarks.b2_simpy import cpu_time, plain_rows
from benchmarks.stored import store
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.compiled.drawing import draw_compiled
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, EngineLog
from simkpi.engine.reference.simulation import simulate as reference
from simkpi.scenario.files import load, shipped

Times = dict[str, list[float]]
MODELS = Path(__file__).parent / "peer_models"
#: Peers, and how many runs of each model a round consists of (so that one takes at least a tenth of a second).
PEERS = {"simpy": (0, 2), "ciw": (1, 1), "salabim": (1, 1), "cimba": (20, 20)}
#: Shares of the offered contacts may be so far from ours: B2 is approximated by peers, B1 is not.
FAR = {"B2": 0.15, "B1": 0.03}
FIRST_HOUR = 3_600_000


class Peer:
    """A peer's model in a process of its own, which answers one request after the other."""

    def __init__(self, name: str, python: str) -> None:
        self.script = MODELS / f"with_{name}.py"
        self._process = subprocess.Popen(
            [python, str(self.script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, model: str, seed: int, runs: int) -> tuple[float, Counter[str]] | None:
        """Return CPU seconds a run and what was counted; None if the peer is not installed (or fails)."""
        stream, answers = self._process.stdin, self._process.stdout
        assert stream is not None
        assert answers is not None
        try:
            stream.write(f"{model} {seed} {runs}\n")
            stream.flush()
        except BrokenPipeError:
            return None
        line = answers.readline()
        if not line:
            return None
        counts = Counter(json.loads(line))
        return counts.pop("cpu") / runs, counts

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    @property
    def approximates(self) -> str:
        """What its script says at its head."""
        return " ".join((ast.get_docstring(ast.parse(self.script.read_text(encoding="utf-8"))) or "").split())


def shares(counts: Counter[str]) -> dict[str, float]:
    """Of those who queued: who left, and who was answered within 20 seconds."""
    return {
        f"{channel} {what.replace('_', ' ')}": counts[f"{channel}_{key}"] / counts[channel]
        for channel in ("voice", "chat")
        if counts[channel]
        for key, what in (("abandoned", "abandoned"), ("in_20", "in_20_s"))
    }


def counted(demand: Demand, log: EngineLog, since: int = 0) -> Counter[str]:
    """Count in our log what the peers count, of contacts that arrived from *since* on."""
    counts = Counter({"arrived": len(demand)})
    for number, channel in enumerate(demand.contact_types):
        mine = (demand.contact_type == number) & (log.queued < NEVER) & (demand.arrived >= since)
        answered = mine & (log.outcome == ANSWERED)
        counts[channel] += int(mine.sum())
        counts[f"{channel}_abandoned"] += int((mine & (log.outcome == ABANDONED)).sum())
        counts[f"{channel}_in_20"] += int(np.sum(answered & (log.answered - log.queued <= 20_000)))
    return counts


def ours(name: str, since: int) -> tuple[dict[str, Callable[[], object]], Counter[str]]:
    """Return the runs of our own to be timed, by name, and what 30 days of them count."""
    scenario = load(shipped(name))
    numbers, demand = plan(scenario), draw(scenario, seed=1, replication=0)
    days = [draw(scenario, seed=1, replication=number) for number in range(30)]
    counts = sum((counted(day, compiled(numbers, day), since) for day in days), Counter())
    tasks: dict[str, Callable[[], object]] = {
        "simkpi compiled": lambda: compiled(numbers, demand),
        "simkpi compiled, with drawing": lambda: compiled(numbers, draw(scenario, seed=1, replication=0)),
        "simkpi reference": lambda: reference(numbers, demand),
    }
    if name == "benchmark_day.yaml":
        rows = plain_rows(demand)
        tasks["plain SimPy script"] = lambda: b2_plain_simpy.simulate(rows)
    return tasks, counts


def timed(task: Callable[[], object], name: str) -> float:
    """CPU seconds of one run: those of the compiled engine take milliseconds, so of twenty."""
    runs = 20 if "compiled" in name else 1
    return cpu_time(lambda: [task() for _ in range(runs)]) / runs


def measure(benchmark: str, peers: dict[str, Peer], rounds: int) -> dict[str, Any]:
    """Time everybody in turn, *rounds* times; return medians, ratios of the same round, and shares."""
    is_day = benchmark == "B2"
    file, since, model = ("benchmark_day.yaml", 0, "day") if is_day else ("benchmark_erlang_a.yaml", FIRST_HOUR, "erlang_a")
    tasks, mine = ours(file, since)
    runs = {name: PEERS[name][0 if is_day else 1] for name in peers}
    present = {name: peer for name, peer in peers.items() if runs[name] and peer.ask(model, 1, runs[name])}
    times: Times = {name: [] for name in (*tasks, *present)}
    counts: dict[str, Counter[str]] = {name: Counter() for name in present}
    for number in range(rounds):
        for name, task in tasks.items():
            times[name].append(timed(task, name))
        for name, peer in present.items():
            answer = peer.ask(model, 1000 * (number + 1), runs[name])
            assert answer is not None
            times[name].append(answer[0])
            counts[name] += answer[1]
    n_days = {**dict.fromkeys(tasks, 30), **{name: rounds * runs[name] for name in present}}
    contacts = {name: counts.get(name, mine)["arrived"] / n_days[name] for name in times}
    rows = compared({name: [each / contacts[name] for each in taken] for name, taken in times.items()})
    expected = shares(mine)
    for name, taken in times.items():
        rows[name]["ms a run"] = statistics.median(taken) * 1000
        if name in counts:
            rows[name]["shares"] = found = shares(counts[name])
            rows[name]["agrees"] = all(abs(value - expected[key]) <= FAR[benchmark] for key, value in found.items())
    absent = sorted(name for name in peers if runs[name] and name not in present)
    return {"rounds": rounds, "shares": expected, "absent": absent, "rows": rows}


def compared(times: Times) -> dict[str, dict[str, Any]]:
    """Compare seconds a contact, by who took them: contacts a second, and how many times as long as ours in the same round."""
    bases = {"times compiled": "simkpi compiled", "times compiled with drawing": "simkpi compiled, with drawing"}
    rows: dict[str, dict[str, Any]] = {}
    for name, taken in times.items():
        rows[name] = {"contacts a second": 1 / statistics.median(taken)}
        for what, base in bases.items():
            ratios = [one / other for one, other in zip(taken, times[base], strict=True)]
            rows[name] |= {what: statistics.median(ratios), f"{what}, least": min(ratios)}
    return rows


def show(benchmark: str, results: dict[str, Any]) -> None:
    """Print one benchmark's table."""
    print(f"{benchmark}: CPU time, medians of {results['rounds']} interleaved rounds")
    print(f"{'':32}{'ms a run':>10}{'contacts/s':>12}{'x compiled':>12}{'x with drawing':>16}  agrees")
    for name, row in results["rows"].items():
        line = f"{name:32}{row['ms a run']:>10.2f}{row['contacts a second']:>12,.0f}{row['times compiled']:>12,.1f}"
        print(f"{line}{row['times compiled with drawing']:>16,.1f}  {row.get('agrees', '')}")
    print("shares of those who queued:")
    for name, row in {"simkpi": results, **results["rows"]}.items():
        if "shares" in row:
            print(f"  {name:14}" + ", ".join(f"{what} {value:.3f}" for what, value in row["shares"].items()))
    if results["absent"]:
        print(f"not installed: {', '.join(results['absent'])}")


_VERSIONS = """
import importlib.metadata as metadata, json, sys
print(json.dumps({d.name.lower(): d.version for d in metadata.distributions() if d.name.lower() in sys.argv[1:]}))
"""


def versions(python: str) -> dict[str, str]:
    """Return the versions of the peers that *python* has."""
    told = subprocess.run([python, "-c", _VERSIONS, *PEERS], capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = json.loads(told)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--peers", default=sys.executable, help="interpreter that has the peers installed")
    given = parser.parse_args()
    draw_compiled()
    peers = {name: Peer(name, given.peers) for name in PEERS}
    results: dict[str, Any] = {name: measure(name, peers, given.rounds) for name in ("B2", "B1")}
    for peer in peers.values():
        peer.stop()
    for name in ("B2", "B1"):
        show(name, results[name])
    told = {name: peer.approximates for name, peer in peers.items()}
    store("peers_day", {**results, "versions": versions(given.peers), "models": told})


if __name__ == "__main__":
    main()
