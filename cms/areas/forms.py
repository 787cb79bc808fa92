"""Form of an area's rules: numbers, weekdays and windows of the day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from werkzeug.datastructures import MultiDict

from broadcast.scheduling.area_rules import AreaRules, QuietWindow, Quota, VolumeWindow
from cms.areas.service.rules import QUOTAS, WINDOWS_MAX
from cms.platform.web import typed_time
from province.errors import Problem, problem_if, refuse

SPARE_ROWS = 2
_NUMBERS = (*(name for name, _ in QUOTAS), "volume_pct", "freeze_min")


@dataclass(frozen=True)
class RulesForm:
    """Rules as typed: ``quiet`` rows are (from, until), ``volumes`` rows (from, until, per cent)."""

    numbers: dict[str, str]
    weekdays: Sequence[str]
    quiet: Sequence[tuple[str, ...]] = field(default_factory=list)
    volumes: Sequence[tuple[str, ...]] = field(default_factory=list)
    needs_signature: bool = False
    is_public: bool = True


def shown(rules: AreaRules) -> RulesForm:
    quota = rules.quota
    numbers = {name: getattr(quota, name) for name, _ in QUOTAS}
    numbers |= {"volume_pct": rules.volume_pct, "freeze_min": rules.freeze_min}
    return RulesForm(
        {name: "" if value is None else str(value) for name, value in numbers.items()},
        [str(day) for day in quota.weekdays],
        _with_spare([(f"{w.start:%H:%M}", f"{w.until:%H:%M}") for w in rules.quiet], 2),
        _with_spare([(f"{w.start:%H:%M}", f"{w.until:%H:%M}", str(w.volume_pct)) for w in rules.volumes], 3),
        rules.needs_signature,
        rules.is_public,
    )


def typed(form: MultiDict[str, str]) -> RulesForm:
    return RulesForm(
        {name: form.get(name, "").strip() for name in _NUMBERS},
        form.getlist("weekdays"),
        _rows(form, "quiet_from", "quiet_until"),
        _rows(form, "volume_from", "volume_until", "volume_at"),
        "needs_signature" in form,
        "unlisted" not in form,
    )


def read(form: RulesForm, zone: str) -> AreaRules:
    """Convert the form; a row left empty is ignored.

    Raises:
        InvalidError: with everything that cannot be read.
    """
    problems: list[Problem] = []
    numbers = {name: _number(name, text, problems) for name, text in form.numbers.items()}
    problems += [Problem(name, "MISSING") for name in ("volume_pct", "freeze_min") if not form.numbers[name]]
    quiet = [_times("quiet", row, problems) for row in form.quiet if any(row)]
    volumes = [
        (_times("volumes", row, problems), _number("volumes", row[2], problems)) for row in form.volumes if any(row)
    ]
    problems += problem_if(any(volume is None for _, volume in volumes), "volumes", "MISSING")
    refuse(problems)
    return AreaRules(
        quiet=tuple(QuietWindow(*window) for window in quiet),
        zone=zone,
        volume_pct=numbers["volume_pct"] or 0,
        volumes=tuple(VolumeWindow(*window, volume or 0) for window, volume in volumes),
        quota=Quota(
            numbers["sessions"],
            numbers["session_min"],
            numbers["day_min"],
            tuple(sorted({int(day) for day in form.weekdays if day in "0123456" and len(day) == 1})),
        ),
        freeze_min=numbers["freeze_min"] or 0,
        needs_signature=form.needs_signature,
        is_public=form.is_public,
    )


def _number(name: str, text: str, problems: list[Problem]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):  # noqa: PLR2004 - minutes of a day have four
        problems.append(Problem(name, "NOT_A_NUMBER"))
        return None
    return int(text)


def _times(name: str, row: Sequence[str], problems: list[Problem]) -> tuple[time, time]:
    try:
        return typed_time.read_clock(row[0]), typed_time.read_clock(row[1])
    except ValueError:
        problems.append(Problem(name, "NOT_A_TIME"))
        return time(), time()


def _rows(form: MultiDict[str, str], *names: str) -> list[tuple[str, ...]]:
    columns = [[text.strip() for text in form.getlist(name)] for name in names]
    return [tuple(row) for row in zip(*columns, strict=False)][: WINDOWS_MAX + SPARE_ROWS]


def _with_spare(rows: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    return rows + [("",) * width] * max(0, min(SPARE_ROWS, WINDOWS_MAX - len(rows)))
