"""``loa token``: tokens for programs that use the API."""

from datetime import timedelta

import click

from cms.accounts.model import READ_ONLY, TokenScope
from cms.accounts.repository import People
from cms.accounts.service import users
from cms.platform.cli.command_context import opened, operator


@click.group()
def token() -> None:
    """Manage API tokens: create, list, revoke."""


@token.command()
@click.argument("login")
@click.option("--name", default="command line", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 730), default=90, show_default=True, help="How long it is good.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in TokenScope]),
    multiple=True,
    help="What it may do beside reading; may be repeated. Without one it only reads.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print the secret alone.")
def create(login: str, name: str, days: int, scopes: tuple[str, ...], *, quiet: bool) -> None:
    """Make a token that acts as LOGIN, within its scopes. Its secret is printed once and stored as a hash.

    No token sends, cancels or follows an alert, stops an alert, speaks live or shuts a device off at once.
    """
    with opened() as context, context.uow() as unit:
        made, secret = users.create_token(
            unit,
            login,
            token_id=context.new_id(),
            name=name,
            lasts=timedelta(days=days),
            now=context.now(),
            by=operator(),
            scopes=[TokenScope(scope) for scope in scopes] or READ_ONLY,
        )
        unit.commit()
    if not quiet:
        good = f"good until {made.expires_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"token {made.id} for {login} ({' '.join(made.scopes)}), {good}; its secret:")
    click.echo(secret)


@token.command("list")
def list_tokens() -> None:
    """List all tokens with user and state."""
    with opened() as context, context.uow.reading() as unit:
        now = context.now()
        for each in unit[People].tokens():
            login = unit[People].get(each.user_id).login
            state = "good" if each.is_good(now) else "revoked" if each.revoked_at else "expired"
            scopes = " ".join(each.scopes)
            click.echo(f"{each.id}  {login}  {each.name}  {scopes}  until {each.expires_at:%Y-%m-%d}  {state}")


@token.command()
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Make a token useless from now on."""
    with opened() as context, context.uow() as unit:
        users.revoke_token(unit, token_id, now=context.now(), by=operator())
        unit.commit()
    click.echo(f"{token_id} is revoked")
