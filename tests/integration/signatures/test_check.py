"""Check of signatures: those that hold, and the reasons why others do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, pem

from cms.bulletins.service.signature_check import FolderSignatureCheck
from province.errors import InvalidError
from tests.builders.signers import Holder, Issuer

DOCUMENT = '{"form":"loa-approval-1","title":"Lịch cắt điện"}'.encode()
APPROVED = datetime(2026, 11, 24, 1, tzinfo=UTC)
SIGNED = APPROVED + timedelta(minutes=10)
NOW = APPROVED + timedelta(hours=1)


@dataclass
class SignatureHarness:
    folder: Path
    issuer: Issuer
    person: Holder

    def check(self, signature: bytes, document: bytes = DOCUMENT) -> str:
        """Return the code of the refusal; empty where the signature holds."""
        try:
            FolderSignatureCheck(self.folder, b"key").check(document, signature, since_at=APPROVED, now=NOW)
        except InvalidError as error:
            (problem,) = error.problems
            assert problem.field == "signature"
            return problem.code
        return ""


@pytest.fixture
def harness(tmp_path: Path) -> SignatureHarness:
    issuer = Issuer()
    issuer.trusted_in(tmp_path)
    return SignatureHarness(tmp_path, issuer, issuer.person())


def test_a_signature_of_the_document_by_a_trusted_certificate_holds_and_tells_who(harness: SignatureHarness) -> None:
    signer = FolderSignatureCheck(harness.folder, b"key").check(
        DOCUMENT, harness.person.sign(DOCUMENT, SIGNED), since_at=APPROVED, now=NOW
    )
    assert "Trần Văn Duyệt" in signer.subject
    assert "CA Tỉnh" in signer.issuer
    assert signer.signed_at == SIGNED
    assert int(signer.serial, 16) == harness.person.certificate.serial_number


def test_a_signature_in_pem_holds_too(harness: SignatureHarness) -> None:
    assert harness.check(pem.armor("PKCS7", harness.person.sign(DOCUMENT, SIGNED))) == ""


def without_time(harness: SignatureHarness) -> bytes:
    """Return a signature without the signer's own time among the signed attributes."""
    info = cms.ContentInfo.load(harness.person.sign(DOCUMENT, SIGNED))
    attributes = info["content"]["signer_infos"][0]["signed_attrs"]
    kept = [each for each in attributes if each["type"].native != "signing_time"]
    info["content"]["signer_infos"][0]["signed_attrs"] = cms.CMSAttributes(kept)
    data: bytes = info.dump(force=True)
    return data


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda harness: harness.person.sign(b"another document", SIGNED), "SIGNATURE_OTHER_DOCUMENT"),
        (lambda _harness: Issuer().person().sign(DOCUMENT, SIGNED), "SIGNATURE_UNTRUSTED"),
        (
            lambda harness: harness.issuer.person(until=APPROVED).sign(DOCUMENT, SIGNED),
            "SIGNATURE_CERTIFICATE_TIME",
        ),
        (
            lambda harness: harness.issuer.person(since=NOW).sign(DOCUMENT, SIGNED),
            "SIGNATURE_CERTIFICATE_TIME",
        ),
        (lambda harness: harness.person.sign(DOCUMENT, APPROVED - timedelta(hours=1)), "SIGNATURE_TIME"),
        (lambda harness: harness.person.sign(DOCUMENT, NOW + timedelta(hours=1)), "SIGNATURE_TIME"),
        (lambda harness: harness.person.sign(DOCUMENT, SIGNED, detached=False), "SIGNATURE_NOT_DETACHED"),
        (without_time, "SIGNATURE_BROKEN"),
        (lambda _harness: b"no signature", "SIGNATURE_NOT_CMS"),
        (lambda _harness: cms.ContentInfo({"content_type": "data", "content": b"x"}).dump(), "SIGNATURE_NOT_CMS"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_reason(
    harness: SignatureHarness, make: Callable[[SignatureHarness], bytes], code: str
) -> None:
    assert harness.check(make(harness)) == code


def test_a_revoked_certificate_is_refused(harness: SignatureHarness) -> None:
    harness.issuer.revokes(harness.person, harness.folder, APPROVED)
    assert harness.check(harness.person.sign(DOCUMENT, SIGNED)) == "SIGNATURE_REVOKED"
    assert harness.check(harness.issuer.person("Người khác").sign(DOCUMENT, SIGNED)) == ""


def test_nothing_is_taken_where_nothing_is_trusted(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidError) as refused:
            FolderSignatureCheck(folder, b"key").check(DOCUMENT, b"", since_at=APPROVED, now=NOW)
        assert refused.value.problems[0].code == "SIGNATURE_NO_ANCHORS"
        assert not FolderSignatureCheck(folder, b"key").is_ready


@pytest.mark.parametrize("place", range(0, 400, 37))
def test_no_byte_of_a_signature_can_be_changed(harness: SignatureHarness, place: int) -> None:
    """Any changed byte is answered with a reason, and no crash."""
    data = bytearray(harness.person.sign(DOCUMENT, SIGNED))
    data[-1 - place] ^= 1
    assert harness.check(bytes(data)) in {
        *("SIGNATURE_BROKEN", "SIGNATURE_OTHER_DOCUMENT", "SIGNATURE_NOT_CMS", "SIGNATURE_UNTRUSTED", "SIGNATURE_TIME"),
        *("SIGNATURE_ONE_SIGNER", "SIGNATURE_NOT_DETACHED", "SIGNATURE_CERTIFICATE_TIME"),
    }
