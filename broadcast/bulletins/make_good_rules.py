"""Make-good rules: an area's policy on missed or cut airings, approved with every bulletin that it may air again."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from broadcast.bulletins.priority import PriorityClass
from province.areas import AreaId


class MakeGoodMode(StrEnum):
    """The first is the strictest: of two that apply, the stricter one counts."""

    NONE = "none"
    ASK = "ask"
    NEXT_SESSION = "next_session"
    SAME_DAY = "same_day"

    @property
    def is_automatic(self) -> bool:
        """Return whether it airs again without a person's decision."""
        return self in {MakeGoodMode.NEXT_SESSION, MakeGoodMode.SAME_DAY}


@dataclass(frozen=True, slots=True)
class MakeGoodRule:
    """Rule for one priority class, in an area and everything below it that sets none of its own.

    ``until``: for SAME_DAY, the wall time by which the new airing has to end. ``cuts``: whether an airing that was cut
    and did not go on is made good as well, from its beginning.
    """

    area_id: AreaId
    priority: PriorityClass
    mode: MakeGoodMode
    until: time = time(20, 0)
    cuts: bool = True
