"""Differences between two review snapshots of a bulletin: text, places, times, sound."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from broadcast.bulletins.review_snapshots import Shown
from broadcast.bulletins.schedules import Schedule
from province.areas import AreaId

# Words with the spaces after them, so that the joined parts are the text.
_WORD = re.compile(r"\S+\s*|\s+")
_PLAIN = (
    *("title", "topic", "priority", "language", "after", "origin", "pen_name", "valid_from_at", "valid_until_at"),
    "relay",
    "genre",
)


class Fate(StrEnum):
    """Fate of a stretch of text between two snapshots."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DifferencePart:
    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class Differences:
    """``fields`` are the names of plain fields that differ. ``text`` and ``spoken`` are empty where nothing differs.

    ``board`` is the text on boards; ``is_board_time_other``: shown at other times, or not at all any more, or now;
    ``is_board_look_other``: in another look.
    ``spoken`` is compared only where the text is the same: it follows from the text.
    """

    fields: tuple[str, ...] = ()
    text: tuple[DifferencePart, ...] = ()
    spoken: tuple[DifferencePart, ...] = ()
    areas_added: tuple[AreaId, ...] = ()
    areas_removed: tuple[AreaId, ...] = ()
    excluded: tuple[AreaId, ...] = ()
    included_again: tuple[AreaId, ...] = ()
    schedules_added: tuple[Schedule, ...] = ()
    schedules_removed: tuple[Schedule, ...] = ()
    is_sound_other: bool = False
    board: tuple[DifferencePart, ...] = ()
    is_board_time_other: bool = False
    is_board_look_other: bool = False


def differences(before: Shown, after: Shown) -> Differences:
    is_text_other = before.text != after.text
    shown, to_show = before.board, after.board
    texts = ("" if shown is None else shown.text, "" if to_show is None else to_show.text)
    old, new = before.targets, after.targets
    return Differences(
        fields=tuple(name for name in _PLAIN if getattr(before, name) != getattr(after, name)),
        text=parts(before.text, after.text) if is_text_other else (),
        spoken=parts(before.spoken, after.spoken) if before.spoken != after.spoken and not is_text_other else (),
        areas_added=_missing(new.areas, old.areas),
        areas_removed=_missing(old.areas, new.areas),
        excluded=_missing(new.exclude, old.exclude),
        included_again=_missing(old.exclude, new.exclude),
        schedules_added=tuple(each for each in after.schedules if each not in before.schedules),
        schedules_removed=tuple(each for each in before.schedules if each not in after.schedules),
        is_sound_other=before.sound_sha256 != after.sound_sha256,
        board=parts(*texts) if texts[0] != texts[1] else (),
        is_board_time_other=(shown is None) != (to_show is None)
        or (shown is not None and to_show is not None and shown.minutes != to_show.minutes),
        is_board_look_other=shown is not None and to_show is not None and shown.look != to_show.look,
    )


def parts(before: str, after: str) -> tuple[DifferencePart, ...]:
    """Compare word by word; without the added parts the result is ``before``, without the removed ones ``after``."""
    return tuple(_parts(_WORD.findall(before), _WORD.findall(after)))


def _parts(before: list[str], after: list[str]) -> Iterator[DifferencePart]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield DifferencePart(Fate.SAME, "".join(before[start:end]))
            continue
        if end > start:
            yield DifferencePart(Fate.REMOVED, "".join(before[start:end]))
        if new_end > new_start:
            yield DifferencePart(Fate.ADDED, "".join(after[new_start:new_end]))


def _missing(these: tuple[AreaId, ...], among: tuple[AreaId, ...]) -> tuple[AreaId, ...]:
    return tuple(area_id for area_id in these if area_id not in among)
