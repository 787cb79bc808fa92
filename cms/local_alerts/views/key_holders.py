"""Key holders: who has keys and PINs of which loudspeakers. A PIN is on the answer to its issue alone."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import render_template, request
from werkzeug.exceptions import BadRequest

from broadcast.alerts.local_alerts import NAME_MAX, PHONE_MAX, KeyHolder, KeyHolderId
from cms.accounts.errors import AccountError
from cms.accounts.views import second_factor
from cms.alerts.views.confirmation import is_code_fresh, take_code
from cms.fleet.repository.devices import Devices
from cms.local_alerts.queries import loudspeakers
from cms.local_alerts.repository import KeyHolders
from cms.local_alerts.service import holders
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.model import Device, DeviceId
from province.areas import AreaId
from province.errors import NotFoundError, Problem, problem_if, refuse
from province.people import Action

SHOWN_MOST: Final = 500


@pages.get("/alerts/local/holders")
def key_holders() -> str:
    messages.tree_for(Action.ALERT_READ)
    mine = set(messages.held(Action.ALERT_READ))
    with request_context.context().uow.reading() as unit:
        standing = unit[KeyHolders].standing()
        keys = unit[KeyHolders].devices_of([each.id for each in standing])
        devices = unit[Devices].get_many({each for named in keys.values() for each in named})
    lines = [(each, [devices[name] for name in keys.get(each.id, ())]) for each in standing]
    seen = [(each, held) for each, held in lines if any(device.area_id in mine for device in held)]
    return render_template(
        "local_alerts/key_holders.html",
        lines=seen[:SHOWN_MOST],
        may_issue=request_context.can_anywhere(Action.ALERT_APPROVE),
    )


@pages.get("/alerts/local/holders/new")
def new_key_holder() -> str:
    messages.tree_for(Action.ALERT_APPROVE)
    return _form({"area_id": request.args.get("area", ""), "person_name": "", "phone": ""}, [])


@pages.post("/alerts/local/holders/new")
def issue_key() -> Answer:
    """Give a person keys; the answer shows the PIN, once."""
    messages.tree_for(Action.ALERT_APPROVE)
    typed = {name: request.form.get(name, "").strip() for name in ("area_id", "person_name", "phone")}
    chosen = request.form.getlist("devices")
    try:
        with redisplay(_form, typed, chosen, not_yours="devices"):
            refuse(
                problem_if(not typed["person_name"], "person_name", "MISSING")
                + problem_if(not chosen, "devices", "MISSING")
            )
            take_code("key_holder.issue", or_fresh=True)
            holder, pin = holders.issue(
                new_unit(),
                person_name=typed["person_name"],
                phone=typed["phone"],
                device_ids=[DeviceId(each) for each in chosen],
                call=call(),
            )
    except AccountError as error:
        return _form(typed, chosen, code_refusal=second_factor.refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("local_alerts/pin_shown.html", holder=holder, pin=pin)


@pages.get("/alerts/local/holders/<holder_id>")
def key_holder(holder_id: str) -> str:
    return _page(*_found(holder_id))


@pages.post("/alerts/local/holders/<holder_id>")
def change_key_holder(holder_id: str) -> Answer:
    """Give the holder a new PIN, shown once, or withdraw it."""
    found, devices = _found(holder_id)
    act = request.form.get("act", "")
    if act == "withdraw":
        holders.withdraw(new_unit(), found.id, call=call())
        said = _("Withdrawn. Loudspeakers that can be reached refuse this PIN; the others until their orders expire.")
        return confirmed(said, "web.key_holders")
    if act != "change":
        raise BadRequest
    request_context.require(Action.ALERT_APPROVE, tuple({each.area_id for each in devices}), messages.tree())
    try:
        take_code("key_holder.change", or_fresh=True)
        holder, pin = holders.change_pin(new_unit(), found.id, call=call())
    except AccountError as error:
        return _page(found, devices, code_refusal=second_factor.refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("local_alerts/pin_shown.html", holder=holder, pin=pin)


def _found(holder_id: str) -> tuple[KeyHolder, Sequence[Device]]:
    messages.tree_for(Action.ALERT_READ)
    with request_context.context().uow.reading() as unit:
        found = unit[KeyHolders].get(KeyHolderId(holder_id))
        named = unit[KeyHolders].devices_of([found.id]).get(found.id, ())
        devices = list(unit[Devices].get_many(named).values())
    if not any(messages.can(Action.ALERT_READ, each.area_id) for each in devices):
        raise NotFoundError("key_holder", holder_id)
    return found, devices


def _page(found: KeyHolder, devices: Sequence[Device], code_refusal: str = "") -> str:
    areas = tuple({each.area_id for each in devices})
    may_change = request_context.can_everywhere(Action.ALERT_APPROVE, areas, messages.tree())
    rights = (Action.ALERT_CANCEL, Action.DEVICE_MANAGE)
    may_withdraw = any(request_context.can_everywhere(each, areas, messages.tree()) for each in rights)
    is_standing = found.withdrawn_at is None
    return render_template(
        "local_alerts/key_holder.html",
        holder=found,
        devices=devices,
        may_change=may_change and is_standing,
        may_withdraw=may_withdraw and is_standing,
        code_refusal=code_refusal,
        is_code_fresh=is_code_fresh(),
    )


def _form(
    typed: dict[str, str], chosen: Sequence[str], problems: Sequence[Problem] = (), *, code_refusal: str = ""
) -> str:
    tree = messages.tree()
    places = request_context.areas_where(Action.ALERT_APPROVE, tree)
    area_id = AreaId(typed["area_id"])
    known = any(each.id == area_id for each in places)
    with request_context.session() as session:
        found = loudspeakers(session, area_id) if known else ()
    return render_template(
        "local_alerts/key_holder_new.html",
        typed=typed,
        chosen=set(chosen),
        problems=messages.by_field(problems),
        places=[("", _("Choose a place")), *((each.id, messages.full_name(each)) for each in places)],
        loudspeakers=found,
        is_placed=known,
        code_refusal=code_refusal,
        is_code_fresh=is_code_fresh(),
        bounds={"person_name": NAME_MAX, "phone": PHONE_MAX},
    )
