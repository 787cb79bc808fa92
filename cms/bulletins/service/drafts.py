"""Drafting of bulletins. A change of the spoken content has the sound made again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from broadcast.boards import board_text
from broadcast.bulletins.cues import problems_of_cues
from broadcast.bulletins.lifecycle import AIRING, next_status
from broadcast.bulletins.model import OUTLINE, Bulletin, BulletinAction, BulletinId, Cues, Rendition, Sound, SoundState
from broadcast.bulletins.official_papers import OfficialPaper
from broadcast.bulletins.official_papers import problems_of as problems_of_paper
from broadcast.scheduling.closed_days import set_problems
from broadcast.sessions.rules import estimated_ms
from broadcast.speech.dictionary import tidy
from broadcast.speech.normalization import VIETNAMESE, Reading, read
from broadcast.speech.readings import Saying
from cms.areas.repository import Places
from cms.bulletins.model import BulletinPaper
from cms.bulletins.repository.autosaves import Autosaves
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.repository.papers import BulletinPapers
from cms.bulletins.service import language_versions
from cms.bulletins.service.revisions import Draft, event_of, problems_of, require_current, revised, with_hands
from cms.bulletins.service.transmission_withdrawal import require_time_left, take_back
from cms.platform.store.kinds import JobKind
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.relays.repository import RelaySources
from cms.schedule.service.calendar import all_closed, own_sets
from cms.sessions.service.entry import session_problems, settled
from cms.sessions.service.places import follow
from cms.speech.service.dictionary import known_sayings
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, Problem, refuse
from province.people import Action
from province.wall_clock import local_date


def create(
    uow: UnitOfWork,
    *,
    draft: Draft,
    call: Call,
    paper: OfficialPaper | None = None,
    version_of: BulletinId | None = None,
) -> Bulletin:
    """Create a bulletin in state draft; its sound is being made if there is anything to say.

    ``paper``: the official paper that it is made from. ``version_of``: it says the same in another language. It ends
    the actor's autosaved form of the same id.

    Raises:
        ConflictError: the id that the form gave it has been used: the same form was sent before.
        NotAllowedError: the actor may not write in every target area.
        InvalidError: with every problem of the draft.
    """
    bulletin_id = BulletinId(call.new_id())
    with uow:
        made = uow[Bulletins].find(bulletin_id)
        if made is not None:
            raise ConflictError("bulletin", bulletin_id, 0, made.version)
        _check(uow, draft, call)
        plain = Bulletin(
            id=bulletin_id,
            author_id=call.actor.user_id,
            author_name=call.actor.name,
            created_at=call.now,
            changed_at=call.now,
            **_typed(uow, draft, call.now),
        )
        bulletin = replace(plain, sound=_sound_for(uow, plain))
        uow[Bulletins].add(bulletin)
        _put_paper(uow, bulletin.id, paper)
        if version_of is not None:
            language_versions.link(uow, bulletin, version_of, call)
        uow[Autosaves].end(call.actor.user_id, bulletin.id, call.now)
        uow.record(event_of("created", bulletin, call.actor))
        bulletin = follow(uow, None, bulletin, call.now)
        uow.commit()
    return bulletin


def edit(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    draft: Draft,
    expected_version: int,
    call: Call,
    ends_autosave: bool = False,
    paper: OfficialPaper | None = None,
) -> Bulletin:
    """Save the next version, in state draft. An approved bulletin is withdrawn, and needs approval again.

    ``ends_autosave``: what the actor has typed so far in its form is what is saved here. ``paper``: None leaves the
    official paper that it was made from as it was.

    Raises:
        NotFoundError, ConflictError, NotPossibleError, FrozenError: see their remedies.
        NotAllowedError: the actor may not write in every target area, old and new, or not withdraw what is approved.
        InvalidError: with every problem of the draft.
    """
    with uow:
        old = _current(uow, bulletin_id, expected_version, call)
        bulletin = rewrite(uow, old, draft=draft, call=call)
        _put_paper(uow, bulletin.id, paper)
        if ends_autosave:
            uow[Autosaves].end(call.actor.user_id, bulletin.id, call.now)
        uow.commit()
    return bulletin


def delete(uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call) -> Bulletin:
    """Delete a draft: it leaves every list, and its sound is no longer made. :func:`restore` takes that back.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    with uow:
        old = _current(uow, bulletin_id, expected_version, call)
        deleted = revised(old, BulletinAction.DELETE, call.now)
        if old.sound.state is SoundState.MAKING:
            uow.jobs.cancel(old.sound.job_id)
            deleted = replace(deleted, sound=Sound())
        uow[Bulletins].save(deleted)
        uow[Autosaves].end(call.actor.user_id, deleted.id, call.now)
        uow.record(event_of("deleted", deleted, call.actor))
        deleted = follow(uow, old, deleted, call.now)
        uow.commit()
    return deleted


def restore(uow: UnitOfWork, bulletin_id: BulletinId, *, expected_version: int, call: Call) -> Bulletin:
    """Restore a deleted draft as it was; a sound that was not finished is made.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    with uow:
        old = _current(uow, bulletin_id, expected_version, call)
        plain = revised(old, BulletinAction.RESTORE, call.now)
        restored = replace(plain, sound=_sound_for(uow, plain))
        uow[Bulletins].save(restored)
        uow.record(event_of("restored", restored, call.actor))
        restored = follow(uow, old, restored, call.now)
        uow.commit()
    return restored


def _put_paper(uow: UnitOfWork, bulletin_id: BulletinId, paper: OfficialPaper | None) -> None:
    if paper is None:
        return
    refuse(problems_of_paper(paper))
    if paper == OfficialPaper():
        uow[BulletinPapers].remove(bulletin_id)
    else:
        uow[BulletinPapers].put(BulletinPaper(bulletin_id, paper))


def _current(uow: UnitOfWork, bulletin_id: BulletinId, expected_version: int, call: Call) -> Bulletin:
    found = uow[Bulletins].get(bulletin_id)
    call.require(Action.BULLETIN_WRITE, found.targets.areas, uow[Places].tree())
    require_current(found, expected_version)
    return found


def require_editor(uow: UnitOfWork, bulletin: Bulletin, call: Call) -> None:
    """Require, within a unit of work, that the actor may change its content; this withdraws an approved one.

    Raises:
        NotAllowedError: the actor may not.
    """
    tree = uow[Places].tree()
    call.require(Action.BULLETIN_WRITE, bulletin.targets.areas, tree)
    if bulletin.status in AIRING:
        call.require(Action.BULLETIN_WITHDRAW, bulletin.targets.areas, tree)


def rewrite(uow: UnitOfWork, old: Bulletin, *, draft: Draft, call: Call) -> Bulletin:
    """Do :func:`edit` on the version that the caller has read, saved within its unit of work."""
    require_editor(uow, old, call)
    next_status(old.status, BulletinAction.EDIT)
    require_time_left(uow, old.id, override="", call=call)
    is_same = draft.original_sha256 == old.original_sha256
    _check(uow, draft, call, original_ms=old.original_ms if is_same else None, old=old)
    typed = _typed(uow, draft, call.now)
    plain = revised(
        old, BulletinAction.EDIT, call.now, editors=with_hands(old, call.actor.user_id), proposal=None, **typed
    )
    bulletin = replace(plain, sound=_sound_for(uow, plain))
    uow[Bulletins].save(bulletin)
    language_versions.note_change(uow, old, bulletin)
    cancelled = take_back(uow, bulletin.id, call.now)
    uow.record(event_of("edited", bulletin, call.actor, cancelled=cancelled))
    return follow(uow, old, bulletin, call.now)


def _check(
    uow: UnitOfWork, draft: Draft, call: Call, *, original_ms: int | None = None, old: Bulletin | None = None
) -> None:
    tree = uow[Places].tree()
    # Places that do not exist are a mistake in the input, not a question of rights.
    call.require(Action.BULLETIN_WRITE, [a for a in draft.targets.areas if a in tree], tree)
    problems = [*problems_of(draft, tree, local_date(call.now))]
    problems += set_problems(draft.schedules, own_sets(uow, draft.schedules))
    if draft.original_sha256:
        problems += problems_of_cues(draft.cues, original_ms)
    length_ms = estimated_ms(draft.text) if draft.relay is None else draft.relay.length_ms
    problems += session_problems(uow, draft.schedules, draft.targets, call.now, length_ms=length_ms, old=old)
    if draft.relay is not None and uow[RelaySources].find(draft.relay.source_id) is None:
        problems.append(Problem("relay.source_id", "RELAY_SOURCE_UNKNOWN"))
    refuse(problems)


def _sound_for(uow: UnitOfWork, bulletin: Bulletin) -> Sound:
    """Return its sound if made (or being made) from the current content; else start a new job and cancel the old."""
    sound, wanted = bulletin.sound, bulletin.sound_input
    has_something_to_say = bool(bulletin.original_sha256 or bulletin.text.strip())
    if sound.made_from == wanted and sound.state in (SoundState.MAKING, SoundState.READY) and has_something_to_say:
        return sound
    if sound.state is SoundState.MAKING:
        uow.jobs.cancel(sound.job_id)
    if not has_something_to_say:
        return Sound()
    job_id = uow.jobs.add(JobKind.MAKE_SOUND, bulletin.id, {"made_from": wanted})
    return Sound(state=SoundState.MAKING, made_from=wanted, job_id=job_id, renditions=_kept(bulletin))


def _kept(bulletin: Bulletin) -> tuple[Rendition, ...]:
    """Return the outline of an unchanged recording: its cues can be set while the sound is being made."""
    is_same = bool(bulletin.original_sha256) and bulletin.sound.made_from.startswith(
        f"audio:{bulletin.original_sha256}"
    )
    outline = bulletin.sound.rendition(OUTLINE) if is_same else None
    return () if outline is None else (outline,)


def reading_of(
    uow: UnitOfWork, *, text: str, language: str, sayings: tuple[Saying, ...], areas: tuple[AreaId, ...]
) -> Reading:
    """Read a text with the dictionary of all of these areas, within a unit of work. Vietnamese only."""
    if language != VIETNAMESE:
        return Reading(text, ())
    return read(text, (*map(tidy, sayings), *known_sayings(uow, areas)))


def _typed(uow: UnitOfWork, draft: Draft, now: datetime) -> dict[str, Any]:
    reading = reading_of(
        uow, text=draft.text, language=draft.language, sayings=draft.sayings, areas=draft.targets.areas
    )
    own: dict[str, Any] = {"text": reading.text, "changes": reading.changes, "sayings": tuple(map(tidy, draft.sayings))}
    own["cues"] = draft.cues if draft.original_sha256 else Cues()
    own["transcript"] = draft.transcript.strip() if draft.original_sha256 else ""
    own["schedules"] = all_closed(settled(uow, draft.schedules), own_sets(uow, draft.schedules), now)
    title = " ".join(draft.title.split())
    # The text of a relay is what stands in where its stream is lost: nothing for a board.
    own["board"] = board_text.settled(draft.board, title, draft.text if draft.relay is None else "")
    return {**columns_of(draft), "title": title, **own}
