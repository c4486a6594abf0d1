"""Writes how chats go message by message into a scenario file, each figure with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from simkpi.planning.calibrate.turns import CountFit, TurnsFit
from simkpi.planning.calibrate.yaml_lines import comment, law_lines, list_lines
from simkpi.units import format_duration, format_share


def turn_lines(fit: TurnsFit) -> Iterator[str]:
    """Lines of the block ``turns`` of a contact type."""
    yield from comment(f"work of one reply, net of waiting behind other chats: {law_figures(fit)}", indent=4)
    if fit.unknown:
        yield from comment(f"{fit.unknown} replies are left out of it: the agent was away for an hour, or is not named", indent=4)
    yield "    turns:"
    cut = f"; {fit.replies.censored} chats were cut short by silence (lower bounds)" if fit.replies.censored else ""
    yield from _counts("replies", fit.replies, f"replies of a chat{cut}")
    yield from law_lines("think", fit.think, 6, "from a reply to the customer's next message")
    if fit.tells_silence:
        shown = f"{100 * fit.silent:.1f} % ± {100 * fit.silent_error:.1f} of the replies that were not the last"
        yield f"      silent: {format_share(round(fit.silent, 4))}  # {shown}"
    else:
        yield from comment("the log shows no chats ended by silence: it is set beyond the longest time a customer took", indent=6)
    yield f"      idle_close: {format_duration(round(fit.idle_close, 1))}"
    why = f"the work of a reply goes with (number of replies)^{fit.slope:.2f} ± {fit.slope_error:.2f}"
    yield f"      effort: {fit.effort}  # {why}"
    for name, law in (("customer_messages", fit.customer_messages), ("agent_messages", fit.agent_messages)):
        if law.mean > 1:
            yield from _counts(name, law, "messages at a time")


def law_figures(fit: TurnsFit) -> str:
    """Mean, spread and number of the times of one reply."""
    law = fit.reply_work
    return f"mean {law.mean:.1f} s ± {law.mean_error:.1f}, cv {law.cv:.2f}, n={law.observations}"


def _counts(name: str, law: CountFit, what: str) -> Iterator[str]:
    yield from comment(
        f"{what}: mean {law.mean:.2f} ± {law.mean_error:.2f}, n={law.observations}; weights of 1, 2, 3 ...", indent=6
    )
    yield from list_lines(f"      {name}: ", [f"{round(100 * weight, 2):g}" for weight in law.weights])
