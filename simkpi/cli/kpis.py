"""``simkpi kpis``: what every KPI means, how it is computed, and where the definition comes from."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options


@click.command()
@click.argument("name", required=False)
@options.format_option
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language of labels and formulas.")
@click.option("--write", type=click.Path(path_type=Path), metavar="FILE", help="Write the reference page (Markdown) instead.")
@options.quiet_option
def command(name: str | None, *, format_: str, lang: str, write: Path | None, quiet: bool) -> None:
    """List the KPIs, or explain one: formula, variants, parameters, columns it needs, source.

    \b
    Example:
      simkpi kpis
      simkpi kpis service_level
      simkpi kpis "taux de décroché" --lang fr
      simkpi kpis --format csv
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.kpi import reference

    if write is not None:
        from simkpi.errors import OutputError

        try:
            reference.write_page(write)
        except OSError as error:
            raise OutputError(f"{write}: can not be written: {error.strerror}") from error
        options.note(f"{write} written", quiet=quiet)
        return
    if name is not None:
        _show(reference.describe(name, lang), format_)
        return
    lines = reference.listing(lang)
    if format_ == "table":
        _table(lines, lang)
        options.note("next: simkpi kpis NAME for variants, parameters and source", quiet=quiet)
    else:
        _data(lines, format_)


def _table(lines: list[dict[str, str]], lang: str) -> None:
    from simkpi.kpi.reference import words

    width = max(len(line["kpi"]) for line in lines)
    family = ""
    for line in lines:
        if line["family"] != family:
            family = line["family"]
            click.echo(f"\n{family}")
        click.echo(f"  {line['kpi']:<{width}}  {line['title']} ({words(lang).get(line['unit'], line['unit'])})")


def _show(facts: dict[str, str], format_: str) -> None:
    if format_ != "table":
        _data([facts], format_)
        return
    import textwrap

    width = max(map(len, facts))
    for heading, text in facts.items():
        wrapped = textwrap.wrap(text, width=100) or [""]
        click.echo(f"{heading:<{width}}  {wrapped[0]}")
        for line in wrapped[1:]:
            click.echo(" " * (width + 2) + line)


def _data(lines: list[dict[str, str]], format_: str) -> None:
    if format_ == "json" and len(lines) == 1:
        import json

        click.echo(json.dumps(lines[0], ensure_ascii=False, indent=2))
        return
    from simkpi.cli.emit import emit_records

    emit_records(lines, format_)
