"""Fits everything that a scenario needs from one log, each figure with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.bots import fit_bot
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.chat_contacts import with_turns
from simkpi.planning.calibrate.crowd import waiting_before
from simkpi.planning.calibrate.days import Days, Profile, count_by_interval, split_days
from simkpi.planning.calibrate.duty import LONGEST_GAP
from simkpi.planning.calibrate.groups import with_groups
from simkpi.planning.calibrate.growth import Growth, find_growth, fit_level
from simkpi.planning.calibrate.hours import fit_hours
from simkpi.planning.calibrate.links import LinkBy, Links, fit_redials, fit_returns, link
from simkpi.planning.calibrate.observed import Floats, Observed, observe, readable
from simkpi.planning.calibrate.order import OrderFit, fit_orders, tells_apart
from simkpi.planning.calibrate.patience import ENOUGH, PatienceFit, fit_patience
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.planning.calibrate.remarks import linked, remarks
from simkpi.planning.calibrate.slowdown import fit_slow_down
from simkpi.planning.calibrate.staffing import CLOSED_BELOW, StaffFit, StaffFrom, fit_teams
from simkpi.planning.calibrate.times import FEW, LawFit, fit_law
from simkpi.planning.calibrate.transfers import Transfers, find_transfers, fit_transfer, unfold
from simkpi.planning.calibrate.turns import conversations
from simkpi.planning.calibrate.unfinished import fit_unfinished
from simkpi.planning.calibrate.volume import fit_volume
from simkpi.scenario.channels import CHANNELS

#: Which law of patience the scenario gets.
PatienceLaw = Literal["curve", "simple"]
#: Whether customers of different priority are contact types of their own.
SplitBy = Literal["auto", "priority", "none"]
#: Unlogged work shorter than this is not worth a law.
_SHORTEST_UNLOGGED = 1.0


def fit(
    log: Log,
    *,
    interval: float = 1800.0,
    profile: Profile = "weekday",
    longest_gap: float = LONGEST_GAP,
    staff_from: StaffFrom = "contacts",
    link_by: LinkBy = "auto",
    patience: PatienceLaw = "curve",
    split_by: SplitBy = "auto",
    like: tuple[str, ...] = (),
    members: Mapping[str, str] | None = None,
) -> Calibration:
    """Fit a scenario's figures from a log.

    Parameters
    ----------
    log : Log
        From :func:`simkpi.interactions.files.read_log`, or any frame in our schema wrapped in ``Log``.
    interval : float, seconds
        Length of an interval of the profiles; must divide the day.
    profile : str
        ``weekday``: one row per weekday; ``date``: the log's own days, to tell what averaging over weekdays costs.
    longest_gap : float, seconds
        Longest pause of an agent, while somebody waits, that still counts as being on duty.
    staff_from : str
        ``contacts`` or ``states``: see :func:`simkpi.planning.calibrate.staffing.fit_teams`.
    link_by : str
        How contacts of the same case are known: see :func:`simkpi.planning.calibrate.links.link`.
    patience : str
        ``curve``: Kaplan-Meier with an exponential tail; ``simple``: the exponential, Weibull or lognormal law with the
        greatest censored likelihood, where it stays in the band of Kaplan-Meier.
    split_by : str
        ``priority``: customers of different priority are contact types of their own; ``auto``: if they are served in a different
        order.
    like : tuple of str
        Contact types of another fit whose split is to be repeated.
    members : mapping of str to str, optional
        Group of each agent in another fit, to be repeated where the log names no teams: see
        :func:`simkpi.planning.calibrate.groups.with_groups`.

    Raises
    ------
    LogError
        If the log is empty or holds no answered contact.
    InputError
        If *interval* does not divide the day, or agent states are asked for and missing.
    """
    if interval <= 0 or 86_400 % interval:
        raise InputError(f"the interval must divide the day, got {interval:g} s; write e.g. 30min")
    told, log = log.notes, unfold(with_pick_ups(log))
    observed, orders, split_by = _observed(log, split_by, like)
    observed = with_groups(observed, members)
    days, weekdays = split_days(observed, interval, profile), split_days(observed, interval)
    teams = fit_teams(log, observed, days, interval=interval, longest_gap=longest_gap, staff_from=staff_from)
    kept = while_open(observed, days, teams, interval)
    if patience not in get_args(PatienceLaw):
        raise InputError(f"unknown law of patience '{patience}'; known: {', '.join(get_args(PatienceLaw))}")
    links = link(readable(log), names=observed.contact_types, index=observed.contact_type, by=link_by)
    transfers = find_transfers(readable(log))
    fresh = kept if links is None else kept & ~links.is_linked
    fresh = fresh if transfers is None else fresh & ~transfers.has_come
    counts = days.fill(count_by_interval(observed, fresh, interval))
    growth = find_growth(fit_volume(counts, days, weekdays), days, observed.start)
    total = fit_level(counts, days, weekdays, growth)
    chats = conversations(log)
    identities = readable(log)["contact_id"].cast(pl.String).to_numpy().astype(object)
    contacts = tuple(
        with_turns(one, chats, identities[observed.is_answered & (observed.contact_type == index)])
        for index, one in enumerate(
            _fit_contacts(
                observed,
                kept,
                fresh,
                days,
                weekdays,
                orders=orders,
                teams=teams,
                interval=interval,
                links=links,
                transfers=transfers,
                growth=growth,
            )
        )
    )
    # Whoever writes faster has the shorter replies, not the more hands: he would have fewer chats open at once.
    written = {one.name for one in contacts if one.turns is not None}
    teams = tuple(one.all_alike() if written & one.skills.keys() else one for one in teams)
    if patience == "simple":
        contacts = tuple(replace(one, patience=one.patience.with_simple_law()) for one in contacts)
    left_out = int((~kept).sum())
    seen = (*log.notes[len(told) :], *observed.notes, *days.notes, *([growth.note] if growth else []))
    notes = [*seen, *remarks(observed, contacts, teams, left_out=left_out, chats=chats), *linked(links, kept)]
    hours = fit_hours(observed, days, teams, expected=total.expected, kept=kept, interval=interval)
    notes += [hours.note] if hours.note else []
    told_of = (observed, days, interval, longest_gap, contacts, teams, total, left_out, log.source, tuple(notes))
    return Calibration(
        *told_of, hours=hours, growth=growth, links=links, transfers=transfers, split_by="" if split_by == "none" else split_by
    )


def _observed(log: Log, split_by: SplitBy, like: tuple[str, ...]) -> tuple[Observed, tuple[OrderFit, ...], SplitBy]:
    """Read the log, split by priority if asked for or if that tells who is served first."""
    if split_by not in get_args(SplitBy):
        raise InputError(f"contacts can not be split by '{split_by}'; known: {', '.join(get_args(SplitBy))}")
    if split_by != "none":
        if "priority" in log.interactions.lazy().collect_schema().names():
            observed = observe(log, split_by="priority", like=like)
            orders = fit_orders(observed)
            if split_by == "priority" or tells_apart(observed.contact_types, orders, "priority"):
                return observed, orders, "priority"
        elif split_by == "priority":
            raise InputError("the log has no column priority: contacts can not be split by it; leave --split-by out")
    observed = observe(log)
    return observed, fit_orders(observed), "none"


def while_open(observed: Observed, days: Days, teams: tuple[StaffFit, ...], interval: float) -> NDArray[np.bool_]:
    """Contacts that came in an interval in which somebody able to serve their type is on duty, on a day that is used."""
    row = days.row[observed.day]
    slot = ((observed.arrived % 86_400) // interval).astype(np.intp)
    kept = np.zeros(len(observed), dtype=bool)
    for team in teams:
        skilled = np.array([name in team.skills for name in observed.contact_types])[observed.contact_type]
        kept |= skilled & (team.on_duty[row, slot] >= CLOSED_BELOW)
    # what can wait for another day is there when somebody comes
    waits = np.array([channel in CHANNELS and CHANNELS.get(channel).deferrable for channel in observed.channels])
    served = np.array([any(name in team.skills for team in teams) for name in observed.contact_types])
    kept |= (waits & served)[observed.contact_type]
    return kept & (row >= 0) & ~days.holes[observed.day, slot]


def _fit_contacts(
    observed: Observed,
    kept: NDArray[np.bool_],
    fresh: NDArray[np.bool_],
    days: Days,
    weekdays: Days,
    *,
    orders: tuple[OrderFit, ...],
    teams: tuple[StaffFit, ...],
    interval: float,
    links: Links | None,
    transfers: Transfers | None,
    growth: Growth | None,
) -> Iterator[ContactFit]:
    crowd = waiting_before(observed)
    leaves = observed.may_leave
    everybody = fit_patience(observed.wait[leaves], observed.is_abandoned[leaves], crowd[leaves])
    for index, name in enumerate(observed.contact_types):
        mine = observed.contact_type == index
        counts = days.fill(count_by_interval(observed, fresh & mine, interval))
        served = mine & observed.is_answered
        talk_pooled = int((~np.isnan(observed.talk[served])).sum()) < FEW
        same = np.array([channel == observed.channels[index] for channel in observed.channels])[observed.contact_type]
        told = observed.resolved[served]
        told = told[~np.isnan(told)]
        wrap, unlogged = _wrap(observed, served, [team for team in teams if name in team.skills])
        slow = fit_slow_down(observed, served, max((team.skills.get(name, 1) for team in teams), default=1))
        alone = slow.content[served]
        moves = fit_transfer(observed, transfers, index) if transfers else None
        whole = served & ~transfers.is_source if transfers and moves else served  # the others were cut short
        if slow.slower and observed.has_wrap:
            wrap = slow.of_work(observed.wrap[served] * alone)
        talk = (
            fit_unfinished(observed.talk[same & observed.is_answered], observed.running[same & observed.is_answered])
            if talk_pooled
            else slow.of_work((observed.talk * slow.content)[whole], (observed.running * slow.content)[whole])
        )
        yield ContactFit(
            name=name,
            channel=observed.channels[index],
            volume=fit_level(counts, days, weekdays, growth),
            talk=talk,
            hold=fit_law(observed.hold[served]),
            wrap=wrap,
            talk_pooled=talk_pooled and bool((same & observed.is_answered & ~mine).any()),
            wrap_unlogged=unlogged,
            patience=_patience(observed, mine, crowd, everybody if leaves[mine].all() else None),
            bot=fit_bot(observed, index, chosen=kept),
            order=orders[index],
            resolved=float(told.mean()) if len(told) else None,
            resolved_of=len(told),
            redials=fit_redials(links, name) if links else None,
            returns=fit_returns(links, name) if links else None,
            slow_down=slow if slow.slower else None,
            transfer=moves,
        )


def _wrap(observed: Observed, served: NDArray[np.bool_], teams: list[StaffFit]) -> tuple[LawFit, bool]:
    """After-contact work: as logged, else the pauses of the team that serves the type most."""
    if observed.has_wrap or not teams:
        return fit_law(observed.wrap[served]), False
    busiest = max(teams, key=lambda team: team.unlogged.observations)
    if busiest.unlogged.observations < FEW or busiest.unlogged.mean < _SHORTEST_UNLOGGED:
        return fit_law(np.array([])), False
    return busiest.unlogged, True


def _patience(observed: Observed, mine: NDArray[np.bool_], crowd: Floats, everybody: PatienceFit | None) -> PatienceFit:
    own = fit_patience(observed.wait[mine], observed.is_abandoned[mine], crowd[mine])
    if everybody is None or own.abandoned >= ENOUGH or everybody.abandoned == own.abandoned or everybody.abandoned < FEW:
        return own
    taken = {name: getattr(everybody, name) for name in ("law", "parametric", "at_zero", "survival", "reach", "shortening")}
    return replace(own, **taken, pooled=True)
