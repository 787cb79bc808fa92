from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.approval_document import ApprovalSignature, SignatureSigner, document_of
from broadcast.bulletins.transmissions import TransmissionId
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Transmissions
from tests.contract.store.conftest import Store
from tests.fakes.programme import BULLETINS, NOW, REVIEWER, transmission

FIRST, SECOND = transmission("t1"), transmission("t2")
# Both of one bulletin, the second approved a day later.
LATER = replace(SECOND, bulletin_id=FIRST.bulletin_id, approved_at=FIRST.approved_at + timedelta(days=1))
SIGNER = SignatureSigner("CN=Bình", "CN=CA", "1f", "c" * 64, NOW)
SIGNATURE = ApprovalSignature(FIRST.id, "a" * 64, SIGNER, REVIEWER.user_id, REVIEWER.name, NOW)


def test_approvals_come_newest_first_and_it_is_known_which_are_signed(store: Store) -> None:
    documents = [document_of(BULLETINS[0], each) for each in (FIRST, LATER)]
    with store.unit() as unit:
        for each, document in zip((FIRST, LATER), documents, strict=True):
            unit[Transmissions].add(each)
            unit[Approvals].add(document)
        assert unit[Approvals].add_signature(SIGNATURE)
        unit.commit()
    with store.unit() as unit:
        assert not unit[Approvals].add_signature(SIGNATURE)
        second = replace(SIGNATURE, sha256="b" * 64, attached_at=NOW + timedelta(minutes=1))
        assert unit[Approvals].add_signature(second)
        assert list(unit[Approvals].documents(FIRST.bulletin_id)) == documents[::-1]
        assert list(unit[Approvals].signatures(FIRST.bulletin_id)) == [SIGNATURE, second]
        assert unit[Approvals].signed([FIRST.id, LATER.id, TransmissionId("none")]) == {FIRST.id}
        assert unit[Approvals].signed([]) == frozenset()
