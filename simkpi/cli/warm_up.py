"""``simkpi warm-up``: compile the fast engine ahead of its first use, when a machine or an image is set up."""

from __future__ import annotations

import click

from simkpi.cli import options


@click.command(short_help="Compile the fast engine ahead of its first use.")
@options.quiet_option
def command(*, quiet: bool) -> None:
    """Compile the fast engine and keep it, so that the first long simulation need not.

    \b
    Example:
      simkpi warm-up

    Happens by itself when it is first worth while; this is for installing machines and building images. The compiled engine
    is kept in the user's folder for caches, or in NUMBA_CACHE_DIR.
    """  # noqa: D301 - click wants the character \b itself
    import time

    from simkpi.engine.compiled import cache
    from simkpi.engine.run import needs_compiling

    compiles = needs_compiling()
    if compiles:
        options.note("compiling the engine once (about 4 s)", quiet=quiet)
    start = time.perf_counter()
    from simkpi.engine.compiled.drawing import draw_compiled
    from simkpi.engine.compiled.kernel import kernel
    from simkpi.experiment.tally_loops import loops

    kernel()
    draw_compiled()
    loops()
    seconds = time.perf_counter() - start
    folder = cache.folder()
    if folder is None:
        click.echo(f"compiled in {seconds:.1f} s, but no folder can be written to keep it: set NUMBA_CACHE_DIR to one that can")
    elif compiles:
        click.echo(f"compiled in {seconds:.1f} s, kept in {folder}")
    else:
        click.echo(f"ready: compiled before, loaded in {seconds:.1f} s from {folder}")
