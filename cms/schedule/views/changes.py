"""Changes of a bulletin since a reviewer's last look at it, in words."""

from dataclasses import dataclass
from datetime import datetime

from broadcast.bulletins.differences import DifferencePart, Differences, differences
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.review_snapshots import ReviewSnapshot, Shown
from cms.bulletins.service import review_snapshots
from cms.platform.web import formats, messages, request_context, wording
from cms.platform.web.languages import _
from cms.relays import labels as relay_labels
from cms.schedule.labels import schedules


@dataclass(frozen=True)
class BulletinChanges:
    """Changes since a look: ``fields`` (label, before, after); ``lines``, sentences on places, times and sound."""

    since_at: datetime
    fields: list[tuple[str, str, str]]
    lines: list[str]
    text: tuple[DifferencePart, ...]
    spoken: tuple[DifferencePart, ...]
    board: tuple[DifferencePart, ...] = ()


def since_last_look(bulletin: Bulletin) -> BulletinChanges | None:
    """Store this look and return the changes since the last one; None on the first look or without a change."""
    context = request_context.context()
    this, before = review_snapshots.look(context.uow(), bulletin.id, call=request_context.call())
    return None if before is None else _said(before, this)


def _said(before: ReviewSnapshot, this: ReviewSnapshot) -> BulletinChanges:
    found = differences(before.shown, this.shown)
    return BulletinChanges(
        before.at,
        [(messages.field_name(name), _value(before.shown, name), _value(this.shown, name)) for name in found.fields],
        _lines(found),
        found.text,
        found.spoken,
        found.board,
    )


def _lines(found: Differences) -> list[str]:
    lines = [
        sentence % {"areas": messages.area_names(areas)}
        for sentence, areas in (
            (_("Places added: %(areas)s."), found.areas_added),
            (_("Places removed: %(areas)s."), found.areas_removed),
            (_("Now left out: %(areas)s."), found.excluded),
            (_("No longer left out: %(areas)s."), found.included_again),
        )
        if areas
    ]
    lines += [_("Schedule added: %(line)s.", line=line) for line in schedules.lines(found.schedules_added)]
    lines += [_("Schedule removed: %(line)s.", line=line) for line in schedules.lines(found.schedules_removed)]
    if found.is_sound_other:
        lines.append(_("The sound was made anew: listen again."))
    if found.is_board_time_other:
        lines.append(_("Electronic boards show it at another time, or not any more: look again."))
    if found.is_board_look_other:
        lines.append(_("The text on boards has another template, colour, pace or picture: please look again."))
    return lines


def _value(shown: Shown, name: str) -> str:
    if name == "relay":
        return relay_labels.line(shown.relay) or "–"
    value = getattr(shown, name)
    if isinstance(value, datetime):
        return formats.local(value).strftime("%H:%M %d/%m/%Y")
    words = {"topic": wording.TOPIC, "priority": wording.PRIORITY, "language": wording.LANGUAGE, "after": wording.AFTER}
    return wording.word(words[name], value) if name in words else (value or "–")
