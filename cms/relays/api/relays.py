"""Relay sources: radio programmes that may be relayed."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from broadcast.relays.model import Health, Licence, RelaySource, RelaySourceId, SourceKind, SourceState, StreamForm
from cms.bulletins.api.schemas import Id
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Output, Strict
from cms.relays.api.schemas import LicenceBody
from cms.relays.repository import RelaySources
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas


class SourcePath(BaseModel):
    source_id: str = Field(max_length=80)


class SourceBody(Strict):
    """``urls`` hold the same programme and are tried in turn."""

    area_id: Id
    name: str = Field(max_length=300)
    kind: SourceKind
    owner: str = Field(default="", max_length=300)
    form: StreamForm
    urls: list[str] = Field(max_length=20)
    licence: LicenceBody = LicenceBody()


class WhyBody(Strict):
    why: str = Field(max_length=2000)


class HealthOut(Output):
    health: Health
    checked_at: datetime
    since_at: datetime
    detail: str


class SourceOut(Output):
    id: str
    version: int
    area_id: str
    name: str
    kind: SourceKind
    owner: str
    form: StreamForm
    urls: list[str]
    licence: LicenceBody
    state: SourceState
    written_by_name: str
    changed_at: datetime
    approved_by_name: str
    approved_at: datetime | None
    suspended_by_name: str
    suspended_why: str


class SourceWithHealthOut(SourceOut):
    health: HealthOut | None = Field(default=None, description="How the server last heard it; null: not yet")


@routes.get(
    "/relay-sources", summary="What may be relayed where you may read", responses={200: Lines[SourceWithHealthOut]}
)
def list_relay_sources() -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        mine = visible_areas(caller.actor(), Action.BULLETIN_READ, tree)
        found = [each for each in uow[RelaySources].all() if each.area_id in mine]
        health = {each.source_id: HealthOut.model_validate(each) for each in uow[RelaySources].health()}
    items = [SourceWithHealthOut.model_validate(each) for each in found]
    for item in items:
        item.health = health.get(RelaySourceId(item.id))
    return answer(Lines[SourceWithHealthOut](items=items))


@routes.post("/relay-sources", summary="Write a source down", responses={201: SourceOut})
def write_relay_source(body: SourceBody) -> Response:
    source_id = RelaySourceId(caller.context().new_id())
    return idempotency.created(
        "relay-sources",
        lambda uow: sources.write_down(uow, source_id, draft=_draft(body), call=caller.call()),
        lambda uow: uow[RelaySources].get(source_id),
        _said,
    )


@routes.get("/relay-sources/<source_id>", summary="One source", responses={200: SourceOut})
def get_relay_source(path: SourcePath) -> Response:
    found = _seen(path.source_id)
    return answer(SourceOut.model_validate(found), version=found.version)


@routes.put(
    "/relay-sources/<source_id>",
    summary="Put it right; it has to be approved again; needs If-Match",
    responses={200: SourceOut},
)
def correct_relay_source(path: SourcePath, body: SourceBody) -> Response:
    return _stepped(path, sources.correct, is_required=True, draft=_draft(body))


@routes.post("/relay-sources/<source_id>/approve", summary="It may be relayed", responses={200: SourceOut})
def approve_relay_source(path: SourcePath) -> Response:
    return _stepped(path, sources.approve)


@routes.post("/relay-sources/<source_id>/suspend", summary="Nothing of it any more", responses={200: SourceOut})
def suspend_relay_source(path: SourcePath, body: WhyBody) -> Response:
    return _stepped(path, sources.suspend, why=body.why)


def _stepped(path: SourcePath, act: Callable[..., RelaySource], **more: Any) -> Response:
    return idempotency.said(_said(versions.step(act, _seen(path.source_id), **more)), HTTPStatus.OK)


def _seen(source_id: str) -> RelaySource:
    """Return the relay source. Raises NotFoundError if there is none that the caller may read."""
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = uow[RelaySources].get(RelaySourceId(source_id))
    if found.area_id not in visible_areas(caller.actor(), Action.BULLETIN_READ, tree):
        raise NotFoundError("relay_source", source_id)
    return found


def _draft(body: SourceBody) -> SourceDraft:
    licence = Licence(**body.licence.model_dump())
    return SourceDraft(**{**body.model_dump(), "urls": tuple(body.urls), "licence": licence})


def _said(found: RelaySource) -> SubjectAnswer:
    return SubjectAnswer(SourceOut.model_validate(found).model_dump_json(), f'"{found.version}"')
