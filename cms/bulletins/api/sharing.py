"""Bulletin templates, and items shared down the tree of areas."""

from http import HTTPStatus

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.bulletins.repository.sharing import Shares
from cms.bulletins.service import sharing
from cms.bulletins.service.sharing import TemplateWording, Usable
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, One, answer
from cms.platform.api.strict import Id, Strict
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


@routes.get("/areas/<area_id>/templates", summary="Templates that may be used there", responses={200: Lines[Usable]})
def list_templates(path: SharingAreaPath) -> Response:
    area_id = AreaId(path.area_id)
    with caller.reading(Action.BULLETIN_WRITE, area_id) as (uow, _tree):
        found = sharing.usable_in(uow, area_id)
    return answer(Lines[Usable].model_validate({"items": found}))


@routes.get("/areas/<area_id>/shares", summary="What is shared with it or above it", responses={200: Lines[Share]})
def list_shares(path: SharingAreaPath) -> Response:
    area_id = AreaId(path.area_id)
    with caller.reading(Action.BULLETIN_WRITE, area_id) as (uow, tree):
        found = [each for kind in ShareKind for each in uow[Shares].with_areas(tree.lineage(area_id), kind)]
    return answer(Lines[Share].model_validate({"items": found}))


@routes.post("/templates", summary="Write a template", responses={201: One[BulletinTemplate]})
def write_template(body: TemplateBody) -> Response:
    made = sharing.write_template(
        caller.context().uow(), area_id=AreaId(body.area_id), wording=body.build(TemplateWording), call=caller.call()
    )
    return answer(One[BulletinTemplate](made), HTTPStatus.CREATED)


@routes.put(
    "/templates/<template_id>", summary="Write it anew, for all who share it", responses={200: One[BulletinTemplate]}
)
def rewrite_template(path: TemplatePath, body: TemplateWordingBody) -> Response:
    made = sharing.rewrite_template(
        caller.context().uow(), TemplateId(path.template_id), wording=body.build(TemplateWording), call=caller.call()
    )
    return answer(One[BulletinTemplate](made))


@routes.delete("/templates/<template_id>", summary="Drop it, everywhere", responses={204: None})
def forget_template(path: TemplatePath) -> Response:
    sharing.forget_template(caller.context().uow(), TemplateId(path.template_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


@routes.post("/shares", summary="Share a template or a voice with an area below", responses={201: One[Share]})
def make_share(body: ShareBody) -> Response:
    context = caller.context()
    made = sharing.share(
        context.uow(), kind=body.kind, subject_id=body.subject_id, area_id=AreaId(body.area_id), call=caller.call()
    )
    return answer(One[Share](made), HTTPStatus.CREATED)


@routes.delete("/shares/<share_id>", summary="Take it back", responses={204: None})
def take_share_back(path: SharePath) -> Response:
    sharing.take_back(caller.context().uow(), ShareId(path.share_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
