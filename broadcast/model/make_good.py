"""What an area does about airings that were missed or cut: data, approved with every bulletin that it may air again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from broadcast.model.bulletins import PriorityClass
from province.areas import AreaId


class MakeGoodMode(StrEnum):
    """The first is the strictest: of two that apply, the stricter one counts."""

    NONE = "none"
    ASK = "ask"
    NEXT_SESSION = "next_session"
    SAME_DAY = "same_day"

    @property
    def is_automatic(self) -> bool:
        """Whether it airs without anybody being asked."""
        return self in {MakeGoodMode.NEXT_SESSION, MakeGoodMode.SAME_DAY}


@dataclass(frozen=True, slots=True)
class MakeGoodRule:
    """For one class, in an area and everything below it that sets nothing of its own.

    ``until``: for SAME_DAY, the wall time by which it has to be over. ``cuts``: whether what was cut and did not go on
    is made good as well, from its beginning.
    """

    area_id: AreaId
    priority: PriorityClass
    mode: MakeGoodMode
    until: time = time(20, 0)
    cuts: bool = True
