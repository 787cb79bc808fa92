"""Labels of relays. The source language is Vietnamese."""

from datetime import date

from broadcast.relays.model import Health, RelayOrder, RelayRun, SourceKind, SourceState, StreamForm
from cms.platform.web import formats, request_context
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from cms.public.queries.public import AiredRelay
from cms.relays.repository import RelaySources
from province.errors import NotFoundError

STATE: dict[str, LabelText] = {
    SourceState.DRAFT: __("Awaiting review"),
    SourceState.APPROVED: __("Approved"),
    SourceState.SUSPENDED: __("Suspended"),
}
STATE_TONE: dict[str, str] = {SourceState.DRAFT: "wait", SourceState.APPROVED: "good", SourceState.SUSPENDED: "bad"}
KIND: dict[str, LabelText] = {
    SourceKind.NATIONAL: __("National broadcaster"),
    SourceKind.PROVINCIAL: __("Provincial broadcaster"),
    SourceKind.STATION: __("Local station"),
}
FORM: dict[str, LabelText] = {
    StreamForm.STREAM: __("One unbroken stream (Icecast: MP3, AAC, Opus)"),
    StreamForm.HLS: __("HLS (.m3u8)"),
}
HEALTH: dict[str, LabelText] = {
    Health.HEARD: __("Heard"),
    Health.SILENT: __("Silent"),
    Health.UNREADABLE: __("Cannot be decoded"),
    Health.UNREACHABLE: __("Cannot be reached"),
    Health.REFUSED: __("An internal address: the server does not listen to it"),
}
HEALTH_TONE: dict[str, str] = {
    Health.HEARD: "good",
    Health.SILENT: "wait",
    Health.UNREADABLE: "bad",
    Health.UNREACHABLE: "bad",
}


PROBLEMS: dict[str, Sentence] = {
    "NOT_A_STREAM_URL": __(
        "“%(url)s” is no stream address: it begins with http:// or https://, without diacritics and spaces."
    ),
    "RELAY_LENGTH": __("A relay lasts from 1 minute to 4 hours."),
    "RELAY_HANDED_DOWN": __("A relay is scheduled at once; it cannot be handed down to communes."),
    "RELAY_SOURCE_UNKNOWN": __("There is no such source to relay. Choose another."),
    "RELAY_SOURCE_NOT_APPROVED": __(
        "The relay source “%(name)s” is not approved, or suspended. Wait for its approval, or choose another."
    ),
    "RELAY_SOURCE_ELSEWHERE": __(
        "The relay source “%(name)s” is not for these places. Choose places within the source's area."
    ),
    "RELAY_SLOT_LICENCE": __("The licence allows %(max)s minutes at a time. Make it shorter."),
    "RELAY_DAY_LICENCE": lambda p: _(
        "On %(day)s this source would be relayed for %(minutes)s minutes; the licence allows %(max)s minutes a day.",
        day=formats.day(date.fromisoformat(str(p.detail["on"]))),
        minutes=p.detail["minutes"],
        max=p.detail["max"],
    ),
}


def line(order: RelayOrder | None) -> str:
    """Return the name of the relayed source, and the length; empty if nothing is relayed."""
    if order is None:
        return ""
    with request_context.context().uow.reading() as uow:
        try:
            name = uow[RelaySources].get(order.source_id).name
        except NotFoundError:
            name = order.source_id
    return _("%(name)s, %(length)s", name=name, length=formats.duration(order.length_ms))


def how_it_went(relayed: RelayRun | None) -> str:
    """Return the lengths heard of the stream and of the stand-in."""
    if relayed is None:
        return ""
    stream, fallback = formats.duration(relayed.stream_ms), formats.duration(relayed.fallback_ms)
    if not relayed.fallback_ms:
        return _("relayed %(stream)s", stream=stream)
    return _("relayed %(stream)s, stand-in %(fallback)s", stream=stream, fallback=fallback)


def public_sentence(relay: AiredRelay) -> str:
    """Return a sentence for citizens on the source relayed, the length heard of it, and that of the stand-in."""
    line_ = _("Relay of %(name)s, %(length)s.", name=relay.source_name, length=formats.duration(relay.length_ms))
    if not (relay.stream_ms or relay.stand_in_ms):
        return line_
    stream, stand_in = formats.duration(relay.stream_ms), formats.duration(relay.stand_in_ms)
    if not relay.stand_in_ms:
        return line_ + " " + _("The station's signal was heard for %(stream)s.", stream=stream)
    return (
        line_
        + " "
        + _(
            "The station's signal was heard for %(stream)s, a stand-in for %(stand_in)s.",
            stream=stream,
            stand_in=stand_in,
        )
    )
