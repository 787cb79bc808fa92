"""Relay sources: radio programmes that may be relayed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth, SourceKind, StreamForm
from cms.platform.api import caller, idempotency, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Output, Strict, WhyBody, fields_of
from cms.relays.repository import RelaySources
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas


class RelayBody(Strict):
    """An approved source and a length; the bulletin's own sound stands in where the stream fails."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    source_id: str = Field(max_length=80)
    length_ms: int = Field(ge=0, le=86_400_000)


class LicenceBody(Strict):
    """Minutes 0: as long as one likes."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    paper: str = Field(default="", max_length=300)
    until_on: date | None = None
    slot_max_minutes: int = Field(default=0, ge=0)
    day_max_minutes: int = Field(default=0, ge=0)


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


@fields_of(SourceHealth, hidden=("source_id",))
class HealthOut(Output): ...


@fields_of(RelaySource, hidden=("written_by", "editors", "approved_by"))
class SourceOut(Output):
    licence: LicenceBody


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
    items = [SourceWithHealthOut.of(each, health=health.get(each.id)) for each in found]
    return answer(Lines[SourceWithHealthOut](items=items))


@routes.post("/relay-sources", summary="Write a source down", responses={201: SourceOut})
def write_relay_source(body: SourceBody) -> Response:
    source_id = RelaySourceId(caller.context().new_id())
    return idempotency.created(
        "relay-sources",
        lambda uow: sources.write_down(uow, source_id, draft=body.build(SourceDraft), call=caller.call()),
        lambda uow: uow[RelaySources].get(source_id),
        idempotency.saying(SourceOut),
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
    return _stepped(path, sources.correct, is_required=True, draft=body.build(SourceDraft))


@routes.post("/relay-sources/<source_id>/approve", summary="It may be relayed", responses={200: SourceOut})
def approve_relay_source(path: SourcePath) -> Response:
    return _stepped(path, sources.approve)


@routes.post("/relay-sources/<source_id>/suspend", summary="Nothing of it any more", responses={200: SourceOut})
def suspend_relay_source(path: SourcePath, body: WhyBody) -> Response:
    return _stepped(path, sources.suspend, why=body.why)


def _stepped(path: SourcePath, act: Callable[..., RelaySource], **more: Any) -> Response:
    return versions.stepped(SourceOut, act, _seen(path.source_id), **more)


def _seen(source_id: str) -> RelaySource:
    """Return the relay source. Raises NotFoundError if there is none that the caller may read."""
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = uow[RelaySources].get(RelaySourceId(source_id))
    if found.area_id not in visible_areas(caller.actor(), Action.BULLETIN_READ, tree):
        raise NotFoundError("relay_source", source_id)
    return found
