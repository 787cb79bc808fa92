"""``loa content``: content that nothing names."""

import click

from cms.bulletins.service.content_collection import collect
from cms.platform.cli.command_context import opened, operator

_MB = 1024 * 1024


@click.group()
def content() -> None:
    """Look at stored content: audio, plans, files."""


@content.command("collect")
@click.option("--dry-run", "only_look", is_flag=True, help="Count, and change nothing.")
def collect_unused(*, only_look: bool) -> None:
    """Set aside what nothing names, and delete what has been aside for a week, as every night."""
    with opened() as context:
        found = collect(context, operator(), only_look=only_look)
    click.echo(f"set aside: {found.set_aside} files, {found.set_aside_bytes / _MB:.1f} MB")
    click.echo(f"brought back: {found.brought_back} files")
    click.echo(f"deleted: {found.freed} files, {found.freed_bytes / _MB:.1f} MB")
