"""Register of citizens' feedback: taken down, corrected, answered, closed.

Events name the action and the kind of feedback, never its text or contact: the log is never deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from broadcast.bulletins.model import BulletinId, Targets
from broadcast.bulletins.targeting import reaches
from broadcast.feedback.model import Channel, Feedback, FeedbackAction, FeedbackId, FeedbackKind, next_state
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import area_problems
from cms.feedback.repository import FeedbackRegister
from cms.fleet.repository.devices import Devices
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ConflictError, Problem, refuse, too_long
from province.events import Event
from province.people import Action, Actor
from province.wall_clock import local_date

TEXT_MAX: Final = 5000
CONTACT_MAX: Final = 200
SAID_WITHIN: Final = timedelta(days=366)
DONE: Final = {
    FeedbackAction.ANSWER: "answered",
    FeedbackAction.CLOSE: "closed",
    FeedbackAction.PUBLISH: "published",
    FeedbackAction.HIDE: "hidden",
}
"""Name of the event of each step."""


@dataclass(frozen=True, slots=True)
class FeedbackDraft:
    """Feedback as an official enters it. ``bulletin_id`` and ``device_id``: its subject, where it names one."""

    area_id: AreaId
    channel: Channel
    kind: FeedbackKind
    text: str
    said_at: datetime
    contact: str = ""
    bulletin_id: BulletinId | None = None
    device_id: DeviceId | None = None


def take_down(uow: UnitOfWork, feedback_id: FeedbackId, *, draft: FeedbackDraft, call: Call) -> Feedback:
    """Register feedback. Idempotent for the same id and person: a form may be sent twice.

    Raises:
        NotAllowedError: the actor answers no feedback in that area.
        InvalidError: with everything wrong with it.
        ConflictError: another person's has that id.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.FEEDBACK_ANSWER, [draft.area_id] if draft.area_id in tree else (), tree)
        known = uow[FeedbackRegister].find(feedback_id)
        if known is not None:
            if known.taken_by != call.actor.user_id:
                raise ConflictError("feedback", feedback_id, 0, known.version)
            return known
        noted = typed(uow, draft, tree, call.now)
        taken = Feedback(
            id=feedback_id, taken_by=call.actor.user_id, taken_by_name=call.actor.name, taken_at=call.now, **noted
        )
        uow[FeedbackRegister].add(taken)
        uow.record(event_of("taken_down", taken, call.actor, call.now))
        uow.commit()
    return taken


def correct(
    uow: UnitOfWork, feedback_id: FeedbackId, *, draft: FeedbackDraft, expected_version: int, call: Call
) -> Feedback:
    """Correct registered feedback; the text before is not kept, as it may have named a person.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor answers no feedback in its area, or in the area it is moved to.
        InvalidError: with everything wrong with it.
    """
    with uow:
        old = _held(uow, feedback_id, FeedbackAction.CORRECT, seen=expected_version, call=call)
        tree = uow[Places].tree()
        if draft.area_id in tree:
            call.require(Action.FEEDBACK_ANSWER, [draft.area_id], tree)
        noted = typed(uow, draft, tree, call.now, old=old)
        new = _stepped(old, FeedbackAction.CORRECT, **noted)
        uow[FeedbackRegister].save(new)
        before = {"area_before": old.area_id, "kind_before": old.kind.value}
        uow.record(event_of("corrected", new, call.actor, call.now, **before))
        uow.commit()
    return new


def answer(uow: UnitOfWork, feedback_id: FeedbackId, *, text: str, expected_version: int, call: Call) -> Feedback:
    """Store the answer given to the citizen; a later answer replaces the text, not the time of the first.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: the answer is empty or too long.
    """

    def told(old: Feedback) -> dict[str, Any]:
        answered = text_of("answer", text)
        by = {"answered_by": call.actor.user_id, "answered_by_name": call.actor.name}
        return {"answer": answered, "answered_at": old.answered_at or call.now, **by}

    return step(uow, feedback_id, FeedbackAction.ANSWER, expected_version, told, call=call)


def close(uow: UnitOfWork, feedback_id: FeedbackId, *, expected_version: int, call: Call) -> Feedback:
    """Close feedback and delete its contact.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    closer = {"closed_at": call.now, "closed_by": call.actor.user_id, "closed_by_name": call.actor.name, "contact": ""}
    return step(uow, feedback_id, FeedbackAction.CLOSE, expected_version, lambda _: closer, call=call)


def step(
    uow: UnitOfWork,
    feedback_id: FeedbackId,
    action: FeedbackAction,
    expected_version: int,
    changes: Callable[[Feedback], dict[str, Any]],
    *,
    call: Call,
) -> Feedback:
    """Do one of ``DONE`` on the version that the actor saw: apply the fields of ``changes`` and record its event.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    with uow:
        old = _held(uow, feedback_id, action, seen=expected_version, call=call)
        new = _stepped(old, action, **changes(old))
        uow[FeedbackRegister].save(new)
        uow.record(event_of(DONE[action], new, call.actor, call.now))
        uow.commit()
    return new


def _held(uow: UnitOfWork, feedback_id: FeedbackId, action: FeedbackAction, *, seen: int, call: Call) -> Feedback:
    """Return the feedback that the actor may now do the action on, in the version seen.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    old = uow[FeedbackRegister].get(feedback_id)
    call.require(Action.FEEDBACK_ANSWER, [old.area_id], uow[Places].tree())
    if old.version != seen:
        raise ConflictError("feedback", old.id, seen, old.version)
    next_state(old.state, action)
    return old


def _stepped(old: Feedback, action: FeedbackAction, **changes: Any) -> Feedback:
    return replace(old, state=next_state(old.state, action), version=old.version + 1, **changes)


def typed(
    uow: UnitOfWork, draft: FeedbackDraft, tree: AreaTree, now: datetime, old: Feedback | None = None
) -> dict[str, Any]:
    """Return the fields that a draft fills. Raises InvalidError with everything wrong with it."""
    text, contact = draft.text.strip(), draft.contact.strip()
    problems = _text_problems("text", text)
    problems += too_long("contact", contact, CONTACT_MAX)
    if draft.said_at > now:
        problems.append(Problem("said_at", "IN_FUTURE"))
    elif draft.said_at < now - SAID_WITHIN and (old is None or old.said_at != draft.said_at):
        problems.append(Problem("said_at", "TOO_LONG_AGO", {"max": SAID_WITHIN.days}))
    if old is None or old.area_id != draft.area_id:
        problems += area_problems(draft.area_id, "area", tree, local_date(now))
    title, name = "", ""
    if draft.area_id in tree:
        title = _title(uow, draft, tree, problems)
        name = _name(uow, draft, tree, problems)
    refuse(problems)
    found = {"text": text, "contact": contact, "bulletin_title": title, "device_name": name}
    return {**columns_of(draft), **found}


def _title(uow: UnitOfWork, draft: FeedbackDraft, tree: AreaTree, problems: list[Problem]) -> str:
    """Return the bulletin's title if it was meant for that place; for others it is unknown, so as not to reveal it."""
    if draft.bulletin_id is None:
        return ""
    bulletin = uow[Bulletins].find(draft.bulletin_id)
    if bulletin is None or not _is_meant_for(bulletin.targets, draft.area_id, tree):
        problems.append(Problem("bulletin", "BULLETIN_UNKNOWN"))
        return ""
    return bulletin.title


def _is_meant_for(targets: Targets, area_id: AreaId, tree: AreaTree) -> bool:
    below = (target for target in targets.areas if target in tree and tree.is_within(target, area_id))
    return reaches(targets, tree, area_id) or any(below)


def _name(uow: UnitOfWork, draft: FeedbackDraft, tree: AreaTree, problems: list[Problem]) -> str:
    """Return the device's name if it stands there."""
    if draft.device_id is None:
        return ""
    device = uow[Devices].find(draft.device_id)
    if device is None or not tree.is_within(device.area_id, draft.area_id):
        problems.append(Problem("device", "DEVICE_UNKNOWN"))
        return ""
    return device.name


def text_of(field: str, text: str) -> str:
    """Return the text stripped. Raises InvalidError where it is empty or too long."""
    worded = text.strip()
    refuse(_text_problems(field, worded))
    return worded


def _text_problems(field: str, text: str) -> list[Problem]:
    return too_long(field, text, TEXT_MAX) if text else [Problem(field, "MISSING")]


def event_of(name: str, feedback: Feedback, actor: Actor, now: datetime, **more: object) -> Event:
    told = {"area": feedback.area_id, "channel": feedback.channel.value, "kind": feedback.kind.value}
    about = {"bulletin": feedback.bulletin_id or "", "device": feedback.device_id or ""}
    return Event.of(actor, f"feedback.{name}", feedback.id, now, **told, **about, **more)
