"""``simkpi erlang``: the classical formulas, for a given team or solved for the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simkpi import units
from simkpi.cli.erlang_options import AHT, CHAT, PATIENCE, PLACES, queue_options
from simkpi.cli.options import note
from simkpi.errors import InputError

if TYPE_CHECKING:
    from simkpi.cli.erlang_view import Answer
    from simkpi.queueing.targets import Target

SOURCES = {
    "Erlang B": "A. K. Erlang 1917 (blocked contacts are lost; any law of handle time)",
    "Erlang C": "A. K. Erlang 1917 (nobody abandons; exponential handle times)",
    "Erlang C with places": "M/M/n/K: L. Kleinrock, Queueing systems 1, 1975",
    "Erlang A": "C. Palm 1957; A. Mandelbaum and S. Zeltyn 2007 (exponential handle times and patience)",
    "Erlang A with places": "M/M/n/K+M: J. Riordan, Stochastic service systems, 1962",
    "Chat": "level-dependent Markov chain; T. Tezcan and J. Zhang, Operations Research 62(4), 2014",
}


@click.group(name="erlang", short_help="Erlang B, C, A and chat.")
def command() -> None:
    """Compute a queue's figures by formula, or solve for the agents that meet a target.

    \b
    Example:
      simkpi erlang c --volume 100/30min --aht 3m --agents 14
      simkpi erlang a --volume 100/30min --aht 3m --patience 2m --target 80% --shrinkage 30%

    Formulas assume a steady state and one kind of contact; 'simkpi run' simulates what they leave out.
    """  # noqa: D301 - click wants the character itself


@command.command("b", short_help="Nobody waits: all agents busy means lost.")
@queue_options(AHT)
def erlang_b(**options: Any) -> None:
    """Compute Erlang B: contacts that find all agents (or lines) busy are lost.

    \b
    Example:
      simkpi erlang b --volume 100/30min --aht 3m --agents 14
      simkpi erlang b --volume 100/30min --aht 3m --max-block 1%
    """  # noqa: D301 - click wants the character itself
    _voice("Erlang B", options, lossy=True)


@command.command("c", short_help="Everybody waits until answered.")
@queue_options(AHT, PLACES)
def erlang_c(**options: Any) -> None:
    """Compute Erlang C: nobody abandons; with --places, contacts beyond them are refused.

    \b
    Example:
      simkpi erlang c --volume 100/30min --aht 3m --agents 14 --threshold 20s
      simkpi erlang c --volume 100/30min --aht 3m --target 80% --max-occupancy 85% --shrinkage 30%
    """  # noqa: D301 - click wants the character itself
    _voice("Erlang C", options)


@command.command("a", short_help="Contacts abandon when out of patience.")
@queue_options(AHT, PATIENCE, PLACES)
def erlang_a(**options: Any) -> None:
    """Compute Erlang A: waiting contacts abandon after an exponential patience.

    \b
    Example:
      simkpi erlang a --volume 100/30min --aht 3m --patience 2m --agents 12
      simkpi erlang a --volume 100/30min --aht 3m --patience 2m --target 80% --max-abandon 5%
    """  # noqa: D301 - click wants the character itself
    _voice("Erlang A", options)


@command.command("chat", short_help="Several chats at once per agent.")
@queue_options(*CHAT)
def erlang_chat(**options: Any) -> None:
    """Compute a chat team whose agents hold several chats at once and get slower with each.

    \b
    Example:
      simkpi erlang chat --volume 120/h --aht 5m,6m30s,8m30s --threshold 30s --target 80%
      simkpi erlang chat --volume 120/h --aht 5m,6m30s,8m30s --agents 7 --patience 2m
    """  # noqa: D301 - click wants the character itself
    _chat(options)


def _targets(options: dict[str, Any]) -> list[Target]:
    """Return the targets that were asked for, the service level first."""
    from simkpi.queueing.targets import Target

    within = options["threshold"]
    asked = [
        ("service_level", options["target"], within),
        ("wait_within", None if options["max_wait"] is None else 0.9, options["max_wait"]),
        ("asa", options["max_asa"], within),
        ("p_abandon", options.get("max_abandon"), within),
        ("p_block", options.get("max_block"), within),
        ("occupancy", options["max_occupancy"], within),
    ]
    targets = [Target(metric, value, threshold) for metric, value, threshold in asked if value is not None]
    if not targets and options["agents"] is None:
        raise click.UsageError("give --agents, or what to solve for: --target 80%", click.get_current_context())
    return targets


def _title(options: dict[str, Any], aht: str) -> str:
    count, period = options["volume"]
    parts = [f"{count:g} contacts per {units.format_duration(period)}", f"AHT {aht}"]
    for name in ("patience", "places", "routing"):
        if options.get(name) is not None:
            value = options[name]
            parts.append(
                f"{name} {units.format_duration(value) if name == 'patience' else value if name == 'routing' else f'{value:g}'}"
            )
    return ", ".join(parts)


def _answer(model: str, options: dict[str, Any], aht: str, performance: Any, agents: float) -> Answer:
    from simkpi.cli.erlang_view import Answer
    from simkpi.queueing.staffing import exact_shrinkage, gross_agents

    within = units.format_duration(options["threshold"])
    shrinkage = options["shrinkage"]
    exact = exact_shrinkage(shrinkage)
    count, period = options["volume"]
    inputs = {
        "contacts": count,
        "period": period,
        **{k: v for k, v in options.items() if k not in {"volume", "format_", "quiet", "lang"}},
    }
    figures = {name: value for name, value in performance.as_dict().items() if name != "is_stable"}
    whole = float(agents).is_integer()
    return Answer(
        model=model,
        title=_title(options, aht),
        source=SOURCES[model],
        within=within,
        inputs=inputs,
        figures=figures,
        is_stable=bool(performance.is_stable),
        agents=int(agents) if whole else agents,
        gross_agents=gross_agents(int(agents), shrinkage) if whole else None,
        fte=float(agents) / float(1 - exact),
    )


def _voice(name: str, options: dict[str, Any], *, lossy: bool = False) -> None:
    """Evaluate or solve one of the voice models and print the answer."""
    from simkpi.cli.erlang_view import show
    from simkpi.queueing.staffing import agents_needed
    from simkpi.queueing.stationary import evaluate, wait_percentile

    targets = _targets(options)
    _doubts(options, [options["aht"]])
    count, period = options["volume"]
    queue = {"arrival_rate": count / period, "aht": options["aht"], "patience": options.get("patience")}
    need, agents, places = None, options["agents"], options.get("places")
    if agents is None:
        need = agents_needed(targets=targets, places=places, lossy=lossy, shrinkage=options["shrinkage"], **queue)
        agents = need.agents
    queue |= {"agents": agents, "places": agents if lossy else places}
    performance = evaluate(threshold=options["threshold"], **queue)
    model = f"{name} with places" if places is not None else name
    answer = _answer(model, options, units.format_duration(options["aht"]), performance, agents)
    answer.figures["wait_90"] = wait_percentile(0.9, **queue) if agents else float("inf")
    answer.requirement = need
    if need is None and targets:
        _judge(answer, targets, queue, period)
    show(answer, options["format_"], options["lang"] or "en")
    if not answer.is_stable:
        note(f"note: unstable: {performance.offered_load:.6g} Erlangs on {agents:g} agents; the queue grows without bound")
    _next(name, options, answer)


def _judge(answer: Answer, targets: list[Target], queue: dict[str, Any], period: float) -> None:
    """Say which targets a given team meets, and the largest volume it can carry."""
    from simkpi.queueing.carry import longest_aht, most_contacts
    from simkpi.queueing.targets import performances

    for target, figures in zip(targets, performances(targets, **queue), strict=True):
        answer.targets.append((str(target), target.show(target.value_of(figures)), bool(target.met(figures))))
    team = {name: queue[name] for name in ("agents", "patience", "places")}
    try:
        volume = most_contacts(aht=queue["aht"], targets=targets, interval=period, **team)
        answer.carries.append(
            f"within these targets the team carries {volume.value:g} contacts per {units.format_duration(period)}"
        )
        if queue["arrival_rate"] > 0:
            aht = longest_aht(arrival_rate=queue["arrival_rate"], targets=targets, **team)
            answer.carries.append(f"at this volume it affords an AHT of {units.format_duration(aht.value)}")
    except InputError as error:
        answer.carries.append(error.problems[0].message)


def _chat(options: dict[str, Any]) -> None:
    """Evaluate or solve the chat model and print the answer."""
    from dataclasses import asdict

    from simkpi.cli.erlang_view import show
    from simkpi.queueing.chat import evaluate_chat
    from simkpi.queueing.chat_staffing import chat_agents_needed

    times = options["aht"]
    if options["at_once"] is not None and len(times) not in {1, options["at_once"]}:
        raise click.BadParameter(
            f"--at-once {options['at_once']} needs 1 or {options['at_once']} durations, got {len(times)}", param_hint="--aht"
        )
    times = times * (options["at_once"] or 1) if len(times) == 1 else times
    targets = _targets(options)
    _doubts(options, list(times))
    count, period = options["volume"]
    queue = {
        "arrival_rate": count / period,
        "chat_times": times,
        "patience": options["patience"],
        "waiting_places": options["places"],
        "routing": options["routing"],
    }
    need = None
    agents = options["agents"]
    if agents is None:
        need = chat_agents_needed(targets=targets, shrinkage=options["shrinkage"], **queue)
        agents = need.agents
    chat = evaluate_chat(agents=agents, threshold=options["threshold"], **queue)
    answer = _answer("Chat", options, ", ".join(units.format_duration(time) for time in times), chat.queue, agents)
    names = ("mean_chats", "mean_chat_time", "slot_occupancy", "chats_per_busy_agent")
    answer.figures |= {name: getattr(chat, name) for name in names}
    del answer.figures["offered_load"]  # depends on how many chats an agent holds
    answer.inputs["load_distribution"] = asdict(chat)["load_distribution"]
    answer.requirement = need
    if need is None:
        for target in targets:
            at = (
                chat.queue
                if target.threshold == options["threshold"]
                else evaluate_chat(agents=agents, threshold=target.threshold, **queue).queue
            )
            answer.targets.append((str(target), target.show(target.value_of(at)), bool(target.met(at))))
    show(answer, options["format_"], options["lang"] or "en")
    _next("Chat", options, answer)


def _doubts(options: dict[str, Any], times: list[float]) -> None:
    """Legal values that are probably a slip of the unit."""
    for time in times:
        if 0 < time < 10:
            note(f"warning: --aht is {units.format_duration(time)}: did you mean {time:g}m?", quiet=options["quiet"])
        elif time > 4 * 3600:
            note(f"warning: --aht is {units.format_duration(time)}: is the unit right?", quiet=options["quiet"])
    places, agents = options.get("places"), options["agents"]
    if "routing" not in options and places is not None and agents is not None and places < agents:
        note(f"warning: {places:g} places for {agents:g} agents: only {places:g} agents can ever be busy", quiet=options["quiet"])


def _next(name: str, options: dict[str, Any], answer: Answer) -> None:
    """Say what to type next."""
    count, period = options["volume"]
    volume = f"--volume {count:g}/{units.format_duration(period)}"
    if name == "Chat":
        hint = "simkpi run SCENARIO  (a day that changes by the hour, voice and bots beside the chats)"
    elif name == "Erlang C":
        aht = units.format_duration(options["aht"])
        hint = f"simkpi erlang a {volume} --aht {aht} --patience 2m --agents {answer.agents:g}  (the same, if callers abandon)"
    elif options["agents"] is None:
        fewer = max(answer.agents - 1, 1)
        aht = units.format_duration(options["aht"])
        patience = f" --patience {units.format_duration(options['patience'])}" if options.get("patience") is not None else ""
        hint = (
            f"simkpi erlang {name[-1].lower()} {volume} --aht {aht}{patience} --agents {fewer:g}  (what one agent fewer would do)"
        )
    else:
        hint = "leave out --agents and give --target 80% to solve for the agents"
    note(f"Next: {hint}", quiet=options["quiet"])
