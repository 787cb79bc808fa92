"""Fields of a relay source: as typed, as read into a draft, and as shown for a stored one."""

from dataclasses import dataclass

from broadcast.relays.model import Licence, RelaySource, SourceKind, StreamForm
from cms.platform.web.typed_form import TypedForm, entry, read_choice, read_day
from cms.relays.service.sources import MINUTES_MAX, NAME_MAX, OWNER_MAX, PAPER_MAX, SourceDraft
from province.areas import AreaId
from province.errors import InvalidError, Problem, problem_if

_URLS_MAX = 3000
_DIGITS_MAX = 6


@dataclass(frozen=True)
class SourceForm(TypedForm):
    """Form of a relay source as typed. ``key`` becomes the id of a new one, so that a form sent twice makes one."""

    area: str = entry()
    name: str = entry(most=NAME_MAX + 1)
    kind: str = entry(SourceKind.NATIONAL.value)
    owner: str = entry(most=OWNER_MAX + 1)
    form: str = entry(StreamForm.STREAM.value)
    urls: str = entry(most=_URLS_MAX)
    licence: str = entry(most=PAPER_MAX + 1)
    until: str = entry()
    slot_max: str = entry("0", if_empty="0")
    day_max: str = entry("0", if_empty="0")
    version: str = entry()
    key: str = entry()


def read(form: SourceForm) -> SourceDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    until_on = read_day(form.until, "until", problems)
    problems += problem_if(not form.area, "area_id", "MISSING")
    kind = read_choice(SourceKind, form.kind, "kind", problems)
    shape = read_choice(StreamForm, form.form, "form", problems)
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


def _minutes(form: SourceForm, name: str, problems: list[Problem]) -> int:
    digits = getattr(form, name)
    minutes = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else MINUTES_MAX + 1
    problems += problem_if(minutes > MINUTES_MAX, name, "MINUTES", max=MINUTES_MAX)
    return minutes
