"""Fields of a relay source: as typed, as read into a draft, and as shown for a stored one."""

from dataclasses import dataclass
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from broadcast.relays.model import Licence, RelaySource, SourceKind, StreamForm
from cms.platform.web import formats
from cms.relays.service.sources import MINUTES_MAX, NAME_MAX, OWNER_MAX, PAPER_MAX, SourceDraft
from province.areas import AreaId
from province.errors import InvalidError, Problem

_ID_MAX = 40
_Choice = TypeVar("_Choice", SourceKind, StreamForm)
_URLS_MAX = 3000
_DIGITS_MAX = 6


@dataclass(frozen=True)
class SourceForm:
    """Form of a relay source as typed. ``key`` becomes the id of a new one, so that a form sent twice makes one."""

    area: str = ""
    name: str = ""
    kind: str = SourceKind.NATIONAL.value
    owner: str = ""
    form: str = StreamForm.STREAM.value
    urls: str = ""
    licence: str = ""
    until: str = ""
    slot_max: str = "0"
    day_max: str = "0"
    version: str = ""
    key: str = ""


def typed(form: MultiDict[str, str]) -> SourceForm:
    def line(name: str, most: int = _ID_MAX) -> str:
        return form.get(name, "").strip()[:most]

    return SourceForm(
        area=line("area"),
        # One more than the rules allow, so that text that is too long is refused instead of cut.
        name=line("name", NAME_MAX + 1),
        kind=line("kind"),
        owner=line("owner", OWNER_MAX + 1),
        form=line("form"),
        urls=form.get("urls", "").replace("\r\n", "\n").strip()[:_URLS_MAX],
        licence=line("licence", PAPER_MAX + 1),
        until=line("until"),
        slot_max=line("slot_max") or "0",
        day_max=line("day_max") or "0",
        version=line("version"),
        key=line("key"),
    )


def read(form: SourceForm) -> SourceDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    until_on = formats.typed_day(form.until)
    if form.until and until_on is None:
        problems.append(Problem("until", "NOT_A_DATE"))
    if not form.area:
        problems.append(Problem("area_id", "MISSING"))
    kind, shape = _one_of(SourceKind, form.kind), _one_of(StreamForm, form.form)
    problems += [Problem(name, "MISSING") for name, value in (("kind", kind), ("form", shape)) if value is None]
    slot_max, day_max = (_minutes(form, name, problems) for name in ("slot_max", "day_max"))
    if problems or kind is None or shape is None:
        raise InvalidError(problems)
    return SourceDraft(
        area_id=AreaId(form.area),
        name=form.name,
        kind=kind,
        form=shape,
        urls=tuple(form.urls.split("\n")),
        owner=form.owner,
        licence=Licence(form.licence, until_on, slot_max, day_max),
    )


def shown(source: RelaySource) -> SourceForm:
    licence = source.licence
    return SourceForm(
        area=source.area_id,
        name=source.name,
        kind=source.kind,
        owner=source.owner,
        form=source.form,
        urls="\n".join(source.urls),
        licence=licence.paper,
        until="" if licence.until_on is None else licence.until_on.isoformat(),
        slot_max=str(licence.slot_max_minutes),
        day_max=str(licence.day_max_minutes),
        version=str(source.version),
    )


def _one_of(kind: type[_Choice], value: str) -> _Choice | None:
    return kind(value) if value in set(kind) else None


def _minutes(form: SourceForm, name: str, problems: list[Problem]) -> int:
    digits = getattr(form, name)
    minutes = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else MINUTES_MAX + 1
    if minutes > MINUTES_MAX:
        problems.append(Problem(name, "MINUTES", {"max": MINUTES_MAX}))
    return minutes
