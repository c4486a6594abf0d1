"""How fast is demand drawn? Prints nanoseconds per contact and per random number, beside NumPy's own Philox.

python benchmarks/draw.py [repetitions]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from simkpi.demand import arrivals
from simkpi.demand.draws import draw
from simkpi.demand.elementary import exp, log, normal_quantile
from simkpi.demand.streams import Addresses, World, stream_key, uniforms
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec, Volume

# fmt: off
WEIGHTS = (.45, .70, .95, 1.20, 1.38, 1.48, 1.50, 1.42, 1.25, 1.05, .92, .88,
           .90, .98, 1.08, 1.16, 1.20, 1.18, 1.08, .95, .80, .65, .48, .36)
# fmt: on


def benchmark_volume(**fields: object) -> dict[str, object]:
    """One channel of the benchmark day B2: 5,000 contacts over 24 half-hours."""
    row = [5000 * weight / sum(WEIGHTS) for weight in WEIGHTS]
    return {"interval": "30m", "from": "08:00", "expected": [row], **fields}


def benchmark_day(**fields: object) -> Scenario:
    """B2: 5,000 voice calls and 5,000 chats, the chats behind a bot."""

    def contact(channel: str, talk: str, cv: float, wrap: str, patience: str) -> dict[str, object]:
        return {
            "channel": channel,
            "volume": benchmark_volume(**fields),
            "handle": {"talk": {"lognormal": {"mean": talk, "cv": cv}}, "wrap": {"lognormal": {"mean": wrap, "cv": 0.5}}},
            "patience": {"law": {"lognormal": {"mean": patience, "cv": 1}}},
        }

    whole = {
        "simkpi": 1,
        "contacts": {"voice": contact("voice", "5m", 0.8, "30s", "3m"), "chat": contact("chat", "8m", 0.9, "20s", "5m")},
        "bots": {"assistant": {"serves": ["chat"], "contains": 0.4, "time": {"lognormal": {"mean": "60s", "cv": 0.6}}}},
        "teams": {"a": {"skills": {"voice": {}}, "count": 46}, "b": {"skills": {"chat": {}}, "count": 17}},
    }
    return Scenario(Spec.model_validate(whole))


def seconds(action: Callable[[int], object], repetitions: int) -> float:
    """Median time of *action*."""
    times = []
    for number in range(repetitions):
        start = time.perf_counter()
        action(number)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def points_per_customer(volume: Volume) -> float:
    """Points of the field whose level is drawn, for each customer kept."""
    n_points = 0
    plain = arrivals.World.uniforms

    def counting(self: World, purpose: str, addresses: Addresses, **options: int) -> np.ndarray:
        nonlocal n_points
        n_points += len(addresses.place) * (purpose == "level")
        return plain(self, purpose, addresses, **options)

    arrivals.World.uniforms = counting  # type: ignore[method-assign, assignment]
    try:
        n_customers = sum(len(arrivals.draw_arrivals(volume, World(1, number, "voice"))[0]) for number in range(20))
    finally:
        arrivals.World.uniforms = plain  # type: ignore[method-assign]
    return n_points / n_customers


def main(repetitions: int) -> None:
    print("the benchmark day B2, about 10,000 contacts")
    for mode in ("poisson", "exact_total", "exact_interval"):
        day = benchmark_day(mode=mode)
        taken = seconds(lambda number, day=day: draw(day, seed=1, replication=number), repetitions)  # type: ignore[misc]
        print(f"  {mode:15} {taken * 1e3:7.2f} ms {taken * 1e5:7.0f} ns a contact")
    year = Volume.model_validate(benchmark_volume() | {"expected": benchmark_volume()["expected"] * 365})  # type: ignore[operator]
    taken = seconds(lambda number: arrivals.draw_arrivals(year, World(1, number, "voice")), 3)
    print(f"  arrivals of a year {taken:6.2f} s {taken / (365 * 5000) * 1e9:7.0f} ns a contact")
    for interval, n in (("30m", 24), ("15m", 48), ("2h", 6)):
        row = [[5000 / n] * n]
        flat = Volume.model_validate({"interval": interval, "from": "08:00", "expected": row})
        print(f"  points drawn per customer kept, flat profile of {interval}: {points_per_customer(flat):.2f}")
    print(f"  points drawn per customer kept, B2: {points_per_customer(Volume.model_validate(benchmark_volume())):.2f}")

    print("ns per number           n =   1,000   5,000 100,000")
    key = stream_key(1, 0, "voice", "talk")
    sizes = (1000, 5000, 100_000)
    customers = {n: Addresses(np.arange(n, dtype=np.uint64)) for n in sizes}
    numbers = {n: uniforms(key, customers[n]) for n in sizes}
    rows: dict[str, Callable[[int], Callable[[int], object]]] = {
        "uniforms, by address": lambda n: lambda _: uniforms(key, customers[n]),
        "numpy Philox, created": lambda n: lambda number: np.random.Generator(np.random.Philox(key=number)).random(n),
        "log": lambda n: lambda _: log(numbers[n]),
        "np.log": lambda n: lambda _: np.log(numbers[n]),
        "exp": lambda n: lambda _: exp(numbers[n]),
        "np.exp": lambda n: lambda _: np.exp(numbers[n]),
        "normal quantile": lambda n: lambda _: normal_quantile(numbers[n]),
        "scipy ndtri": lambda n: lambda _: ndtri(numbers[n]),
    }
    for name, action in rows.items():
        cells = [seconds(action(n), repetitions) / n * 1e9 for n in sizes]
        print(f"  {name:26} " + " ".join(f"{cell:7.1f}" for cell in cells))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
