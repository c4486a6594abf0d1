"""What a bug report needs to say about the machine: versions, cores, the engine, where things are kept."""

from __future__ import annotations

import click

from simkpi.cli import options

PACKAGES = (
    "simpy",
    "numpy",
    "numba",
    "llvmlite",
    "scipy",
    "polars",
    "pydantic",
    "PyYAML",
    "matplotlib",
    "click",
    "rich",
    "Jinja2",
    "XlsxWriter",
    "python-calamine",
)
#: Installed only by those who want them: pip install 'simkpi[cluster]' and the like.
EXTRAS = ("distributed", "SALib", "statsforecast")


@click.command()
@options.format_option
@options.quiet_option
def command(*, format_: str, quiet: bool) -> None:
    """Show versions, cores, the engine and its cache, and check that every library is there.

    \b
    Example:
      simkpi doctor
      simkpi doctor --format json
    """  # noqa: D301 - click wants the character \b itself
    facts, missing = _facts()
    if format_ == "json":
        import json

        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    elif format_ == "csv":
        from simkpi.cli.emit import emit_records

        emit_records([{"fact": name, "value": value} for name, value in facts.items()], format_)
    else:
        width = max(len(name) for name in facts)
        for name, value in facts.items():
            click.echo(f"{name:<{width}}  {value}")
    if missing:
        from simkpi.errors import SimkpiError

        raise SimkpiError(f"missing: {', '.join(missing)}; install simkpi again: python -m pip install --force-reinstall simkpi")
    options.note("\nnext: simkpi verify --quick compares the simulator with models whose answers are known", quiet=quiet)


def _facts() -> tuple[dict[str, str], list[str]]:
    import os
    import platform
    import sys

    from simkpi import __version__

    facts = {
        "simkpi": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1),
        "encoding": sys.stdout.encoding or "unknown",
        "terminal": "yes" if sys.stdout.isatty() else "no",
        "color": "off (NO_COLOR)" if os.environ.get("NO_COLOR") else "on terminals",
    }
    found = {package: _version(package) for package in PACKAGES}
    if None not in found.values():  # what is asked next loads them
        facts |= _engine()
    facts |= {package.lower(): installed or "missing" for package, installed in found.items()}
    facts |= {package.lower(): _version(package) or "not installed (optional)" for package in EXTRAS}
    return facts, [package for package, installed in found.items() if installed is None]


def _engine() -> dict[str, str]:
    """Say whether the compiled engine is there, and where it is kept; compiles nothing."""
    from simkpi.engine.compiled import cache
    from simkpi.engine.run import WORTH_COMPILED
    from simkpi.scenario.files import scenarios_folder

    folder = cache.folder()
    state = "compiled" if cache.is_filled() else "not yet compiled (about 2 s, once; simkpi warm-up)"
    return {
        "engine": f"auto: compiled from {WORTH_COMPILED:,} contacts on, else SimPy",
        "compiled-engine": state,
        "cache": str(folder) if folder else "none: no folder can be written; set NUMBA_CACHE_DIR to one that can",
        "scenarios": str(scenarios_folder()),
    }


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
