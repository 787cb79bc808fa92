"""Dictionary of pronunciations: entries that an area sets, for itself and below."""

from broadcast.speech.dictionary import problems_of_saying, reach_of, sayings_of, tidy
from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying
from cms.areas.repository import Places
from cms.bulletins.service.revisions import area_problems
from cms.platform.store.uow import UnitOfWork
from cms.speech.repository import Pronunciations
from province.areas import AreaId
from province.call import Call
from province.errors import refuse
from province.events import Event
from province.people import Action
from province.wall_clock import local_date


def teach(uow: UnitOfWork, *, area_id: AreaId, saying: Saying, call: Call) -> DictionaryEntry:
    """Set an area's entry from now on; it replaces the area's entry for the same written form.

    Saved texts keep their reading: only texts saved later are read by it. The same entry again changes nothing.

    Raises:
        NotAllowedError: the actor may not teach in that area.
        InvalidError: with every problem of the saying, or its area is closed.
    """
    saying = tidy(saying)
    with uow:
        tree = uow[Places].tree()
        call.require(Action.WORD_TEACH, [area_id] if area_id in tree else (), tree)
        refuse([*problems_of_saying(saying), *area_problems(area_id, "area", tree, local_date(call.now))])
        old = uow[Pronunciations].of_area(area_id, saying.written)
        if old is not None and old.saying == saying:
            return old
        word = DictionaryEntry(
            PronunciationId(call.new_id()), area_id, saying, call.now, call.actor.user_id, call.actor.name
        )
        uow[Pronunciations].put(word)
        before = "" if old is None else old.saying.spoken
        uow.record(_event("taught", word, call, before=before))
        uow.commit()
    return word


def forget(uow: UnitOfWork, pronunciation_id: PronunciationId, *, call: Call) -> DictionaryEntry:
    """Remove an area's entry and return it; from now on the areas above, or the rules, decide.

    Raises:
        NotFoundError: no such entry.
        NotAllowedError: the actor may not teach in its area.
    """
    with uow:
        word = uow[Pronunciations].get(pronunciation_id)
        call.require(Action.WORD_TEACH, [word.area_id], uow[Places].tree())
        uow[Pronunciations].remove(pronunciation_id)
        uow.record(_event("forgotten", word, call))
        uow.commit()
    return word


def known_sayings(uow: UnitOfWork, areas: tuple[AreaId, ...]) -> tuple[Saying, ...]:
    """Return the dictionary entries in force in all of these areas; within a unit of work."""
    reach = reach_of(areas, uow[Places].tree())
    return sayings_of(uow[Pronunciations].in_areas(reach), reach) if reach else ()


def _event(name: str, word: DictionaryEntry, call: Call, **detail: object) -> Event:
    frozen = {"area": word.area_id, "written": word.saying.written, "spoken": word.saying.spoken, **detail}
    return call.event(f"word.{name}", word.id, **frozen)
