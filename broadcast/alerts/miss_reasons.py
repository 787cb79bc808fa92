"""Reasons for which people near a loudspeaker were not warned."""

from enum import StrEnum


class MissReason(StrEnum):
    """Reason for which people near a loudspeaker were not warned, the gravest first.

    UNREACHABLE: it did not answer · REFUSED: it would not sound · MUTE: it sounded, and was not heard ·
    CUT_SHORT: no round of it was heard whole · NOT_SOUNDED: it had the order and did not begin.
    """

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MUTE = "mute"
    CUT_SHORT = "cut_short"
    NOT_SOUNDED = "not_sounded"
