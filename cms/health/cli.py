"""``loa duty``: people on call, by area and time, and the addresses that notify them."""

from datetime import time

import click

from cms.areas.repository import Places
from cms.health.repository.faults import FaultRecords
from cms.health.service import duties
from cms.platform.cli.command_context import opened, operator_call
from cms.platform.store.engine import reading
from devices.health.notices import Duty, is_address
from province.areas import AreaId
from province.errors import NotFoundError

WEEK = tuple(range(7))


def _hours(value: str) -> tuple[time, time]:
    """Parse hours, ``22:00-06:00``, in the province's time; past midnight if the end is the earlier one."""
    starts, _, ends = value.partition("-")
    try:
        return time.fromisoformat(starts), time.fromisoformat(ends)
    except ValueError:
        raise click.BadParameter(f"{value!r} are no hours: write them as 22:00-06:00") from None


def _weekdays(value: str) -> tuple[int, ...]:
    """Parse weekdays, ``1-5`` or ``6,7``: Monday is 1."""
    found: set[int] = set()
    for part in value.split(","):
        first, _, last = part.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()):
            raise click.BadParameter(f"{value!r} are no weekdays: write them as 1-5 or 6,7; Monday is 1")
        found |= set(range(int(first) - 1, int(last or first)))
    if not found or not found <= set(WEEK):
        raise click.BadParameter(f"{value!r} are no weekdays: Monday is 1, Sunday 7")
    return tuple(sorted(found))


@click.group()
def duty() -> None:
    """Manage the recipients of notifications of faults and incidents: add, list, remove."""


@duty.command()
@click.argument("address")
@click.option("--area", "area_id", required=True, help="For this area and all below it.")
@click.option("--name", required=True, help="Who that is.")
@click.option("--line", type=click.IntRange(1, 2), default=1, show_default=True, help="2: told when nobody of 1 acts.")
@click.option("--weekdays", type=_weekdays, metavar="1-7", default="1-7", show_default=True, help="1 is Monday.")
@click.option(
    "--hours", type=_hours, metavar="HH:MM-HH:MM", default="00:00-00:00", show_default=True, help="Equal ends: all day."
)
def add(
    address: str, area_id: str, name: str, line: int, *, weekdays: tuple[int, ...], hours: tuple[time, time]
) -> None:
    """Put a person on call at a mail ADDRESS, or at an https address that is notified by webhook."""
    if not is_address(address):
        raise click.UsageError(f"{address!r} is neither a mail address nor an https address")
    with opened() as context:
        with context.uow.reading() as unit:
            unit[Places].tree().get(AreaId(area_id))
        made = Duty(context.new_id(), AreaId(area_id), name, address, line, weekdays, *hours)
        duties.add(context.uow(), made, call=operator_call(context))
    click.echo(f"{made.id}  {name} is on call for {area_id}")


@duty.command("list")
def list_duties() -> None:
    """List all people on call."""
    with opened() as context, reading(context.engine) as session:
        for each in FaultRecords(session).duties():
            days = "".join(str(day + 1) for day in each.weekdays)
            hours = f"{each.starts:%H:%M}-{each.ends:%H:%M}"
            click.echo(f"{each.id}  {each.area_id}  line {each.line}  {days}  {hours}  {each.name}  {each.address}")


@duty.command()
@click.argument("duty_id")
def remove(duty_id: str) -> None:
    """Remove a person on call; notifications not sent yet are not sent to them any more."""
    with opened() as context:
        try:
            duties.remove(context.uow(), duty_id, call=operator_call(context))
        except NotFoundError:
            raise click.ClickException(f"there is no duty {duty_id}") from None
    click.echo(f"{duty_id} is removed")
