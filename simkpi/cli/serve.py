"""``simkpi serve``: the what-if page of a scenario, on this computer only."""

from __future__ import annotations

import click

from simkpi.cli import options


@click.command()
@click.argument("scenario", default="quickstart", type=click.Path())
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="PORT", help="Port to listen on.  [default: a free one]"
)
@click.option("--no-browser", is_flag=True, help="Only print the address; open no browser.")
@options.lang_option
@options.quiet_option
def command(scenario: str, *, port: int, no_browser: bool, lang: str | None, quiet: bool) -> None:
    """Open a page in the browser on which the plan of SCENARIO can be changed and the answer follows at once.

    \b
    Examples:
      simkpi serve
      simkpi serve monday.yaml
      simkpi serve plan.xlsx --lang fr
      simkpi serve monday.yaml --port 8700 --no-browser

    Sliders for volume, handle time, patience, bots and chats at once, tables for contacts and staff by interval; staff suggested
    for the targets; plans compared on the same customers; the plan saved as a scenario, a workbook or a report. The page is seen
    by this computer only (127.0.0.1), and by who has the address that is printed. Ctrl-C ends it (exit code 0).
    See docs/how-to/what-if-page.md.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input
    from simkpi.errors import InputError
    from simkpi.experiment.verdicts import check_targets

    loaded = open_input(scenario, quiet=quiet)
    check_targets(loaded)
    from simkpi.serve.server import Server

    try:
        server = Server(loaded, port=port, lang=lang or loaded.spec.locale)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"port {port}: can not be listened on ({reason}); choose another with --port") from None
    click.echo(server.address)
    options.note("the page is for this computer only; Ctrl-C here ends it", quiet=quiet)
    if not no_browser:
        _show(server.address)
    _serve(server)
    options.note("\nthe page has ended", quiet=quiet)


def _show(address: str) -> None:
    """Open the address in a browser, beside the server: one that runs in the terminal would keep it waiting."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True, name="simkpi-browser").start()


def _serve(server: object) -> None:
    """Serve until Ctrl-C or SIGTERM; what a browser still asks is dropped."""
    import contextlib
    import signal
    import threading

    from simkpi.serve.server import Server

    assert isinstance(server, Server)

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=1.0)
