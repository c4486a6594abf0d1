"""Builds the scenario of days that were not fitted: what is known of them in advance, everything else from the fitted days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.days import WEEKDAYS, Days, count_by_interval
from simkpi.planning.calibrate.fit import fit, while_open
from simkpi.planning.calibrate.groups import members
from simkpi.planning.calibrate.observed import Floats, readable
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.planning.calibrate.staffing import StaffFit
from simkpi.planning.calibrate.transfers import first_stay, unfold
from simkpi.planning.calibrate.volume import fit_volume
from simkpi.planning.phrase import Phrase

#: Where the predicted days' volumes come from: the days themselves, or the fitted weekdays.
Volumes = Literal["actual", "profile"]
#: Where their agents come from: who was there on the days themselves, or the fitted weekdays.
Staff = Literal["roster", "profile"]


@dataclass(frozen=True)
class Prediction:
    """The predicted days.

    Parameters
    ----------
    calibration : Calibration
        Date by date; ``scenario_text`` writes it.
    own : Calibration
        The same days fitted to themselves: what their inputs were.
    actual : DataFrame
        The log's contacts that the scenario models (those that came while somebody was on duty), under the names of its types.
    log : Log
        The days' log.
    left_out : int
        The others.
    notes : tuple of str
        What had to be assumed.
    """

    calibration: Calibration
    own: Calibration
    actual: pl.DataFrame
    log: Log
    left_out: int
    notes: tuple[str, ...]


def predict(
    train: Calibration, test: Log, *, volumes: Volumes = "actual", staff: Staff = "roster", longest_gap: float | None = None
) -> Prediction:
    """Build the prediction of the days of *test*.

    Parameters
    ----------
    train : Calibration
        Fitted to other days, by weekday.
    test : Log
        The days to predict. With ``actual`` and ``roster`` only its volumes per interval and its agents on duty are used.
    volumes, staff : str
        Where volumes and agents come from.
    longest_gap : float, seconds
        Default: that of *train*.
    """
    test = with_pick_ups(test)
    own = fit(
        test,
        interval=train.interval,
        profile="date",
        longest_gap=train.longest_gap if longest_gap is None else longest_gap,
        staff_from=train.teams[0].source,
        link_by="none" if train.links is None else train.links.by,  # type: ignore[arg-type]
        split_by="priority" if train.split_by else "none",
        like=_names(train),
        members=members(train.observed),
    )
    modelled = np.array(own.observed.contact_types, dtype=object)[own.observed.contact_type]
    stays = readable(unfold(test)).select(pl.col("contact_id").cast(pl.String)) if own.transfers else None
    frame = readable(test)
    if stays is None:
        frame = frame.with_columns(pl.Series("contact_type", modelled.tolist(), dtype=pl.String))
    notes = list(_unknown(train, own))
    teams = tuple(_team(train, own, team, staff) for team in _templates(train, own, staff))
    kept = while_open(own.observed, own.days, teams, train.interval)
    fresh = kept & own.is_fresh
    contacts = tuple(_contact(train, own, contact, fresh, volumes) for contact in own.contacts)
    if volumes == "profile" or staff == "profile":
        notes += _missing_weekdays(train, own)
    total = fit_volume(sum((one.volume.expected for one in contacts), np.zeros_like(kept_counts(own, fresh))), own.days, own.days)
    calibration = replace(
        own,
        contacts=contacts,
        teams=teams,
        total=total,
        factor=train.factor,
        quiet=train.quiet,
        tuning=None,
        left_out=int((~kept).sum()),
        hours=own.hours if volumes == "actual" and staff == "roster" else train.hours,
        notes=(),
        is_drawn=volumes == "profile",
    )
    if stays is None:
        actual = frame.filter(pl.Series(kept))
    else:  # a contact is one row in the figures, however many stays it had
        identities = [first_stay(identity) for identity in stays["contact_id"].filter(pl.Series(kept))]
        actual = frame.filter(pl.col("contact_id").cast(pl.String).is_in(identities))
    return Prediction(calibration, own, actual, test, int((~kept).sum()), tuple(notes))


def kept_counts(own: Calibration, kept: NDArray[np.bool_]) -> Floats:
    """Contacts per day and interval that are modelled, shape (n_days, n_intervals)."""
    return count_by_interval(own.observed, kept, own.interval)


def _contact(train: Calibration, own: Calibration, contact: ContactFit, fresh: NDArray[np.bool_], volumes: Volumes) -> ContactFit:
    """One contact type: laws of the fitted days, volume as asked for."""
    known = {one.name: one for one in train.contacts}
    laws = known.get(contact.name, contact)
    mine = own.observed.contact_type == own.observed.contact_types.index(contact.name)
    counts = count_by_interval(own.observed, fresh & mine, own.interval)
    if volumes == "actual" or contact.name not in known:
        return replace(laws, channel=contact.channel, volume=fit_volume(counts, own.days, own.days))
    fitted = laws.volume
    by_date = by_weekday(train, own, fitted.expected)
    if train.growth is not None:  # goes on as it was
        by_date = by_date * train.growth.factors(len(by_date), since=own.observed.start)[:, None]
    mean = fit_volume(by_date, own.days, own.days)
    return replace(laws, channel=contact.channel, volume=replace(mean, day=fitted.day, interval=fitted.interval))


def by_weekday(train: Calibration, own: Calibration, profile: Floats) -> Floats:
    """Rows of the fitted weekdays laid out over the predicted dates; days without any contact in the log stay empty.

    Parameters
    ----------
    profile : ndarray, shape (n_weekdays, n_intervals)
        In the order of ``train.days.labels``.

    Returns
    -------
    ndarray, shape (n_days, n_intervals)
    """
    rows = np.zeros((own.observed.days, profile.shape[1]))
    present = np.bincount(own.observed.day, minlength=own.observed.days) > 0
    for day in np.flatnonzero(present):
        label = WEEKDAYS[(own.observed.start + timedelta(days=int(day))).weekday()]
        rows[day] = profile[train.days.labels.index(label)] if label in train.days.labels else profile.mean(axis=0)
    return rows


def _templates(train: Calibration, own: Calibration, staff: Staff) -> tuple[StaffFit, ...]:
    """Teams of the predicted days: those that were there, or those that were fitted."""
    return own.teams if staff == "roster" else train.teams


def _team(train: Calibration, own: Calibration, team: StaffFit, staff: Staff) -> StaffFit:
    fitted = {one.name: one for one in train.teams}.get(team.name)
    today = {one.name: one for one in own.teams}.get(team.name)
    fresh = {name: many for name, many in (today.skills if today else {}).items() if name not in _names(train)}
    if fitted is None:
        return team
    skills = {name: many for name, many in {**fitted.skills, **fresh}.items() if name in _names(own)}
    # A type that only the predicted days know is answered by whoever answered it there.
    skills = skills or dict.fromkeys(_names(own), 1)
    if staff == "roster":
        on_duty, strength = team.on_duty, team.strength_with(fitted.paces, own.days, own.interval)
    else:
        on_duty, strength = by_weekday(train, own, fitted.on_duty), by_weekday(train, own, fitted.strength)
    hours = on_duty.sum(axis=1) * train.interval / 3600
    told = {"on_duty": on_duty, "strength": strength, "hours": hours, "spells": team.spells}
    return replace(fitted, skills=skills, hours_error=np.full(len(hours), np.nan), **told)


def _names(calibration: Calibration) -> tuple[str, ...]:
    return calibration.observed.contact_types


def _unknown(train: Calibration, own: Calibration) -> list[str]:
    types, teams = set(train.observed.contact_types), {one.name for one in train.teams}
    notes: list[str] = [
        Phrase("{name}: not in the fitted days; its laws are those of the predicted days themselves", name=name)
        for name in own.observed.contact_types
        if name not in types
    ]
    notes += [
        Phrase("team {name}: not in the fitted days; taken as on the predicted days", name=one.name)
        for one in own.teams
        if one.name not in teams
    ]
    return notes


def _missing_weekdays(train: Calibration, own: Calibration) -> list[str]:
    days: Days = train.days
    needed = {WEEKDAYS[(own.observed.start + timedelta(days=int(day))).weekday()] for day in np.unique(own.observed.day)}
    missing = [name for name in WEEKDAYS if name in needed and name not in days.labels]
    if not missing:
        return []
    told = "no {days} among the fitted days: predicted by the mean of the other weekdays"
    return [Phrase(told, days=Phrase.joined(map(Phrase, missing)))]
