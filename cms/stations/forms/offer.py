"""Fields of a station's offer: as typed, and as read into a draft."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from broadcast.relays.model import Licence, StreamForm
from cms.platform.web import formats
from cms.stations.service.offers import OfferDraft, StreamDraft
from province.errors import InvalidError, Problem

RECORDING, STREAM = "recording", "stream"
_DIGITS_MAX = 6
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class OfferForm:
    """Offer form as typed. ``key`` becomes the offer's id, so that a form sent twice makes one."""

    series: str = ""
    title: str = ""
    text: str = ""
    topic: str = ""
    until_on: str = ""
    key: str = ""
    kind: str = RECORDING
    form: str = StreamForm.STREAM.value
    urls: str = ""
    minutes: str = "30"
    licence: str = ""
    licence_until: str = ""


def typed_offer(form: MultiDict[str, str]) -> OfferForm:
    fields = OfferForm.__dataclass_fields__
    return OfferForm(**{name: form.get(name, "").replace("\r\n", "\n").strip() for name in fields if name in form})


def read_offer(form: OfferForm, name: str, sha256: str) -> OfferDraft:
    """Convert the form; ``name`` and ``sha256`` are the recording's. Raise InvalidError with every unreadable field."""
    problems: list[Problem] = []
    until_on = formats.typed_day(form.until_on)
    if form.until_on and until_on is None:
        problems.append(Problem("until_on", "NOT_A_DATE"))
    stream = _stream(form, problems) if form.kind == STREAM else None
    if problems:
        raise InvalidError(problems)
    return OfferDraft(
        series=form.series,
        title=form.title,
        original_sha256=sha256,
        original_name=name,
        text=form.text,
        topic=form.topic,
        until_on=until_on,
        stream=stream,
    )


def _stream(form: OfferForm, problems: list[Problem]) -> StreamDraft:
    ends_on = formats.typed_day(form.licence_until)
    if form.licence_until and ends_on is None:
        problems.append(Problem("licence_until", "NOT_A_DATE"))
    digits = form.minutes
    # Text that is no number is refused by the rule for numbers that are too large.
    minutes = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else 0
    return StreamDraft(
        form=StreamForm.HLS if form.form == StreamForm.HLS else StreamForm.STREAM,
        urls=tuple(filter(None, (url.strip() for url in form.urls.split("\n")))),
        length_ms=minutes * _MINUTE_MS,
        licence=Licence(form.licence, ends_on),
    )
