"""``simkpi deflection``: what a bot's containment saves net, against what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.deflection_lab import DeflectionLab
    from simkpi.scenario.resolve import Scenario


class _Shares(options.Names):
    """Shares separated by commas."""

    name = "shares"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        """Return fractions."""
        return tuple(options.SHARE.convert(part, param, ctx) for part in super().convert(value, param, ctx))


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option("--topic", "topics", type=options.Names(), metavar="NAMES", help="Contact types.  [default: all that have a bot]")
@click.option(
    "--containment",
    "levels",
    type=_Shares(),
    metavar="SHARES",
    help="Settings of the bot's 'contains' to look at.  [default: 20%,40%,60%,80% and today's]",
)
@click.option("--against", type=options.SHARE, metavar="SHARE", help="Count savings from this containment.  [default: no bot]")
@click.option("--at", type=options.SHARE, metavar="SHARE", help="Setting of verdict, doubts and ramp.  [default: today's]")
@click.option(
    "--ease",
    type=options.SHARE,
    metavar="SHARE",
    help="Handle time of what the bot contains against that of all contacts.  [default: as 'harder' says]",
)
@click.option("--ramp", metavar="FROM:TO:TIME", help="Adoption over the weeks, e.g. 40%:100%:8w.")
@option_sets.target_option
@option_sets.planning_interval_option
@option_sets.replications_option()
@option_sets.planning_options
def command(scenario: str, *, format_: str, out: Path | None, lang: str | None, quiet: bool, **given: Any) -> None:
    """Hold what the bots of SCENARIO save against what their containment promises.

    \b
    Example:
      simkpi deflection deflection
      simkpi deflection scenario.yaml --topic chat --containment 30%,45%,60%
      simkpi deflection scenario.yaml --against 30% --ramp 40%:100%:8w --out results

    Claimed: the volume times 1 - d, at the same targets. Net: with the customers who come back, the harder contacts that are
    left, and the cost of the bot. Every setting is staffed for the targets on the same customers. See docs/planning.md.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    lang = lang or loaded.spec.locale
    lab = _lab(loaded, quiet=quiet, **given)
    _emit(lab, format_, lang)
    files = [] if out is None else _write(lab, out, lang)
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=quiet)
    field = f"bots.{lab.topics[0].topic.bot}.contains"
    goal = options.quoted(str(lab.goals[0]).replace(" ", ".", 1))
    options.note(f"\nnext: simkpi goalseek {options.quoted(scenario)} --vary {field} --target {goal}", quiet=quiet)


def _lab(
    loaded: Scenario,
    *,
    targets: tuple[str, ...],
    interval: float | None,
    ramp: str | None,
    engine: str,
    quiet: bool,
    **given: Any,
) -> DeflectionLab:
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import asked_goals
    from simkpi.planning.deflection import deflection
    from simkpi.planning.deflection_ramp import Ramp

    options.check_engine(engine)
    if interval is not None:
        options.check_interval(interval)
    goals = asked_goals(targets, loaded)
    total = 120 * (given["replications"] or loaded.spec.run.replications)
    given["topics"] = given["topics"] or ()
    with progress("simulating", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, max(total, round(1.2 * done)))
        return deflection(
            loaded,
            goals=goals,
            interval=interval,
            engine=engine,
            ramp=None if ramp is None else Ramp.read(ramp),
            progress=count,
            **given,
        )


def _emit(lab: DeflectionLab, format_: str, lang: str) -> None:
    from simkpi.report import deflection_table, tables
    from simkpi.report.goal_words import goal_words
    from simkpi.report.words import numbers_in, say

    if format_ == "json":
        click.echo(tables.to_json(deflection_table.record(lab)))
        return
    if format_ == "csv":
        click.echo(tables.to_csv(deflection_table.lab_frame(lab)), nl=False)
        return
    currency = lab.scenario.spec.costs.currency
    text = "{name}: {n} replications, seed {seed}, engine {engine}; staffed for: {targets}"
    targets = "; ".join(goal_words(goal, lang) for goal in lab.goals)
    about = {"name": lab.scenario.name, "n": lab.replications, "seed": lab.seed, "engine": lab.engine, "targets": targets}
    click.echo(say(text, lang, **about))
    for goal in lab.left_out:
        click.echo(say("left out, because no number of agents meets it: {target}", lang, target=goal_words(goal, lang)))
    for one in lab.topics:
        click.echo(f"\n{one.topic.name}\n")
        for line in deflection_table.verdict(one, lang):
            click.echo(numbers_in(line, lang))
        blocks = [deflection_table.saving_lines(one, currency, lang), deflection_table.service_lines(one, lang)]
        blocks += [deflection_table.doubt_lines(one, lang)]
        blocks += [deflection_table.ramp_lines(one, currency, lang)] if one.weeks else []
        for block in blocks:
            click.echo(numbers_in("\n" + "\n".join(block), lang))


def _write(lab: DeflectionLab, out: Path, lang: str) -> list[Path]:
    from simkpi.experiment.provenance import flat
    from simkpi.report import deflection_table
    from simkpi.report.chart import draw
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv, to_json
    from simkpi.report.theme import save
    from simkpi.report.words import say

    table = deflection_table.lab_frame(lab)
    files = [
        write_text(to_csv(table), out / "deflection.csv"),
        write_text(to_json(deflection_table.record(lab)) + "\n", out / "deflection.json"),
    ]
    stated = lab.topics[0].baseline.need.result.provenance | {"scenario": lab.scenario.name}
    text = "agent-hours at the same targets, against {start}; {n} replications, lines: 95% intervals"
    against = lab.topics[0].against
    start = say("no bot", lang) if against is None else say("{share}, baseline", lang, share=f"{against:.0%}")
    subtitle = say(text, lang, start=start, n=lab.replications)
    figure = draw("deflection", table, title=lab.scenario.name, subtitle=subtitle, lang=lang)
    for name in ("deflection.png", "deflection.svg"):
        save(figure, out / name, provenance=flat(stated))
        files.append(out / name)
    return [*files, write_manifest(stated, files, out)]
