"""Exercises in words, each with the screen on which it is done and the task of the manuals that tells how."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import LabelText
from cms.training.model import Exercise


@dataclass(frozen=True, slots=True)
class ExerciseLabel:
    """Exercise in words. ``endpoint``: where it begins; ``topic``: the task of a manual."""

    text: LabelText
    endpoint: str
    topic: str


EXERCISES: Final[Mapping[Exercise, ExerciseLabel]] = {
    Exercise.WRITE: ExerciseLabel(
        _("Write and submit a bulletin that airs at 17:00"), "web.new_bulletin", "official/listen-and-submit"
    ),
    Exercise.ANSWER: ExerciseLabel(
        _("Answer a bulletin that was handed down"), "web.inbox", "official/answer-what-comes-from-above"
    ),
    Exercise.APPROVE: ExerciseLabel(_("Approve a bulletin"), "web.approvals", "official/approve-a-bulletin"),
    Exercise.RETURN: ExerciseLabel(
        _("Return a bulletin with a remark at a place in its text"), "web.approvals", "official/approve-a-bulletin"
    ),
    Exercise.DRILL: ExerciseLabel(
        _("Submit a drill, and cancel it while it sounds"), "web.new_alert", "disaster-response/drills"
    ),
    Exercise.APPROVE_DRILL: ExerciseLabel(
        _("Approve a drill that another person submitted"), "web.alerts", "disaster-response/approve"
    ),
    Exercise.TICKET: ExerciseLabel(
        _("Check a device by a ticket, and finish the ticket"),
        "web.work",
        "technician/mend-a-loudspeaker-by-its-ticket",
    ),
}
CERTIFICATE: Final[Mapping[Exercise, str]] = {
    Exercise.WRITE: "Soạn và gửi duyệt bản tin phát lúc 17:00",
    Exercise.ANSWER: "Trả lời tin cấp trên gửi xuống",
    Exercise.APPROVE: "Duyệt bản tin",
    Exercise.RETURN: "Trả lại bản tin kèm góp ý",
    Exercise.DRILL: "Gửi và hủy cảnh báo diễn tập",
    Exercise.APPROVE_DRILL: "Duyệt cảnh báo diễn tập",
    Exercise.TICKET: "Thử máy và đóng phiếu việc",
}
"""On the certificate, an official paper: in Vietnamese whatever the reader's language."""
