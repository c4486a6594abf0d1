"""Says how far off the simulation, Erlang A and "as on the other days" are on days of a bank that were not fitted.

    python -m benchmarks.bank_unseen [--splits 25] [--replications 20]

Anonymous Bank, 1-15 August 1999 (../shared/data, never shipped). The first split fits the leading eight days, the others eight
days at random; the other seven are predicted. All know the contacts per interval and the agents on duty of the predicted days.
Erlang A has three parameters (handle time, patience, availability), each fitted to the same days: once with heads as a
spreadsheet counts them, once with heads weighted by the hours' and agents' paces that calibration found. Prints root mean square
error and bias of each, how often the 90 % interval of the simulation held, and the leading split; stores them as JSON.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.stored import store
from simkpi.interactions.files import read_log
from simkpi.planning.backtest.backtest import Backtest, backtest
from simkpi.planning.backtest.baseline import erlang_a, fitted_factor
from simkpi.planning.backtest.figures import figures, measure
from simkpi.planning.backtest.predict import predict
from simkpi.planning.backtest.split import Split, split
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.check import THRESHOLDS

LOG = Path(__file__).parents[2] / "shared" / "data" / "anonymous_bank_1999_08" / "calls_0801_0815.csv.gz"
FIGURES = ("abandon_rate", "service_level@20s", "service_level@60s", "asa")
WAYS = ("simulation", "erlang_a", "erlang_a_paced", "other_days")
INTERVAL = 900.0


def as_heads(calibration: Calibration) -> Calibration:
    """Take all agents as of one pace at all hours."""
    return replace(calibration, teams=tuple(team.all_alike() for team in calibration.teams))


def measured(actual: pl.DataFrame) -> dict[str, float]:
    """Figures of the contacts that are modelled."""
    table = measure(actual, figures(THRESHOLDS, has_bot=False), by=(), interval=INTERVAL)
    return dict(table.select("figure", "value").iter_rows())


def guesses(parts: Split, result: Backtest) -> dict[str, dict[str, float]]:
    """Return what each way says of the predicted days."""
    fitted, other = predict(result.calibration, parts.train), predict(result.calibration, parts.test)
    before = measured(fitted.actual)
    alike = fitted_factor(as_heads(fitted.calibration), before["abandon_rate"])
    return {
        "simulation": {line.figure.key: line.predicted or 0.0 for line in result.lines},
        "erlang_a": erlang_a(as_heads(other.calibration), THRESHOLDS, factor=alike),
        "erlang_a_paced": {line.figure.key: line.formula for line in result.lines if line.formula is not None},
        "other_days": before,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=25)
    parser.add_argument("--replications", type=int, default=20)
    given = parser.parse_args()
    log = read_log(LOG, "anonymous-bank").collect()
    misses: dict[tuple[str, str], list[float]] = defaultdict(list)
    inside: dict[str, list[bool]] = defaultdict(list)
    days, leading = [0, 0], {}
    for number in range(given.splits):
        parts = split(log, train="8d", how="random" if number else "leading", seed=number)
        result = backtest(parts, interval=INTERVAL, replications=given.replications, explained=False)
        lines = {line.figure.key: line for line in result.lines}
        said = guesses(parts, result)
        for key in FIGURES:
            inside[key].append(bool(lines[key].is_inside))
            for way in WAYS:
                misses[way, key].append(said[way][key] - float(lines[key].actual or 0.0))
        held, judged = result.coverage()
        days = [days[0] + held, days[1] + judged]
        if not number:
            leading = {key: {"happened": lines[key].actual, **{way: said[way][key] for way in WAYS}} for key in FIGURES}
        print(number, {key: round(misses["simulation", key][-1], 4) for key in FIGURES}, flush=True)
    rows: dict[str, Any] = {"splits": given.splits, "replications": given.replications, "leading": leading}
    for many in sorted({min(9, given.splits), given.splits}):
        print(f"first {many} splits: root mean square error (bias)")
        rows[f"first {many}"] = {
            key: {way: _miss(misses[way, key][:many], key) for way in WAYS} | {"inside": float(np.mean(inside[key][:many]))}
            for key in FIGURES
        }
    rows["days_inside"] = days[0] / days[1]
    print(f"days inside their 90 % interval: {100 * rows['days_inside']:.1f} % of {days[1]}")
    store("bank_unseen", rows)


def _miss(each: list[float], key: str) -> dict[str, float]:
    values = np.array(each)
    found = {"rms": float(np.sqrt((values**2).mean())), "bias": float(values.mean())}
    print(f"  {key:20s} {found['rms']:8.4f} ({found['bias']:+.4f})")
    return found


if __name__ == "__main__":
    main()
