"""Bulletin templates, and items shared down the tree of areas."""

from datetime import datetime
from http import HTTPStatus

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.areas.repository import Places
from cms.bulletins.api.schemas import Id
from cms.bulletins.repository.sharing import Shares
from cms.bulletins.service import sharing, templates
from cms.bulletins.service.templates import TemplateWording
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, Strict
from province.areas import AreaId
from province.people import Action


class TemplatePath(BaseModel):
    template_id: str = Field(max_length=80)


class SharePath(BaseModel):
    share_id: str = Field(max_length=80)


class SharingAreaPath(BaseModel):
    area_id: str = Field(max_length=80)


class TemplateWordingBody(Strict):
    name: str = Field(max_length=1000)
    title: str = Field(max_length=1000)
    text: str = Field(default="", max_length=100_000)
    topic: str = Field(default="", max_length=1000)
    priority: PriorityClass = PriorityClass.NORMAL
    language: str = Field(default="vi", max_length=40)


class TemplateBody(TemplateWordingBody):
    area_id: Id


class ShareBody(Strict):
    """``subject_id``: a template, or the area whose recorded voice it is. ``area_id``: where, and below, it is used."""

    kind: ShareKind
    subject_id: Id
    area_id: Id


class ShareOut(Output):
    """``origin_id`` is the area whose it is."""

    id: str
    kind: ShareKind
    subject_id: str
    origin_id: str
    area_id: str
    shared_at: datetime
    shared_by: str
    shared_by_name: str


class TemplateOut(Output):
    id: str
    area_id: str
    name: str
    changed_at: datetime
    changed_by: str
    changed_by_name: str
    title: str
    text: str
    topic: str
    priority: PriorityClass
    language: str


class UsableOut(Output):
    """``share`` is null where the template is the area's own."""

    template: TemplateOut
    share: ShareOut | None


class UsableLines(Output):
    items: list[UsableOut]


class ShareLines(Output):
    items: list[ShareOut]


@routes.get("/areas/<area_id>/templates", summary="Templates that may be used there", responses={200: UsableLines})
def list_templates(path: SharingAreaPath) -> Response:
    area_id = AreaId(path.area_id)
    with caller.context().uow.reading() as uow:
        caller.require(Action.BULLETIN_WRITE, (area_id,), uow[Places].tree())
        found = templates.usable_in(uow, area_id)
    return answer(UsableLines.model_validate({"items": found}))


@routes.get("/areas/<area_id>/shares", summary="What is shared with it or above it", responses={200: ShareLines})
def list_shares(path: SharingAreaPath) -> Response:
    area_id = AreaId(path.area_id)
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        caller.require(Action.BULLETIN_WRITE, (area_id,), tree)
        found = [each for kind in ShareKind for each in uow[Shares].with_areas(tree.lineage(area_id), kind)]
    return answer(ShareLines.model_validate({"items": found}))


@routes.post("/templates", summary="Write a template", responses={201: TemplateOut})
def write_template(body: TemplateBody) -> Response:
    context = caller.context()
    made = templates.write(context.uow(), area_id=AreaId(body.area_id), wording=_wording(body), call=caller.call())
    return _created(TemplateOut, made)


@routes.put("/templates/<template_id>", summary="Write it anew, for all who share it", responses={200: TemplateOut})
def rewrite_template(path: TemplatePath, body: TemplateWordingBody) -> Response:
    context = caller.context()
    made = templates.rewrite(context.uow(), TemplateId(path.template_id), wording=_wording(body), call=caller.call())
    return answer(TemplateOut.model_validate(made))


@routes.delete("/templates/<template_id>", summary="Drop it, everywhere", responses={204: None})
def forget_template(path: TemplatePath) -> Response:
    context = caller.context()
    templates.forget(context.uow(), TemplateId(path.template_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@routes.post("/shares", summary="Share a template or a voice with an area below", responses={201: ShareOut})
def make_share(body: ShareBody) -> Response:
    context = caller.context()
    made = sharing.share(
        context.uow(), kind=body.kind, subject_id=body.subject_id, area_id=AreaId(body.area_id), call=caller.call()
    )
    return _created(ShareOut, made)


@routes.delete("/shares/<share_id>", summary="Take it back", responses={204: None})
def take_share_back(path: SharePath) -> Response:
    context = caller.context()
    sharing.take_back(context.uow(), ShareId(path.share_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


def _wording(body: TemplateWordingBody) -> TemplateWording:
    return TemplateWording(body.name, body.title, body.text, body.topic, body.priority, body.language)


def _created(shape: type[BaseModel], made: BulletinTemplate | Share) -> Response:
    answered = jsonify(shape.model_validate(made).model_dump(mode="json"))
    answered.status_code = HTTPStatus.CREATED
    return answered
