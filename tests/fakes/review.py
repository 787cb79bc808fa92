"""In-memory repositories of review snapshots, approvals and delegated slots; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.scheduling.slots import Slot, SlotId
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import UserId


class MemoryReviewSnapshots:
    def __init__(self, rows: dict[tuple[BulletinId, UserId, int], ReviewSnapshot]) -> None:
        self._rows = rows

    def add(self, snapshot: ReviewSnapshot) -> None:
        self._rows.setdefault((snapshot.bulletin_id, snapshot.user_id, snapshot.version), snapshot)

    def of(self, bulletin_id: BulletinId, user_id: UserId) -> Sequence[ReviewSnapshot]:
        found = [row for row in self._rows.values() if (row.bulletin_id, row.user_id) == (bulletin_id, user_id)]
        return sorted(found, key=lambda row: -row.version)


class MemoryApprovals:
    def __init__(self, documents: list[ApprovalDocument], signatures: list[ApprovalSignature]) -> None:
        self._documents = documents
        self._signatures = signatures

    def add(self, document: ApprovalDocument) -> None:
        self._documents.append(document)

    def documents(self, bulletin_id: BulletinId) -> Sequence[ApprovalDocument]:
        found = [each for each in self._documents if each.bulletin_id == bulletin_id]
        return sorted(found, key=lambda each: (-each.approved_at.timestamp(), each.transmission_id))

    def add_signature(self, signature: ApprovalSignature) -> bool:
        known = {(each.transmission_id, each.sha256) for each in self._signatures}
        if (signature.transmission_id, signature.sha256) in known:
            return False
        self._signatures.append(signature)
        return True

    def signatures(self, bulletin_id: BulletinId) -> Sequence[ApprovalSignature]:
        ids = {each.transmission_id for each in self.documents(bulletin_id)}
        return [each for each in self._signatures if each.transmission_id in ids]

    def signed(self, transmission_ids: Iterable[TransmissionId]) -> frozenset[TransmissionId]:
        return frozenset(transmission_ids) & {each.transmission_id for each in self._signatures}


class MemorySlots:
    def __init__(self, rows: dict[SlotId, Slot]) -> None:
        self._rows = rows

    def get(self, slot_id: SlotId) -> Slot:
        if slot_id not in self._rows:
            raise NotFoundError("slot", slot_id)
        return self._rows[slot_id]

    def add(self, slot: Slot) -> None:
        assert slot.id not in self._rows
        self._rows[slot.id] = slot

    def save(self, slot: Slot) -> None:
        self._rows[slot.id] = slot

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        return [row for _, row in sorted(self._rows.items()) if row.holder_id == user_id and row.revoked_at is None]

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        wanted = set(area_ids)
        return [row for _, row in sorted(self._rows.items()) if row.area_id in wanted and row.revoked_at is None]
