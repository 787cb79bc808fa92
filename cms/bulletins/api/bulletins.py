"""Bulletins: drafting, changing, reading."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Cues
from broadcast.bulletins.schedules import Schedule
from cms.accounts.service.read_access import require_readable
from cms.bulletins.api.schemas import (
    BulletinBody,
    BulletinOut,
    BulletinPatch,
    BulletinSummaryOut,
    NewBulletinBody,
    ScheduleBody,
)
from cms.bulletins.queries import bulletin_list
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import Draft, redraft
from cms.bulletins.service.selection import BulletinSelection, NextAiring, filter_of
from cms.platform.api import caller, idempotency, responses, versions
from cms.platform.api.caller import routes
from cms.platform.api.problems import name_places, plain
from cms.platform.api.responses import Paged
from cms.platform.api.strict import PageQuery
from cms.schedule.queries.airings import next_starts
from province.errors import Problem, refuse
from province.people import Action
from province.policy import visible_areas

_NULLABLE = frozenset({"valid_from_at", "valid_until_at", "board", "relay"})


def draft_of(body: BulletinBody) -> Draft:
    return _checked(_changed(Draft(title=""), body, frozenset(BulletinBody.model_fields)))


def draft_changed(found: Bulletin, patch: BulletinPatch) -> Draft:
    return _checked(_changed(redraft(found), patch, frozenset(patch.model_fields_set)))


def once(subject: BulletinId, status: int, act: Callable[[Any], Bulletin]) -> Response:
    """Do ``act`` to a bulletin once, as ``once_said`` does."""
    return idempotency.once_said(status, act, lambda uow: uow[Bulletins].get(subject), idempotency.saying(BulletinOut))


def answer(found: Bulletin) -> Response:
    return responses.answer(BulletinOut.model_validate(found), version=found.version)


def _changed(draft: Draft, body: BulletinBody | BulletinPatch, names: frozenset[str]) -> Draft:
    sent = {name for name in names if getattr(body, name) is not None or name in _NULLABLE}
    values = {field.name: getattr(draft, field.name) for field in fields(Draft) if field.name not in sent}
    if "schedules" in sent and body.schedules is not None:
        values["schedules"] = schedules_of(body.schedules)
    if "board" in sent and body.board is not None:
        values["board"] = body.board.read()
    if "cues" not in sent and body.original_sha256 not in {None, draft.original_sha256}:
        values["cues"] = Cues()
    return body.build(Draft, **values)


def schedules_of(bodies: Sequence[ScheduleBody]) -> tuple[Schedule, ...]:
    taken = {body.id for body in bodies if body.id}
    free = (str(number) for number in range(1, len(bodies) + len(taken) + 1) if str(number) not in taken)
    found = tuple(_schedule(body, body.id or next(free)) for body in bodies)
    name_places("schedules", (each.id for each in found))
    return found


def _schedule(body: ScheduleBody, schedule_id: str) -> Schedule:
    return body.build(Schedule, id=schedule_id, not_on=list(dict.fromkeys(body.not_on)))


def _checked(draft: Draft) -> Draft:
    """Return the draft. Raises InvalidError if its recording or its picture is not in the content store."""
    problems: list[Problem] = []
    if draft.original_sha256 and not caller.context().content.has(draft.original_sha256):
        problems.append(Problem("original_sha256", "RECORDING_UNKNOWN"))
    if draft.board is not None and not caller.context().has_picture(draft.board.look.picture):
        problems.append(Problem("board.look.picture", "NO_PICTURE"))
    refuse(problems)
    return draft


class BulletinPath(BaseModel):
    bulletin_id: str = Field(max_length=80)


class BulletinQuery(PageQuery):
    """Filter of bulletins; a missing field does not filter."""

    q: str = Field(default="", max_length=200, description="Words of title or text, diacritics not needed")
    status: BulletinStatus | None = None
    area: str = Field(default="", max_length=40, description="For this area, one within it or one that contains it")
    topic: str = Field(default="", max_length=80)
    genre: str = Field(default="", max_length=40)
    author_id: str = Field(default="", max_length=40)
    airs_on: date | None = Field(default=None, description="Local date on which a plan lets it air, past ones too")
    next_airing: NextAiring | None = Field(default=None, description="Until the next airing planned; `none`: no such")

    @property
    def selection(self) -> BulletinSelection:
        named = ("status", "topic", "genre", "author_id", "airs_on", "next_airing")
        return BulletinSelection(self.q, area_id=self.area, **{name: getattr(self, name) for name in named})


@routes.get(
    "/bulletins", summary="Bulletins you may see, last changed first", responses={200: Paged[BulletinSummaryOut]}
)
def list_bulletins(query: BulletinQuery) -> Response:
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        now = caller.context().now()
        page = bulletin_list(
            uow.session,
            visible_areas(caller.actor(), Action.BULLETIN_READ, tree),
            caller.actor().user_id,
            filter_of(uow.session, query.selection, tree, now),
            after=query.cursor,
            limit=query.limit,
        )
        starts = next_starts(uow.session, [row.id for row in page.rows], now)
    items = [{**plain(row), "next_airing_at": plain(starts.get(row.id))} for row in page.rows]
    return jsonify(items=items, next=page.next_cursor)


@routes.post("/bulletins", summary="Write a bulletin", responses={201: BulletinOut})
def create_bulletin(body: NewBulletinBody) -> Response:
    bulletin_id = BulletinId(caller.context().new_id())
    draft, version_of = draft_of(body), None if body.version_of is None else BulletinId(body.version_of)
    return idempotency.created(
        "bulletins",
        lambda uow: drafts.create(uow, draft=draft, call=caller.call().with_id(bulletin_id), version_of=version_of),
        lambda uow: uow[Bulletins].get(bulletin_id),
        idempotency.saying(BulletinOut),
    )


@routes.get("/bulletins/<bulletin_id>", summary="One bulletin", responses={200: BulletinOut})
def get_bulletin(path: BulletinPath) -> Response:
    return answer(readable(path.bulletin_id))


@routes.put("/bulletins/<bulletin_id>", summary="Replace what it says; needs If-Match", responses={200: BulletinOut})
def replace_bulletin(path: BulletinPath, body: BulletinBody) -> Response:
    return _edit(readable(path.bulletin_id), draft_of(body))


@routes.patch("/bulletins/<bulletin_id>", summary="Change what is sent; needs If-Match", responses={200: BulletinOut})
def change_bulletin(path: BulletinPath, body: BulletinPatch) -> Response:
    found = readable(path.bulletin_id)
    return _edit(found, draft_changed(found, body))


def readable(bulletin_id: str) -> Bulletin:
    """Return the bulletin. Raises NotFoundError if there is none, or none that the caller may read; NotAllowedError."""
    with caller.reading(Action.BULLETIN_READ) as (uow, tree):
        found = uow[Bulletins].get(BulletinId(bulletin_id))
        require_readable(caller.actor(), found, tree)
        return found


def _edit(found: Bulletin, draft: Draft) -> Response:
    return answer(versions.step(drafts.edit, found, is_required=True, draft=draft))
