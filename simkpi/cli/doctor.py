"""What a bug report needs to say about the machine: versions, cores, where the shipped scenarios are."""

from __future__ import annotations

import click

from simkpi.cli.options import FORMATS

PACKAGES = (
    "simpy",
    "numpy",
    "numba",
    "scipy",
    "polars",
    "pydantic",
    "PyYAML",
    "matplotlib",
    "click",
    "rich",
    "XlsxWriter",
    "python-calamine",
)


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True, help="Form of the result on stdout."
)
def command(format_: str) -> None:
    """Show versions and cores, and check that every library is there.

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
        import csv
        import sys

        csv.writer(sys.stdout, lineterminator="\n").writerows([("fact", "value"), *facts.items()])
    else:
        width = max(len(name) for name in facts)
        for name, value in facts.items():
            click.echo(f"{name:<{width}}  {value}")
    if missing:
        from simkpi.errors import SimkpiError

        raise SimkpiError(f"missing: {', '.join(missing)}; install simkpi again: python -m pip install --force-reinstall simkpi")


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
    }
    found = {package: _version(package) for package in PACKAGES}
    facts |= {package.lower(): installed or "missing" for package, installed in found.items()}
    return facts, [package for package, installed in found.items() if installed is None]


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
