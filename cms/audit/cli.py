"""``loa audit``: verification of the logs, and the event log as a file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from cms.audit import jobs
from cms.audit.model import LostAnchor
from cms.audit.repository import anchor_of, lost_anchors
from cms.platform.cli.command_context import opened
from cms.platform.store import chain
from cms.platform.store.engine import reading
from cms.schedule.repository import as_run_chain


@click.group()
def audit() -> None:
    """Verify, export and anchor the event log and the as-run log."""


@audit.command()
@click.option(
    "--anchors",
    "copy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the anchors kept elsewhere, or a log with their lines; without it LOA_HOME's own.",
)
@click.option(
    "--key", default="", help="The anchors' public key, as keys/audit.pub held it; without it LOA_HOME's own."
)
def verify(copy: Path | None, key: str) -> None:
    """Read both logs whole and compare them with every anchored head; exit status 1 where something does not hold."""
    with opened() as context:
        lines = jobs.lines_of(copy or jobs.file_of(context.settings))
        public_x = key or jobs.public_key_of(context.settings)
        try:
            anchors = jobs.anchors_of(lines, public_x)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        with reading(context.engine) as session:
            broken, as_run = chain.first_break(session), as_run_chain.verify(session)
            lost, now = lost_anchors(session, anchors), anchor_of(session, context.now())
    if broken is not None:
        raise click.ClickException(f"the event log was changed: line {broken} does not hold")
    if as_run.first_break is not None:
        raise click.ClickException(f"the as-run log was changed: seal {as_run.first_break} does not hold")
    if as_run.unsealed:
        raise click.ClickException(f"{as_run.unsealed} as-run records are in no seal")
    if lost:
        raise click.ClickException("; ".join(map(_sentence, lost[:3])))
    click.echo(f"{now.events.count} events, head {now.events.head}")
    click.echo(f"{now.as_run.count} as-run seals, head {now.as_run.head}")
    click.echo(f"{len(anchors)} anchors hold" if anchors else "no anchor yet: a cut end would not be seen")


@audit.command()
@click.option("--from", "first", type=click.IntRange(1), default=1, show_default=True, help="First line.")
@click.option("--to", "last", type=click.IntRange(1), help="Last line; without it all.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Before this day (UTC).")
def export(first: int, last: int | None, since: datetime | None, until: datetime | None) -> None:
    """Print the event log, one JSON object a line, oldest first, with the hashes that chain it."""
    since_at, until_at = (None if each is None else each.replace(tzinfo=UTC) for each in (since, until))
    with opened() as context, reading(context.engine) as session:
        for line in chain.lines(session, first, last, since_at, until_at):
            click.echo(json.dumps(line, ensure_ascii=False))


@audit.command()
def anchor() -> None:
    """Write a signed line with both heads now, beside those the scheduler writes each hour."""
    with opened() as context:
        jobs.write(context, context.now())
        click.echo(jobs.lines_of(jobs.file_of(context.settings))[-1])


def _sentence(lost: LostAnchor) -> str:
    log = "events" if lost.log == "events" else "as-run seals"
    return f"{log}: line {lost.seq}, anchored at {lost.at}, is gone or was written again"
