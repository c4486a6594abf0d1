"""Writes what becomes of a contact as lines of a scenario: order of service, patience, transfers, who comes again."""

from __future__ import annotations

from collections.abc import Iterator

from simkpi.planning.calibrate.breath import Breath
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.links import ReturnFit
from simkpi.planning.calibrate.order import OrderFit
from simkpi.planning.calibrate.patience import PatienceFit
from simkpi.planning.calibrate.transfers import TransferFit
from simkpi.planning.calibrate.yaml_lines import block, comment, key, law_lines
from simkpi.units import format_duration, format_share


def quiet_lines(fit: Calibration, contact: ContactFit) -> Iterator[str]:
    """Write how much longer agents take when nobody waits."""
    law = fit.pause(contact)
    if law is None:
        return
    yield from comment(f"until agents are ready again when nobody waits: {_pause_text(fit, fit.breath(contact))}", indent=6)
    yield from block("longer_when_quiet", law, 6)


def _pause_text(fit: Calibration, breath: Breath | None) -> str:
    if fit.quiet or breath is None:
        error = fit.tuning.quiet_error if fit.tuning else None
        return (f"± {error:.0f} s, " if error is not None else "") + "tuned to the service level in 20 s"
    chance = f"{100 * breath.chance:.1f} % ± {100 * breath.chance_error:.1f}"
    return (
        f"{chance} go away, for {breath.mean:.0f} s ± {breath.mean_error:.0f}"
        f" (exponential, cut at {breath.longest:.0f} s: longer ones are absences); from {breath.seen} calls beside one idle agent"
    )


def order_lines(order: OrderFit) -> Iterator[str]:
    """Say how the type waits and is served beside the others."""
    if order.ratio is not None:
        waits = f"waits {order.ratio:.2f} times as long as the others at the same time (n={order.contacts})"
        pairs = ""
        if order.against is not None and order.unexplained is not None:
            shares = f"{100 * order.against:.0f} % against first come first served, {100 * order.unexplained:.0f} % against this"
            pairs = f"; of {order.pairs} pairs, {shares} order"
        yield from comment(waits + pairs, indent=4)
    if order.priority:
        yield f"    priority: {order.priority}"


def routing_lines(fit: Calibration) -> Iterator[str]:
    """Head starts, if any type has one."""
    ahead = [contact for contact in fit.contacts if contact.order.head_start]
    if not ahead:
        return
    yield from comment(
        "Counts in the queue as if it had come so much earlier: from pairs of which one was taken and the other went on waiting"
        " (± over days)."
    )
    yield "routing:"
    yield "  head_start:"
    for contact in ahead:
        order = contact.order
        error = f"± {order.error:.0f} s, " if order.error is not None else ""
        how = f"{error}{order.pairs} pairs" if order.pairs else "as the busiest type: too few pairs of its own"
        yield f"    {key(contact.name)}: {format_duration(order.head_start)}  # {how}"


def transfer_lines(fit: TransferFit | None) -> Iterator[str]:
    """Write who goes on to another queue."""
    if fit is None:
        return
    shown = f"{fit.transferred} of {fit.answered} answered contacts ({100 * fit.chance:.1f} % ± {100 * fit.error:.1f})"
    yield from comment(f"transfer: {shown}; the law of the talk is that of the others", indent=4)
    yield "    transfer:"
    yield f"      chance: {format_share(round(fit.chance, 4))}"
    *most, _ = (round(share, 4) for share in fit.to.values())
    shares = [*most, round(1 - sum(most), 4)]
    to = ", ".join(f"{key(name)}: {format_share(share)}" for name, share in zip(fit.to, shares, strict=True))
    yield f"      to: {{{to}}}"
    yield from law_lines("after", fit.after, 6, "talk time until then")


def again_lines(field: str, contact: ContactFit, fit: ReturnFit | None) -> Iterator[str]:
    """Write who comes again: redials (``retry``) or returns (``recontact``)."""
    if fit is None:
        return
    shown = f"{fit.followed} of {fit.contacts} contacts were followed by another"
    yield from comment(f"{field}: {shown} ({100 * fit.followed / fit.contacts:.1f} % ± {100 * fit.error:.1f})", indent=4)
    yield f"    {field}:"
    yield f"      chance: {format_share(round(fit.chance, 4))}"
    yield from law_lines("after", fit.after, 6, "time until the next contact")
    yield f"      at_most: {fit.at_most}"
    if set(fit.by) != {contact.name}:
        *most, _ = (round(share, 4) for share in fit.by.values())
        shares = [*most, round(1 - sum(most), 4)]
        by = ", ".join(f"{key(name)}: {format_share(share)}" for name, share in zip(fit.by, shares, strict=True))
        yield f"      by: {{{by}}}"


def patience_lines(fit: PatienceFit) -> Iterator[str]:
    """Write how long customers wait, and what that rests on."""
    n = f"{fit.abandoned} gave up, {fit.answered} were answered first (censored)"
    if fit.law is None:
        bound = f"; mean patience above {format_duration(round(fit.at_least))} with 95 % confidence" if fit.at_least else ""
        yield from comment(f"patience: {n}: nothing to fit{bound}", indent=4)
        yield "    patience: never"
        return
    exponential = ""
    if fit.exponential_mean is not None and fit.exponential_error is not None:
        own = f"{fit.exponential_mean:.0f} s ± {fit.exponential_error:.0f}"
        exponential = f"; exponential estimator (total wait / abandonments) {own}"
    yield from comment(f"patience: {n}{exponential}; law beyond {fit.reach:.0f} s: exponential tail", indent=4)
    if fit.pooled:
        yield from comment("too few abandonments of its own: the law is that of all contacts", indent=4)
    if fit.shortening.share:
        each = f"{100 * fit.shortening.share:.1f} % ± {100 * (fit.shortening.error or 0.0):.1f}"
        yield from comment(
            f"each contact that waits already takes {each} off the patience (log-rank scores); law and curve are those of"
            " customers who meet an empty queue",
            indent=4,
        )
    points = [f"{point:g} s {100 * share:.1f} % [{100 * low:.1f}, {100 * high:.1f}]" for point, share, low, high in fit.survival]
    if points:
        yield from comment("Kaplan-Meier, still waiting after " + ", ".join(points), indent=4)
    for one in fit.parametric:
        held = "stays in" if one.inside else "leaves"
        ((kind, parameters),) = one.law.items()
        inner = ", ".join(f"{name} {value}" for name, value in parameters.items())
        yield from comment(f"{kind}, {inner}: AIC {one.aic:.0f}, {held} the band of Kaplan-Meier", indent=4)
    beside = {"balk": fit.balk, "shorter_per_waiting": fit.shortening.share}
    lines = list(block("patience", fit.law, 4))
    if len(lines) == 1 and any(beside.values()):
        (kind, parameters), *_ = fit.law.items()
        inner = ", ".join(f"{name}: {value}" for name, value in parameters.items())
        lines = ["    patience:", f"      {kind}: {{{inner}}}"]
    yield from lines
    for name, share in beside.items():
        if share:
            yield f"      {name}: {format_share(round(share, 4))}"
