"""Sentences on the reasons for which a bulletin cannot have the length asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from broadcast.bulletins.cues import NoCut
from cms.platform.web import formats
from cms.platform.web.languages import _
from province.errors import Problem

_SECOND_MS = 1000


def why_not(reason: NoCut) -> str:  # noqa: PLR0911 - one sentence a reason
    """Return the reason and the remedy, in words."""
    match reason:
        case NoCut.RELAYED:
            return _("Bản tin này tiếp sóng chương trình của đài khác: đổi thời lượng trong bản tin.")
        case NoCut.SPOKEN:
            return _("Giọng máy đọc hết lời, không cắt ngang được. Muốn ngắn hơn, hãy sửa lời đọc.")
        case NoCut.UNMEASURED:
            return _("Âm thanh chưa làm xong nên chưa biết dài bao nhiêu. Hãy đợi làm xong rồi xem lại.")
        case NoCut.SUBMITTED:
            return _("Bản tin đang chờ duyệt. Hãy rút lại để sửa, rồi mới rút ngắn được.")
        case NoCut.NOT_YOURS:
            return _("Bạn không có quyền sửa bản tin này. Hãy nhờ người soạn rút ngắn.")
        case NoCut.FROZEN:
            return _("Tin sắp phát, lúc này không sửa được. Hãy đợi phát xong rồi rút ngắn.")
        case NoCut.TOO_LITTLE:
            return _("Phần còn lại quá ngắn so với bản tin. Hãy chọn cách khác.")
        case never:
            assert_never(never)


def _longer(problem: Problem) -> str:
    longest = formats.duration(int(problem.detail["longest_ms"]) // _SECOND_MS * _SECOND_MS)
    return _("Bản ghi chỉ đủ phát %(length)s. Hãy nhập ngắn hơn.", length=longest)


def _shorter(problem: Problem) -> str:
    shortest = formats.duration(-(-int(problem.detail["shortest_ms"]) // _SECOND_MS) * _SECOND_MS)
    return _("Ngắn nhất là %(length)s. Hãy nhập dài hơn.", length=shortest)


PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "LONGER_THAN_RECORDING": _longer,
    "LENGTH_TOO_SHORT": _shorter,
    "NO_CUT_RELAYED": lambda _p: why_not(NoCut.RELAYED),
    "NO_CUT_SPOKEN": lambda _p: why_not(NoCut.SPOKEN),
    "NO_CUT_UNMEASURED": lambda _p: why_not(NoCut.UNMEASURED),
    "NO_CUT_SUBMITTED": lambda _p: why_not(NoCut.SUBMITTED),
    "NO_CUT_FROZEN": lambda _p: why_not(NoCut.FROZEN),
    "NO_CUT_NOT_YOURS": lambda _p: why_not(NoCut.NOT_YOURS),
}
