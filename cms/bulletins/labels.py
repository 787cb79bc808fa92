"""Sentences on the reasons for which a bulletin cannot have the length asked for."""

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
            return _("This bulletin relays another broadcaster's programme: change the length in the bulletin.")
        case NoCut.SPOKEN:
            return _("A voice reads the whole text, it is not cut off. To have it shorter, edit the text.")
        case NoCut.UNMEASURED:
            return _("The sound is not made yet, so its length is not known. Wait until it is, then look again.")
        case NoCut.SUBMITTED:
            return _("The bulletin waits for approval. Take it back for editing, then it can be shortened.")
        case NoCut.NOT_YOURS:
            return _("You may not edit this bulletin. Ask its author to shorten it.")
        case NoCut.FROZEN:
            return _("It is about to air and cannot be edited now. Shorten it when it has aired.")
        case NoCut.TOO_LITTLE:
            return _("Too little of the bulletin would be left. Choose another way.")
        case never:
            assert_never(never)


def _longer(problem: Problem) -> str:
    longest = formats.duration(int(problem.detail["longest_ms"]) // _SECOND_MS * _SECOND_MS)
    return _("The recording lasts for %(length)s only. Enter less.", length=longest)


def _shorter(problem: Problem) -> str:
    shortest = formats.duration(-(-int(problem.detail["shortest_ms"]) // _SECOND_MS) * _SECOND_MS)
    return _("The shortest is %(length)s. Enter more.", length=shortest)


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
