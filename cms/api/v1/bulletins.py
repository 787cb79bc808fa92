"""Writing bulletins and taking them through review."""

from __future__ import annotations

import dataclasses
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request, url_for
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from broadcast.errors import NotAllowedError
from broadcast.model.bulletins import Bulletin, BulletinId, Targets
from broadcast.model.people import Action
from broadcast.model.schedules import Move, Schedule
from broadcast.use_cases import drafting, reviewing, submitting, withdrawing
from broadcast.use_cases.draft import Draft
from cms.accounts.reading import require_readable
from cms.api.v1 import idempotency
from cms.api.v1.caller import actor, context, etag_of, seen_version
from cms.api.v1.schemas import BulletinBody, BulletinOut, BulletinPatch, Problem, ReasonBody, ScheduleBody, UploadOut
from devices.areas import AreaId

_TAG = [Tag(name="bulletins", description="From draft to the loudspeaker")]
_REFUSALS: dict[str | int | HTTPStatus, Any] = dict.fromkeys((401, 403, 404, 412, 422, 428), Problem)


class BulletinPath(BaseModel):
    """Which bulletin."""

    bulletin_id: str


def install(api: APIBlueprint) -> None:  # noqa: C901 - a list of routes
    """The routes of this module."""

    @api.post("/bulletins", tags=_TAG, summary="Write a bulletin", responses={201: BulletinOut, **_REFUSALS})
    def create_bulletin(body: BulletinBody) -> Response:
        bulletin_id = BulletinId(idempotency.new_id())
        try:
            made = drafting.create(context().uow(), draft=_draft(body), new_id=lambda: bulletin_id, **_who())
        except IntegrityError:
            # An earlier try with this key got as far as the commit; its answer was lost.
            with context().uow() as unit:
                made = unit.bulletins.get(bulletin_id)
            if made.author_id != actor().user_id:
                raise
        answer = shown(made)
        answer.status_code = HTTPStatus.CREATED
        answer.headers["Location"] = url_for("api_v1.get_bulletin", bulletin_id=made.id)
        return answer

    @api.get(
        "/bulletins/<string:bulletin_id>", tags=_TAG, summary="Read one", responses={200: BulletinOut, **_REFUSALS}
    )
    def get_bulletin(path: BulletinPath) -> Response:
        return shown(readable(path.bulletin_id)).make_conditional(request)

    @api.patch(
        "/bulletins/<string:bulletin_id>", tags=_TAG, summary="Change it", responses={200: BulletinOut, **_REFUSALS}
    )
    def change_bulletin(path: BulletinPath, body: BulletinPatch) -> Response:
        old = readable(path.bulletin_id)
        draft = dataclasses.replace(_draft_of(old), **_changes(body))
        return shown(drafting.edit(context().uow(), old.id, draft=draft, expected_version=seen_version(), **_who()))

    @api.post(
        "/bulletins/<string:bulletin_id>/submit",
        tags=_TAG,
        summary="Send for review",
        responses={200: BulletinOut, **_REFUSALS},
    )
    def submit_bulletin(path: BulletinPath) -> Response:
        return shown(
            submitting.submit(context().uow(), readable(path.bulletin_id).id, expected_version=seen_version(), **_who())
        )

    @api.post(
        "/bulletins/<string:bulletin_id>/approve",
        tags=_TAG,
        summary="Approve",
        responses={200: BulletinOut, **_REFUSALS},
    )
    def approve_bulletin(path: BulletinPath) -> Response:
        return shown(
            reviewing.approve(
                context().uow(),
                readable(path.bulletin_id).id,
                expected_version=seen_version(),
                new_id=context().new_id,
                **_who(),
            )
        )

    @api.post(
        "/bulletins/<string:bulletin_id>/return",
        tags=_TAG,
        summary="Return to its author",
        responses={200: BulletinOut, **_REFUSALS},
    )
    def return_bulletin(path: BulletinPath, body: ReasonBody) -> Response:
        return shown(
            reviewing.return_(
                context().uow(),
                readable(path.bulletin_id).id,
                reason=body.reason,
                expected_version=seen_version(),
                **_who(),
            )
        )

    @api.post(
        "/bulletins/<string:bulletin_id>/reject",
        tags=_TAG,
        summary="Reject for good",
        responses={200: BulletinOut, **_REFUSALS},
    )
    def reject_bulletin(path: BulletinPath, body: ReasonBody) -> Response:
        return shown(
            reviewing.reject(
                context().uow(),
                readable(path.bulletin_id).id,
                reason=body.reason,
                expected_version=seen_version(),
                **_who(),
            )
        )

    @api.post(
        "/bulletins/<string:bulletin_id>/withdraw",
        tags=_TAG,
        summary="Take back",
        responses={200: BulletinOut, **_REFUSALS},
    )
    def withdraw_bulletin(path: BulletinPath) -> Response:
        return shown(
            withdrawing.withdraw(
                context().uow(), readable(path.bulletin_id).id, expected_version=seen_version(), **_who()
            )
        )

    @api.post(
        "/uploads",
        tags=_TAG,
        summary="Upload a recording as the request's body",
        responses={201: UploadOut, **_REFUSALS},
    )
    def upload_recording() -> Response:
        with context().uow() as unit:
            context().authority.require(actor(), Action.BULLETIN_WRITE, (), unit.places.tree())
        stored = context().content.put_stream(request.stream, context().settings.upload_max_mb * 1024 * 1024)
        answer = jsonify({"sha256": stored.sha256, "bytes": stored.bytes})
        answer.status_code = HTTPStatus.CREATED
        return answer


def readable(bulletin_id: str) -> Bulletin:
    """The bulletin if the caller may read it. Raises NotFoundError, NotAllowedError."""
    with context().uow() as unit:
        found = unit.bulletins.get(BulletinId(bulletin_id))
        tree = unit.places.tree()
        context().authority.require(actor(), Action.BULLETIN_READ, (), tree)
        require_readable(actor(), found, tree)
        return found


def shown(bulletin: Bulletin) -> Response:
    """As the API tells it, with its version as ETag."""
    answer = jsonify(BulletinOut.model_validate(_plain(bulletin)).model_dump(mode="json"))
    answer.headers["ETag"] = etag_of(bulletin.version)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _who() -> dict[str, Any]:
    return {"actor": actor(), "authority": context().authority, "now": context().now()}


def _plain(bulletin: Bulletin) -> dict[str, Any]:
    names = set(BulletinOut.model_fields)
    found = {k: v for k, v in dataclasses.asdict(bulletin).items() if k in names}
    found["sound"]["renditions"] = list(found["sound"]["renditions"])
    return found


def _draft(body: BulletinBody) -> Draft:
    typed = {name: getattr(body, name) for name in BulletinBody.model_fields if name not in {"targets", "schedules"}}
    return Draft(**typed, targets=_targets(body), schedules=_schedules(body.schedules))


def _draft_of(bulletin: Bulletin) -> Draft:
    return Draft(**{field.name: getattr(bulletin, field.name) for field in dataclasses.fields(Draft)})


def _changes(body: BulletinPatch) -> dict[str, Any]:
    """What was sent, null included where null means something (the validity's ends)."""
    changes: dict[str, Any] = {}
    for name in body.model_fields_set:
        value = getattr(body, name)
        if value is None and name not in {"valid_from_at", "valid_until_at"}:
            continue
        changes[name] = value
    if body.targets is not None:
        changes["targets"] = _targets(body)
    if body.schedules is not None:
        changes["schedules"] = _schedules(body.schedules)
    return changes


def _targets(body: BulletinBody | BulletinPatch) -> Targets:
    assert body.targets is not None
    return Targets(
        tuple(AreaId(area_id) for area_id in body.targets.areas),
        tuple(AreaId(area_id) for area_id in body.targets.exclude),
    )


def _schedules(bodies: list[ScheduleBody]) -> tuple[Schedule, ...]:
    return tuple(
        Schedule(
            id=body.id or f"s{number}",
            starts=body.starts,
            rrule=body.rrule,
            except_on=tuple(body.except_on),
            moves=tuple(Move(move.on, move.to) for move in body.moves),
            zone=body.zone,
        )
        for number, body in enumerate(bodies, start=1)
    )


__all__ = ["NotAllowedError", "install", "readable", "shown"]
