"""Repository of citizens' feedback."""

from sqlalchemy import insert, select, update

from broadcast.feedback.model import Feedback, FeedbackId
from cms.feedback.tables import FeedbackRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from province.errors import ConflictError, NotFoundError


class FeedbackRegister(Repository):
    """Repository of citizens' feedback."""

    def get(self, feedback_id: FeedbackId) -> Feedback:
        """Raises NotFoundError."""
        found = self.find(feedback_id)
        if found is None:
            raise NotFoundError("feedback", feedback_id)
        return found

    def find(self, feedback_id: FeedbackId) -> Feedback | None:
        row = self._session.scalar(select(FeedbackRow).where(FeedbackRow.id == feedback_id))
        return None if row is None else value_of(Feedback, row)

    def add(self, feedback: Feedback) -> None:
        self._session.execute(insert(FeedbackRow), [columns_of(feedback)])

    def save(self, feedback: Feedback) -> None:
        """Store ``feedback`` whose ``version`` is one above the stored one; else raises ConflictError."""
        saved = change(
            self._session,
            update(FeedbackRow)
            .where(FeedbackRow.id == feedback.id, FeedbackRow.version == feedback.version - 1)
            .values(columns_of(feedback)),
        )
        if saved != 1:
            raise ConflictError("feedback", feedback.id, feedback.version - 1, self.get(feedback.id).version)
