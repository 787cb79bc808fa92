"""CAP publisher: each order once as a signed CAP document, and once more if it was cancelled.

Built from the store, checked by our own check as any receiver would, stored, and queued for subscribers and stations in
one transaction. After a crash the order has no document, and the next look makes it.
"""

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from broadcast.alerts.cap import names
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
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances
from broadcast.alerts.hazard_rules import AlertLevel, HazardRule, Stage
from broadcast.alerts.hazards import LANGUAGES_WITH_TEXT, NATIONAL, HazardTable
from broadcast.alerts.message_templates import advice_in
from broadcast.alerts.model import Alert, AlertStatus, Audience, Purpose
from broadcast.alerts.orders import Order
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.areas.repository import Places
from cms.exchange.cap.check import check
from cms.exchange.cap.writer import write
from cms.exchange.model import END, CapDocument
from cms.exchange.repository.outbound import CapDocuments, WebhookRecords
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.signer import MessageSigner
from cms.exchange.service.webhooks import deliveries_of
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork, UowFactory
from media.ports import ContentStore
from province.areas import Area, AreaId, AreaTree, Outline
from province.events import Event
from province.people import program
from province.wall_clock import DEFAULT_ZONE

log = logging.getLogger(__name__)

LOOKS_BACK: Final = timedelta(days=1)
"""An order missed for longer is history: a warning about it helps nobody."""
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_SEVERITIES: Final = {
    AlertLevel.ONE: CapSeverity.MODERATE,
    AlertLevel.TWO: CapSeverity.SEVERE,
    AlertLevel.THREE: CapSeverity.EXTREME,
}
_URGENCIES: Final = {Stage.WARNING: Urgency.EXPECTED, Stage.URGENT: Urgency.IMMEDIATE}
_TAGS: Final = {"vi": "vi-VN", "en": "en-US"}
_GEOCODE, _CODE = "VN:maDVHC", "gso"
CORNERS_MAX: Final = 2_000
"""Corners of all outlines of a document; beyond, the codes must do."""
_HEADLINE_MAX: Final = 160
"""As CAP recommends; a text of another language than Vietnamese begins with its headline."""
_EXERCISE: Final = "Diễn tập. Exercise, no real danger."


@dataclass(frozen=True)
class Publisher:
    """Publisher of documents. ``step`` publishes what is due. One process at a time."""

    uow: UowFactory
    content: ContentStore
    signer: MessageSigner
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    web: str = ""
    """Address of the public pages."""

    def step(self) -> int:
        """Make the documents that are due, oldest order first, as updates refer to earlier ones; return how many."""
        now = self.now()
        with reading(self.uow.engine) as session:
            documents = CapDocuments(session)
            fresh = documents.unpublished(now, now - LOOKS_BACK)
        for order in fresh:
            self._publish(order, order.id)
        with reading(self.uow.engine) as session:
            over = CapDocuments(session).uncancelled(now - LOOKS_BACK)
        for order in over:
            self._publish(order, order.id + END)
        return len(fresh) + len(over)

    def _publish(self, order: Order, document_id: str) -> None:
        now = self.now()
        # Signing and checking take a while: not while holding the lock that a province's answers wait for.
        with reading(self.uow.engine) as session:
            message, signed, error = self._made(session, order, document_id, now)
        document = CapDocument(
            id=document_id,
            order_id=order.id,
            alert_id=order.alert_id,
            identifier=message.identifier,
            sender=message.sender,
            sent=message.sent,
            status=message.status,
            msg_type=message.msg_type,
            headline=order.headline,
            sha256=self.content.put_bytes(signed),
            expires_at=order.expires_at,
            made_at=now,
            error=error,
        )
        with (unit := self.uow()):
            unit[CapDocuments].add(document)
            if not error:
                self._address(unit, document, order, now)
            # Also if it is refused: stations must not go on with a document that it replaces.
            unit.outbox.add(OutboxKind.STATIONS, document_id)
            name = "refused" if error else "published"
            detail = {"document": document_id, "type": message.msg_type, "error": error}
            unit.record(Event.of(program(EXCHANGE), f"cap.{name}", order.alert_id, now, **detail))
            unit.commit()

    def _address(self, unit: UnitOfWork, document: CapDocument, order: Order, now: datetime) -> None:
        webhooks = unit[WebhookRecords]
        subscribers = list(webhooks.all())
        is_drill = order.is_drill
        webhooks.deliver(deliveries_of(document.id, subscribers, is_drill=is_drill, now=now, new_id=self.new_id))

    def _made(self, session: Session, order: Order, document_id: str, now: datetime) -> tuple[CapMessage, bytes, str]:
        """Build and sign the message; return it with our check's error. A shape that fails the check is left out."""
        first = self._composed(session, order, document_id)
        signed, error = self._signed(first, now)
        if error:
            bare = replace(order, audience=Audience(order.audience.targets))
            plain = self._composed(session, bare, document_id, is_plain=True)
            signed, error = self._signed(plain, now)
        if error:
            log.error("document %s cannot be published as CAP: %s", document_id, error)
        return first, signed, error

    def _composed(self, session: Session, order: Order, document_id: str, *, is_plain: bool = False) -> CapMessage:
        documents, sender = CapDocuments(session), self.signer.sender
        if document_id.endswith(END):
            own = [each.key for each in documents.of_alert(order.alert_id) if each.order_id == order.id]
            return called_off(order, order.ended_at or self.now(), sender=sender, references=own)
        alert = Alerts(session).get(order.alert_id)
        before = [] if alert.updates_id is None else documents.of_alert(alert.updates_id)
        if alert.updates_id is not None and Alerts(session).get(alert.updates_id).status is AlertStatus.ACTIVE:
            # It ended in a part of its areas: a receiver that gets an update would drop it everywhere.
            before = []
        keys = [each.key for each in before]
        places = Places(session)
        setting = CapSetting(
            places.tree(),
            {} if is_plain or order.audience.has_shape else places.outlines(),
            AlertPolicies(session).hazards(),
            self.web,
        )
        return told(order, alert, setting, sender=sender, references=keys)

    def _signed(self, message: CapMessage, now: datetime) -> tuple[bytes, str]:
        signed = self.signer.signed(write(message))
        judgement = check(signed, {self.signer.sender: self.signer.pin}, Circumstances(now))
        return signed, "" if judgement.verdict is CapVerdict.ACCEPT else judgement.code


@dataclass(frozen=True)
class CapSetting:
    """Places with their outlines, the table of hazards, and the address of the public pages."""

    tree: AreaTree
    outlines: Mapping[AreaId, Outline] = field(default_factory=dict)
    table: HazardTable = NATIONAL
    web: str = ""


def told(
    order: Order, alert: Alert, setting: CapSetting, *, sender: str, references: Sequence[Reference]
) -> CapMessage:
    """Build the CAP alert, its update or its all-clear. An all-clear is an update that says so."""
    sent = _local(order.issued_at)
    audience = Audience(alert.audience.targets, order.audience.rings, order.audience.discs)
    areas = tuple(areas_of(audience, setting.tree, setting.outlines))
    return CapMessage(
        identifier=identifier_of(order),
        sender=sender,
        sent=sent,
        status=_status(order),
        msg_type=MsgType.UPDATE if references else MsgType.ALERT,
        scope=CapScope.PUBLIC,
        note=_EXERCISE if order.is_drill else "",
        references=tuple(references),
        infos=tuple(_infos(order, alert, areas, setting)),
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


def areas_of(audience: Audience, tree: AreaTree, outlines: Mapping[AreaId, Outline] | None = None) -> Iterator[CapArea]:
    """Yield the drawn shape alone if there is one (a code would mean the whole area), else each area by its code.

    Beside the code stands the area's outline, for receivers that do not know our codes, where all of them fit.
    """
    places = list(_places(audience.targets, tree))
    if audience.has_shape:
        rings = tuple(Polygon(ring.points) for ring in audience.rings)
        circles = tuple(CapCircle(disc.lat, disc.lon, disc.radius_m / 1000) for disc in audience.discs)
        yield CapArea(_legal(", ".join(place.name for place in places)) or "Vùng được vẽ", rings, circles)
        return
    drawn: dict[AreaId, Outline] = {place.id: (outlines or {}).get(place.id, []) for place in places}
    is_small = sum(len(ring) for each in drawn.values() for ring in each) <= CORNERS_MAX
    for place in places:
        code = place.codes.get(_CODE, "")
        polygons = tuple(Polygon((*ring, ring[0])) for ring in drawn[place.id] if is_small)
        yield CapArea(_legal(place.name), polygons, geocodes=(NamedValue(_GEOCODE, code),) if code else ())


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


def _infos(order: Order, alert: Alert, areas: tuple[CapArea, ...], setting: CapSetting) -> Iterator[CapInfo]:
    rule = setting.table.hazards[order.hazard]
    texts = {VIETNAMESE: order.text}
    if not order.is_drill:  # the words that mark a drill are only in the boards' text
        texts |= {each.language: each.text for each in alert.wordings if each.text and each.language != VIETNAMESE}
    is_over = order.purpose is Purpose.ALL_CLEAR
    onset = alert.facts.happens_at
    stage = Stage.OVER if is_over else rule.stage(order.level, order.risk)
    for language, text in texts.items():
        named = language if language in LANGUAGES_WITH_TEXT else VIETNAMESE
        known = rule.texts[named].name.capitalize()
        is_own = language == VIETNAMESE
        yield CapInfo(
            categories=(rule.category,),
            event=_legal(known),
            urgency=Urgency.PAST if is_over else _URGENCIES[stage],
            severity=CapSeverity.MINOR if is_over else _SEVERITIES[order.level],
            certainty=Certainty.OBSERVED if is_over else Certainty.LIKELY,
            language=_TAGS.get(language, language),
            response_types=(ResponseType.ALL_CLEAR,) if is_over else rule.stages[stage].responses,
            event_codes=(NamedValue(names.HAZARD, order.hazard.value),),
            effective=_local(order.issued_at),
            onset=_local(onset) if onset else None,
            expires=_local(order.expires_at),
            sender_name=_legal(alert.facts.authority),
            headline=_legal(order.headline if is_own else text.partition(". ")[0][:_HEADLINE_MAX]),
            description=_legal(text),
            instruction=_legal(alert.facts.advice if is_own else _advice(alert, language, rule)),
            web=setting.web,
            contact=_legal(setting.table.contact),
            parameters=tuple(_parameters(order, setting.table)),
            areas=areas,
        )


def _advice(alert: Alert, language: str, rule: HazardRule) -> str:
    """Return the advice in another language; none where a person has written his own, in Vietnamese."""
    if not alert.facts.advice or language not in LANGUAGES_WITH_TEXT:
        return ""
    advice = advice_in(language, alert.facts.advice, rule)
    return "" if advice == advice_in(VIETNAMESE, alert.facts.advice, rule) else advice


def _parameters(order: Order, table: HazardTable) -> Iterator[NamedValue]:
    yield NamedValue(names.LEVEL, str(int(order.level)))
    if order.risk is not None:
        yield NamedValue(names.RISK, str(int(order.risk)))
        yield NamedValue(names.RISK_COLOUR, table.risks[order.risk].colour_names[VIETNAMESE])


def _status(order: Order) -> Status:
    return Status.EXERCISE if order.is_drill else Status.ACTUAL


def _local(at: datetime) -> datetime:
    """Convert to the local zone, to the second: references use exactly the written time."""
    return at.astimezone(_ZONE).replace(microsecond=0)


def _legal(text: str) -> str:
    """Remove characters that XML does not allow."""
    kept: Iterable[str] = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Cn"})
    return "".join(kept).strip()
