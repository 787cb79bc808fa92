"""Citizens' feedback, recorded by the commune's official: builders for tests of screens, reports and API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from broadcast.feedback.model import Channel, Feedback, FeedbackId, FeedbackKind
from cms.feedback.service import register
from cms.feedback.service.register import FeedbackDraft
from tests.console import COMMUNE, Console


def noted(
    console: Console, *, by: str = "operator", is_answered: bool = False, at: datetime | None = None, **more: Any
) -> Feedback:
    """Record feedback given two hours earlier; if answered, an hour after it was given."""
    context, now = console.context, at or console.clock()
    fields: dict[str, Any] = {
        "area_id": COMMUNE,
        "channel": Channel.PHONE,
        "kind": FeedbackKind.NOISE,
        "text": "Loa đầu ngõ to quá.",
        "said_at": now - timedelta(hours=2),
    }
    made = register.take_down(
        context.uow(),
        FeedbackId(context.new_id()),
        draft=FeedbackDraft(**{**fields, **more}),
        call=context.call(console.actor(by), now),
    )
    return answered(console, made, now + timedelta(hours=1), by=by) if is_answered else made


def answered(console: Console, found: Feedback, at: datetime, *, by: str = "operator") -> Feedback:
    context = console.context
    return register.answer(
        context.uow(),
        found.id,
        text="Đã chỉnh nhỏ lại.",
        expected_version=found.version,
        call=context.call(console.actor(by), at),
    )
