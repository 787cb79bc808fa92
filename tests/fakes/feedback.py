"""In-memory register of citizens' feedback; part of ``tests.fakes.memory``."""

from __future__ import annotations

from broadcast.feedback.model import Feedback, FeedbackId
from province.errors import ConflictError, NotFoundError


class MemoryFeedbackRegister:
    def __init__(self, rows: dict[FeedbackId, Feedback]) -> None:
        self._rows = rows

    def get(self, feedback_id: FeedbackId) -> Feedback:
        if feedback_id not in self._rows:
            raise NotFoundError("feedback", feedback_id)
        return self._rows[feedback_id]

    def find(self, feedback_id: FeedbackId) -> Feedback | None:
        return self._rows.get(feedback_id)

    def add(self, feedback: Feedback) -> None:
        assert feedback.id not in self._rows
        self._rows[feedback.id] = feedback

    def save(self, feedback: Feedback) -> None:
        stored = self.get(feedback.id)
        if stored.version != feedback.version - 1:
            raise ConflictError("feedback", feedback.id, feedback.version - 1, stored.version)
        self._rows[feedback.id] = feedback
