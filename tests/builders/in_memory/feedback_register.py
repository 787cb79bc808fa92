"""Citizen's feedback in the small province, and an official's steps with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from broadcast.feedback.model import Channel, Feedback, FeedbackId, FeedbackKind
from cms.feedback.service import register
from cms.feedback.service.register import FeedbackDraft
from province.people import Actor
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, NOW

SAID_AT = NOW - timedelta(hours=2)
FEEDBACK = Feedback(
    id=FeedbackId("f1"),
    area_id=C1,
    channel=Channel.PHONE,
    kind=FeedbackKind.NOISE,
    text="Loa đầu ngõ to quá.",
    said_at=SAID_AT,
    taken_by=AUTHOR.user_id,
    taken_by_name=AUTHOR.name,
    taken_at=NOW,
)


def words(**more: Any) -> FeedbackDraft:
    fields: dict[str, Any] = {
        "area_id": C1,
        "channel": Channel.PHONE,
        "kind": FeedbackKind.NOISE,
        "text": " Loa đầu ngõ to quá. ",
        "said_at": SAID_AT,
    }
    return FeedbackDraft(**{**fields, **more})


def take_down(world: World, feedback_id: str = "f1", *, by: Actor = AUTHOR, **more: Any) -> Feedback:
    return register.take_down(world.store(), FeedbackId(feedback_id), draft=words(**more), call=world.call(by, NOW))


def step(world: World, act: Any, found: Feedback, *, by: Actor = AUTHOR, at: Any = NOW, **more: Any) -> Feedback:
    """Run one of ``correct``, ``answer`` and ``close``."""
    details = with_call(
        {"expected_version": found.version, "actor": by, "authority": world.authority, "now": at, **more}
    )
    done: Feedback = act(world.store(), found.id, **details)
    return done
