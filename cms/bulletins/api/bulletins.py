"""Bulletins: drafting, changing, reading."""

from http import HTTPStatus

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus
from cms.accounts.service.read_access import require_readable
from cms.areas.repository import Places
from cms.bulletins.api import bodies as bulletin_bodies
from cms.bulletins.api.schemas import BulletinBody, BulletinLines, BulletinOut, BulletinPatch, PageQuery
from cms.bulletins.queries.bulletins import BulletinFilter, bulletin_list
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import drafts
from cms.bulletins.service.draft_fields import Draft
from cms.platform.api import caller, versions
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from province.people import Action
from province.policy import visible_areas


class BulletinPath(BaseModel):
    bulletin_id: str = Field(max_length=80)


class BulletinQuery(PageQuery):
    """Filter of bulletins; a missing field does not filter."""

    q: str = Field(default="", max_length=200, description="Words of title or text, diacritics not needed")
    status: BulletinStatus | None = None


@routes.get("/bulletins", summary="Bulletins you may see, last changed first", responses={200: BulletinLines})
def list_bulletins(query: BulletinQuery) -> Response:
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        caller.require(Action.BULLETIN_READ, (), tree)
        page = bulletin_list(
            uow.session,
            visible_areas(caller.actor(), Action.BULLETIN_READ, tree),
            caller.actor().user_id,
            BulletinFilter(words=query.q, status=query.status),
            after=query.cursor,
            limit=query.limit,
        )
    return jsonify(items=plain(page.rows), next=page.next_cursor)


@routes.post("/bulletins", summary="Write a bulletin", responses={201: BulletinOut})
def create_bulletin(body: BulletinBody) -> Response:
    context = caller.context()
    bulletin_id = BulletinId(context.new_id())
    draft = bulletin_bodies.draft_of(body)
    made = bulletin_bodies.once(
        bulletin_id,
        HTTPStatus.CREATED,
        lambda uow: drafts.create(uow, draft=draft, call=caller.call().with_id(bulletin_id)),
    )
    made.headers["Location"] = f"/api/v1/bulletins/{made.get_json()['id']}"
    return made


@routes.get("/bulletins/<bulletin_id>", summary="One bulletin", responses={200: BulletinOut})
def get_bulletin(path: BulletinPath) -> Response:
    return bulletin_bodies.answer(readable(path.bulletin_id))


@routes.put("/bulletins/<bulletin_id>", summary="Replace what it says; needs If-Match", responses={200: BulletinOut})
def replace_bulletin(path: BulletinPath, body: BulletinBody) -> Response:
    return _edit(readable(path.bulletin_id), bulletin_bodies.draft_of(body))


@routes.patch("/bulletins/<bulletin_id>", summary="Change what is sent; needs If-Match", responses={200: BulletinOut})
def change_bulletin(path: BulletinPath, body: BulletinPatch) -> Response:
    found = readable(path.bulletin_id)
    return _edit(found, bulletin_bodies.draft_changed(found, body))


def readable(bulletin_id: str) -> Bulletin:
    """Return the bulletin. Raises NotFoundError if there is none, or none that the caller may read; NotAllowedError."""
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        caller.require(Action.BULLETIN_READ, (), tree)
        found = uow[Bulletins].get(BulletinId(bulletin_id))
        require_readable(caller.actor(), found, tree)
        return found


def _edit(found: Bulletin, draft: Draft) -> Response:
    return bulletin_bodies.answer(versions.step(drafts.edit, found, is_required=True, draft=draft))
