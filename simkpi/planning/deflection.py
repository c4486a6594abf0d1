"""The deflection lab: what a bot's containment saves in the end, against what volume times (1 - d) promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simkpi.errors import InputError
from simkpi.experiment.confidence import mean_difference
from simkpi.planning.costs import has_costs, plan_cost
from simkpi.planning.deflection_lab import DeflectionLab, Level, Sensitivity, TopicLab, Week, World
from simkpi.planning.deflection_measures import (
    after_hours,
    coming_back,
    figures,
    handled_hours,
    hours_still_to_come,
    sessions,
    taken_share,
)
from simkpi.planning.deflection_ramp import Ramp, break_even, weeks_of
from simkpi.planning.deflection_worlds import Topic, slower_returns, topics_of
from simkpi.planning.goals import Goal, goals_of
from simkpi.planning.hours_needed import HoursSearch
from simkpi.planning.trials import Trials
from simkpi.scenario.resolve import Scenario

#: Containment settings that are looked at if nobody says which, beside today's.
LEVELS = (0.2, 0.4, 0.6, 0.8)


def deflection(
    scenario: Scenario,
    *,
    topics: Sequence[str] = (),
    levels: Sequence[float] | None = None,
    against: float | None = None,
    at: float | None = None,
    ease: float | None = None,
    ramp: Ramp | None = None,
    goals: Sequence[Goal] | None = None,
    interval: float | None = None,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    progress: Callable[[int], None] | None = None,
) -> DeflectionLab:
    """Compare claimed and net saving of a bot over a range of containment.

    Parameters
    ----------
    scenario : Scenario
    topics : sequence of str
        Contact types; default: all that a bot serves. Each is varied alone, the others stay as they are.
    levels : sequence of float, fractions, optional
        Containment settings (``bots.NAME.contains``). Default: 20, 40, 60, 80 % and today's.
    against : float or None, fraction
        Containment that savings are counted from; None: no bot for this topic.
    at : float, optional
        Setting of the sensitivities and the ramp. Default: today's.
    ease : float, optional
        Handle time of contained contacts against that of all. Default: as ``harder`` says for today's containment.
    ramp : Ramp, optional
        Adoption over the weeks. Default: as the bot's ``adoption`` says, if it changes.
    goals : sequence of Goal, optional
        Targets that the staff must meet in every world. Default: the scenario's.
    interval : float, optional, seconds
        Planning interval. Default: each team's own.
    replications, seed, engine
        As for :func:`simkpi.simulate`; all worlds meet the same customers.
    progress : callable, optional
        Called with the number of replications simulated so far.

    Returns
    -------
    DeflectionLab

    Raises
    ------
    InputError
        If no bot serves the topics, or no staff meets any target.

    Notes
    -----
    *Claimed*: the baseline with the topic's volume times ``1 - d``, d the share of its contacts that end with the bot,
    everything else unchanged; staffed for the same targets. *Net*: the bot as it is: the contacts it leaves are harder
    (:meth:`simkpi.planning.deflection_worlds.Topic.harder`), falsely contained customers come back, sessions cost money and
    time. Staff for the targets is found in every world on the same customers (:mod:`simkpi.planning.hours_needed`), so that
    every difference has a paired interval.
    """
    wanted = tuple(goals) if goals else goals_of(scenario)
    chosen = topics_of(scenario, tuple(topics), ease=ease)
    count = scenario.spec.run.replications if replications is None else replications
    if count < 2:
        raise InputError(f"replications: needs at least 2 for an interval, got {count}; 10 or more are better")
    trials = Trials(
        seed=scenario.spec.run.seed if seed is None else seed, replications=count, engine=engine, runs=60, tell=progress
    )
    search = HoursSearch(scenario, wanted, trials, interval=interval)
    left_out = search.drop_unreachable(scenario)
    labs = tuple(_Lab(topic, search, trials).run(levels, against, at, ramp) for topic in chosen)
    return DeflectionLab(
        scenario,
        labs,
        search.goals,
        left_out,
        trials.seed,
        count,
        labs[0].baseline.need.result.engine,
        trials.simulated,
    )


class _Lab:
    """One topic."""

    def __init__(self, topic: Topic, search: HoursSearch, trials: Trials) -> None:
        self.topic = topic
        self.search = search
        self.trials = trials

    def run(self, levels: Sequence[float] | None, against: float | None, at: float | None, ramp: Ramp | None) -> TopicLab:
        now = self.topic.settings.contains
        at = now if at is None else at
        settings = sorted({*(LEVELS if levels is None else levels), now, at})
        refuse_no_share([*settings, *([] if against is None else [against])])
        start = self.topic.without_bot() if against is None else self.topic.with_bot(against)
        baseline = self.world(start)
        before = 0.0 if against is None else taken_share(baseline.need.result, self.topic.name).value or 0.0
        found = tuple(self.level(setting, start, baseline, before) for setting in settings)
        at_level = next(level for level in found if level.contains == at)
        free = not has_costs(self.topic.scenario)
        return TopicLab(
            self.topic,
            baseline,
            against,
            figures(baseline.need.result, self.topic.name),
            coming_back(baseline.need.result, self.topic.name),
            found,
            break_even([level.contains for level in found], [level.net_hours if free else level.net_cost for level in found]),
            at,
            tuple(self.sensitivities(at, against, baseline, at_level)),
            self.weeks(ramp or Ramp.of(self.topic.settings.adoption), at, start, baseline, before),
        )

    def world(self, scenario: Scenario) -> World:
        need = self.search.find(scenario)
        value = float(need.per_replication.mean())
        pending = hours_still_to_come(need.result, value)
        hours = need.per_replication + pending
        work = handled_hours(need.result)
        work = work + hours_still_to_come(need.result, float(work.mean()))
        rate = plan_cost(scenario, self.search.cells, need.counts) / need.plan_hours if need.plan_hours else 0.0
        cost = hours * rate + sessions(need.result) * scenario.spec.costs.bot_session
        return World(need, hours, work, cost, float(pending.mean()))

    def weeks(self, ramp: Ramp | None, at: float, start: Scenario, baseline: World, before: float) -> tuple[Week, ...]:
        """Simulate some steps of the adoption; the weeks between lie on straight lines."""
        if ramp is None:
            return ()
        levels = {share: self.level(at, start, baseline, before, adoption=share) for share in ramp.steps()}
        return weeks_of(ramp, levels)

    def level(self, contains: float, start: Scenario, baseline: World, before: float, *, adoption: float | None = None) -> Level:
        world = self.world(self.topic.with_bot(contains, adoption=adoption))
        result, name = world.need.result, self.topic.name
        taken = taken_share(result, name)
        left = (1 - (taken.value or 0.0)) / max(1e-9, 1 - before)
        claimed = self.world(self.topic.with_volume(start, left))
        return Level(
            contains,
            contains == self.topic.settings.contains,
            taken,
            figures(result, name),
            coming_back(result, name),
            after_hours(result, self.topic.scenario, name),
            world,
            claimed_hours=mean_difference(baseline.hours, claimed.hours),
            net_hours=mean_difference(baseline.hours, world.hours),
            claimed_cost=mean_difference(baseline.cost, claimed.cost),
            net_cost=mean_difference(baseline.cost, world.cost),
            work=mean_difference(baseline.work, world.work),
        )

    def sensitivities(self, at: float, against: float | None, baseline: World, level: Level) -> list[Sensitivity]:
        """Change one thing that nobody knows exactly, in the bot's world and in the baseline."""
        topic, solves = self.topic, self.topic.settings.solves
        stated = baseline.hours - level.world.hours

        def doubt(name: str, world: Scenario, start: Scenario | None = None) -> Sensitivity:
            before = baseline if start is None else self.world(start)
            net = before.hours - self.world(world).hours
            return Sensitivity(name, mean_difference(before.hours, before.hours - net), mean_difference(net, stated))

        found = [doubt("every containment is true", topic.with_bot(at, solves=1.0))]
        if solves < 1:
            found.append(doubt("twice as many false containments", topic.with_bot(at, solves=max(0.0, 2 * solves - 1))))
        if any(contact.recontact for contact in topic.scenario.spec.contacts.values()):
            start = topic.without_bot() if against is None else topic.with_bot(against)
            for name, factor in (("customers come back twice as fast", 0.5), ("customers take twice as long to come back", 2.0)):
                found.append(doubt(name, slower_returns(topic.with_bot(at), factor), slower_returns(start, factor)))
        if topic.settings.easy_first:
            for name, share in (("what is contained is like all the rest", 0.0), ("the bot takes the easiest first", 1.0)):
                if share != topic.settings.easy_first:
                    begin = None if against is None else topic.with_bot(against, easy_first=share)
                    found.append(doubt(name, topic.with_bot(at, easy_first=share), begin))
            return found
        easy = topic.contained_handle / topic.handle
        for name, ease in (("what is contained is like all the rest", 1.0), ("what is contained is twice as easy", easy / 2)):
            other = Topic(topic.scenario, topic.name, ease)
            if abs(ease - easy) > 1e-9:
                found.append(doubt(name, other.with_bot(at), None if against is None else other.with_bot(against)))
        return found


def refuse_no_share(settings: Sequence[float]) -> None:
    """Refuse containment settings that are no shares.

    Raises
    ------
    InputError
        With the first of them.
    """
    for setting in settings:
        if not 0 <= setting <= 1:
            raise InputError(f"containment: must be a share from 0% to 100%, got {setting:g}")
