"""What an event costs in the compiled engine must hardly depend on how many e-mails wait."""

from __future__ import annotations

from time import process_time

import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.plan import plan
from simkpi.scenario.files import loads

# as many e-mails come as are answered: the queue stays as long as it is
DAY = """
simkpi: 1
contacts:
  email: {{volume: 12000 per day, handle: {{talk: 6m}}, backlog: {backlog}{pick}}}
  voice: {{volume: 3000 per day, handle: {{talk: 4m}}}}
teams: {{desk: {{skills: {{voice: {{}}, email: {{background: true, resume: 10s}}}}, count: 58}}}}
"""


def cost(backlog: int, pick: str) -> float:
    """CPU seconds per answered contact: the least of some runs."""
    day = loads(DAY.format(backlog=backlog, pick=pick))
    contacts, numbers = draw(day, seed=1, replication=0), plan(day)
    answered = (simulate(numbers, contacts).answered < NEVER).sum()
    times = []
    for _ in range(7):
        begin = process_time()
        simulate(numbers, contacts)
        times.append(process_time() - begin)
    return float(min(times) / answered)


@pytest.mark.slow
@pytest.mark.parametrize("pick", ["", ", pick: newest", ", pick: easiest"])
def test_a_backlog_of_33000_costs_at_most_two_and_a_half_times_per_event_what_3000_cost(pick: str) -> None:
    ratio = cost(33_000, pick) / cost(3_000, pick)
    assert ratio < 2.5, ratio
