"""Dictionary of pronunciations: the entries in force in an area, and the validation of entries."""

import unicodedata
from collections.abc import Iterable, Sequence

from broadcast.speech.readings import DictionaryEntry, Saying
from province.areas import AreaId, AreaTree
from province.errors import Problem, problem_if, too_long

WRITTEN_MAX = 100
SPOKEN_MAX = 200


def reach_of(areas: Sequence[AreaId], tree: AreaTree) -> tuple[AreaId, ...]:
    """Return the areas whose words count for a sound heard in all of ``areas``, the nearest first.

    One sound goes to all of them, so only entries in force in every one of them count. Areas that one came out of by a
    reform still count, after the areas of today.
    """
    known = [area_id for area_id in areas if area_id in tree]
    if not known:
        return ()
    shared = frozenset.intersection(*(tree.lineage(area_id) for area_id in known))
    chain = [area_id for area_id in tree.chain(known[0]) if area_id in shared]
    return (*chain, *sorted(shared.difference(chain)))


def sayings_of(words: Iterable[DictionaryEntry], reach: Sequence[AreaId]) -> tuple[Saying, ...]:
    """Return the sayings in force: the nearest area's of each form; longer forms first, as they hold shorter ones."""
    place = {area_id: nearness for nearness, area_id in enumerate(reach)}
    nearest: dict[str, Saying] = {}
    for word in sorted((each for each in words if each.area_id in place), key=lambda each: place[each.area_id]):
        nearest.setdefault(key_of(word.saying.written), word.saying)
    return tuple(sorted(nearest.values(), key=lambda saying: (-len(saying.written), saying.written)))


def occurring(sayings: Iterable[Saying], text: str) -> tuple[Saying, ...]:
    """Return the sayings whose written form occurs in ``text``: few are stored with it."""
    plain = " ".join(key_of(text).split())
    return tuple(saying for saying in sayings if key_of(saying.written) in plain)


def key_of(written: str) -> str:
    """Return the key of a written form: forms with the same key are one entry."""
    return " ".join(unicodedata.normalize("NFC", written).casefold().split())


def tidy(saying: Saying) -> Saying:
    """Normalize to composed characters and single spaces."""
    written, spoken = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (saying.written, saying.spoken))
    return Saying(written, spoken, saying.is_case_sensitive)


def problems_of_saying(saying: Saying, prefix: str = "") -> list[Problem]:
    """Return everything wrong with a tidy saying; ``NOT_IN_WORDS``: a digit in the spoken form."""
    found = []
    for name, text, most in (("written", saying.written, WRITTEN_MAX), ("spoken", saying.spoken, SPOKEN_MAX)):
        found += problem_if(not text, prefix + name, "MISSING")
        found += too_long(prefix + name, text, most)
    found += problem_if(any(c.isdigit() for c in saying.spoken), prefix + "spoken", "NOT_IN_WORDS")
    return found
