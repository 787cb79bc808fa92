"""People's own signatures on an alert: what they let out, and all that they do not."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from devices.enrolment import CANARY_NAME
from devices.protocol import approvals, codec
from devices.protocol.approvals import (
    APPROVED_BEFORE_MS,
    RAISED_BEFORE_MS,
    ApprovalRefusal,
    ApprovalRefusedError,
    require_approvals,
    within_chain,
    within_tree,
)
from devices.protocol.authorisation import (
    Authorisation,
    AuthorisationKind,
    OfficerKeyset,
    OfficerSignature,
    Scope,
    SignaturePolicy,
)
from devices.protocol.commands import Command, Shape, Target
from devices.protocol.errors import MalformedError
from devices.protocol.messages import Keyset
from devices.protocol.officers import TrustedOfficers
from tests.builders.officers import HOST, PARENTS, SigningOfficer, an_alert, officers, signed
from tests.unit.protocol.trust import KEYS, MINUTE_MS, NOW_MS, SHA

AN, BINH, CHI = SigningOfficer("an"), SigningOfficer("binh"), SigningOfficer("chi", {"xa-2": 3})
KNOWN = officers(AN, BINH, CHI)
COVERS = within_tree(PARENTS)
ORDER = signed(an_alert(), AN, BINH)
RING = [(11.0, 108.0), (11.1, 108.0), (11.1, 108.1), (11.0, 108.0)]


def refusal(command: Command, known: TrustedOfficers = KNOWN, now_ms: int = NOW_MS) -> str:
    try:
        require_approvals(command, known, COVERS, now_ms)
    except ApprovalRefusedError as error:
        return error.reason
    return ""


def changed(command: Command, **fields: object) -> Command:
    return msgspec.structs.replace(command, **fields)


def content(command: Command, **fields: object) -> Command:
    assert command.alert is not None
    return changed(command, alert=msgspec.structs.replace(command.alert, **fields))


def authorised(command: Command, **fields: object) -> Command:
    assert command.authorisation is not None
    return changed(command, authorisation=msgspec.structs.replace(command.authorisation, **fields))


def given(command: Command) -> list[OfficerSignature]:
    assert command.authorisation is not None
    return command.authorisation.approvals


def second(**fields: object) -> Command:
    """Return the order with the second signature changed."""
    first, last = given(ORDER)
    return authorised(ORDER, approvals=[first, msgspec.structs.replace(last, **fields)])


def client(**fields: object) -> str:
    found = json.loads(approvals.from_base64(given(ORDER)[1].client))
    return approvals.to_base64(json.dumps({**found, **fields}).encode())


def test_two_officers_let_the_very_alert_out_that_they_signed() -> None:
    assert refusal(ORDER) == ""
    assert refusal(changed(ORDER, fence=7, iat=NOW_MS + MINUTE_MS)) == ""
    assert refusal(content(ORDER, issued_at=NOW_MS + 1, replaces=["o-1"], tone_ms=0)) == ""
    sent = codec.decode(Command, codec.encode(ORDER))
    assert refusal(sent) == ""


def test_the_same_signatures_have_one_order_id() -> None:
    assert refusal(changed(ORDER, cid="order-1")) == ApprovalRefusal.ORDER
    assert signed(an_alert(), BINH, AN).cid == ORDER.cid
    assert signed(an_alert(exp=NOW_MS + MINUTE_MS), AN, BINH).cid != ORDER.cid


OTHER: dict[str, Callable[[], Command]] = {
    "no signature": lambda: changed(ORDER, authorisation=None),
    "other words": lambda: content(ORDER, text="Về nhà đi."),
    "other headline": lambda: content(ORDER, head="Sóng thần"),
    "another sound": lambda: content(ORDER, speech=[]),
    "another alert": lambda: content(ORDER, id="a2"),
    "higher level": lambda: content(ORDER, level=3),
    "another hazard": lambda: content(ORDER, hazard="tsunami"),
    "more rounds": lambda: content(ORDER, every_ms=1000),
    "calm": lambda: content(ORDER, calm=True),
    "longer": lambda: changed(ORDER, exp=ORDER.exp + 1),
    "elsewhere": lambda: changed(ORDER, target=Target(areas=["xa-2"])),
    "wider": lambda: changed(ORDER, target=Target(areas=["xa-1", "xa-2"])),
    "whole province": lambda: changed(ORDER, target=Target(areas=["tinh"])),
    "with a shape": lambda: changed(ORDER, target=Target(areas=["xa-1"], shape=Shape(rings=[RING]))),
    "one device": lambda: changed(ORDER, target=Target(areas=["xa-1"], devices=["xa-2-l01"])),
    "a group": lambda: changed(ORDER, target=Target(areas=["xa-1"], groups=["g1"])),
    "no area": lambda: changed(ORDER, target=Target()),
    "another kind": lambda: authorised(ORDER, kind=AuthorisationKind.ALONE),
    "standing order": lambda: authorised(ORDER, kind=AuthorisationKind.STANDING_ORDER),
    "unknown kind": lambda: authorised(ORDER, kind="decree"),
    "all-clear that is none": lambda: authorised(ORDER, kind=AuthorisationKind.ALL_CLEAR),
    "wider scope": lambda: authorised(ORDER, scope=Scope(areas=["xa-1", "xa-2"])),
    "other scope": lambda: authorised(ORDER, scope=Scope(areas=["xa-2"])),
    "fewer exclusions": lambda: authorised(ORDER, scope=Scope(areas=["xa-1"], exclude=["xa-1-a"])),
    "one signature": lambda: authorised(ORDER, approvals=given(ORDER)[:1]),
    "none of two": lambda: authorised(ORDER, approvals=[]),
    "the same twice": lambda: authorised(ORDER, approvals=given(ORDER)[:1] * 2),
    "unknown officer": lambda: second(key="officer-dung"),
    "another's name": lambda: second(key="officer-chi"),
    "the first's name": lambda: second(key="officer-an"),
    "no base64": lambda: second(client="*"),
    "no JSON": lambda: second(client=approvals.to_base64(b"{")),
    "no object": lambda: second(client=approvals.to_base64(b"[1]")),
    "no challenge": lambda: second(client=approvals.to_base64(b"{}")),
    "challenge is a number": lambda: second(client=client(challenge=7)),
    "short challenge": lambda: second(client=client(challenge="AAAA")),
    "challenge of now": lambda: second(client=client(challenge=approvals.to_base64(bytes(40)))),
    "a registration": lambda: second(client=client(type="webauthn.create")),
    "another site": lambda: second(client=client(origin="https://loa.example")),
    "in a frame": lambda: second(client=client(crossOrigin=True)),
    "other client data": lambda: second(client=client(more=1)),
    "no signature bytes": lambda: second(sig=""),
    "another signature": lambda: second(sig=given(ORDER)[0].sig),
    "short data": lambda: second(data=approvals.to_base64(bytes(36))),
    "data of another host": lambda: second(data=approvals.to_base64(bytes(32) + b"\x05" + bytes(4))),
}


@pytest.mark.parametrize("name", OTHER)
def test_nothing_else_is_let_out(name: str) -> None:
    assert refusal(OTHER[name]()) != ""


def test_a_challenge_of_the_same_instant_for_another_alert_is_not_one_for_this() -> None:
    other = signed(content(an_alert(), id="a2"), AN, BINH)
    assert refusal(authorised(ORDER, approvals=given(other))) == ApprovalRefusal.STATEMENT


def test_one_officer_may_not_sign_twice_nor_elsewhere_nor_above_the_own_level() -> None:
    again = SigningOfficer("an")
    two_keys = officers(AN, msgspec_key(again, "officer-an-2"))
    order = signed(an_alert(), AN, again)
    first, last = given(order)
    order = authorised(order, approvals=[first, msgspec.structs.replace(last, key="officer-an-2")])
    assert refusal(order, two_keys) == ApprovalRefusal.SAME_PERSON
    assert refusal(signed(an_alert(), AN, CHI)) == ApprovalRefusal.RIGHTS
    low = SigningOfficer("dung", {"tinh": 1, "xa-2": 3})
    assert refusal(signed(an_alert(), AN, low), officers(AN, low)) == ApprovalRefusal.RIGHTS
    district = SigningOfficer("giang", {"huyen-1": 2})
    assert refusal(signed(an_alert(), AN, district), officers(AN, district)) == ""
    far = changed(an_alert(), target=Target(areas=["xa-1", "xa-9"]))
    assert refusal(signed(far, AN, BINH)) == ApprovalRefusal.RIGHTS


def msgspec_key(officer: SigningOfficer, kid: str) -> SigningOfficer:
    class Named(SigningOfficer):
        @property
        def kid(self) -> str:
            return kid

    return Named(officer.person, officer.rights, officer.device)


def test_signatures_are_of_the_moment_and_of_a_valid_key() -> None:
    late = signed(an_alert(), AN, BINH, before_ms=APPROVED_BEFORE_MS + 1)
    assert refusal(late) == ApprovalRefusal.STALE
    early = signed(an_alert(), AN, BINH, before_ms=-3 * MINUTE_MS)
    assert refusal(early) == ApprovalRefusal.STALE
    waited = authorised(ORDER, approvals=[old_signature(RAISED_BEFORE_MS), given(ORDER)[1]])
    assert refusal(waited) == ""
    waited = authorised(ORDER, approvals=[old_signature(RAISED_BEFORE_MS + 1), given(ORDER)[1]])
    assert refusal(waited) == ApprovalRefusal.STALE
    keys = [msgspec.structs.replace(each, exp=NOW_MS - 2 * MINUTE_MS) for each in KNOWN.keyset.keys]
    assert refusal(ORDER, officers(keys=keys)) == ApprovalRefusal.KEY_PERIOD


def old_signature(before_ms: int) -> OfficerSignature:
    return AN.sign(an_alert(), AuthorisationKind.TWO_PEOPLE, at_ms=NOW_MS - before_ms)


def test_a_passkey_without_finger_or_pin_and_a_broken_key_sign_nothing() -> None:
    careless = SigningOfficer("an")
    careless.device.is_verified = False
    assert refusal(signed(an_alert(), careless, BINH), officers(careless, BINH)) == ApprovalRefusal.SIGNATURE
    broken = [msgspec.structs.replace(each, x="A" * 87) for each in KNOWN.keyset.keys]
    assert refusal(ORDER, officers(keys=broken)) == ApprovalRefusal.SIGNATURE


def test_one_person_alone_only_where_the_policy_says_so_and_ends_always() -> None:
    alone = signed(an_alert(), AN, kind=AuthorisationKind.ALONE)
    assert refusal(alone) == ApprovalRefusal.KIND
    assert refusal(alone, officers(AN, alone=True)) == ""
    calm = content(an_alert(), calm=True)
    assert refusal(signed(calm, AN, kind=AuthorisationKind.ALL_CLEAR)) == ""
    assert refusal(signed(calm, AN, BINH)) == ""
    assert refusal(signed(calm, AN, kind=AuthorisationKind.ALONE), officers(AN, alone=True)) == ApprovalRefusal.KIND
    assert refusal(signed(an_alert(), AN, kind=AuthorisationKind.ALL_CLEAR)) == ApprovalRefusal.KIND
    end = changed(an_alert(), alert=None, authorisation=Authorisation(kind=AuthorisationKind.ALONE))
    assert refusal(end) == ApprovalRefusal.KIND


def test_a_drill_that_sounds_needs_signatures_of_its_own_kind_where_the_keyset_says_so() -> None:
    drill, strict = an_alert(drill=True), officers(AN, BINH, drills=True)
    assert refusal(drill, strict) == ApprovalRefusal.MISSING
    assert refusal(content(drill, silent=True), strict) == ""
    assert refusal(drill, officers(AN, BINH, drills=True, open_until=NOW_MS + 1)) == ""
    order = signed(drill, AN, BINH, kind=AuthorisationKind.DRILL)
    assert refusal(order, strict) == ""
    assert refusal(signed(drill, AN, kind=AuthorisationKind.DRILL), strict) == ApprovalRefusal.COUNT
    assert refusal(changed(order, drill=False), strict) == ApprovalRefusal.KIND
    assert refusal(changed(signed(an_alert(), AN, BINH), drill=True), strict) == ApprovalRefusal.KIND


def test_an_alert_that_ended_in_a_part_needs_no_new_signature() -> None:
    whole = changed(an_alert(), target=Target(areas=["xa-1", "xa-2"]))
    scope = Scope(areas=["xa-1", "xa-2"])
    order = signed(whole, AN, BINH)
    assert refusal(authorised(changed(order, target=Target(areas=["xa-2"], exclude=["xa-2-a"])), scope=scope)) == ""


def test_the_policy_decides_which_alerts_need_signatures() -> None:
    plain = an_alert()
    assert refusal(plain) == ApprovalRefusal.MISSING
    assert refusal(plain, officers(AN, policy=SignaturePolicy.OFF)) == ""
    assert refusal(plain, officers(AN, BINH, policy=SignaturePolicy.BOTH_HAVE_KEYS)) == ApprovalRefusal.MISSING
    assert refusal(plain, officers(AN, policy=SignaturePolicy.BOTH_HAVE_KEYS)) == ""
    assert refusal(changed(plain, approved_by=[]), officers(AN, policy=SignaturePolicy.BOTH_HAVE_KEYS)) == ""
    assert refusal(plain, officers(AN, open_until=NOW_MS + 1)) == ""
    assert refusal(plain, officers(AN, open_until=NOW_MS)) == ApprovalRefusal.MISSING
    assert refusal(changed(plain, drill=True)) == ""
    assert refusal(changed(plain, alert=None)) == ""


def test_the_canary_alone_needs_no_signature() -> None:
    canary = content(an_alert(target=Target(devices=[CANARY_NAME])), silent=True)
    assert refusal(canary) == ""
    assert refusal(content(canary, silent=False)) == ApprovalRefusal.MISSING
    for target in (Target(devices=[CANARY_NAME, "xa-1-l01"]), Target(devices=[CANARY_NAME], areas=["xa-1"])):
        assert refusal(changed(canary, target=target)) == ApprovalRefusal.MISSING


def test_a_shape_is_part_of_the_statement() -> None:
    shape = Shape(rings=[RING])
    order = signed(an_alert(target=Target(areas=["xa-1"], shape=shape)), AN, BINH)
    assert refusal(order) == ""
    moved = Shape(rings=[[(lat + 1, lon) for lat, lon in RING]])
    assert refusal(changed(order, target=Target(areas=["xa-1"], shape=moved))) == ApprovalRefusal.ORDER
    assert refusal(changed(order, target=Target(areas=["xa-1"]))) == ApprovalRefusal.ORDER


def test_a_device_lets_an_officer_speak_in_its_own_chain_alone() -> None:
    covers = within_chain(("xa-1", "huyen-1", "tinh"))
    assert covers("xa-1", ["huyen-1"])
    assert not covers("xa-1", ["xa-2"])
    assert covers("xa-2", [])
    require_approvals(ORDER, KNOWN, covers, NOW_MS)
    with pytest.raises(ApprovalRefusedError):
        require_approvals(signed(an_alert(), AN, CHI), KNOWN, covers, NOW_MS)


def test_a_loop_in_the_places_covers_nothing() -> None:
    assert not within_tree({"a": "b", "b": "a"})("a", ["c"])


def test_the_root_never_signs_one_keyset_for_the_other() -> None:
    officers_body = codec.encode(officers(AN).keyset)
    keys_body = codec.encode(Keyset(v=1, ver=1, iat=NOW_MS, keys=KEYS))
    for kind, body in ((Keyset, officers_body), (Keyset, codec.encode(officers().keyset)), (OfficerKeyset, keys_body)):
        with pytest.raises(MalformedError):
            codec.decode(kind, body)


def test_the_fields_of_a_statement() -> None:
    found = approvals.statement_of(an_alert(), AuthorisationKind.TWO_PEOPLE)
    assert (found.alert, found.hazard, found.level, found.areas) == ("a1", "flash_flood", 2, ["xa-1"])
    assert found.exp == NOW_MS + 60 * MINUTE_MS
    assert KNOWN.keyset.host == HOST
    assert len(found.content) == len(SHA)
