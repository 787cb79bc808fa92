"""Names of places within a Vietnamese sentence: "tại phường Mũi Né và phường Hàm Tiến"."""

import re
from collections.abc import Sequence
from typing import Final

PLACES_MOST: Final = 5
"""Said one by one; of more, how many more they are."""
_UNITS: Final = (
    *("Tỉnh", "Thành phố", "Quận", "Huyện", "Thị xã", "Thị trấn", "Xã", "Phường", "Đặc khu"),
    *("Thôn", "Bản", "Ấp", "Khu phố", "Tổ dân phố", "Khu vực"),
)
_UNIT: Final = re.compile(rf"^({'|'.join(_UNITS)})(?= )")
_ABOVE: Final = re.compile(r"^(.+) \((.+)\)$")


def within_sentence(name: str) -> str:
    """Write the unit in lower case, and a place above it that a list has in brackets as "thuộc huyện Đức Linh"."""
    parted = _ABOVE.match(name)
    if parted is not None:
        return f"{within_sentence(parted[1])} thuộc {within_sentence(parted[2])}"
    return _UNIT.sub(lambda unit: unit[0].lower(), name)


def without_unit(name: str) -> str:
    """Return the name alone: of "Phường Mũi Né" Mũi Né."""
    return _UNIT.sub("", name).strip()


def enumerated(names: Sequence[str]) -> str:
    """List all names within a sentence, the last after "và"; empty where there are none."""
    said = [within_sentence(name) for name in names[:PLACES_MOST]]
    if len(names) > PLACES_MOST:
        return f"{', '.join(said)} và {len(names) - PLACES_MOST} nơi khác"
    return " và ".join(filter(None, (", ".join(said[:-1]), *said[-1:])))
