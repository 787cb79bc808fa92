"""Form of a move: fields to ``MoveEdit`` and back."""

from dataclasses import dataclass
from datetime import date, datetime

from broadcast.bulletins.priority import CLASSES
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Promise, Shift
from cms.bulletins.views.bulletins import places
from cms.platform.web import formats, forms, typed_time, wording
from cms.platform.web.languages import _
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_by
from cms.schedule import labels
from province.areas import AreaId
from province.errors import InvalidError, Problem, problem_if

_LISTED_MAX = 100
_LENGTH_LETTERS = 12


@dataclass(frozen=True)
class MoveForm(TypedForm):
    """Form of a move as typed, so that any input can be shown again."""

    schedule: str = entry(most=20)
    on: str = entry()
    to: str = entry()
    scope: str = entry(MoveScope.THIS.value, if_empty=MoveScope.THIS.value)
    leave: tuple[str, ...] = chosen(most=_LISTED_MAX)
    exclude: tuple[str, ...] = chosen(most=_LISTED_MAX)
    raise_class: bool = read_by(lambda sent, _name: sent.get("raise", "") == "1", default=False)
    split: tuple[str, ...] = chosen(most=_LISTED_MAX)
    split_to: str = entry()
    length: str = entry(most=_LENGTH_LETTERS)

    def edit(self) -> MoveEdit:
        """Convert the form. Raise InvalidError with each field that cannot be read."""
        problems: list[Problem] = []
        on = _date(self.on, "on", problems)
        to = _wall(self.to, problems)
        leave = [(name, _date(day, "leave", problems)) for name, _colon, day in (t.partition(":") for t in self.leave)]
        split_to = _wall(self.split_to, problems) if self.split_to else None
        length_ms = forms.milliseconds(self.length) if self.length else None
        problems += problem_if(self.length and length_ms is None, "length_ms", "NOT_SECONDS")
        if problems or on is None or to is None:
            raise InvalidError(problems)
        scope = MoveScope(self.scope) if self.scope in set(MoveScope) else MoveScope.THIS
        return MoveEdit(
            Shift(self.schedule, on, to, scope),
            tuple((name, day) for name, day in leave if day is not None),
            tuple(AreaId(area) for area in self.exclude),
            self.raise_class,
            tuple(AreaId(area) for area in self.split),
            split_to,
            length_ms,
        )


def fields_of(edit: MoveEdit) -> list[tuple[str, str]]:
    """Return the fields that represent this edit."""
    found: list[tuple[str, str]] = []
    if edit.shift is not None:
        to = edit.shift.to.isoformat(timespec="minutes")
        found += [("schedule", edit.shift.schedule_id), ("on", edit.shift.on.isoformat())]
        found += [("to", to), ("scope", edit.shift.scope)]
    found += [("leave", f"{name}:{on.isoformat()}") for name, on in edit.leave_out]
    found += [("exclude", area_id) for area_id in edit.exclude]
    found += [("split", area_id) for area_id in edit.split]
    if edit.split_to is not None:
        found.append(("split_to", edit.split_to.isoformat(timespec="minutes")))
    if edit.length_ms is not None:
        found.append(("length", forms.clock(edit.length_ms)))
    return [*found, ("raise", "1")] if edit.raise_class else found


def described(promise: Promise) -> list[str]:
    """Return the promise in a few lines: when, where, and the priority unless it is normal."""
    lines = [*labels.lines(promise.schedules), _("Heard in: %(places)s", places=places(promise.targets))]
    if CLASSES[promise.priority].stands_out:
        lines.append(wording.word(wording.PRIORITY, promise.priority))
    return lines


def _date(text: str, field: str, problems: list[Problem]) -> date | None:
    try:
        return typed_time.read_day(text)
    except ValueError:
        problems.append(Problem(field, "NOT_A_DATE" if text else "MISSING"))
        return None


def _wall(text: str, problems: list[Problem]) -> datetime | None:
    try:
        return formats.typed_wall(text).replace(microsecond=0)
    except ValueError:
        problems.append(Problem("to", "NOT_A_TIME" if text else "MISSING"))
        return None
