"""Kinds of item (thể loại): the journalistic form of a bulletin, by which reports and royalties count."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GENRES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notice": "Thông báo",
        "news": "Tin",
        "article": "Bài",
        "feature": "Phóng sự",
        "interview": "Phỏng vấn",
        "programme": "Chương trình",
        "drama": "Câu chuyện truyền thanh",
        "music": "Ca nhạc",
        "other": "Thể loại khác",
    }
)
"""Key of each kind with its name on official papers, which are in Vietnamese."""
