"""The shell's entry point: finds the command, loads only that, and turns every error into lines a planner can act on."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from simkpi import __version__
from simkpi.errors import SimkpiError, did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: When Python looks for unused objects: loading libraries, drawing and writing workbooks make hundreds of thousands that stay,
#: and to look at them as often as Python does by itself takes a tenth of a short command's time.
_COLLECT = (20_000, 20, 50)
#: Commands by task: name -> (module:attribute, what it is for). Nothing is imported before a command runs.
SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Simulate": {
        "demo": ("simkpi.cli.demo:command", "Simulate a shipped scenario: KPI table and chart in seconds."),
        "run": ("simkpi.cli.run:command", "Simulate a scenario file and print its KPIs with intervals."),
        "compare": ("simkpi.cli.compare:command", "Scenarios on the same customers: what differs, and how sure that is."),
        "sweep": ("simkpi.cli.sweep:command", "Many variants of a scenario, stored as they finish, resumed at any time."),
        "sensitivity": ("simkpi.cli.sensitivity:command", "Which fields of a scenario drive its figures."),
        "merge": ("simkpi.cli.merge:command", "Put the parts of a sweep together (--shard)."),
        "replay": ("simkpi.cli.replay:command", "Compute a sweep again from its manifest and compare every cell."),
        "verify-run": ("simkpi.cli.verify_run:command", "Recheck a result folder: files, cells, checksums."),
    },
    "Write scenarios": {
        "new": ("simkpi.cli.new:command", "Write a commented scenario file to start from."),
        "template": ("simkpi.cli.template:command", "Write a planner's workbook to fill in (XLSX)."),
        "validate": ("simkpi.cli.validate:command", "Check scenario files; report all problems at once."),
        "show": ("simkpi.cli.show:command", "Print a scenario as read, or with every default filled in."),
        "schema": ("simkpi.cli.schema:command", "Print the JSON Schema of scenario files, for editors."),
    },
    "Real logs": {
        "score": ("simkpi.cli.score:command", "KPIs of a recorded log, by the same definitions."),
        "log": ("simkpi.cli.log:command", "Inspect and convert exports of contacts."),
        "calibrate": ("simkpi.cli.calibrate:command", "Fit a scenario to a recorded log."),
        "forecast": ("simkpi.cli.forecast:command", "Volumes of the coming weeks, with errors measured on the history."),
        "backtest": ("simkpi.cli.backtest:command", "Fit some days of a log, predict the others, and compare."),
    },
    "Plan": {
        "erlang": ("simkpi.cli.erlang:command", "Erlang B, C, A and chat: figures, or the agents needed."),
        "staff": ("simkpi.cli.staff:command", "Fewest agents per interval, by formula and by simulation."),
        "crosscheck": ("simkpi.cli.crosscheck:command", "Formula beside simulation, and what explains the gap."),
        "deflection": ("simkpi.cli.deflection:command", "What a bot's containment saves net, against its claim."),
        "goalseek": ("simkpi.cli.goalseek:command", "Which value of a field just meets a target."),
        "optimize": ("simkpi.cli.optimize:command", "Cheapest mix of teams, skills and bots that meets every target."),
        "shifts": ("simkpi.cli.shifts:command", "Cheapest shifts that cover the need, simulated."),
    },
    "Show": {
        "report": ("simkpi.cli.report:command", "One HTML page about a scenario, a comparison or a sweep."),
        "serve": ("simkpi.cli.serve:command", "A page in the browser on which plans are changed and answered at once."),
        "chart": ("simkpi.cli.chart:command", "One chart of a scenario or of results: PNG, SVG, PDF."),
    },
    "Look up": {
        "kpis": ("simkpi.cli.kpis:command", "Every KPI: formula, variants, source."),
        "verify": ("simkpi.cli.verify:command", "The simulator against models whose answers are known."),
        "warm-up": ("simkpi.cli.warm_up:command", "Compile the fast engine ahead of its first use."),
        "doctor": ("simkpi.cli.doctor:command", "Versions, cores, engine, cache: what to send with a bug report."),
        "completion": ("simkpi.cli.completion:command", "Completion of commands and options for bash, zsh and fish."),
    },
}

EXAMPLE = """Example:
  simkpi demo
  simkpi run scenario.yaml --by channel --out results
"""
EXIT_CODES = (
    "Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 invalid scenario or data, 4 targets missed (--check), 5 some runs failed,\n"
    "130 interrupted (what was finished is kept). NO_COLOR turns colours off."
)
EXIT_BUG, EXIT_USAGE, EXIT_DATA, EXIT_INTERRUPTED = 1, 2, 3, 130
#: What a full disk or a broken device says: the output's fault, not ours.
_DEVICE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads the module of the one that is called."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands, without loading them, and the options that come before one."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        told = {name: text for section in SECTIONS.values() for name, (_, text) in section.items()}
        return [CompletionItem(name, help=text) for name, text in told.items() if name.startswith(incomplete)]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, by task."""
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command called *cmd_name*; None if there is no such command."""
        homes = {name: home for section in SECTIONS.values() for name, (home, _) in section.items()}
        if cmd_name not in homes:
            return None
        module, _, attribute = homes[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that *args* name, or say which one was probably meant."""
        if args and not args[0].startswith("-") and args[0] not in (known := self.list_commands(ctx)):
            hint = did_you_mean(args[0], known) or f"; commands: {', '.join(known)}"
            raise click.UsageError(f"no command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help: an example first, then the commands by task."""
        formatter.write(f"simkpi {__version__}: simulation and capacity planning for contact centres\n\n{EXAMPLE}")
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()], col_max=12)
        click.Command.format_options(self, ctx, formatter)  # a group's own would import every command to list it
        formatter.write(f"\n{EXIT_CODES}\nsimkpi COMMAND --help shows an example and every option of a command.\n")

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a reader that went away (``simkpi run ... | head``) ends it quietly."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes stdout once more at exit: give it somewhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None
        return result


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "--version", message="simkpi %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def group(debug: bool) -> None:
    """Simulate and plan capacity for contact centres."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code (0 done, 1 bug, 2 usage, 3 data, 4 targets missed, 130 interrupted)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = given[: given.index("--")] if "--" in given else given
    debug = "--debug" in options
    if debug:  # accepted anywhere on the line: people add it at the end
        given.remove("--debug")
    _set_up_streams()
    gc.set_threshold(*_COLLECT)
    sys.exit(_run(given, debug))


def _run(arguments: list[str], debug: bool) -> int:
    color = False if os.environ.get("NO_COLOR") else None
    try:
        code = group.main(arguments, prog_name="simkpi", standalone_mode=False, color=color)
    except click.exceptions.Abort:  # what click makes of Ctrl-C
        _complain("interrupted")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        _usage(error)
        return EXIT_USAGE
    except SimkpiError as error:
        for problem in error.problems:
            _complain(str(problem))
        return error.exit_code
    except OSError as error:
        if debug:
            raise
        if error.errno not in _DEVICE_ERRORS:
            return _bug(error)
        where = "standard output" if error.filename is None else str(error.filename)
        _complain(f"{where}: {os.strerror(error.errno).lower()}; what was asked for is not complete")
        return EXIT_DATA
    except Exception as error:
        if debug:
            raise
        return _bug(error)
    return code if isinstance(code, int) else 0


def _bug(error: Exception) -> int:
    what = " ".join(str(error).split())
    _complain(f"internal error: {type(error).__name__}: {what}"[:300])
    _complain("This is a bug in simkpi, not a mistake of yours; run again with --debug for the traceback.")
    return EXIT_BUG


def _usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    _complain(f"Error: {error.format_message()}")
    if context is not None:
        _complain(f"Try '{context.command_path} --help'.")


def _complain(line: str) -> None:
    click.echo(line, err=True)


def _set_up_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a Windows console would fail on ± and on names in other scripts
            reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    main()
