"""``loa users``: sign-ins and their roles."""

import sys

import click

from cms.accounts.cli.demo_sign_ins import require_made_up
from cms.accounts.errors import CodeUsedError
from cms.accounts.repository import People
from cms.accounts.service import second_factor
from cms.accounts.service import users as user_service
from cms.accounts.service.passwords import Passwords, random_password
from cms.accounts.service.vault import vault_of
from cms.areas.repository import Places
from cms.platform.cli.command_context import opened, operator
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.people import Grant, Role
from province.policy import needs_second_factor


def _grant(value: str) -> Grant:
    """Parse a role in an area, ``approver@bt23-60``."""
    role, _, area_id = value.partition("@")
    if role not in list(Role) or not area_id:
        raise click.BadParameter(f"{value!r} is not ROLE@AREA with a role of: {', '.join(Role)}")
    return Grant(Role(role), AreaId(area_id))


@click.group()
def users() -> None:
    """Manage people: add, list, grant, ungrant, lock, unlock, reset-password, second-factor."""


@users.command()
@click.argument("login")
@click.argument("name")
@click.option(
    "--role",
    "grants",
    type=_grant,
    metavar="ROLE@AREA",
    multiple=True,
    required=True,
    help="ROLE@AREA; may be repeated.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of making a random one.")
def add(login: str, name: str, grants: tuple[Grant, ...], *, password_stdin: bool) -> None:
    """Make a user. A random password is printed once and stored nowhere."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else random_password()
    with opened() as context, context.uow() as unit:
        _check_areas(unit, grants)
        user = user_service.add_user(
            unit,
            Passwords(),
            new_id=context.new_id(),
            login=login,
            name=name,
            password=password,
            grants=grants,
            now=context.now(),
            by=operator(),
            must_change=True,
        )
        unit.commit()
    click.echo(f"{user.login}: {', '.join(f'{grant.role}@{grant.area_id}' for grant in grants)}")
    if not password_stdin:
        click.echo(f"password (shown only now): {password}")


@users.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """Give a user a password for one sign-in, at which they choose their own; their sessions end now."""
    password = random_password()
    with opened() as context, context.uow() as unit:
        user_service.set_password(
            unit, Passwords(), login, password, now=context.now(), by=operator(), must_change=True
        )
        unit.commit()
    click.echo(f"{login}: password (shown only now): {password}")


@users.command("list")
def list_users() -> None:
    """List all users, with roles and areas."""
    with opened() as context, context.uow.reading() as unit:
        for user in unit[People].all():
            held = ", ".join(f"{grant.role}@{grant.area_id}" for grant in user.grants) or "no roles"
            state = "  LOCKED" if user.disabled_at else ""
            click.echo(f"{user.login}  {user.name}  {held}{state}")


@users.command()
@click.argument("login")
def lock(login: str) -> None:
    """Keep a user from signing in, and end their sessions now."""
    with opened() as context, context.uow() as unit:
        user_service.lock_user(unit, login, now=context.now(), by=operator())
        unit.commit()
    click.echo(f"{login} is locked")


@users.command()
@click.argument("login")
def unlock(login: str) -> None:
    """Let a user sign in again."""
    with opened() as context, context.uow() as unit:
        user_service.unlock_user(unit, login, now=context.now(), by=operator())
        unit.commit()
    click.echo(f"{login} may sign in")


@users.command()
@click.argument("login")
@click.argument("grants", type=_grant, nargs=-1, required=True)
def grant(login: str, grants: tuple[Grant, ...]) -> None:
    """Give a user more rights, each ROLE@AREA."""
    with opened() as context, context.uow() as unit:
        _check_areas(unit, grants)
        user_service.give(unit, login, grants, now=context.now(), by=operator())
        unit.commit()
    click.echo(f"{login}: given")


@users.command()
@click.argument("login")
@click.argument("grants", type=_grant, nargs=-1, required=True)
def ungrant(login: str, grants: tuple[Grant, ...]) -> None:
    """Take rights from a user, each ROLE@AREA."""
    with opened() as context, context.uow() as unit:
        user_service.take(unit, login, grants, now=context.now(), by=operator())
        unit.commit()
    click.echo(f"{login}: taken")


@users.command("second-factor")
@click.argument("login")
@click.option("--reset", is_flag=True, help="Forget it: a lost telephone. The user enrols anew at the next sign-in.")
def show_second_factor(login: str, *, reset: bool) -> None:
    """Show whether a user has a second factor, or remove it and end their sessions."""
    with opened() as context, context.uow() as unit:
        user = user_service.user_of(unit, login)
        if reset:
            second_factor.reset(unit, login, now=context.now(), by=operator())
            unit.commit()
        factor, left = unit[People].second_factor(user.id), unit[People].recovery_codes_left(user.id)
    if factor is not None:
        click.echo(f"{user.login}: since {factor.enrolled_at:%Y-%m-%d %H:%M} UTC, {left} recovery codes left")
    elif needs_second_factor(user.grants):
        click.echo(f"{user.login}: none; will be asked to enrol at the next sign-in")
    else:
        click.echo(f"{user.login}: none, and none needed")


@users.command()
@click.argument("login")
def code(login: str) -> None:
    """Print the present code of a user made by the demo. Refused for all others; written into the audit log."""
    with opened() as context, context.uow() as unit:
        require_made_up(context.settings, login)
        try:
            shown, good_for = second_factor.code_for_demo(
                unit, vault_of(context), login, now=context.now(), by=operator()
            )
        except CodeUsedError:
            raise click.ClickException("every code of this minute has been used; ask again in 30 s") from None
        unit.commit()
    click.echo(shown)
    click.echo(f"good for {good_for.total_seconds():.0f} s, once", err=True)


def _check_areas(unit: UnitOfWork, grants: tuple[Grant, ...]) -> None:
    tree = unit[Places].tree()
    for each in grants:
        tree.get(each.area_id)
