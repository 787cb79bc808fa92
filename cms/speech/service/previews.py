"""Speech previews: a sentence is ordered, made by a worker, and heard before anything is saved."""

from datetime import timedelta
from typing import Final

from cms.areas.repository import Places
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.speech.model import SpeechPreview, preview_id
from cms.speech.repository import SpeechPreviews
from province.areas import AreaId
from province.call import Call
from province.errors import Problem, problem_if, refuse, too_long
from province.people import Action

PREVIEW_MOST: Final = 1500
"""Letters, a minute and a half: all of it is made before any of it is heard."""
OPEN_MOST: Final = 3
HOURLY_MOST: Final = 240
KEPT: Final = timedelta(days=1)
OPEN_LASTS: Final = timedelta(minutes=2)
"""A preview not made by then was lost or waits behind long work: ordered again it is a new job."""
_HOUR: Final = timedelta(hours=1)


def order(uow: UnitOfWork, *, language: str, text: str, areas: tuple[AreaId, ...], call: Call) -> SpeechPreview:
    """Order a spoken text to be made, or return what was made of the same words within the last day.

    Raises:
        NotAllowedError: the actor writes bulletins nowhere.
        InvalidError: nothing to say, too long, or too many ordered.
    """
    said = text.strip()
    with uow:
        call.require(Action.BULLETIN_WRITE, (), uow[Places].tree())
        refuse([*problem_if(not said, "heard", "NOTHING_TO_SAY"), *too_long("heard", said, PREVIEW_MOST)])
        previews, person, now = uow[SpeechPreviews], call.actor.user_id, call.now
        key = preview_id(person, language, said, areas)
        known = previews.find(key)
        is_good = known is not None and now - known.ordered_at < (OPEN_LASTS if known.is_open else KEPT)
        if known is not None and is_good and not known.error:
            return known
        if previews.count_of(person, now - OPEN_LASTS, only_open=True) >= OPEN_MOST:
            refuse([Problem("heard", "PREVIEWS_WAIT", {"max": OPEN_MOST})])
        if previews.count_of(person, now - _HOUR) >= HOURLY_MOST:
            refuse([Problem("heard", "PREVIEWS_FULL", {"max": HOURLY_MOST})])
        ordered = SpeechPreview(key, language, said, areas, person, now)
        previews.prune(now - KEPT)
        previews.put(ordered)
        uow.jobs.add(JobKind.MAKE_PREVIEW, key, {})
        uow.commit()
    return ordered


def finish(uow: UnitOfWork, preview: str, *, clip: bytes | None = None, error: str = "") -> None:
    """Store the made clip, or the code of why it could not be made."""
    with uow:
        uow[SpeechPreviews].finish(preview, clip, error)
        uow.commit()
