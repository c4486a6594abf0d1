"""``simkpi completion``: the script by which a shell completes commands, options, KPIs and scenarios."""

from __future__ import annotations

import click

from simkpi.cli import options

#: Shells that click writes completion for, and the line that keeps it.
SHELLS = {
    "bash": "simkpi completion bash > ~/.local/share/bash-completion/completions/simkpi",
    "zsh": "simkpi completion zsh > ~/.zfunc/_simkpi     (with ~/.zfunc in fpath, before compinit)",
    "fish": "simkpi completion fish > ~/.config/fish/completions/simkpi.fish",
}
_VARIABLE = "_SIMKPI_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
@options.quiet_option
def command(*, shell: str, quiet: bool) -> None:
    """Print the script that makes SHELL complete commands, options, KPIs and scenarios.

    \b
    Examples:
      source <(simkpi completion bash)
      simkpi completion zsh > ~/.zfunc/_simkpi
      simkpi completion fish > ~/.config/fish/completions/simkpi.fish

    The first line is for the shell you are in; written to a file of its completions it stays. Needs bash 4.4 or later.
    """  # noqa: D301 - click wants the character \b itself
    from click.shell_completion import get_completion_class

    from simkpi.cli.main import group

    complete = get_completion_class(shell)
    assert complete is not None, shell
    script = complete(group, {}, "simkpi", _VARIABLE)
    click.echo(script.source_template % script.source_vars())  # not source(): that asks the bash of this machine for its version
    options.note(f"to keep it: {SHELLS[shell]}", quiet=quiet)
