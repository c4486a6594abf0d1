"""B1 and B2 in Ciw.

B2 is approximated: chat agents are pooled into 51 slots, and nobody overflows to the other channel's team.
"""

from __future__ import annotations

import ciw
from setting import (
    B1_AGENTS,
    B1_END,
    B1_HANDLE,
    B1_PATIENCE,
    B1_RATE,
    B1_WARM_UP,
    BOT,
    CHAT_PATIENCE,
    CHAT_TALK,
    CHAT_WRAP,
    CHATS,
    CONTAINED,
    HALF_HOUR,
    N_A,
    N_B,
    RATES,
    VOICE_PATIENCE,
    VOICE_TALK,
    VOICE_WRAP,
    Counts,
    each,
    serve,
)  # fmt: skip

VOICE, CHAT, ASSISTANT = 1, 2, 3
END = HALF_HOUR * len(RATES)


def _counted(simulation: ciw.Simulation, channels: dict[int, str], since: float = 0.0) -> Counts:
    """Read Ciw's records: one per stay at a node, and one per customer who left a queue."""
    counts = Counts(arrived=simulation.nodes[0].number_of_individuals)
    for record in simulation.get_all_records(only=["service", "renege"]):
        if record.node in channels and record.arrival_date >= since:
            counts.add(channels[record.node], answered=record.record_type == "service", waited=record.waiting_time)
    return counts


def day(seed: int) -> Counts:
    """B2: a node for each channel and one with any number of places for the bot."""
    ciw.seed(seed)
    ends = [HALF_HOUR * (place + 1) for place in range(len(RATES))]
    arrivals = [ciw.dists.PoissonIntervals(list(RATES), ends, END) for _ in range(2)]
    network = ciw.create_network(
        arrival_distributions=[arrivals[0], None, arrivals[1]],
        service_distributions=[
            ciw.dists.Lognormal(*VOICE_TALK) + ciw.dists.Lognormal(*VOICE_WRAP),
            ciw.dists.Lognormal(*CHAT_TALK) + ciw.dists.Lognormal(*CHAT_WRAP),
            ciw.dists.Lognormal(*BOT),
        ],
        reneging_time_distributions=[ciw.dists.Lognormal(*VOICE_PATIENCE), ciw.dists.Lognormal(*CHAT_PATIENCE), None],
        number_of_servers=[N_A, N_B * CHATS, float("inf")],
        routing=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1 - CONTAINED, 0.0]],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(END + 14_400)
    return _counted(simulation, {VOICE: "voice", CHAT: "chat"})


def erlang_a(seed: int) -> Counts:
    """B1: one node whose customers leave."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(B1_RATE)],
        service_distributions=[ciw.dists.Exponential(1 / B1_HANDLE)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / B1_PATIENCE)],
        number_of_servers=[B1_AGENTS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(B1_END)
    return _counted(simulation, {VOICE: "voice"}, since=B1_WARM_UP)


if __name__ == "__main__":
    serve(day=each(day), erlang_a=each(erlang_a))
