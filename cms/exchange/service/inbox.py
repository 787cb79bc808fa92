"""Inbox of CAP alerts from any source: each is judged, stored, and becomes at most a draft or a question for people.

::

    bytes ──► check ──► refused | ignored          stored with the reason; a registered sender's real message that is
                  │                                refused waits for a person, before anything else
                  └───► alert, update, exercise    a draft; two people decide
                  └───► cancel, all-clear          a question; one person decides

Nothing airs from here. Row, draft and event are one transaction; the same message again changes a counter.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.history import ReceivedMessages, RememberedMessage
from broadcast.alerts.cap.message import CapMessage, MsgType, Reference, Status
from broadcast.alerts.cap.parser import build
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances, Judgement, MessageKind
from cms.exchange.cap.check import Pin, check, pin
from cms.exchange.cap.reader import MAX_BYTES, SignerFaultError, UnreadableDocumentError, read
from cms.exchange.model import CapSender, ExchangeOutcome, ReceivedCap
from cms.exchange.repository.exchange import CapMessages, CapSenders, name_hash, name_hashes
from cms.exchange.repository.outbound import CapDocuments
from cms.exchange.service.consequences import Consequences, keep
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from media.ports import ContentStore, Voices

SOURCE_MOST: Final = 200
_TRIES: Final = 3
_MISSED_MAX: Final = 20


@dataclass(frozen=True)
class _Weighed:
    judgement: Judgement
    known: CapSender | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Inbox:
    """Inbox: ``receive`` takes one bare CAP alert. ``now`` is aware UTC."""

    uow: UowFactory
    content: ContentStore
    voices: Voices
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    @classmethod
    def of(cls, context: Context) -> Self:
        return cls(context.uow, context.content, context.voices, context.now, context.new_id)

    def weigh(self, document: bytes) -> Judgement:
        """Judge it as ``receive`` would now; nothing is stored."""
        return self._weighed(document, _peek(document), self.now()).judgement

    def receive(self, document: bytes, source: str) -> ReceivedCap:
        """Receive an alert; return its record, of now or of the first time. ``source`` says how it came.

        Harmless when repeated, and when two processes receive the same message at once.
        """
        digest = self.content.put_bytes(document) if len(document) <= MAX_BYTES else sha256(document).hexdigest()
        for _ in range(_TRIES - 1):
            try:
                return self._received(document, digest, source)
            except IntegrityError:
                continue  # another process stored the same message at this moment: now it is a repeated one
        return self._received(document, digest, source)

    def _received(self, document: bytes, digest: str, source: str) -> ReceivedCap:
        now, peeked = self.now(), _peek(document)
        weighed = self._weighed(document, peeked, now)
        judgement = weighed.judgement
        before = self._before(judgement, peeked, digest, now)
        if before is not None:
            return before
        record = self._record(judgement, peeked, digest, source, now)
        record = replace(record, notes=weighed.notes)
        if judgement.verdict in {CapVerdict.REFUSE, CapVerdict.IGNORE} or judgement.message is None:
            is_real = judgement.verdict is CapVerdict.REFUSE and record.status == Status.ACTUAL
            if is_real and weighed.known is not None:
                record = replace(record, outcome=ExchangeOutcome.REFUSED)
            return keep(self.uow(), record)
        return Consequences(self.uow, self.voices, self.new_id).of(judgement.message, record, weighed.known, now)

    def _weighed(self, document: bytes, peeked: CapMessage | None, now: datetime) -> _Weighed:
        with reading(self.uow.engine) as session:
            known = None if peeked is None else CapSenders(session).get(peeked.sender)
            heard = [] if peeked is None else _around(session, peeked)
            ours = None if peeked is None else CapDocuments(session).named(peeked.key)
        pins, notes = _pins(known)
        superiors = {} if known is None else {known.sender: frozenset(known.superior_of)}
        # Our own documents come back by others' feeds.
        own = [] if ours is None else [RememberedMessage(ours.key, Status(ours.status), MsgType(ours.msg_type))]
        judgement = _judged(document, pins, heard, own, Circumstances(now, superiors=superiors))
        if judgement.kind is MessageKind.HEARTBEAT and peeked is not None:
            notes += _missed(peeked, heard)
        return _Weighed(judgement, known, notes)

    def _before(
        self, judgement: Judgement, peeked: CapMessage | None, digest: str, now: datetime
    ) -> ReceivedCap | None:
        """Return the record of the same message received before, with its counter raised."""
        uow = self.uow()
        with uow:
            store = uow[CapMessages]
            before = None
            if judgement.verdict is CapVerdict.REFUSE:
                before = store.refused(digest, judgement.code)
            elif peeked is not None and any(each.code is FindingCode.DUPLICATE for each in judgement.findings):
                before = store.named(peeked.key)
            if before is None:
                return None
            store.hear_again(before.id, now)
            uow.commit()
        return replace(before, times_heard=before.times_heard + 1, last_heard_at=now)

    def _record(
        self, judgement: Judgement, peeked: CapMessage | None, digest: str, source: str, now: datetime
    ) -> ReceivedCap:
        message = judgement.message or peeked
        is_verified = any(each.code is FindingCode.VERIFIED for each in judgement.findings)
        name = None
        if message is not None and judgement.verdict is not CapVerdict.REFUSE:
            name = name_hash(message.sender, message.identifier, is_verified=is_verified)
        return ReceivedCap(
            id=self.new_id(),
            name_hash=name,
            sender=message.sender if message else "",
            identifier=message.identifier if message else "",
            sent=message.sent if message else None,
            status=message.status if message else "",
            msg_type=message.msg_type if message else "",
            references=message.references if message else (),
            verdict=judgement.verdict,
            kind=judgement.kind,
            airs=judgement.airs,
            code=judgement.code,
            findings=judgement.findings,
            sha256=digest,
            source=source[:SOURCE_MOST],
            received_at=now,
            times_heard=1,
            last_heard_at=now,
        )


def _peek(document: bytes) -> CapMessage | None:
    """Read the message without any proof: only for looking up its sender and earlier messages."""
    try:
        return build(read(document).root)[0]
    except UnreadableDocumentError:
        return None


def _around(session: Session, message: CapMessage) -> list[ReceivedCap]:
    """Return all stored messages that concern this one, oldest first."""
    found = CapMessages(session).around(name_hashes([message.key, *message.references]))
    return [each for each in found if each.verdict is not CapVerdict.REFUSE]


def _judged(
    document: bytes,
    pins: Mapping[str, Pin],
    heard: Sequence[ReceivedCap],
    own: Sequence[RememberedMessage],
    given: Circumstances,
) -> Judgement:
    """Judge a verified message by verified ones only: no unverified one can make it late, known or cancelled."""
    if pins:
        proved = ReceivedMessages(_heard(each for each in heard if each.is_verified))
        judgement = check(document, pins, replace(given, past=proved))
        if any(each.code is FindingCode.VERIFIED for each in judgement.findings):
            return judgement
    return check(document, pins, replace(given, past=ReceivedMessages([*own, *_heard(heard)])))


def _heard(records: Iterable[ReceivedCap]) -> Iterator[RememberedMessage]:
    for each in records:
        if each.sent is not None:
            key = Reference(each.sender, each.identifier, each.sent)
            yield RememberedMessage(key, Status(each.status), MsgType(each.msg_type), each.references)


def _pins(known: CapSender | None) -> tuple[Mapping[str, Pin], tuple[str, ...]]:
    """Return the sender's pin. If it cannot be used, the message counts as unverified, with a note for people."""
    if known is None or not known.certificate_pem:
        return {}, ()
    try:
        return {known.sender: pin(known.sender, known.certificate_pem.encode())}, ()
    except SignerFaultError:
        return {}, ("PIN_UNUSABLE",)


def _missed(heartbeat: CapMessage, heard: Sequence[ReceivedCap]) -> tuple[str, ...]:
    """Return notes of messages that a heartbeat lists and that were never received."""
    known = {(each.sender, each.identifier) for each in heard}
    missed = [each.identifier for each in heartbeat.references if (each.sender, each.identifier) not in known]
    return tuple(f"MISSED:{identifier}" for identifier in missed[:_MISSED_MAX])
