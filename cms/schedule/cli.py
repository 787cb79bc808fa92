"""``loa as-run`` and ``loa why``: verification of the as-run log, and explanation of a device’s sound or silence."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from broadcast.bulletins.transmissions import PlanEntry, Reason
from cms.areas.repository import Places
from cms.platform.cli.command_context import opened
from cms.platform.store.engine import reading
from cms.schedule.queries.why import ItemDelivery, Why
from cms.schedule.queries.why import why as find_why
from cms.schedule.repository import as_run_chain
from devices.model import DeviceId
from province.wall_clock import DEFAULT_ZONE

ZONE = ZoneInfo(DEFAULT_ZONE)


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


@click.command()
@click.argument("device_id")
@click.argument("when", default="now")
def why(device_id: str, when: str) -> None:
    """Explain which rule won on DEVICE_ID at WHEN, which lost and why, and how far delivery got.

    WHEN is local time: 05:30 (today), 2025-03-01T05:30, with an offset if need be, or now.
    """
    with opened() as context:
        at = _instant(when, context.now())
        with context.uow.reading() as unit:
            found = find_why(unit, DeviceId(device_id), at)
            names = [unit[Places].tree().get(area_id).name for area_id in unit[Places].tree().chain(found.area_id)]
    click.echo("\n".join(lines(found, names)))


def lines(found: Why, places: list[str]) -> Iterator[str]:
    """Return the answer as lines, most important first."""
    yield f"{found.device.id}  {found.device.name}  ({', '.join(places)})"
    yield f"at {_local(found.at)}, {'inside' if found.is_quiet else 'outside'} quiet hours"
    if found.played is None:
        yield "nothing is planned there"
    else:
        yield from _entry("planned:", found.played)
    if found.standing is not None:
        yield from _standing(found.standing)
    for sounded in found.alerts:
        yield f"alert: {sounded.title!r} since {_local(sounded.started_at)}"
    if found.missed is not None:
        left = f" ({found.missed.left_because})" if found.missed.left_because else ""
        yield f"missed {_local(found.missed.missed_at)}: {found.missed.remedy}{left}, policy {found.missed.mode}"
    for item in found.lost:
        yield f"not placed: {item.title!r} {_local(item.start_at)} to {item.end_at.astimezone(ZONE):%H:%M:%S}"
        yield from (f"  because {_said(reason)}" for reason in item.reasons)
    yield from _plan(found)
    if found.status is None:
        yield "device: never heard of"
    else:
        state = "online" if found.status.online else "offline"
        yield f"device: {state}, last word {_local(found.status.seen_at)}, firmware {found.status.firmware or '?'}"
    if found.before is not None:
        yield from _entry("before:", found.before)
    if found.after is not None:
        yield from _entry("after:", found.after)


def _plan(found: Why) -> Iterator[str]:
    if found.built_at is None:
        yield f"plan of {found.on:%Y-%m-%d}: never built for {found.area_id}; told is what it would be"
        return
    sent = "not sent yet" if found.sent_at is None else f"sent {_local(found.sent_at)}"
    yield f"plan of {found.on:%Y-%m-%d}: version {found.plan_version}, built {_local(found.built_at)}, {sent}"


def _entry(label: str, entry: PlanEntry) -> Iterator[str]:
    until = entry.end_at.astimezone(ZONE)
    yield f"{label} {entry.title!r} {_local(entry.start_at)} to {until:%H:%M:%S}, priority {entry.prio}"
    yield from (f"  because {_said(reason)}" for reason in entry.reasons)


def _standing(standing: ItemDelivery) -> Iterator[str]:
    reason = f" ({standing.reason})" if standing.reason else ""
    since = f" since {_local(standing.changed_at)}" if standing.changed_at else ""
    yield f"delivery: {standing.state}{reason}{since}"
    for run in standing.as_runs:
        started = "never started" if run.started_at is None else f"started {_local(run.started_at)}"
        skew = "" if run.skew_ms is None else f" ({run.skew_ms:+.0f} ms)"
        cause = f", {run.reason}" if run.reason else ""
        yield f"  as-run {run.record_id}: {run.result}, {started}{skew}, volume {run.volume_pct} %{cause}"


def _said(reason: Reason) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in reason.detail)
    return reason.code + (f": {figures}" if figures else "")


def _instant(when: str, now: datetime) -> datetime:
    if when == "now":
        return now
    local = now.astimezone(ZONE)
    text = when if "-" in when else f"{local:%Y-%m-%d}T{when}"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{when!r} is not like 05:30 or 2025-03-01T05:30", param_hint="WHEN") from None
    return at if at.tzinfo else at.replace(tzinfo=ZONE)


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
