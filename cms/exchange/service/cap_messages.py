"""CAP messages of our orders, for other systems, other provinces and the ministry."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.alerts.cap.message import (
    CapArea,
    CapCircle,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Certainty,
    MsgType,
    NamedValue,
    Polygon,
    Reference,
    ResponseType,
    Status,
    Urgency,
)
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import HAZARDS, TEXTS
from broadcast.alerts.model import Alert, Audience, Purpose
from broadcast.alerts.orders import Order
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.exchange.repository.outbound import END
from province.areas import Area, AreaId, AreaTree
from province.wall_clock import DEFAULT_ZONE

_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_SEVERITIES: Final = {
    AlertLevel.ONE: CapSeverity.MODERATE,
    AlertLevel.TWO: CapSeverity.SEVERE,
    AlertLevel.THREE: CapSeverity.EXTREME,
}
_TAGS: Final = {"vi": "vi-VN", "en": "en-US"}
_GEOCODE, _CODE = "VN:maDVHC", "gso"
_EXERCISE: Final = "Diễn tập. Exercise, no real danger."


def told(order: Order, alert: Alert, tree: AreaTree, *, sender: str, references: Sequence[Reference]) -> CapMessage:
    """Build the CAP alert, its update or its all-clear. An all-clear is an update that says so."""
    sent = _local(order.issued_at)
    areas = tuple(areas_of(Audience(alert.audience.targets, order.audience.rings, order.audience.discs), tree))
    return CapMessage(
        identifier=identifier_of(order),
        sender=sender,
        sent=sent,
        status=_status(order),
        msg_type=MsgType.UPDATE if references else MsgType.ALERT,
        scope=CapScope.PUBLIC,
        note=_EXERCISE if order.is_drill else "",
        references=tuple(references),
        infos=tuple(_infos(order, alert, areas)),
    )


def called_off(order: Order, at: datetime, *, sender: str, references: Sequence[Reference]) -> CapMessage:
    """Build the CAP cancel of an order's message."""
    return CapMessage(
        identifier=identifier_of(order) + END,
        sender=sender,
        sent=_local(at),
        status=_status(order),
        msg_type=MsgType.CANCEL,
        scope=CapScope.PUBLIC,
        note=_legal(f"Đã hủy: {order.headline}"),
        references=tuple(references),
    )


def identifier_of(order: Order) -> str:
    return f"loa-{order.id}"


def areas_of(audience: Audience, tree: AreaTree) -> Iterator[CapArea]:
    """Yield the drawn shape alone if there is one (a code would mean the whole area), else each area by its code."""
    places = list(_places(audience.targets, tree))
    if audience.has_shape:
        rings = tuple(Polygon(ring.points) for ring in audience.rings)
        circles = tuple(CapCircle(disc.lat, disc.lon, disc.radius_m / 1000) for disc in audience.discs)
        yield CapArea(_legal(", ".join(place.name for place in places)) or "Vùng được vẽ", rings, circles)
        return
    for place in places:
        code = place.codes.get(_CODE, "")
        yield CapArea(_legal(place.name), geocodes=(NamedValue(_GEOCODE, code),) if code else ())


def _places(targets: Targets, tree: AreaTree) -> Iterator[Area]:
    """Yield the areas meant as a whole. CAP has no exclusions: an area that contains one is replaced by its parts."""
    excluded = [area_id for area_id in targets.exclude if area_id in tree]
    above: set[AreaId] = set()
    for area_id in excluded:
        above |= set(tree.chain(area_id))

    def walk(area: Area) -> Iterator[Area]:
        if area.id in excluded:
            return
        if area.id not in above:
            yield area
            return
        for child in tree.children(area.id):
            yield from walk(child)

    for area_id in targets.areas:
        if area_id in tree:
            yield from walk(tree.get(area_id))


def _infos(order: Order, alert: Alert, areas: tuple[CapArea, ...]) -> Iterator[CapInfo]:
    texts = {VIETNAMESE: order.text}
    if not order.is_drill:  # the words that mark a drill are only in the boards' text
        texts |= {each.language: each.text for each in alert.wordings if each.text and each.language != VIETNAMESE}
    is_over = order.purpose is Purpose.ALL_CLEAR
    onset = alert.facts.happens_at
    for language, text in texts.items():
        known = TEXTS.get(language, TEXTS[VIETNAMESE])[order.hazard].headline
        is_own = language == VIETNAMESE
        yield CapInfo(
            categories=(HAZARDS[order.hazard].category,),
            event=_legal(known),
            urgency=Urgency.PAST if is_over else Urgency.IMMEDIATE,
            severity=CapSeverity.MINOR if is_over else _SEVERITIES[order.level],
            certainty=Certainty.OBSERVED if is_over else Certainty.LIKELY,
            language=_TAGS.get(language, language),
            response_types=(ResponseType.ALL_CLEAR,) if is_over else (),
            event_codes=(NamedValue("Loa:hazard", order.hazard.value),),
            effective=_local(order.issued_at),
            onset=_local(onset) if onset else None,
            expires=_local(order.expires_at),
            sender_name=_legal(alert.facts.authority),
            headline=_legal(order.headline) if is_own else _legal(known),
            description=_legal(text),
            instruction=_legal(alert.facts.advice) if is_own else "",
            parameters=(NamedValue("Loa:level", str(int(order.level))),),
            areas=areas,
        )


def _status(order: Order) -> Status:
    return Status.EXERCISE if order.is_drill else Status.ACTUAL


def _local(at: datetime) -> datetime:
    """Convert to the local zone, to the second: references use exactly the written time."""
    return at.astimezone(_ZONE).replace(microsecond=0)


def _legal(text: str) -> str:
    """Remove characters that XML does not allow."""
    kept: Iterable[str] = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Cn"})
    return "".join(kept).strip()
