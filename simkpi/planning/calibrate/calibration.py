"""What a fit to a log holds: every contact type, every team, and what to know before using it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.bots import BotFit
from simkpi.planning.calibrate.breath import Breath
from simkpi.planning.calibrate.days import Days
from simkpi.planning.calibrate.growth import Growth
from simkpi.planning.calibrate.hours import Hours
from simkpi.planning.calibrate.links import Links, ReturnFit
from simkpi.planning.calibrate.observed import Observed
from simkpi.planning.calibrate.order import OrderFit
from simkpi.planning.calibrate.patience import PatienceFit
from simkpi.planning.calibrate.slowdown import SlowDown
from simkpi.planning.calibrate.staffing import StaffFit, heads
from simkpi.planning.calibrate.times import LawFit
from simkpi.planning.calibrate.transfers import TransferFit, Transfers
from simkpi.planning.calibrate.turns import TurnsFit
from simkpi.planning.calibrate.volume import VolumeFit
from simkpi.scenario.channels import CHANNELS
from simkpi.units import format_duration


@dataclass(frozen=True)
class ContactFit:
    """One contact type.

    Parameters
    ----------
    name, channel : str
        Names.
    volume : VolumeFit
        Arrivals.
    talk, hold, wrap : LawFit
        Handle time.
    talk_pooled, wrap_unlogged : bool
        The type had too few answers, so the law is that of all; the wrap-up is the unlogged work of the agents.
    patience : PatienceFit
        Patience.
    bot : BotFit or None
        The stage in front of the queue.
    order : OrderFit
        Whether it is served ahead of the others.
    resolved, resolved_of : float or None, int
        Share resolved among answered contacts that say so.
    redials, returns : ReturnFit or None
        Who tries again after a failed attempt, who comes back after a handled contact.
    slow_down : SlowDown or None
        How contacts handled side by side slow one another down; talk and wrap are then what they would take alone.
    transfer : TransferFit or None
        Who goes on to another queue, when and where.
    turns : TurnsFit or None
        How chats go message by message, if the log has their messages; talk and wrap are then what agents write.
    """

    name: str
    channel: str
    volume: VolumeFit
    talk: LawFit
    hold: LawFit
    wrap: LawFit
    talk_pooled: bool
    wrap_unlogged: bool
    patience: PatienceFit
    bot: BotFit | None
    order: OrderFit
    resolved: float | None
    resolved_of: int
    redials: ReturnFit | None = None
    returns: ReturnFit | None = None
    slow_down: SlowDown | None = None
    transfer: TransferFit | None = None
    turns: TurnsFit | None = None


@dataclass(frozen=True)
class Tuning:
    """What simulations were tuned to.

    Parameters
    ----------
    abandon_rate, service_level : float, fraction
        Of the log; the latter in 20 s of all offered contacts.
    factor_error, quiet_error : float or None
        Standard errors of the availability factor, and of the breath (seconds), that one log of this length leaves.
    has_breath : bool
        The service level was tuned to, too.
    """

    abandon_rate: float
    service_level: float
    factor_error: float | None = None
    quiet_error: float | None = None
    has_breath: bool = False


@dataclass(frozen=True)
class Calibration:
    """All that was fitted.

    Parameters
    ----------
    observed : Observed
        The log as arrays.
    days : Days
        Rows of the profiles.
    interval : float, seconds
        Length of an interval.
    longest_gap : float, seconds
        Pauses longer than this, while somebody waits, were taken as absences.
    contacts : tuple of ContactFit
        Contact types, the busiest first.
    teams : tuple of StaffFit
        Teams.
    total : VolumeFit
        Arrivals of all types together.
    left_out : int
        Contacts that came while nobody was on duty, left out of the volumes.
    source : str
        Name of the log's source.
    notes : tuple of str
        What to know before using it.
    factor : float
        Availability factor tuned by simulation; 1 = not tuned.
    quiet : float, seconds
        Mean time that agents take until they are ready when they finish while nobody waits, tuned by simulation; 0 = none.
    tuning : Tuning or None
        What was tuned to.
    is_drawn : bool
        With one row per date: the volumes are means around which contacts are drawn, not counts to be met exactly.
    links : Links or None
        Which contacts follow others: they are not in the volumes.
    split_by : str
        Column whose values were made contact types of their own; empty = none.
    transfers : Transfers or None
        Which rows came by transfer: they are not in the volumes either.
    hours : Hours or None
        When the centre is open.
    growth : Growth or None
        Of the volume, week by week; the weekdays' means are those without it.
    """

    observed: Observed
    days: Days
    interval: float
    longest_gap: float
    contacts: tuple[ContactFit, ...]
    teams: tuple[StaffFit, ...]
    total: VolumeFit
    left_out: int
    source: str
    notes: tuple[str, ...]
    factor: float = 1.0
    quiet: float = 0.0
    tuning: Tuning | None = None
    is_drawn: bool = False
    links: Links | None = None
    split_by: str = ""
    transfers: Transfers | None = None
    hours: Hours | None = None
    growth: Growth | None = None

    @property
    def is_fresh(self) -> NDArray[np.bool_]:
        """Contacts that follow no other one, shape (n_contacts,)."""
        fresh = np.ones(len(self.observed), dtype=bool) if self.links is None else ~self.links.is_linked
        return fresh if self.transfers is None else fresh & ~self.transfers.has_come

    def breath(self, contact: ContactFit) -> Breath | None:
        """Measured readiness of the agents who handle such a contact, of the team that shows it best; None if no log tells."""
        seen = [team.breath for team in self.teams if contact.name in team.skills and team.breath is not None]
        return max(seen, key=lambda one: one.seen, default=None)

    def pause(self, contact: ContactFit) -> dict[str, Any] | None:
        """Law of the time until agents are ready when nobody waits, as a scenario writes it; None = at once."""
        if not self.breathes(contact):
            return None
        if self.quiet:
            return {"exponential": {"mean": format_duration(self.quiet)}}
        breath = self.breath(contact)
        return breath.law if breath and breath.chance else None

    def with_factor(self, factor: float) -> Calibration:
        """Return the same fit with another availability factor."""
        return replace(self, factor=factor)

    def breathes(self, contact: ContactFit) -> bool:
        """Whether agents may take longer after such a contact when nobody waits: one at a time, and not for another day."""
        at_once = max((team.skills.get(contact.name, 1) for team in self.teams), default=1)
        can_wait = _can_wait(contact.channel)
        moves = any(one.transfer and (one is contact or contact.name in one.transfer.to) for one in self.contacts)
        return contact.slow_down is None and contact.turns is None and at_once == 1 and not can_wait and not moves

    def heads(self, team: StaffFit) -> NDArray[np.intp]:
        """Whole head-counts of a team, shape (n_rows, n_intervals); after a day's last arrival agents only finish, unplanned."""
        volume = sum(contact.volume.expected for contact in self.contacts if _leads_to(contact) & team.skills.keys())
        if any(contact.name in team.skills and _can_wait(contact.channel) for contact in self.contacts):
            return heads(team.capacity, factor=self.factor)
        still_to_come = np.cumsum(np.asarray(volume)[:, ::-1], axis=1)[:, ::-1] > 0
        return heads(np.where(still_to_come, team.capacity, 0.0), factor=self.factor)


def _can_wait(channel: str) -> bool:
    """Whether contacts of this channel may wait for another day."""
    return channel in CHANNELS and CHANNELS.get(channel).deferrable


def _leads_to(contact: ContactFit) -> set[str]:
    """Contact types that come about when such a contact arrives: its own, and those it is transferred to or followed by."""
    after = (contact.redials, contact.returns)
    further = [contact.transfer.to if contact.transfer else {}, *(fit.by for fit in after if fit)]
    return {contact.name, *(name for names in further for name in names)}
