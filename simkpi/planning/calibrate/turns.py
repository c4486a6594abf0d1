"""Fits how a chat goes message by message: replies, the work of each, the customer's time to go on, messages at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.dialogue import Dialogue, dialogue, seconds, work_of
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.times import FEW, KEEP, LawFit, bin_times, fit_law

#: A chat that ends later than this after its last message was ended by silence.
_AT_ONCE = 1.0
#: Silences that end chats are of one length if their coefficient of variation is below this.
_STEADY = 0.1
#: Without a known limit, how long the model lets a customer think: as many times the longest time seen.
_BEYOND = 10.0
#: Share of a simple law that may lie beyond the silence that ends a chat.
_TAIL = 0.005
#: Replies and messages that get a weight of their own, at most.
_MOST = 50


@dataclass(frozen=True)
class CountFit:
    """A fitted law of whole numbers from 1.

    Parameters
    ----------
    weights : tuple of float
        Share of 1, 2, 3 ...
    mean, mean_error : float
        Mean and its standard error.
    observations : int
        How many there were.
    censored : int
        Of these, how many were cut short, so that they are lower bounds.
    """

    weights: tuple[float, ...]
    mean: float
    mean_error: float
    observations: int
    censored: int = 0


@dataclass(frozen=True)
class TurnsFit:
    """How the chats of one contact type go.

    Parameters
    ----------
    replies : CountFit
        Replies of a chat.
    effort : str
        ``reply``: each reply has work of its own; ``chat``: a chat has, however many replies it has.
    slope, slope_error : float
        Exponent with which the work of a reply falls with their number: 0 for ``reply``, -1 for ``chat``.
    work : ndarray, shape (n,), seconds
        What the talk time was fitted to: work of the replies times their mean number, or of whole chats.
    reply_work, wrap : LawFit
        Work of one reply, and after the chat, net of waiting behind other chats.
    think : LawFit
        From a reply to the customer's next message.
    silent, silent_error : float, fraction
        Chance after a reply that the customer writes no more; 0 if the log does not tell.
    idle_close : float, seconds
        Silence that ends a chat.
    tells_silence : bool
        Whether the log shows chats that were ended by silence.
    customer_messages, agent_messages : CountFit
        Messages at a time.
    unknown : int
        Replies whose work is not known: the agent was away, or is not named.
    """

    replies: CountFit
    effort: Literal["chat", "reply"]
    slope: float
    slope_error: float
    work: Floats
    reply_work: LawFit
    wrap: LawFit
    think: LawFit
    silent: float
    silent_error: float
    idle_close: float
    tells_silence: bool
    customer_messages: CountFit
    agent_messages: CountFit
    unknown: int


class Conversations:
    """The dialogues of a log beside its contacts, with the work of each reply.

    Parameters
    ----------
    log : Log
        From :func:`simkpi.planning.calibrate.pick_ups.with_pick_ups`.
    told : Dialogue
        Its replies.
    """

    def __init__(self, log: Log, told: Dialogue) -> None:
        wanted = ("contact_id", "agent_id", "answered_at", "ended_at", "wrapped_at")
        frame = log.interactions.lazy().collect()
        table = frame.with_columns(
            *(pl.lit(None).alias(name) for name in wanted if name not in frame.columns),
        ).with_columns(pl.col("contact_id", "agent_id").cast(pl.String))
        self._row = {name: row for row, name in enumerate(table["contact_id"].to_list())}
        self.told = told
        #: Row of each reply's chat in the table.
        self.place = np.array([self._row[name] for name in told.contact], dtype=np.intp)
        answered, ended, wrapped = (seconds(table[name].cast(pl.Datetime("ms"))) for name in wanted[2:])
        self.ended = ended
        first = told.number == 0
        picked = np.where(first, np.fmax(told.asked, answered[self.place]), told.asked)
        chats = self.place[told.is_last]
        tidied = chats[(wrapped[chats] > ended[chats])]
        agents = np.array(table["agent_id"].fill_null("").to_list(), dtype=object)
        work = work_of(
            np.concatenate([told.agent, agents[tidied]]),
            np.concatenate([picked, ended[tidied]]),
            np.concatenate([told.replied, wrapped[tidied]]),
        )
        #: Work of each reply, and of the wrap-up of each chat that has one, seconds.
        self.work, self._wrap, self._tidied = work[: len(told)], work[len(told) :], tidied

    def fit(self, contacts: NDArray[np.object_]) -> TurnsFit | None:
        """Fit the chats of one contact type; None if fewer than 20 replies of them are known.

        Parameters
        ----------
        contacts : ndarray of str
            Identities of the answered contacts of the type.
        """
        rows = np.array([self._row[name] for name in contacts.astype(str) if name in self._row], dtype=np.intp)
        mine = np.isin(self.place, rows)
        if mine.sum() < FEW:
            return None
        told = _chosen(self.told, mine)
        work, last = self.work[mine], told.is_last
        late = self.ended[self.place[mine]][last] - told.replied[last]
        closed = _silence(late)
        replies = _replies(told.number[last] + 1, late > _AT_ONCE if closed else np.zeros(int(last.sum()), dtype=bool))
        thought = told.think[~last & (told.think >= 0)]
        think, idle = fit_law(thought), closed or _BEYOND * float(thought.max(initial=60.0))
        if closed:
            think = _cut(think, thought, idle)
        silences = int((late > _AT_ONCE).sum()) if closed else 0
        asked = silences + len(thought)
        silent = silences / asked if asked else 0.0
        effort, slope, error = _effort(told, work)
        known = ~np.isnan(work)
        if effort == "reply":
            fitted = work[known] * replies.mean
        else:
            total = np.add.reduceat(np.nan_to_num(work), np.flatnonzero(told.number == 0))
            whole = np.logical_and.reduceat(known, np.flatnonzero(told.number == 0))
            fitted = total[whole & ~((late > _AT_ONCE) & (closed is not None))]
        return TurnsFit(
            replies=replies,
            effort=effort,
            slope=slope,
            slope_error=error,
            work=fitted,
            reply_work=fit_law(work[known]),
            wrap=fit_law(self._wrap[np.isin(self._tidied, rows)]),
            think=think,
            silent=silent,
            silent_error=float(np.sqrt(silent * (1 - silent) / asked)) if asked else 0.0,
            idle_close=idle,
            tells_silence=closed is not None,
            customer_messages=count_law(told.customer_messages),
            agent_messages=count_law(told.agent_messages),
            unknown=int((~known).sum()),
        )


def conversations(log: Log) -> Conversations | None:
    """Return the dialogues of a log; None if it has no messages of agents."""
    told = dialogue(log)
    return None if told is None else Conversations(log, told)


def _chosen(told: Dialogue, mine: NDArray[np.bool_]) -> Dialogue:
    return Dialogue(**{name: getattr(told, name)[mine] for name in Dialogue.__dataclass_fields__})


def _silence(late: Floats) -> float | None:
    """Length of the silence that ends chats, seconds; None if the log shows none: its chats end at once, or after any time."""
    found = late[late > _AT_ONCE]
    if len(found) < 5:
        return None
    middle = float(np.median(found))
    return round(middle, 1) if np.quantile(np.abs(found / middle - 1), 0.9) < _STEADY else None


def count_law(counts: NDArray[np.intp]) -> CountFit:
    """Law of recorded whole numbers: their shares, what is beyond 50 taken as 50."""
    shares = np.bincount(np.clip(counts, 1, _MOST))[1:] / len(counts)
    error = float(counts.std(ddof=1) / np.sqrt(len(counts))) if len(counts) > 1 else 0.0
    return CountFit(_simplest(shares, len(counts)), float(counts.mean()), error, len(counts))


def _simplest(shares: Floats, observations: int) -> tuple[float, ...]:
    """Return the geometric law of the same mean if the recorded shares of 1, 2, 3 ... do not contradict it, else these.

    Few chats have shares that others will not have: a law of one parameter is nearer to them. The distance that speaks against it
    is that of :func:`simkpi.planning.calibrate.times.fit_law`.
    """
    numbers = np.arange(1, len(shares) + 1)
    mean = float((shares * numbers).sum())
    if mean <= 1 or observations < 2:
        return tuple(map(float, shares))
    stays = 1 - 1 / mean
    most = min(_MOST, max(len(shares), int(np.ceil(np.log(_TAIL / 10) / np.log(stays)))))
    law = stays ** np.arange(most) / mean
    law[-1] += stays**most  # whatever is beyond counts as the last
    apart = np.abs(np.cumsum(law)[: len(shares)] - np.cumsum(shares)).max()
    return tuple(map(float, law if apart < KEEP / np.sqrt(observations) else shares))


def _replies(counts: NDArray[np.intp], is_cut: NDArray[np.bool_]) -> CountFit:
    """Law of the replies of a chat; those of chats that silence cut short are lower bounds (Kaplan-Meier).

    Silence follows only a reply that was not the last, so a chat cut short after n replies would have had more than n.
    """
    counts = np.clip(counts, 1, _MOST)
    if not is_cut.any():
        return count_law(counts)
    top = int(counts.max()) + int(is_cut[counts == counts.max()].any())
    ends = np.bincount(counts[~is_cut], minlength=top + 1)[1:]
    cuts = np.bincount(counts[is_cut], minlength=top + 1)[1:]
    at_risk = len(counts) - np.concatenate([[0], np.cumsum(ends + cuts)[:-1]])
    stays = np.where(at_risk > 0, 1 - ends / np.maximum(at_risk, 1), 0.0)
    stays[-1] = 0.0
    alive = np.concatenate([[1.0], np.cumprod(stays)[:-1]])
    weights = alive * (1 - stays)
    mean = float((weights * np.arange(1, top + 1)).sum())
    spread = float(np.sqrt((weights * (np.arange(1, top + 1) - mean) ** 2).sum()))
    error = spread / np.sqrt(max(1, int((~is_cut).sum())))
    return CountFit(_simplest(weights, int((~is_cut).sum())), mean, error, len(counts), int(is_cut.sum()))


def _cut(think: LawFit, thought: Floats, idle: float) -> LawFit:
    """Law of the times to go on, none of them beyond the silence that ends a chat: a simple law's tail would end more chats."""
    from simkpi.demand.laws import quantile
    from simkpi.scenario.laws import Law

    beyond = float(quantile(Law.model_validate(think.law), np.array([1 - _TAIL]))[0])
    if beyond <= idle or not len(thought):
        return think
    why = f"no simple law ends before {idle:.0f} s, when silence ends the chat"
    return replace(think, law={"empirical": bin_times(np.fmin(thought, idle))}, why=why)


def _effort(told: Dialogue, work: Floats) -> tuple[Literal["chat", "reply"], float, float]:
    """Whether replies have work of their own: exponent of their mean work against their number, by weighted least squares."""
    number = np.repeat(told.number[told.is_last] + 1, told.number[told.is_last] + 1)
    known = ~np.isnan(work) & (work > 0)
    sizes = np.unique(number[known])
    means = np.array([work[known & (number == size)].mean() for size in sizes])
    counts = np.array([(known & (number == size)).sum() for size in sizes])
    if len(sizes) < 2 or known.sum() < FEW:
        return "reply", 0.0, float("nan")
    x, weight = np.log(sizes), counts / counts.sum()
    centre = float((weight * x).sum())
    spread = float((weight * (x - centre) ** 2).sum())
    slope = float((weight * (x - centre) * np.log(means)).sum()) / spread
    cv = float(work[known].std() / work[known].mean())
    error = cv / np.sqrt(known.sum() * spread)
    return ("chat" if slope < -0.5 else "reply"), slope, float(error)
