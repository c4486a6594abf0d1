"""Options and parameter types that several commands share: one spelling, one meaning, finite numbers only."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simkpi import units
from simkpi.errors import InputError, OutputError, UnknownName

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])

FORMATS = ("table", "csv", "json")


class _Parsed(click.ParamType):  # type: ignore[type-arg]
    """A value read by one of the parsers of :mod:`simkpi.units`."""

    def __init__(self, name: str, parse: Callable[[str], float]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return seconds or a fraction, or fail with what was got and what to write."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InputError as error:
            self.fail(error.problems[0].message, param, ctx)


#: Seconds from ``20s``, ``4m30s``; a bare number is seconds, as everywhere on the command line.
DURATION = _Parsed("duration", lambda text: units.parse_duration(text, bare="seconds"))
#: Fraction from ``80%`` or ``0.8``.
SHARE = _Parsed("share", units.parse_share)


class ScenarioName(click.Path):
    """A scenario: a file, ``-``, or a shipped scenario's name; all but ``-`` are completed by the shell."""

    name = "scenario"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the files and the shipped names that begin so."""
        from click.shell_completion import CompletionItem

        from simkpi.scenario.files import shipped_names

        files = [CompletionItem(name) for name in _paths(incomplete)]
        return files + [CompletionItem(name, help="shipped") for name in shipped_names() if name.startswith(incomplete)]


def _paths(incomplete: str) -> list[str]:
    """Return the scenario files, workbooks and folders that begin so."""
    folder, slash, start = incomplete.rpartition("/")
    try:
        there = sorted(Path(f"{folder}{slash}" or ".").iterdir())
    except OSError:
        return []
    found = [each for each in there if each.name.startswith(start) and (start or not each.name.startswith("."))]
    endings = (".yaml", ".yml", ".xlsx")
    return [
        f"{folder}{slash}{each.name}{'/' if each.is_dir() else ''}" for each in found if each.is_dir() or each.suffix in endings
    ]


class _Seed(click.ParamType):  # type: ignore[type-arg]
    """A whole number, or any text."""

    name = "seed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Return an int where the text is one."""
        text = str(value).strip()
        if not text:
            self.fail("must not be empty; write a whole number or a word", param, ctx)
        try:
            return int(text)
        except ValueError:
            return text


SEED = _Seed()


class Names(click.ParamType):  # type: ignore[type-arg]
    """Names separated by commas (the option may also be repeated)."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names, stripped; an empty one is a mistake."""
        if not isinstance(value, str):
            return tuple(value)
        names = tuple(part.strip() for part in value.split(","))
        if not all(names):
            self.fail(f"holds an empty name, got '{value}'", param, ctx)
        return names


class KpiNames(Names):
    """Names of KPIs, completed by the shell."""

    name = "kpis"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the last name of a list; those before it stay."""
        from click.shell_completion import CompletionItem

        from simkpi.kpi.reference import listing

        before, comma, last = incomplete.rpartition(",")
        known = [CompletionItem(f"{before}{comma}{one['kpi']}", help=one["title"]) for one in listing("en")]
        return [item for item in known if str(item.value).startswith(f"{before}{comma}{last}")]


def _flat(ctx: click.Context, param: click.Parameter, value: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in value for name in names))


def format_option(function: Function) -> Function:
    """``--format table|csv|json``."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Form of the result on stdout.",
    )(function)


def by_option(function: Function) -> Function:
    """``--by channel``: break the KPIs down."""
    return click.option(
        "--by",
        type=Names(),
        multiple=True,
        callback=_flat,
        metavar="NAMES",
        help="Break down by interval, hour, weekday, day, channel, contact_type, queue, team, agent, ...; several: a,b.",
    )(function)


def kpi_option(function: Function) -> Function:
    """``--kpi service_level``: choose KPIs."""
    return click.option(
        "--kpi",
        "kpis",
        type=KpiNames(),
        multiple=True,
        callback=_flat,
        metavar="NAMES",
        help="Only these KPIs (see 'simkpi kpis'); several: a,b; all: every KPI.",
    )(function)


def interval_option(function: Function) -> Function:
    """``--interval 15min``: the planning period."""
    return click.option(
        "--interval", type=DURATION, default="30min", show_default=True, metavar="DURATION", help="Length of an interval."
    )(function)


def lang_option(function: Function) -> Function:
    """``--lang fr``: language of tables and charts."""
    return click.option(
        "--lang", type=click.Choice(("en", "fr")), help="Language of tables and charts.  [default: the scenario's, or en]"
    )(function)


def quiet_option(function: Function) -> Function:
    """``--quiet``: results only."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress and no notes on stderr.")(function)


def seed_option(function: Function) -> Function:
    """``--seed 42``."""
    return click.option(
        "--seed", type=SEED, metavar="SEED", help="World to simulate: a number or a word.  [default: the scenario's]"
    )(function)


def out_option(function: Function) -> Function:
    """``--out DIR``: also write files."""
    return click.option("-o", "--out", type=click.Path(path_type=Path), help="Also write result files into this folder.")(
        function
    )


def writable_folder(folder: Path) -> Path:
    """Make *folder* and prove that a file can be written there, before any long work starts.

    Raises
    ------
    OutputError
        With the system's reason.
    """
    probe = folder / ".simkpi-write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(f"{folder}: can not write there ({reason.lower()}); choose another folder with --out") from None
    return folder


def note(text: str, *, quiet: bool = False) -> None:
    """Say something beside the result: on stderr, and not at all when *quiet*; commands are shown as they can be typed here."""
    if not quiet:
        click.echo(_typed(text), err=True)


def _typed(text: str) -> str:
    """Put the path before ``simkpi`` where a bare name would not be found: the environment is not active."""
    import shutil

    called = Path(sys.argv[0])
    if called.name != "simkpi" or shutil.which("simkpi"):
        return text
    path = os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)
    from simkpi.cli.main import SECTIONS

    commands = "|".join(name for section in SECTIONS.values() for name in section)
    return re.sub(rf"(?<![\w/.-])simkpi (?=({commands})\b)", lambda _: f"{path} ", text)


def selected_kpis(kpis: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Return what to score from the ``--kpi`` options; an unknown name is wrong usage, found before any long work."""
    if not kpis:
        return None
    if kpis == ("all",):
        return "all"
    from simkpi.kpi.measure import KPIS

    with bad_names_are_usage("--kpi"):
        return tuple(name if ":" in name else KPIS.name_of(name) for name in kpis)


@contextmanager
def bad_names_are_usage(option: str) -> Iterator[None]:
    """Turn an unknown name given to *option* into wrong usage (exit code 2)."""
    try:
        yield
    except UnknownName as error:
        raise click.BadParameter(error.problems[0].message, param_hint=f"'{option}'") from None


def check_engine(name: str) -> None:
    """Refuse an engine that is not there, before any long work; ``auto`` chooses one itself."""
    if name == "auto":
        return
    from simkpi.engine.run import ENGINES

    with bad_names_are_usage("--engine"):
        ENGINES.get(name)


def check_interval(interval: float) -> None:
    """Refuse an interval that does not divide the day."""
    if interval < 60 or units.DAY % interval:
        message = (
            f"must be at least a minute and divide the day, got {units.format_duration(interval)}; write e.g. 15min, 30min, 1h"
        )
        raise click.BadParameter(message, param_hint="'--interval'")


def quoted(argument: str) -> str:
    """Write an argument so that a shell reads it back."""
    import shlex

    return shlex.quote(argument)
