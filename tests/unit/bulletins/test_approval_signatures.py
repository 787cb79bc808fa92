"""Document of an approval, and attaching a signature to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature, SignatureSigner, document_of
from broadcast.bulletins.board_appearance import AppearancePicture, BoardAppearance
from broadcast.bulletins.model import BoardText, Bulletin, BulletinId, Targets
from broadcast.bulletins.schedules import Move
from broadcast.bulletins.transmissions import TransmissionId
from cms.bulletins.service import signatures
from devices.protocol.boards import Colour
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action, Actor
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, C2, NOW, PROVINCE, REVIEWER, SOUND, bulletin, schedule, transmission, wall

LATER = NOW + timedelta(minutes=5)
SIGNER = SignatureSigner("CN=Bình", "CN=CA", "1f", "c" * 64, LATER)


@dataclass
class Check:
    """Signature check that accepts ``b"good"``."""

    asked: tuple[bytes, datetime, datetime] | None = None

    def check(self, document: bytes, signature: bytes, *, since_at: datetime, now: datetime) -> SignatureSigner:
        self.asked = (document, since_at, now)
        if signature != b"good":
            raise InvalidError([Problem("signature", "SIGNATURE_BROKEN")])
        return SIGNER


def attach(
    world: World,
    approved: Bulletin,
    signature: bytes = b"good",
    *,
    actor: Actor = REVIEWER,
    check: Check | None = None,
    transmission_id: str = "",
) -> ApprovalSignature:
    return signatures.attach(
        world.store(),
        world.content,
        check or Check(),
        approved.id,
        TransmissionId(transmission_id) or document(world).transmission_id,
        signature=signature,
        call=world.call(actor, LATER),
    )


def document(world: World) -> ApprovalDocument:
    (found,) = world.store.all(ApprovalDocument)
    return found


def test_an_approval_has_its_document_with_everything_that_airs() -> None:
    world = World()
    approved = world.approved()
    body = json.loads(document(world).text)
    assert (body["title"], body["text"], body["spoken"]) == (approved.title, approved.text, approved.spoken)
    assert body["sounds"] == {SOUND.kind: SOUND.sha256}
    look = {"template": "banner", "colour": "amber", "motion": "pages", "page_s": 8, "picture": None}
    assert body["board"] == {"text": approved.text, "minutes": 0, **look}
    assert (body["areas"], body["except_areas"]) == ([PROVINCE], [])
    assert body["approved_by"] == {"id": REVIEWER.user_id, "name": REVIEWER.name}
    assert body["approved_at"] == NOW.isoformat()
    assert body["schedules"][0]["starts"] == "2026-03-02T17:00:00"
    assert document(world).sha256 == hashlib.sha256(document(world).text.encode()).hexdigest()


def test_the_same_facts_make_the_same_bytes_and_any_other_fact_makes_others() -> None:
    written = bulletin()
    promised = transmission("t1", targets=Targets((C2, C1), (PROVINCE,)))
    same = replace(promised, targets=Targets((C1, C2), (PROVINCE,)))
    assert document_of(written, promised) == document_of(written, same)
    moved = schedule(rrule="FREQ=DAILY", moves=(Move(date(2026, 3, 3), wall("2026-03-04T06:00")),))
    shown = replace(promised, board=BoardText("Chào"))
    pictured = BoardAppearance(picture=AppearancePicture("1" * 64, 9))
    others = [
        document_of(written, shown),
        document_of(written, replace(shown, board=BoardText("Chào", look=BoardAppearance(colour=Colour.RED)))),
        document_of(written, replace(shown, board=BoardText("Chào", look=pictured))),
        document_of(replace(written, text="Khác"), promised),
        document_of(written, replace(promised, title="Khác")),
        document_of(written, replace(promised, schedules=(moved,))),
        document_of(written, replace(promised, schedules=(replace(moved, closed_on=(date(2026, 3, 5),)),))),
        document_of(written, replace(promised, valid_until_at=NOW)),
        document_of(written, replace(promised, targets=Targets((C1,)))),
    ]
    assert len({each.sha256 for each in [document_of(written, promised), *others]}) == 1 + len(others)


def test_the_approvers_signature_is_checked_over_the_very_document_kept_and_logged() -> None:
    world, check = World(), Check()
    approved = world.approved()
    made = attach(world, approved, check=check)
    assert check.asked == (document(world).text.encode(), NOW, LATER)
    assert world.content.blobs[made.sha256] == b"good"
    assert (made.signer, made.attached_by, made.attached_at) == (SIGNER, REVIEWER.user_id, LATER)
    assert world.store.all(ApprovalSignature) == [made]
    event = world.store.events()[-1]
    assert (event.name, event.detail["subject"]) == ("bulletin.signed", "CN=Bình")
    assert event.detail["document"] == document(world).sha256
    attach(world, approved)
    assert world.store.all(ApprovalSignature) == [made]
    assert world.events().count("bulletin.signed") == 1


def test_nobody_signs_for_another() -> None:
    world = World()
    with pytest.raises(NotAllowedError) as refused:
        attach(world, world.approved(), actor=AUTHOR)
    assert refused.value.reason == "NOT_YOUR_APPROVAL"


def test_who_may_not_review_there_any_more_cannot_sign() -> None:
    world = World()
    approved = world.approved()
    world.authority = FixedAuthority(frozenset({Action.BULLETIN_REVIEW}))
    with pytest.raises(NotAllowedError):
        attach(world, approved)


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (b"", "MISSING"),
        (b"x" * (signatures.SIGNATURE_MAX_BYTES + 1), "SIGNATURE_TOO_LARGE"),
        (b"bad", "SIGNATURE_BROKEN"),
    ],
)
def test_what_does_not_hold_is_not_kept(signature: bytes, code: str) -> None:
    world = World()
    approved = world.approved()
    with pytest.raises(InvalidError) as refused:
        attach(world, approved, signature)
    assert [each.code for each in refused.value.problems] == [code]
    assert world.store.all(ApprovalSignature) == []


def test_only_what_was_approved_can_be_signed() -> None:
    world = World()
    approved = world.approved()
    with pytest.raises(NotFoundError):
        attach(world, approved, transmission_id="another")
    with pytest.raises(NotFoundError):
        attach(world, replace(approved, id=BulletinId("unknown")))
