"""Claiming a box at the pole: its label scanned or its code typed, with position and photograph."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from cms.fleet.service import claims as claim_service
from cms.fleet.service.claims import Claim
from cms.fleet.service.registration import NAME_MAX
from cms.platform.web import area_picker, messages, request_context, security
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.platform.web.typed_form import TypedForm, entry
from cms.tickets.views import work_list
from devices.boards.errors import NoPictureError
from devices.model import DeviceId
from devices.protocol import claims
from province.areas import AreaId, Point
from province.errors import InvalidError, NotAllowedError, Problem
from province.people import Action

_LAT_MAX, _LON_MAX = 90, 180
_LINE_MAX = 80


@dataclass(frozen=True)
class ClaimForm(TypedForm):
    """Claim form as typed."""

    serial: str = entry(most=_LINE_MAX)
    code: str = entry(most=_LINE_MAX)
    area: str = entry()
    name: str = entry(most=NAME_MAX + 1)
    lat: str = entry()
    lon: str = entry()
    replaces: str = entry()


@pages.get("/devices/claim")
def claim_form() -> Response:
    """Show the form; a label's text in ``q`` fills serial and code, so that a telephone's camera app can open it."""
    read = claims.read_label(request.args.get("q", ""))
    serial, code = read or ("", "")
    return _page(ClaimForm(serial=serial, code=code, replaces=request.args.get("replaces", "")[:40]))


@pages.post("/devices/claim")
def claim_box() -> Response:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    form = _typed()
    try:
        life = claim_service.claim(new_unit(), _read(form), call=call())
    except InvalidError as error:
        return _page(form, error.problems)
    except NoPictureError:
        return _page(form, [Problem("photo", "NO_PICTURE")])
    except NotAllowedError as error:
        if not error.areas:
            raise
        return _page(form, [Problem("area", "NOT_YOURS", {"areas": messages.area_names(error.areas)})])
    flash(_("Claimed. Switch it on; this page tells when it has connected."), "good")
    return redirect(url_for("web.device_identity", device_id=life.device_id))


def _typed() -> ClaimForm:
    form = ClaimForm.of(request.form)
    # A scan into the first field fills both.
    read = claims.read_label(form.serial) or claims.read_label(form.code)
    return form if read is None else replace(form, serial=read[0], code=read[1])


def _read(form: ClaimForm) -> Claim:
    """Convert the form. Raises InvalidError, NoPictureError."""
    return Claim(
        serial=form.serial,
        code=form.code,
        area_id=AreaId(form.area),
        name=form.name,
        point=position(form.lat, form.lon),
        photo_sha256=work_list.taken(),
        replaces=DeviceId(form.replaces) if form.replaces else None,
    )


def position(lat: str, lon: str) -> Point | None:
    """Read a typed position, in degrees; None if both are empty. Raises InvalidError."""
    lat, lon = lat.strip()[:20], lon.strip()[:20]
    if not (lat or lon):
        return None
    try:
        point = Point(float(lat.replace(",", ".")), float(lon.replace(",", ".")))
    except ValueError:
        raise InvalidError([Problem("lat", "POSITION_UNREADABLE")]) from None
    if not (abs(point.lat) <= _LAT_MAX and abs(point.lon) <= _LON_MAX):
        raise InvalidError([Problem("lat", "POSITION_UNREADABLE")])
    return point


def _page(form: ClaimForm, problems: Sequence[Problem] = ()) -> Response:
    tree = messages.tree_for(Action.DEVICE_MANAGE)
    mine = request_context.areas_where(Action.DEVICE_MANAGE, tree)
    # Poles stand in communes: areas without subdivisions come first.
    mine.sort(key=lambda area: (bool(tree.children(area.id)), area.name))
    page = render_template(
        "fleet/device_claim.html",
        typed=form,
        areas=[("", _("Choose a commune")), *area_picker.options(mine)],
        problems=messages.by_field(problems),
    )
    answer = make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
    answer.headers["Permissions-Policy"] = security.AT_THE_POLE
    return answer
