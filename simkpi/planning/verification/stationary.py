"""Stationary models: Erlang families, general service, priorities, skills, a bot in front, chats at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from simkpi.planning.verification.case import Case, Expected, queue, read, seconds, stationary
from simkpi.planning.verification.measures import (
    Day,
    Measure,
    agents_with,
    attempts_per_fresh,
    attempts_rate,
    contained,
    finally_served,
    in_bot,
    mean_queue,
    mean_wait,
    open_contacts,
    p_abandon,
    p_block,
    p_wait,
    share,
    sl_offered,
)


def _patience(params: dict[str, Any]) -> Any:
    if "patience" not in params:
        mean = params.get("mean_patience_s")
        return {"exponential": seconds(mean)} if mean else "never"
    law, values = params["patience"], params["patience_params"]
    if law == "weibull":
        return {"weibull": {"scale": seconds(values["scale"]), "shape": values["shape"]}}
    if law == "lognormal":
        variance = values["s"] ** 2
        return {
            "lognormal": {"mean": seconds(math.exp(values["m"] + variance / 2)), "cv": round(math.sqrt(math.expm1(variance)), 6)}
        }
    return {"exponential": seconds(1 / values["rate"]), "balk": values.get("p0", 0)}


def _measurable(value: float) -> bool:
    """Leave out what is certain or too rare to be seen in some thousand contacts."""
    return 0.002 < value < 0.998 or value > 1


def erlang_cases() -> Iterator[Case]:
    """Erlang families: with and without abandonment, with a limited queue."""
    for row in read("erlang.json"):
        params, known = row["params"], row["expected"]
        agents = params["agents"]
        places = {"queue_capacity": params["places"] - agents} if params.get("places") else {}
        days = max(1, round(1200 / (params["arrival_rate_per_s"] * 86400)))
        handle = {"exponential": seconds(params["aht_s"])}
        scenario = queue(params["arrival_rate_per_s"], days, handle, agents, patience=_patience(params), **places)
        measures = {
            "p_block": p_block(),
            "p_wait": p_wait(),
            "p_abandon": p_abandon(),
            "occupancy": open_contacts(per=agents),
            "mean_queue": mean_queue(),
            "mean_wait_admitted": mean_wait(),
            "asa_served": mean_wait(answered=True),
            "sl_offered": sl_offered(params["T_s"]),
        }
        expected = [Expected(name, measures[name], value) for name, value in known.items() if _measurable(value)]
        yield stationary(
            row["id"], "data/erlang.json", scenario, expected, quick=row["id"] in {"A0097", "AK0200"}, replications=120
        )


def benchmark_cases() -> Iterator[Case]:
    """B1 of the benchmarks: 100 agents, exact values of the birth-death chain."""
    scenario = queue(1 / 3, 1, {"exponential": "5m"}, 100, patience={"exponential": "2m"})
    expected = [
        Expected("p_wait", p_wait(), 0.40402),
        Expected("p_abandon", p_abandon(), 0.04881),
        Expected("mean_wait_admitted", mean_wait(), 5.8573),
        Expected("sl_offered", sl_offered(20), 0.85172),
        Expected("occupancy", open_contacts(per=100), 0.95119),
        Expected("mean_queue", mean_queue(), 1.95244),
    ]
    yield stationary("B1", "birth-death chain, benchmark model B1", scenario, expected)


def general_service_cases() -> Iterator[Case]:
    """M/G/1 by Pollaczek-Khinchine, and a loss system, which depends on the mean of the service time only."""
    rate, mean, cv = 0.005, 140.0, 1.5
    wait = rate * mean**2 * (1 + cv**2) / (2 * (1 - rate * mean))
    law = {"lognormal": {"mean": seconds(mean), "cv": cv}}
    expected = [Expected("mean_wait", mean_wait(), wait), Expected("p_wait", p_wait(), rate * mean)]
    expected += [Expected("occupancy", open_contacts(), rate * mean), Expected("mean_queue", mean_queue(), rate * wait)]
    yield stationary("M/G/1", "Pollaczek-Khinchine formula", queue(rate, 12, law, 1), expected)
    load_, agents, block = 8.0, 10, 1.0
    for servers in range(1, agents + 1):
        block = load_ * block / (servers + load_ * block)
    scenario = queue(load_ / 500, 1, {"lognormal": {"mean": "500s", "cv": 2}}, agents, queue_capacity=0)
    known = [
        Expected("p_block", p_block(), block),
        Expected("occupancy", open_contacts(per=agents), load_ * (1 - block) / agents),
    ]
    yield stationary("M/G/10/10", "Erlang B, insensitive to the law of service", scenario, known, quick=True)


def priority_cases() -> Iterator[Case]:
    """Two classes, the high one served first: Cobham, for equal service times."""
    for row in read("priority.json"):
        params, known = row["params"], row["expected"]
        agents, rates = params["agents"], params["arrival_rates_per_s_high_to_low"]
        scenario = queue(
            rates[0], max(1, round(1500 / (sum(rates) * 86400))) * 2, {"exponential": seconds(params["aht_s"])}, agents
        )
        first = scenario["contacts"].pop("voice")
        low = {**first, "volume": {"interval": "24h", "expected": [rates[1] * 86400]}, "priority": 1}
        scenario["contacts"] = {"low": low, "high": {**first, "priority": 2}}
        scenario["teams"]["phone"]["skills"] = {"low": {}, "high": {}}
        expected = [Expected("p_wait", p_wait(), known["p_wait_any_class"])]
        for kind, (name, wait, length) in enumerate(
            reversed([*zip(("high", "low"), known["mean_wait_by_class"], known["mean_queue_by_class"], strict=True)])
        ):
            expected.append(Expected(f"mean_wait {name}", mean_wait(kind), wait))
            expected.append(Expected(f"mean_queue {name}", mean_queue(kind), length))
        expected.append(Expected("mean_wait", mean_wait(), known["mean_wait_fifo_overall"]))
        expected.append(Expected("occupancy", open_contacts(per=agents), known["occupancy"]))
        yield stationary(row["id"], "data/priority.json", scenario, expected)


def skills_cases() -> Iterator[Case]:
    """Two classes and two groups of agents: exact values of the chain over queues and busy agents."""
    for row in read("skills.json"):
        params, known = row["params"], row["expected"]
        scenario = queue(1, 1, "1m", 1)
        scenario["contacts"], scenario["teams"] = {}, {}
        rates = params["mu"]
        for kind, name in enumerate("ab"):
            normal = next(rates[group][kind] for group in range(2) if rates[group][kind] and params["n"][group])
            scenario["contacts"][name] = {
                "channel": "voice",
                "volume": {"interval": "24h", "expected": [params["lam"][kind] * 86400]},
                "handle": {"exponential": seconds(1 / normal)},
                "patience": {"exponential": seconds(1 / params["theta"][kind])},
                "queue_capacity": params["cap"][kind],
            }
            for group in range(2):
                if rates[group][kind] and params["n"][group]:
                    skill = {
                        "speed": round(rates[group][kind] / normal, 9),
                        "preference": params["class_to_groups"][kind].index(group),
                        "order": params["group_to_classes"][group].index(kind),
                    }
                    team = scenario["teams"].setdefault(f"group{group}", {"skills": {}, "count": params["n"][group]})
                    team["skills"][name] = skill
        expected = []
        for kind, values in enumerate(known["classes"]):
            expected += [
                Expected(f"p_wait {kind}", p_wait(kind), values["p_wait"]),
                Expected(f"p_abandon {kind}", p_abandon(kind), values["p_abandon"]),
                Expected(f"mean_queue {kind}", mean_queue(kind), values["mean_queue"]),
                Expected(f"mean_wait {kind}", mean_wait(kind), values["mean_wait_admitted"]),
            ]
            if 0 < values["served_share_by_group"][1] < 1:
                share_of_second = _share_of_team(1, kind)
                expected.append(Expected(f"share of group 1 in {kind}", share_of_second, values["served_share_by_group"][1]))
        for group, values in enumerate(known["groups"]):
            if values["occupancy"]:
                busy = open_contacts(group, per=params["n"][group])
                expected.append(Expected(f"occupancy {group}", busy, values["occupancy"]))
        yield stationary(row["id"], "data/skills.json", scenario, expected, quick=row["id"] == "D-skills-1", replications=150)


def _share_of_team(team: int, kind: int) -> Measure:
    def sums(day: Day) -> tuple[float, float]:
        served = day.came(kind) & day.answered
        return float((served & (day.log.team == team)).sum()), float(served.sum())

    return sums


def bot_cases() -> Iterator[Case]:
    """Put a bot in front of a queue, with false containment."""
    for row in read("bot.json"):
        params, known = row["params"], row["expected"]
        scenario = queue(params["arrival_rate_per_s"], 2, {"exponential": seconds(params["aht_s"])}, params["agents"])
        time = {"exponential": seconds(params["mean_bot_s"])}
        # falsely contained customers all come back to a human, by a contact type that no bot serves
        back = {"volume": "0 per day", "channel": "voice", "handle": {"exponential": seconds(params["aht_s"])}}
        scenario["contacts"] |= {"again": back}
        scenario["contacts"]["voice"]["recontact"] = {"chance": 1, "after": "5m", "by": {"again": 1}}
        scenario["teams"]["phone"]["skills"]["again"] = {}
        bot = {"contains": params["p_contained"], "solves": 1 - params["p_recontact_of_contained"], "time": time}
        scenario["bots"] = {"bot": {"serves": ["voice"], **bot}}
        measures = {
            "bot_mean_concurrent": in_bot(),
            "deflection_gross": contained(),
            "deflection_net_of_recontact": contained(for_good=True),
            "p_wait": p_wait(),
            "mean_wait": mean_wait(),
            "occupancy": open_contacts(per=params["agents"]),
            "mean_queue": mean_queue(),
        }
        expected = [Expected(name, measure, known[name]) for name, measure in measures.items()]
        yield stationary(row["id"], "data/bot.json", scenario, expected)


def redial_cases() -> Iterator[Case]:
    """Redials without limit after abandonment: exact values of the chain over (customers, customers who will redial)."""
    for row in read("redial.json"):
        params, known = row["params"], row["expected"]
        scenario = queue(
            params["fresh_arrival_rate_per_s"], 2, {"exponential": seconds(params["aht_s"])}, params["agents"],
            patience={"exponential": seconds(params["mean_patience_s"])},
            retry={"chance": params["p_redial"], "after": seconds(params["mean_redial_delay_s"])},
        )  # fmt: skip
        measures = {
            "attempts_rate": attempts_rate(),
            "attempts_per_fresh": attempts_per_fresh(),
            "p_abandon_per_attempt": p_abandon(),
            "p_wait_fresh": share(lambda day: day.wait > 0, redial=False),
            "p_wait_redial": share(lambda day: day.wait > 0, redial=True),
            "occupancy": open_contacts(per=params["agents"]),
            "mean_queue": mean_queue(),
            "mean_wait_per_attempt": mean_wait(),
            "p_finally_served_per_fresh": finally_served(),
        }
        expected = [Expected(name, measure, known[name]) for name, measure in measures.items()]
        quick = row["id"] == "D-redial-2"
        yield stationary(row["id"], "data/redial.json", scenario, expected, quick=quick, replications=100)


def reserve_cases() -> Iterator[Case]:
    """Trunk reservation: a loss system in which one class is let in only while more than two agents are free.

    Birth-death chain with arrival rate of both classes below, of the favoured one at and above ``agents - kept`` busy agents.
    Source: Key (1990), Optimal control and trunk reservation in loss networks (the threshold rule).
    """
    rates, aht, agents, kept = {"vip": 0.02, "other": 0.05}, 120.0, 9, 2
    weights = [1.0]
    for busy in range(agents):
        rate = sum(rates.values()) if busy < agents - kept else rates["vip"]
        weights.append(weights[-1] * rate * aht / (busy + 1))
    chance = [weight / math.fsum(weights) for weight in weights]
    scenario = queue(1, 2, {"exponential": seconds(aht)}, agents)
    first = scenario["contacts"].pop("voice")
    scenario["contacts"] = {
        name: {**first, "volume": {"interval": "24h", "expected": [rate * 86400]}, "queue_capacity": 0}
        for name, rate in rates.items()
    }
    scenario["teams"]["phone"]["skills"] = {name: {} for name in rates}
    scenario["routing"] = {"reserve": [{"team": "phone", "agents": kept, "for": "vip"}]}
    expected = [
        Expected("p_block vip", p_block(0), chance[-1]),
        Expected("p_block other", p_block(1), math.fsum(chance[agents - kept :])),
        Expected("occupancy", open_contacts(per=agents), math.fsum(p * busy for busy, p in enumerate(chance)) / agents),
    ]
    yield stationary("trunk reservation", "birth-death chain with a threshold", scenario, expected, quick=True, replications=100)


def balking_cases() -> Iterator[Case]:
    """Each waiting contact deters with the same chance: birth-death chain with arrival rate lambda (1 - p)**k at k waiting."""
    rate, aht, agents, deters = 0.03, 120.0, 3, 0.2
    weights = [1.0]
    for present in range(400):
        joining = (1 - deters) ** max(present - agents, 0)
        weights.append(weights[-1] * rate * joining * aht / min(present + 1, agents))
    chance = [weight / math.fsum(weights) for weight in weights]
    queues = [max(present - agents, 0) for present in range(len(chance))]
    waits = math.fsum(
        p * (1 - deters) ** k for present, (p, k) in enumerate(zip(chance, queues, strict=True)) if present >= agents
    )
    full = math.fsum(chance[agents:])
    busy = math.fsum(p * min(present, agents) for present, p in enumerate(chance)) / agents
    waiting = math.fsum(p * k for p, k in zip(chance, queues, strict=True))
    scenario = queue(rate, 1, {"exponential": seconds(aht)}, agents, patience={"law": "never", "balk_per_waiting": deters})
    expected = [
        Expected("p_wait", p_wait(), waits),
        Expected("p_abandon", p_abandon(), full - waits),
        Expected("mean_queue", mean_queue(), waiting),
        Expected("mean_wait_admitted", mean_wait(), waiting / rate),
        Expected("occupancy", open_contacts(per=agents), busy),
    ]
    yield stationary(
        "M/M/3 balking", "birth-death chain, each waiting contact deters", scenario, expected, quick=True, replications=100
    )


def chat_cases() -> Iterator[Case]:
    """Chats at once, each the slower the more its agent has open."""
    for row in read("chat.json"):
        params, known = row["params"], row["expected"]
        agents, slots, means = params["agents"], params["max_concurrent"], params["mean_chat_seconds_by_load"]
        scenario = queue(
            params["arrival_rate_per_s"], 1, {"exponential": seconds(means[0])}, agents, at_once=slots,
            agent=f"{params['routing']}_loaded", queue_capacity=params["queue_capacity"], patience=_patience(params),
        )  # fmt: skip
        expected = [
            Expected("p_wait", p_wait(), known["p_wait"]),
            Expected("mean_queue", mean_queue(), known["mean_queue"]),
            Expected("mean_wait_admitted", mean_wait(), known["mean_wait_admitted"]),
            Expected("mean_concurrent", open_contacts(), known["mean_concurrent_chats_total"]),
            Expected("served_within_T", sl_offered(params["T_s"]), known["served_within_T_per_offered"]),
        ]
        if _measurable(known["p_abandon"]):
            expected.append(Expected("p_abandon", p_abandon(), known["p_abandon"]))
        distribution = enumerate(known["agent_load_distribution"])
        expected += [Expected(f"agents with {count}", agents_with(count, agents), value) for count, value in distribution]
        if len(set(means)) > 1:
            slower = [f"{100 * (mean / means[0] - 1):.9f}%" for mean in means]
            scenario["contacts"]["voice"]["handle"] = {"talk": {"exponential": seconds(means[0])}, "slower_when_busy": slower}
        quick = row["id"] == "D-chat-2-most"
        yield stationary(row["id"], "data/chat.json", scenario, expected, quick=quick, replications=150)
