"""Steps of a bulletin: submit, approve, return, reject, withdraw; and the preflight before them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.remarks import NoteId
from cms.bulletins.api import bodies as bulletin_bodies
from cms.bulletins.api.bulletins import BulletinPath, readable
from cms.bulletins.api.review_schemas import ReturnBody, SettleBody
from cms.bulletins.api.schemas import BulletinOut, FillBody, PreflightOut, ReasonBody
from cms.bulletins.service import preflight as preflight_service
from cms.bulletins.service import remarks, review, submission, withdrawal
from cms.bulletins.service.remarks import NoteDraft
from cms.platform.api import caller, versions
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.schedule.service import slot_placement

_OUT: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {200: BulletinOut}


class NotePath(BulletinPath):
    note_id: str = Field(max_length=40)


class ApproveQuery(BaseModel):
    content_sha256: str = Field(
        default="",
        max_length=64,
        description="The digest that the preflight gave: refused with CONTENT_CHANGED where it differs by now",
    )


class OverrideQuery(BaseModel):
    override: str = Field(default="", max_length=2000, description="Why what is about to air is changed all the same")


@routes.post("/bulletins/<bulletin_id>/submit", summary="Hand it over for review", responses=_OUT)
def submit_bulletin(path: BulletinPath) -> Response:
    return act_on(path, submission.submit)


@routes.post("/bulletins/<bulletin_id>/approve", summary="Approve it, as another person", responses=_OUT)
def approve_bulletin(path: BulletinPath, query: ApproveQuery) -> Response:
    """Exactly what was heard: give the preflight's ``content_sha256``.

    The sounds around a bulletin may change without a new version of it.
    """
    return act_on(path, review.approve, seen_sha256=query.content_sha256)


@routes.post("/bulletins/<bulletin_id>/fill", summary="Place it anew within your slots", responses=_OUT)
def fill_slot(path: BulletinPath, body: FillBody) -> Response:
    """Content, places and sound stay as they were approved."""
    schedules = bulletin_bodies.schedules_of(body.schedules)
    return act_on(path, slot_placement.fill, schedules=schedules)


@routes.post("/bulletins/<bulletin_id>/return", summary="Return it to its author, with the reason", responses=_OUT)
def return_bulletin(path: BulletinPath, body: ReturnBody) -> Response:
    notes = [NoteDraft(each.text, each.quote, each.near) for each in body.notes]
    return act_on(path, review.return_, reason=body.reason, notes=notes)


@routes.post("/bulletins/<bulletin_id>/reject", summary="Reject it for good, with the reason", responses=_OUT)
def reject_bulletin(path: BulletinPath, body: ReasonBody) -> Response:
    return act_on(path, review.reject, reason=body.reason)


@routes.post("/bulletins/<bulletin_id>/notes/<note_id>", summary="Tick a remark off, or open it again", responses=_OUT)
def settle_note(path: NotePath, body: SettleBody) -> Response:
    context, found = caller.context(), readable(path.bulletin_id)
    settled = remarks.settle(context.uow(), found.id, NoteId(path.note_id), is_done=body.is_done, call=caller.call())
    return bulletin_bodies.answer(settled)


@routes.post("/bulletins/<bulletin_id>/withdraw", summary="Take it back", responses=_OUT)
def withdraw_bulletin(path: BulletinPath, query: OverrideQuery) -> Response:
    """Within the freeze before air only with a reason, by whoever may override."""
    return act_on(path, withdrawal.withdraw, override=query.override)


@routes.get("/bulletins/<bulletin_id>/preflight", summary="What it would change", responses={200: PreflightOut})
def preflight(path: BulletinPath) -> Response:
    """Area by area and day by day, as if it were approved now."""
    context, found = caller.context(), readable(path.bulletin_id)
    ahead = preflight_service.preflight(context.uow.reading(), found.id, call=caller.call())
    return jsonify(
        areas=list(ahead.areas),
        devices=sum(ahead.devices.values()),
        offline=sum(ahead.offline.values()),
        days=[plain(day) for day in ahead.days],
        clashes=[{**plain(clash), "is_blocking": clash.is_blocking} for clash in ahead.clashes],
        is_clear=not any(clash.is_blocking for clash in ahead.clashes),
        is_estimate=ahead.is_estimate,
        content_sha256=ahead.content_sha256,
    )


def act_on(path: BulletinPath, act: Callable[..., Bulletin], **details: Any) -> Response:
    """Do ``act`` to the version of If-Match, once per idempotency key, and answer with the resulting bulletin."""
    found = readable(path.bulletin_id)
    version = versions.expected_version(found.version)
    return bulletin_bodies.once(
        found.id, 200, lambda uow: act(uow, found.id, expected_version=version, call=caller.call(), **details)
    )
