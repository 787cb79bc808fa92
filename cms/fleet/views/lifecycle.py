"""Identity of a device: life-cycle state, certificates, history, and the actions on them."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from cms.commands.forms import key_in_doubt
from cms.commands.service import quarantine
from cms.commands.service.batch_preview import reason_problems
from cms.commands.service.quarantine import AT_ONCE, BY_TWO
from cms.fleet.labels import lifecycle
from cms.fleet.queries.devices import history
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import changes
from cms.fleet.service.changes import BY_HAND
from cms.fleet.service.registration import NAME_MAX
from cms.fleet.views import claims
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.tickets.views import work_list
from devices.commands.model import BatchId
from devices.lifecycle import TRANSITIONS, LifecycleAction
from devices.model import Device, DeviceId
from province.areas import AreaId
from province.errors import InvalidError, NotAllowedError, NotFoundError, Problem
from province.people import Action


@pages.get("/devices/<device_id>/identity")
def device_identity(device_id: str) -> str:
    return _page(_seen(device_id))


@pages.get("/devices/<device_id>/photo")
def device_photo(device_id: str) -> Response:
    found = _seen(device_id)
    with request_context.context().uow.reading() as uow:
        sha256 = changes.life_of(uow, found).photo_sha256
    if not sha256:
        raise NotFound
    return work_list.shown(sha256)


@pages.post("/devices/<device_id>/identity/<act>")
def change_device(device_id: str, act: str) -> Answer:
    found, context = _seen(device_id), request_context.context()
    action = next((each for each in BY_HAND if each.value == act), None)
    if action is None:
        raise NotFound
    version, why = request.form.get("version", ""), request.form.get("why", "")
    expected_version = int(version) if version.isdecimal() else None
    with redisplay(_page, found, refused=act):
        alerts_pass = _passes_alerts(action, why)
        if action in AT_ONCE and request.form.get("at_once"):
            quarantine.do_at_once(
                new_unit(),
                found.id,
                action,
                why=why,
                expected_version=expected_version,
                call=call(),
                most=context.settings.at_once_devices_max,
                alerts_pass=alerts_pass,
            )
        elif action in BY_TWO:
            batch = quarantine.ask(
                new_unit(),
                BatchId(request_context.key_of(request.form.get("key", ""))),
                found.id,
                action,
                why=why,
                expected_version=expected_version,
                call=call(),
                alerts_pass=alerts_pass,
            )
            flash(_("Another person has to agree to this command."), "wait")
            return redirect(url_for("web.command_batch", batch_id=batch.id))
        else:
            changes.unclaim(new_unit(), found.id, why=why, expected_version=expected_version, call=call())
    return confirmed(_("Done: %(act)s.", act=lifecycle.ACTION[action]), "web.device_identity", device_id=found.id)


@pages.post("/devices/<device_id>/move")
def move_device(device_id: str) -> Answer:
    found = _seen(device_id)
    try:
        with redisplay(_page, found, refused="move"):
            point = found.point if request.form.get("keeps_point") else None
            changes.move(new_unit(), found.id, AreaId(request.form.get("area", "")[:40]), point=point, call=call())
    except NotAllowedError as error:
        if not error.areas or found.area_id in error.areas:
            raise
        names = messages.area_names(error.areas)
        told = [Problem("area", "NOT_YOURS", {"areas": names})]
        return _page(found, told, "move"), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _("Moved. The device follows the new place's plan as soon as it is told; nothing has to be installed."), "good"
    )
    return redirect(url_for("web.device_identity", device_id=found.id))


@pages.post("/devices/<device_id>/describe")
def describe_device(device_id: str) -> Answer:
    """Correct name and position in place."""
    found = _seen(device_id)
    with redisplay(_page, found, refused="describe"):
        changes.describe(
            new_unit(),
            found.id,
            name=request.form.get("name", "")[: NAME_MAX + 1],
            point=claims.position(request.form.get("lat", ""), request.form.get("lon", "")),
            call=call(),
        )
    return confirmed(_("Name and position saved."), "web.device_identity", device_id=found.id)


def _seen(device_id: str) -> Device:
    """Return the device. Raises NotFoundError if it does not exist or the user may not see it."""
    tree = messages.tree_for(Action.DEVICE_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[Devices].get(DeviceId(device_id))
    if not request_context.can(Action.DEVICE_READ, found.area_id, tree):
        raise NotFoundError("device", device_id)
    return found


def _page(found: Device, problems: Sequence[Problem] = (), refused: str = "") -> str:
    tree, now = messages.tree(), request_context.context().now()
    with request_context.context().uow.reading() as uow:
        life = changes.life_of(uow, found)
        certificates = uow[DeviceLifecycles].certificates_of(found.id)
        status = uow[Devices].status(found.id)
        told = history(uow.session, [found.id, life.serial])
        asked = quarantine.asked_for(uow, found.id, now)
        seen = quarantine.astray(uow, life, now)
    may_manage = request_context.can(Action.DEVICE_MANAGE, found.area_id, tree)
    areas = request_context.areas_where(Action.DEVICE_MANAGE, tree) if may_manage and found.retired_at is None else []
    return render_template(
        "fleet/device_identity.html",
        device=found,
        life=life,
        certificates=certificates,
        status=status,
        history=told,
        acts=[act for act in BY_HAND if may_manage and (life.state, act) in TRANSITIONS],
        by_two=BY_TWO,
        asked=asked,
        seen=seen,
        seen_in_doubt=[each for each in seen if each in quarantine.IN_DOUBT],
        key=request_context.context().new_id(),
        is_at_once=bool(request.form.get("at_once")),
        areas=area_picker.options(sorted(areas, key=lambda area: area.name)),
        refused=refused,
        typed=_typed(found, refused),
        now=now,
        problems=messages.by_field(problems),
    )


def _typed(found: Device, refused: str) -> dict[str, str]:
    """Return the fields of name and position: as typed if that was refused, else as stored."""
    if refused == "describe":
        return {name: request.form.get(name, "") for name in ("name", "lat", "lon")}
    lat, lon = ("", "") if found.point is None else (f"{found.point.lat:.5f}", f"{found.point.lon:.5f}")
    return {"name": found.name, "lat": lat, "lon": lon}


def _passes_alerts(action: LifecycleAction, why: str) -> bool:
    """Return whether alerts pass the quarantine asked for. Raise InvalidError with all fields that are missing."""
    if action is not LifecycleAction.QUARANTINE:
        return False
    try:
        return not key_in_doubt(request.form.get("doubt", ""))
    except InvalidError as error:
        missing = [replace(each, field="why") for each in reason_problems(why.strip())]
        raise InvalidError([*error.problems, *missing]) from None
