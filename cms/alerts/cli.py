"""``loa alerts``, ``loa hazards``, ``loa trace``: alerts in force, rights, policy, hazard tables, an alert's steps."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertKind, HazardTableVersion
from broadcast.alerts.table_file import TableFileError
from cms.accounts.service import users
from cms.alerts.queries.alerts import AlertFilter, alert_list
from cms.alerts.queries.reaches import area_reaches
from cms.alerts.queries.staffing import gaps
from cms.alerts.queries.timings import measure, order_of
from cms.alerts.queries.timings import trace as trace_of
from cms.alerts.repository.unknown_orders import UnknownOrders
from cms.alerts.service import declaration_rights, hazard_tables, stop_orders
from cms.areas.repository import Places
from cms.platform.cli.command_context import opened, operator, operator_call
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.people import Actor, Grant, Role, UserId
from province.wall_clock import local_date


def _right(value: str) -> tuple[AreaId, AlertLevel]:
    """Parse an area and a level, ``bt23-60:2``."""
    area_id, _, level = value.rpartition(":")
    if not area_id or level not in {str(int(each)) for each in AlertLevel}:
        raise click.BadParameter(f"{value!r} is not AREA:LEVEL with a level of 1 to 3")
    return AreaId(area_id), AlertLevel(int(level))


@click.group()
def alerts() -> None:
    """Manage alerts: list, rights, policy."""


@alerts.command("list")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended as well.")
@click.option("--kind", type=click.Choice([each.value for each in AlertKind]), help="Only live ones, or only drills.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_alerts(*, with_ended: bool, kind: str | None, as_json: bool) -> None:
    """List open alerts, last changed first, with the number of devices that answered."""
    chosen = AlertFilter(kind=AlertKind(kind) if kind else None, is_open=None if with_ended else True)
    with opened() as context, context.uow.reading() as unit:
        areas = [area.id for area in unit[Places].tree()]
        for line in alert_list(unit.session, areas, UserId(""), chosen, limit=500).rows:
            reached = area_reaches(unit.session, line.order_id) if line.order_id else []
            meant, answered = sum(area.meant for area in reached), sum(area.answered for area in reached)
            if as_json:
                told = {
                    "id": line.id,
                    "kind": line.kind,
                    "hazard": line.hazard,
                    "level": int(line.level),
                    "status": line.status,
                    "headline": line.headline,
                    "expires_at": line.expires_at.isoformat(),
                    "meant": meant,
                    "answered": answered,
                }
                click.echo(json.dumps(told, ensure_ascii=False))
            else:
                far = f"  {answered} of {meant} answered" if line.order_id else ""
                said = f"{line.id}  {line.kind.upper()}  {line.hazard} {int(line.level)}  {line.status}"
                click.echo(f"{said}  {line.headline}{far}")


@alerts.command()
@click.argument("login")
@click.option(
    "--give",
    type=_right,
    metavar="AREA:LEVEL",
    multiple=True,
    help="May declare up to LEVEL there and below; repeatable.",
)
@click.option("--take", multiple=True, metavar="AREA", help="The right held at this very area ends; repeatable.")
def rights(login: str, *, give: tuple[tuple[AreaId, AlertLevel], ...], take: tuple[str, ...]) -> None:
    """Give or take rights to declare alerts, by area and level; without an option, show them."""
    with opened() as context:
        with context.uow.reading() as unit:
            user = users.user_of(unit, login)
            by = _operator(unit)
        for area_id in take:
            declaration_rights.take(context.uow(), user_id=user.id, area_id=AreaId(area_id), call=context.call(by))
        for area_id, level in give:
            declaration_rights.give(context.uow(), user_id=user.id, area_id=area_id, level=level, call=context.call(by))
        held = declaration_rights.rights_of(context.uow.reading(), user.id)
    click.echo(f"{login}: {', '.join(f'{right.area_id}:{int(right.level)}' for right in held) or 'no rights'}")


@alerts.command()
def check() -> None:
    """Name the places and levels at which no two people with a second factor can let out an alert; exit status 1."""
    with opened() as context, context.uow.reading() as unit:
        tree = unit[Places].tree()
        found = gaps(unit.session, tree, local_date(context.now()))
        for gap in found:
            levels = ", ".join(str(int(level)) for level in gap.levels)
            places = ", ".join(f"{each} {tree.get(each).name}" for each in gap.areas)
            click.echo(f"level {levels}: nobody at {places}")
        is_empty = not len(tree)
    if is_empty:
        raise click.ClickException("no areas are loaded: `loa areas load` first")
    if found:
        raise click.ClickException(
            "give emergency officers rights (`loa alerts rights LOGIN --give AREA:LEVEL`) and have two of them enrol"
        )
    click.echo("every place and level has two people who can let out an alert")


@alerts.command()
@click.option("--alone/--not-alone", "may_send_alone", default=None, help="Break-glass: one person may send alone.")
@click.option("--hours-max", type=int, help="No alert lasts longer.")
@click.option("--all-clear-minutes", type=int, help="How long an all-clear stays.")
@click.option("--hearing-m", type=int, help="Radius within which a loudspeaker without one of its own is heard.")
@click.option("--publish-reports/--no-publish-reports", "publishes_reports", default=None, help="Figures of reports.")
def policy(**options: bool | int | None) -> None:
    """Set the province's alert policy; without an option, show it."""
    with opened() as context:
        found = declaration_rights.policy_of(context.uow.reading())
        chosen: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        wanted = replace(found, **chosen)
        if wanted != found:
            with context.uow.reading() as unit:
                by = _operator(unit)
            found = declaration_rights.set_policy(context.uow(), policy=wanted, call=context.call(by))
    alone = "one person may send alone" if found.may_send_alone else "two people, always"
    heard = f"heard within {found.hearing_m} m; reports {'public' if found.publishes_reports else 'not public'}"
    click.echo(f"{alone}; at most {found.hours_max} h; all-clears for {found.all_clear_minutes} min; {heard}")


@alerts.command()
@click.option("--end", "order_id", metavar="ID", help="Have every device that holds it end it. Needs --why.")
@click.option("--why", default="", help="The reason, for the log.")
def unknown(order_id: str | None, why: str) -> None:
    """List orders that devices hold and the server does not know, since it was restored from a back-up."""
    with opened() as context:
        if order_id is not None:
            with context.uow.reading() as unit:
                by = _operator(unit)
            ended = stop_orders.end(context.uow(), order_id, reason=why, call=context.call(by))
            click.echo(f"{order_id}: {len(ended.places)} devices are told to end it")
            return
        with context.uow.reading() as unit:
            for each in unit[UnknownOrders].open(context.now()):
                where = ", ".join(sorted(set(each.places.values())))
                until = f"{each.expires_at:%Y-%m-%d %H:%M} UTC"
                click.echo(f"{each.id}  until {until}  {len(each.places)} devices in {where}")


@click.group()
def hazards() -> None:
    """Manage the province's table of hazards: texts, levels, sirens, repetitions."""


@hazards.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_hazards(path: Path) -> None:
    """Put the table of a file into force, if it is valid as a whole; else name each fault with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path.name} is not in UTF-8: {error}") from error
    with opened() as context:
        try:
            _say(hazard_tables.load(context.uow(), text=text, call=operator_call(context)))
        except TableFileError as error:
            raise click.ClickException("\n".join(f"{path.name}, {each}" for each in error.problems)) from error


@hazards.command("list")
def list_hazards() -> None:
    """List the versions of the table, the one in force first."""
    with opened() as context:
        found = hazard_tables.versions(context.uow.reading())
    for table in found:
        name = table.name or "the national table alone"
        click.echo(f"{table.version}  {table.loaded_at:%Y-%m-%d %H:%M} UTC  {table.loaded_by_name}  {name}")
    if not found:
        click.echo("the national table alone")


@hazards.command("restore")
@click.argument("version", type=click.IntRange(min=0))
def restore_hazards(version: int) -> None:
    """Put an earlier VERSION into force again; 0: the national table alone."""
    with opened() as context:
        try:
            _say(hazard_tables.restore(context.uow(), version, call=operator_call(context)))
        except TableFileError as error:
            raise click.ClickException(f"version {version} is not valid any more: {error}") from error


def _say(table: HazardTableVersion | None) -> None:
    if table is None:
        click.echo("in force already")
    else:
        click.echo(f"version {table.version} is in force: {table.name or 'the national table alone'}")


@click.command()
@click.argument("name", metavar="ID")
def trace(name: str) -> None:
    """Show each step of an alert or order from the approval to the last sample, in ms after the approval.

    Of its loudspeakers the first, the median, the 99th percentile and the last that began to sound.
    """
    with opened() as context, context.uow.reading() as unit:
        order = order_of(unit.session, name)
        if order is None:
            raise click.ClickException(f"there is no order or alert {name}, or it was not sent")
        click.echo(f"{order.id}  {order.headline}  approved {order.issued_at:%Y-%m-%d %H:%M:%S.%f} UTC")
        for span in trace_of(unit.session, order):
            start_ms, end_ms = (
                (at - order.issued_at) / timedelta(milliseconds=1) for at in (span.start_at, span.end_at)
            )
            click.echo(f"{start_ms:10.0f} {end_ms:10.0f}  {span.name:12}{span.detail}".rstrip())
        found = measure(unit.session, order)
    of_online = f"of {found.online} connected loudspeakers"
    click.echo(f"{found.in_time} within 1 s, {found.answered} answered, {of_online}")


def _operator(unit: UnitOfWork) -> Actor:
    """Return the person at the command line as an actor who manages users everywhere; the audit log says so."""
    by = operator()
    roots = [area.id for area in unit[Places].tree().children(None)]
    return replace(by, grants=tuple(Grant(Role.ADMIN, area_id) for area_id in roots))
