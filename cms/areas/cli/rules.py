"""``loa areas rules``: rules of an area, with all settings of the screen of the same name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import Any

import click

from broadcast.bulletins.framing import ChimePlace
from broadcast.scheduling.area_rules import EVERY_DAY, AreaRules, QuietWindow, Quota, VolumeWindow
from broadcast.scheduling.recurrence import WEEKDAYS
from cms.areas.repository import Places
from cms.areas.service import rules as area_rules
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service import chimes
from cms.platform.cli.command_context import opened, operator_call
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId

_NONE = "none"


def _quiet_window(value: str) -> QuietWindow:
    """Parse a span, ``21:30-05:30``: local wall times."""
    start, _, until = value.partition("-")
    try:
        return QuietWindow(time.fromisoformat(start), time.fromisoformat(until))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not like 21:30-05:30") from None


def _volume_window(value: str) -> VolumeWindow:
    """Parse a volume, ``05:30-07:00=60``: per cent between two local wall times."""
    span, _, volume = value.partition("=")
    start, _, until = span.partition("-")
    try:
        return VolumeWindow(time.fromisoformat(start), time.fromisoformat(until), int(volume))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not like 05:30-07:00=60") from None


def _own_limit(value: str) -> int:
    """Parse a limit: a number, or ``none`` for no limit of its own, which is 0 here."""
    if value != _NONE and not (value.isascii() and value.isdecimal() and int(value)):
        raise click.BadParameter(f"{value!r} is neither a number above 0 nor none")
    return 0 if value == _NONE else int(value)


def _weekdays(value: str) -> tuple[int, ...]:
    """Parse weekdays, ``MO,TU,FR`` or ``all``."""
    if value == "all":
        return EVERY_DAY
    days = value.upper().split(",")
    if not set(days) <= set(WEEKDAYS):
        raise click.BadParameter(f"{value!r} is not like MO,TU,FR")
    return tuple(number for number, day in enumerate(WEEKDAYS) if day in days)


@dataclass(frozen=True)
class RuleOptions:
    """Options as given; None and empty: unchanged."""

    quiet: tuple[QuietWindow, ...]
    never_quiet: bool
    volume: int | None
    volume_at: tuple[VolumeWindow, ...]
    one_volume: bool
    sessions: int | None
    session_minutes: int | None
    day_minutes: int | None
    weekdays: tuple[int, ...] | None
    freeze: int | None
    needs_signature: bool | None
    is_public: bool | None

    def of(self, held: AreaRules) -> AreaRules:
        quota = held.quota
        return replace(
            held,
            quiet=() if self.never_quiet else self.quiet or held.quiet,
            volume_pct=held.volume_pct if self.volume is None else self.volume,
            volumes=() if self.one_volume else self.volume_at or held.volumes,
            quota=Quota(
                _limit(self.sessions, quota.sessions),
                _limit(self.session_minutes, quota.session_min),
                _limit(self.day_minutes, quota.day_min),
                quota.weekdays if self.weekdays is None else self.weekdays,
            ),
            freeze_min=held.freeze_min if self.freeze is None else self.freeze,
            needs_signature=held.needs_signature if self.needs_signature is None else self.needs_signature,
            is_public=held.is_public if self.is_public is None else self.is_public,
        )


_SOUND = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("area_id")
@click.option(
    "--quiet",
    "quiet",
    multiple=True,
    type=_quiet_window,
    metavar="HH:MM-HH:MM",
    help="Replaces all windows; may be repeated.",
)
@click.option("--never-quiet", is_flag=True, help="No quiet hours at all.")
@click.option("--volume", type=click.IntRange(0, 100), help="Per cent.")
@click.option(
    "--volume-at",
    multiple=True,
    type=_volume_window,
    metavar="HH:MM-HH:MM=PCT",
    help="Replaces all volumes by time; may be repeated.",
)
@click.option("--one-volume", is_flag=True, help="The same volume all day.")
@click.option("--sessions", type=_own_limit, metavar="N|NONE", help="Sessions a day at most.")
@click.option("--session-minutes", type=_own_limit, metavar="N|NONE", help="Minutes a session at most.")
@click.option("--day-minutes", type=_own_limit, metavar="N|NONE", help="Minutes a day at most.")
@click.option(
    "--weekdays", type=_weekdays, metavar="MO,TU,…|ALL", help="The days on which anything but alerts is heard."
)
@click.option("--freeze", type=click.IntRange(0, area_rules.FREEZE_MAX_MIN), help="Minutes before air; 0: no freeze.")
@click.option("--signature/--no-signature", "needs_signature", default=None, help="Nothing airs before it is signed.")
@click.option("--public/--no-public", "is_public", default=None, help="What was heard stands on the public page.")
@click.option("--opening", type=_SOUND, help="Sounds before every bulletin from the next approval on.")
@click.option("--closing", type=_SOUND, help="Sounds after it.")
def rules(area_id: str, *, opening: Path | None, closing: Path | None, **options: Any) -> None:
    """Show the rules in force at AREA_ID, or set them there and below. Of quotas the strictest from above holds."""
    asked, here = RuleOptions(**options), AreaId(area_id)
    with opened() as context:
        _set(context, here, asked)
        for place, path in ((ChimePlace.OPENING, opening), (ChimePlace.CLOSING, closing)):
            if path is not None:
                _chime(context, here, place, path)
        with context.uow.reading() as unit:
            for line in _told(unit, here):
                click.echo(line)


def _set(context: Context, area_id: AreaId, asked: RuleOptions) -> None:
    with context.uow() as unit:
        held = area_rules.present(unit, area_id)
        wanted = asked.of(held)
        told = area_rules.set_rules(unit, area_id, wanted, call=operator_call(context))
        if wanted != held:
            unit.commit()
            click.echo(f"set; {told} devices will be told")


def _chime(context: Context, area_id: AreaId, place: ChimePlace, path: Path) -> None:
    chimes.set_chime(
        context.uow(),
        area_id=area_id,
        place=place,
        sha256=context.content.put_file(path),
        name=path.name,
        call=operator_call(context),
    )
    click.echo(f"{place} sound is being made from {path.name}")


def _told(unit: UnitOfWork, area_id: AreaId) -> Sequence[str]:
    held = unit[Places].rules(area_id)
    quota, by_time = held.quota, ", ".join(f"{_span(each)}={each.volume_pct}" for each in held.volumes)
    days = "all" if quota.weekdays == EVERY_DAY else ",".join(WEEKDAYS[day] for day in quota.weekdays)
    lines = [
        f"{area_id}: quiet {', '.join(map(_span, held.quiet)) or _NONE} ({held.zone}), volume {held.volume_pct} %",
        f"  volume by time: {by_time or _NONE}",
        f"  at most: {_limits(quota)}, weekdays {days}",
        f"  freeze before air: {held.freeze_min} min",
        f"  digital signature of an approval: {'needed' if held.needs_signature else 'not needed'}",
        f"  public page: {'yes' if held.is_public else 'no'}",
    ]
    if held.exempt_on:
        lines.append(f"  without quota on: {', '.join(on.isoformat() for on in sorted(held.exempt_on))}")
    return [*lines, *(_chimed(unit, area_id, place) for place in ChimePlace)]


def _chimed(unit: UnitOfWork, area_id: AreaId, place: ChimePlace) -> str:
    """Return a line about the area's opening or closing sound: its own, or one from above."""
    for above in unit[Places].tree().chain(area_id):
        found = unit[Chimes].of_area(above, place)
        if found is not None:
            state = ", being made" if found.candidate_sha256 else f", refused: {found.refusal}" if found.refusal else ""
            origin = "" if above == area_id else f" (from {above})"
            return f"  {place}: {found.candidate_name or found.original_name}{origin}{state}"
    return f"  {place}: {_NONE}"


def _limits(quota: Quota) -> str:
    limits = (
        ("sessions a day", quota.sessions),
        ("minutes a session", quota.session_min),
        ("minutes a day", quota.day_min),
    )
    return ", ".join(f"{of} {most or _NONE}" for of, most in limits)


def _span(window: QuietWindow | VolumeWindow) -> str:
    return f"{window.start:%H:%M}-{window.until:%H:%M}"


def _limit(asked: int | None, held: int | None) -> int | None:
    """Return the limit to set: unchanged if not given, none if 0."""
    return held if asked is None else asked or None
