"""Approval document: everything that airs, in one canonical form for the approver's digital signature.

JSON with sorted names, no white space, UTF-8: the same facts always make the same bytes. Signatures are attached to it.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

from broadcast.bulletins.model import BoardText, Bulletin, BulletinId
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import SoundFrame, Transmission, TransmissionId
from broadcast.relays.model import Relayable
from province.people import UserId

FORM: Final = "loa-approval-3"


_OF_THE_APPROVAL: Final = frozenset({"approval", "version", "submitted_by", "approved_by", "approved_at"})


@dataclass(frozen=True, slots=True)
class ApprovalDocument:
    """Content that one approval lets on air; ``text`` is signed as it is, ``sha256`` is that of its UTF-8 bytes."""

    transmission_id: TransmissionId
    bulletin_id: BulletinId
    approved_by: UserId
    approved_at: datetime
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SignatureSigner:
    """Signer by their certificate. ``signed_at`` is the time claimed in the signature, checked to be possible."""

    subject: str
    issuer: str
    serial: str
    certificate_sha256: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalSignature:
    """A detached CMS signature of an approval's document; ``sha256`` names it in the content store."""

    transmission_id: TransmissionId
    sha256: str
    signer: SignatureSigner
    attached_by: UserId
    attached_by_name: str
    attached_at: datetime


def document_of(bulletin: Bulletin, transmission: Transmission) -> ApprovalDocument:
    """Build the document of what this approval of this version lets on air."""
    text = _canonical(_body(bulletin, transmission))
    return ApprovalDocument(
        transmission_id=transmission.id,
        bulletin_id=transmission.bulletin_id,
        approved_by=transmission.approved_by,
        approved_at=transmission.approved_at,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def content_sha256(bulletin: Bulletin, transmission: Transmission) -> str:
    """Digest everything an approval freezes, without approver and instant: text, sounds, places, times."""
    body = _body(bulletin, transmission)
    content = {name: value for name, value in body.items() if name not in _OF_THE_APPROVAL}
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _body(bulletin: Bulletin, transmission: Transmission) -> dict[str, Any]:
    board = transmission.board
    body: dict[str, Any] = {
        "form": FORM,
        "approval": transmission.id,
        "bulletin": transmission.bulletin_id,
        "version": transmission.bulletin_version,
        "title": transmission.title,
        "text": bulletin.text,
        "spoken": bulletin.spoken,
        "board": None if board is None else _board(board),
        "language": bulletin.language,
        "priority": transmission.priority,
        "after": transmission.after,
        "around": {area_id: _frame(frame) for area_id, frame in transmission.frames},
        "sounds": {each.kind: each.sha256 for each in bulletin.sound.renditions},
        "areas": sorted(transmission.targets.areas),
        "except_areas": sorted(transmission.targets.exclude),
        "schedules": [_schedule(each) for each in transmission.schedules],
        "valid_from": _instant(transmission.valid_from_at),
        "valid_until": _instant(transmission.valid_until_at),
        "submitted_by": {"id": transmission.submitted_by, "name": transmission.submitted_by_name},
        "approved_by": {"id": transmission.approved_by, "name": transmission.approved_by_name},
        "approved_at": _instant(transmission.approved_at),
    }
    if transmission.relay is not None:
        body["relay"] = _relay(transmission.relay)
    return body


def _board(board: BoardText) -> dict[str, Any]:
    look = board.look
    return {
        "text": board.text,
        "minutes": board.minutes,
        "template": look.template,
        "colour": look.colour,
        "motion": look.motion,
        "page_s": look.page_s,
        "picture": None if look.picture is None else look.picture.sha256,
    }


def _frame(frame: SoundFrame) -> dict[str, Any]:
    return {
        "opening": None if frame.opening is None else frame.opening.sha256,
        "closing": None if frame.closing is None else frame.closing.sha256,
        "left_out_ms": frame.skip_ms,
    }


def _relay(relay: Relayable) -> dict[str, Any]:
    facts = {"source": relay.source_id, "name": relay.name, "kind": relay.kind, "form": relay.form}
    return {**facts, "urls": list(relay.urls), "length_ms": relay.length_ms}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    # The place in a running order may change until the session: what is approved is the session.
    session = {"session": schedule.session} if schedule.session else {}
    schedule = schedule.unplaced
    return {
        **session,
        "starts": schedule.starts.isoformat(),
        "rule": schedule.rrule,
        "zone": schedule.zone,
        "left_out": _days({*schedule.except_on, *schedule.closed_on}),
        "moved": {move.on.isoformat(): move.to.isoformat() for move in schedule.moves},
    }


def _days(days: set[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


class SignatureCheck(Protocol):
    """Digital signatures, verified against what the operator trusts."""

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        """Return who signed this document between ``since_at`` and ``now``. Raises InvalidError with the reason."""
