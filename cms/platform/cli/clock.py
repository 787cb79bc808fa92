"""``loa clock``: trust in the machine's clock, and a person's confirmation that it is right."""

import sys
from collections.abc import Mapping
from typing import Final

import click

from cms.platform.process.clock import DoubtKind, kernel_is_synchronised, steady_clock
from cms.platform.settings import Settings

SAYS: Final[Mapping[DoubtKind, str]] = {
    DoubtKind.JUMPED: "the machine's clock jumped",
    DoubtKind.DEVICES_DISAGREE: "most devices have another time",
    DoubtKind.EVENTS_AHEAD: "the database holds later events",
    DoubtKind.NOT_SYNCHRONISED: "no NTP client keeps it, as LOA_CLOCK_NEEDS_NTP asks",
}


@click.group(invoke_without_command=True)
@click.pass_context
def clock(ctx: click.Context) -> None:
    """Show the time that the server uses, and doubts about it. Exit status 1 if there are any."""
    if ctx.invoked_subcommand is not None:
        return
    held = steady_clock(Settings())
    click.echo(f"the server goes by {held():%Y-%m-%d %H:%M:%S} UTC")
    said = "says that it is synchronised" if kernel_is_synchronised() else "knows of no NTP client that keeps it right"
    click.echo(f"the kernel {said}")
    if held.doubt is not None:
        click.echo(f"{SAYS[held.doubt.why]} ({held.doubt.ahead_s:+.1f} s): put it right, or loa clock accept")
        sys.exit(1)


@clock.command()
def accept() -> None:
    """Confirm that the machine's clock is right: every process uses it from now on."""
    settings = Settings()
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    held = steady_clock(settings)
    held.accept()
    click.echo(f"the server goes by {held():%Y-%m-%d %H:%M:%S} UTC")
