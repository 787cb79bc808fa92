"""Repository of citizens' feedback."""

from broadcast.feedback.model import Feedback, FeedbackId
from cms.feedback.tables import FeedbackRow
from cms.platform.store.records import VersionedRepository


class FeedbackRegister(VersionedRepository[FeedbackId, Feedback], row=FeedbackRow, noun="feedback"):
    """Repository of citizens' feedback."""
