"""Labels in report files. A report is an official paper: always in Vietnamese.

``tests`` compare them with the screens' labels.
"""

from typing import Final

from broadcast.bulletins.priority import PriorityClass
from broadcast.feedback.model import FeedbackKind

TOPICS: Final[dict[str, str]] = {
    "notice": "Thông báo của chính quyền",
    "policy": "Chính sách, pháp luật",
    "economy": "Kinh tế, nông nghiệp",
    "health": "Y tế, sức khỏe",
    "education": "Giáo dục",
    "culture": "Văn hóa, thể thao",
    "security": "An ninh, trật tự",
    "environment": "Môi trường",
    "disaster": "Phòng chống thiên tai",
    "other": "Việc khác",
}
CLASSES: Final[dict[str, str]] = {PriorityClass.NORMAL: "Thông thường", PriorityClass.PRIORITY: "Ưu tiên"}
KINDS: Final[dict[str, str]] = {
    FeedbackKind.NOISE: "Loa ồn",
    FeedbackKind.NOT_HEARD: "Không nghe được",
    FeedbackKind.CONTENT: "Nội dung tin",
    FeedbackKind.PRAISE: "Khen",
    FeedbackKind.OTHER: "Việc khác",
}
NO_SOURCE: Final = "Không ghi nguồn"
NO_TOPIC: Final = "Không ghi lĩnh vực"
ITSELF: Final = "%s (trực thuộc)"
