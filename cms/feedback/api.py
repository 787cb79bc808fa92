"""Register of citizens' feedback."""

from collections.abc import Callable
from typing import Any

from flask import Response
from pydantic import AwareDatetime, BaseModel, Field

from broadcast.feedback.model import Channel, Feedback, FeedbackId, FeedbackKind, FeedbackState
from cms.feedback.queries import FeedbackFilter, feedback_list
from cms.feedback.repository import FeedbackRegister
from cms.feedback.service import public_form, register
from cms.feedback.service.register import CONTACT_MAX, TEXT_MAX, FeedbackDraft
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import Paged, answer
from cms.platform.api.strict import Id, Output, Strict, fields_of
from province.people import Action
from province.policy import may


class FeedbackPath(BaseModel):
    feedback_id: str = Field(max_length=80)


class FeedbackQuery(BaseModel):
    state: FeedbackState | None = None
    kind: FeedbackKind | None = None
    cursor: str = Field(default="", max_length=100)
    limit: int = Field(default=50, ge=1, le=200)


class FeedbackBody(Strict):
    """``text`` names no person; ``contact`` does, and is forgotten when the feedback is closed."""

    area_id: Id
    channel: Channel
    kind: FeedbackKind = FeedbackKind.OTHER
    text: str = Field(max_length=TEXT_MAX)
    said_at: AwareDatetime
    contact: str = Field(default="", max_length=CONTACT_MAX)
    bulletin_id: Id | None = None
    device_id: Id | None = None


class AnswerBody(Strict):
    answer: str = Field(max_length=TEXT_MAX)


class PublishBody(Strict):
    """The question as everybody reads it: without names, numbers and addresses of persons."""

    text: str = Field(max_length=TEXT_MAX)


@fields_of(Feedback, hidden=("taken_by", "contact", "answered_by", "closed_by", "code_hash", "published_by"))
class FeedbackOut(Output):
    is_from_public: bool


class FeedbackWithContactOut(FeedbackOut):
    contact: str = Field(description="For whoever answers there, when this one is asked for; else empty")


@routes.get("/feedback", summary="What citizens said where you may read", responses={200: Paged[FeedbackOut]})
def list_feedback(query: FeedbackQuery) -> Response:
    with caller.reading(Action.FEEDBACK_READ) as (uow, tree):
        mine = caller.areas_where(Action.FEEDBACK_READ, tree)
        chosen = FeedbackFilter(query.state, query.kind)
        found = feedback_list(uow.session, mine, chosen, after=query.cursor, limit=query.limit)
    return answer(Paged[FeedbackOut].model_validate({"items": found.rows, "next": found.next_cursor}))


@routes.post("/feedback", summary="Note what a citizen said", responses={201: FeedbackOut})
def take_feedback_down(body: FeedbackBody) -> Response:
    feedback_id = FeedbackId(caller.context().new_id())
    return idempotency.created(
        "feedback",
        lambda uow: register.take_down(uow, feedback_id, draft=body.build(FeedbackDraft), call=caller.call()),
        lambda uow: uow[FeedbackRegister].get(feedback_id),
        # Without the contact: the answer is stored for repeated requests.
        idempotency.saying(FeedbackOut),
    )


@routes.get("/feedback/<feedback_id>", summary="One citizen's feedback", responses={200: FeedbackWithContactOut})
def get_feedback(path: FeedbackPath) -> Response:
    found, may_answer = _seen(path.feedback_id)
    shown = FeedbackWithContactOut.model_validate(found)
    if not may_answer:
        shown.contact = ""
    return answer(shown, version=found.version)


@routes.put("/feedback/<feedback_id>", summary="Put right what was noted; needs If-Match", responses={200: FeedbackOut})
def correct_feedback(path: FeedbackPath, body: FeedbackBody) -> Response:
    return _stepped(path, register.correct, is_required=True, draft=body.build(FeedbackDraft))


@routes.post("/feedback/<feedback_id>/answer", summary="What the citizen was told", responses={200: FeedbackOut})
def answer_feedback(path: FeedbackPath, body: AnswerBody) -> Response:
    return _stepped(path, register.answer, text=body.answer)


@routes.post("/feedback/<feedback_id>/close", summary="Close it, and forget the contact", responses={200: FeedbackOut})
def close_feedback(path: FeedbackPath) -> Response:
    return _stepped(path, register.close)


@routes.post("/feedback/<feedback_id>/publish", summary="Show it on the public page", responses={200: FeedbackOut})
def publish_feedback(path: FeedbackPath, body: PublishBody) -> Response:
    return _stepped(path, public_form.publish, text=body.text)


@routes.post("/feedback/<feedback_id>/hide", summary="Take it off the public page", responses={200: FeedbackOut})
def hide_feedback(path: FeedbackPath) -> Response:
    return _stepped(path, public_form.hide)


def _stepped(path: FeedbackPath, act: Callable[..., Feedback], **more: Any) -> Response:
    found, _ = _seen(path.feedback_id)
    return versions.stepped(FeedbackOut, act, found, **more)


def _seen(feedback_id: str) -> tuple[Feedback, bool]:
    """Return the feedback, and whether the caller may answer it. Raises NotFoundError if there is none to read."""
    with caller.reading(Action.FEEDBACK_READ) as (uow, tree):
        found = uow[FeedbackRegister].get(FeedbackId(feedback_id))
    found = caller.seen(found, Action.FEEDBACK_READ, tree, "feedback", feedback_id)
    return found, may(caller.actor(), Action.FEEDBACK_ANSWER, found.area_id, tree)
