"""Cues of a recording: validation of cues and fades, and cues that make an airing shorter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from broadcast.bulletins.model import Bulletin, BulletinStatus, Cues
from province.errors import InvalidError, Problem

AIRED_MIN_MS: Final = 1_000
"""Shortest part to air; anything shorter is a slip of the hand: listeners cannot follow a second of sound."""
FADE_MS: Final = 2_000
"""Default fade-out of a recording that is cut short."""
ADDED_MAX_MS: Final = 1_000
"""Most by which the made sound is longer than the cued part: a pause at its end, whole packets."""
OFFERED_MIN_MS: Final = 10_000
"""Shortest cut that is offered, never less than half of it: less would be another bulletin."""


class NoCut(StrEnum):
    """Reason why a bulletin cannot be made shorter by its cues.

    RELAYED: another's programme is heard.
    SPOKEN: a voice says all of its text. UNMEASURED: its sound is not made yet. SUBMITTED: it is with a reviewer.
    NOT_YOURS: the actor may not edit it. FROZEN: it is about to air. TOO_LITTLE: too little would be left.
    """

    RELAYED = "relayed"
    SPOKEN = "spoken"
    UNMEASURED = "unmeasured"
    SUBMITTED = "submitted"
    NOT_YOURS = "not_yours"
    FROZEN = "frozen"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True)
class Cutting:
    """A recording that can be aired shorter. Lengths in ms.

    ``airing_ms`` is how long an airing is now where it is longest; ``around_ms`` of it are not of the recording.
    """

    cues: Cues
    recording_ms: int
    airing_ms: int
    around_ms: int

    @property
    def longest_ms(self) -> int:
        """Length of an airing of all that follows the first cue."""
        if self.cues.out_ms is None:
            return self.airing_ms
        return max(self.airing_ms, self.around_ms + self.recording_ms - self.cues.in_ms + ADDED_MAX_MS)

    @property
    def shortest_ms(self) -> int:
        return self.around_ms + ADDED_MAX_MS + AIRED_MIN_MS

    def leaves_enough(self, length_ms: int) -> bool:
        """Return whether an airing of that length still keeps enough of the bulletin."""
        kept_ms, now_ms = length_ms - self.around_ms, self.airing_ms - self.around_ms
        return kept_ms >= OFFERED_MIN_MS and 2 * kept_ms >= now_ms

    def to(self, length_ms: int) -> Cues:
        """Return cues with which no airing is longer than ``length_ms``; a part cut short fades out.

        Raises:
            InvalidError: the recording is not so long, or next to nothing would be left of it.
        """
        if length_ms > self.longest_ms:
            raise InvalidError([Problem("length_ms", "LONGER_THAN_RECORDING", {"longest_ms": self.longest_ms})])
        if length_ms < self.shortest_ms:
            raise InvalidError([Problem("length_ms", "LENGTH_TOO_SHORT", {"shortest_ms": self.shortest_ms})])
        cues = self.cues
        if length_ms == self.airing_ms:
            return cues
        aired_ms = length_ms - self.around_ms - ADDED_MAX_MS
        out_ms = cues.in_ms + aired_ms
        if out_ms >= self.recording_ms:
            return Cues(cues.in_ms, None, cues.fade_in_ms, cues.fade_out_ms)
        fade_in_ms = min(cues.fade_in_ms, aired_ms // 2)
        fade_out_ms = min(max(cues.fade_out_ms, FADE_MS), aired_ms - fade_in_ms)
        return Cues(cues.in_ms, out_ms, fade_in_ms, fade_out_ms)


def cutting_of(bulletin: Bulletin, *, airing_ms: int, sound_ms: int | None) -> Cutting | NoCut:
    """Return the ways to make a bulletin shorter, or the reason why there are none.

    ``airing_ms`` is the length of an airing now, ``sound_ms`` that of the sound in it; None: no sound is made.
    """
    if bulletin.relay is not None:
        return NoCut.RELAYED
    if not bulletin.original_sha256:
        return NoCut.SPOKEN
    if bulletin.status is BulletinStatus.SUBMITTED:
        return NoCut.SUBMITTED
    if sound_ms is None or bulletin.original_ms is None or bulletin.sound.made_from != bulletin.sound_input:
        return NoCut.UNMEASURED
    return Cutting(bulletin.cues, bulletin.original_ms, airing_ms, airing_ms - sound_ms)


def problems_of_cues(cues: Cues, length_ms: int | None) -> list[Problem]:
    """Return everything wrong with cues; ``length_ms`` is the recording's, None until it has been measured."""
    found = [
        Problem(f"cues.{name}", "CUE_NEGATIVE")
        for name in ("in_ms", "out_ms", "fade_in_ms", "fade_out_ms")
        if (getattr(cues, name) or 0) < 0
    ]
    if length_ms is not None:
        found += [
            Problem(f"cues.{name}", "CUE_PAST_END", {"length_ms": length_ms})
            for name, at_ms in (("in_ms", cues.in_ms), ("out_ms", cues.out_ms or 0))
            if at_ms > length_ms
        ]
    end_ms = length_ms if cues.out_ms is None else cues.out_ms
    if found or end_ms is None:
        return found
    aired_ms = end_ms - cues.in_ms
    if aired_ms < AIRED_MIN_MS:
        return [Problem("cues.out_ms" if cues.out_ms is not None else "cues.in_ms", "CUE_TOO_SHORT")]
    if cues.fade_in_ms + cues.fade_out_ms > aired_ms:
        return [Problem("cues.fade_out_ms", "FADES_TOO_LONG", {"aired_ms": aired_ms})]
    return []
