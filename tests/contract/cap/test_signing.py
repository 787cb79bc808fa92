from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcast.alerts.cap.message import CapSeverity
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances, Trust
from cms.exchange.cap import check as signing
from cms.exchange.cap.check import Pin, check, pin, sign, verified
from cms.exchange.cap.reader import SignerFaultError, UnverifiedError, read
from cms.exchange.cap.writer import write
from tests.unit.cap.messages import MESSAGE, SENDER
from tests.unit.cap.signers import Signer, ec_signer, rsa_signer

PARTNERS = [rsa_signer(), ec_signer()]
AT = MESSAGE.sent
OURS = write(MESSAGE)


def pins(signer: Signer, sender: str = SENDER) -> dict[str, Pin]:
    return {sender: pin(sender, signer.pem)}


@pytest.mark.parametrize("signer", PARTNERS, ids=["rsa", "ecdsa"])
def test_what_we_sign_is_accepted_and_says_the_same(signer: Signer) -> None:
    judgement = check(signer.sign(OURS), pins(signer))
    assert (judgement.verdict, judgement.code, judgement.message) == (CapVerdict.ACCEPT, "VERIFIED", MESSAGE)


@pytest.mark.parametrize("signer", PARTNERS, ids=["rsa", "ecdsa"])
def test_one_changed_word_breaks_it(signer: Signer) -> None:
    changed = signer.sign(OURS).replace(b"Extreme", b"Minor")
    assert check(changed, pins(signer)).code == "SIGNATURE_INVALID"


def test_another_key_is_refused_even_with_its_own_certificate_inside() -> None:
    assert check(PARTNERS[1].sign(OURS), pins(PARTNERS[0])).code == "SIGNATURE_INVALID"


def test_a_pinned_sender_who_does_not_sign_is_a_draft_with_a_warning() -> None:
    judgement = check(OURS, pins(PARTNERS[0]))
    assert (judgement.verdict, judgement.code) == (CapVerdict.DRAFT, "SIGNATURE_MISSING")


def test_a_signer_speaks_for_its_own_sender_only() -> None:
    signed = PARTNERS[0].sign(OURS)
    assert check(signed, pins(PARTNERS[0], "somebody@else.vn")).code == "SIGNER_UNKNOWN"
    borrowed = {SENDER: Pin("somebody@else.vn", pin("x", PARTNERS[0].pem).certificate)}
    assert check(signed, borrowed).code == "SIGNATURE_INVALID"


def test_a_comment_survives_the_signature_and_changes_nothing() -> None:
    signed = PARTNERS[0].sign(OURS).replace(b"Actual", b"Act<!-- Test -->ual")
    assert check(signed, pins(PARTNERS[0])).message == MESSAGE


def test_a_certificate_counts_in_its_own_time_only() -> None:
    signed = PARTNERS[0].sign(OURS)
    late = Circumstances(now=datetime(2099, 1, 1, tzinfo=UTC))
    assert check(signed, pins(PARTNERS[0]), late).code == "SIGNATURE_INVALID"


def test_a_signed_message_inside_another_document_is_not_read() -> None:
    """Signature wrapping: leave the signed element where the verifier finds it, put another where the reader looks."""
    signer = PARTNERS[0]
    signed = signer.sign(OURS).split(b"?>", 1)[1].strip()
    forged = write(
        replace(MESSAGE, identifier="forged", infos=(replace(MESSAGE.infos[0], severity=CapSeverity.MINOR),))
    )
    around = forged.replace(
        b"</alert>", b'<Object xmlns="http://www.w3.org/2000/09/xmldsig#">' + signed + b"</Object></alert>"
    )
    assert check(around, pins(signer)).code == "HIDDEN_ALERT"
    start = signed.index(b"<ds:Signature") if b"<ds:Signature" in signed else signed.index(b"<Signature")
    moved = forged.rstrip().replace(b"</alert>", signed[start:])
    assert check(moved, pins(signer)).code == "SIGNATURE_INVALID"


def test_two_signatures_are_one_too_many_unless_the_pinned_one_covers_all() -> None:
    twice = PARTNERS[1].sign(PARTNERS[0].sign(OURS))
    assert check(twice, pins(PARTNERS[0])).verdict is CapVerdict.REFUSE


def test_an_unsigned_document_is_unverified() -> None:
    with pytest.raises(UnverifiedError) as caught:
        verified(read(OURS), pin(SENDER, PARTNERS[0].pem), AT)
    assert caught.value.code == "SIGNATURE_INVALID"


def test_a_signature_that_covers_nothing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Verifier:
        def verify(self, *_document: object, **_named: object) -> list[object]:
            return []

    monkeypatch.setattr(signing, "XMLVerifier", Verifier)
    assert check(PARTNERS[0].sign(OURS), pins(PARTNERS[0])).code == "SIGNATURE_INVALID"


def test_a_digest_of_sha1_is_taken_only_where_the_pin_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = PARTNERS[0].sign_with_sha1(OURS, monkeypatch)
    strict, lax = (Pin(SENDER, PARTNERS[0].certificate, takes_sha1=taken) for taken in (False, True))
    assert check(signed, {SENDER: strict}).code == "SIGNATURE_INVALID"
    assert check(signed, {SENDER: lax}).code == "VERIFIED"


def test_a_signed_document_that_grows_beyond_the_limit_when_written_out_is_refused() -> None:
    grown = write(replace(MESSAGE, note=">" * 300_000)).replace(b"&gt;", b">")
    signed = PARTNERS[0].sign(grown).replace(b"&gt;", b">")
    assert check(signed, pins(PARTNERS[0])).verdict is CapVerdict.ACCEPT
    grown = write(replace(MESSAGE, note=">" * 550_000)).replace(b"&gt;", b">")
    signed = PARTNERS[0].sign(grown).replace(b"&gt;", b">")
    assert check(signed, pins(PARTNERS[0])).code == "SIGNATURE_INVALID"


def test_key_and_certificate_have_to_belong_together() -> None:
    with pytest.raises(SignerFaultError):
        sign(OURS, PARTNERS[0].key, PARTNERS[1].certificate)


def test_a_pin_has_to_be_a_certificate() -> None:
    with pytest.raises(SignerFaultError):
        pin(SENDER, Path(__file__).read_bytes())


def test_trust_has_a_finding_for_each_of_its_values() -> None:
    assert {each.value for each in Trust} == {"unsigned", "signer_unknown", "missing", "invalid", "verified"}
