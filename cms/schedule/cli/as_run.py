"""``loa as-run``: verification of the as-run log."""

import click

from cms.platform.cli.command_context import opened
from cms.platform.store.engine import reading
from cms.schedule.repository import as_run_chain


@click.group(name="as-run")
def as_run() -> None:
    """Verify the chain of the as-run log."""


@as_run.command()
@click.option("--head", default="", help="A hash written down before: it must be in the chain still.")
def verify(head: str) -> None:
    """Read the whole log and check every seal; exit status 1 where it does not hold."""
    with opened() as context, reading(context.engine) as session:
        found = as_run_chain.verify(session)
        is_known = not head or as_run_chain.knows(session, head)
    if found.first_break is not None:
        raise click.ClickException(f"the log was changed: seal {found.first_break} of {found.sealed} does not hold")
    if found.unsealed:
        raise click.ClickException(f"{found.unsealed} records are in no seal")
    if not is_known:
        raise click.ClickException("that hash is not in the chain: the log was cut off or replaced")
    click.echo(f"{found.sealed} records, all sealed; head {found.head}")
