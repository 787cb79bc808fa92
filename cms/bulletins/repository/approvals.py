"""Repositories of approval: documents with their signatures, and versions of bulletins as reviewers saw them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.transmissions import TransmissionId
from cms.bulletins.tables.bulletins import ApprovalDocumentRow, ApprovalSignatureRow, ReviewSnapshotRow
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.rows import among, columns_of
from cms.platform.store.uow import Repository
from province.people import UserId


class Approvals(Repository):
    """Documents of approvals, as their approvers may sign them, and the signatures attached."""

    def add(self, document: ApprovalDocument) -> None:
        self._session.execute(insert(ApprovalDocumentRow), [columns_of(document)])

    def documents(self, bulletin_id: BulletinId) -> Sequence[ApprovalDocument]:
        """Return all of a bulletin, newest first."""
        row = ApprovalDocumentRow
        query = select(row).where(row.bulletin_id == bulletin_id)
        return self._listed(ApprovalDocument, query.order_by(row.approved_at.desc(), row.transmission_id))

    def add_signature(self, signature: ApprovalSignature) -> bool:
        """Add a signature; return False where the approval has that very signature already."""
        return add_row(self._session, ApprovalSignatureRow, columns_of(signature))

    def signatures(self, bulletin_id: BulletinId) -> Sequence[ApprovalSignature]:
        """Return all of a bulletin, oldest first."""
        return self._listed(
            ApprovalSignature,
            select(ApprovalSignatureRow)
            .join(ApprovalDocumentRow, ApprovalDocumentRow.transmission_id == ApprovalSignatureRow.transmission_id)
            .where(ApprovalDocumentRow.bulletin_id == bulletin_id)
            .order_by(ApprovalSignatureRow.attached_at, ApprovalSignatureRow.sha256),
        )

    def signed(self, transmission_ids: Iterable[TransmissionId]) -> frozenset[TransmissionId]:
        """Return those of these transmissions that carry a signature."""
        row = ApprovalSignatureRow.transmission_id
        return frozenset(self._session.scalars(select(row).where(among(row, transmission_ids))))


class ReviewSnapshots(Repository):
    """Review snapshots: versions of a bulletin as reviewers were shown them."""

    def add(self, snapshot: ReviewSnapshot) -> None:
        """Add a look; harmless when the person's look at that version is there: the first one counts."""
        add_row(self._session, ReviewSnapshotRow, columns_of(snapshot))

    def of(self, bulletin_id: BulletinId, user_id: UserId) -> Sequence[ReviewSnapshot]:
        """Return one person's looks at one bulletin, newest first."""
        row = ReviewSnapshotRow
        looks = select(row).where(row.bulletin_id == bulletin_id, row.user_id == user_id)
        return self._listed(ReviewSnapshot, looks.order_by(row.version.desc()))
