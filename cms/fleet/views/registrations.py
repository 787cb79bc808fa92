"""Register of device boxes: one at a time or from a spreadsheet, and the labels, which are printed once."""

import base64
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import segno
from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from cms.fleet.labels import lifecycle
from cms.fleet.queries.devices import refusals
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service import changes, registration, sheets
from cms.fleet.service.registration import BoxDraft, Registered
from cms.fleet.service.sheets import Sheet, SheetLine
from cms.platform import spreadsheet
from cms.platform.store.events import PUBLISH_DENIED, SUBSCRIBE_DENIED
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from devices.lifecycle import DeviceLifecycle, LifecycleState
from devices.model import DeviceId, DeviceKind
from devices.protocol import claims
from province.areas import AreaId, AreaTree
from province.errors import InvalidError, NotFoundError, Problem
from province.people import Action

_LISTED: Final = (LifecycleState.REGISTERED, LifecycleState.CLAIMED, LifecycleState.REVOKED)
_SHOWN_MOST: Final = 300
_KEPT_MAX_BYTES: Final = 4 * 1024 * 1024
_QR_SCALE: Final = 4


@dataclass(frozen=True)
class BoxLabel:
    """Label of a box; its claim code is stored nowhere else."""

    life: DeviceLifecycle
    code: str

    @property
    def picture(self) -> str:
        """QR code as a data URL: any telephone's camera opens the claim with it."""
        claim_url = request_context.context().settings.effective_public_url + url_for("web.claim_form")
        text = claims.label_text(self.life.serial, self.code, claim_url)
        return str(segno.make_qr(text, error="m").svg_data_uri(scale=_QR_SCALE, border=4, light="#fff"))


@pages.get("/devices/registrations")
def registrations() -> str:
    tree = messages.tree_for(Action.DEVICE_READ)
    with request_context.context().uow.reading() as uow:
        lives = [
            life
            for life in uow[DeviceLifecycles].in_states(_LISTED)
            if request_context.can(Action.DEVICE_READ, life.area_id, tree)
        ]
        seen = refusals(uow.session) if request_context.can_anywhere(Action.DEVICE_MANAGE) else []
        proved = [DeviceId(each.subject_id) for each in seen if each.name in {PUBLISH_DENIED, SUBSCRIBE_DENIED}]
        known = uow[Devices].get_many(proved).values()
    return render_template(
        "fleet/registrations.html",
        lives=lives[:_SHOWN_MOST],
        count=len(lives),
        refusals=seen,
        linked={each.id for each in known if request_context.can(Action.DEVICE_READ, each.area_id, tree)},
        now=request_context.context().now(),
    )


@pages.get("/devices/register")
def register_form() -> str:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    return _form_page(BoxDraft("", DeviceKind.CLUSTER.value, AreaId("")))


@pages.post("/devices/register")
def register_box() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    line = {name: request.form.get(name, "").strip()[:300] for name in ("serial", "kind", "area", "name", "code")}
    draft = BoxDraft(line["serial"], line["kind"], AreaId(line["area"][:40]), line["name"], line["code"])
    with redisplay(_form_page, draft):
        return _labels(_register([draft]))


@pages.post("/devices/registrations/<serial>/relabel")
def relabel_box(serial: str) -> Answer:
    found = _seen(serial)
    done = registration.relabel(new_unit(), [found.serial], call=call(), entropy=os.urandom)
    return _labels(done)


@pages.post("/devices/registrations/<serial>/retire")
def retire_box(serial: str) -> Response:
    found = _seen(serial)
    changes.retire_box(new_unit(), found.serial, call=call())
    return confirmed(_("Box %(serial)s is struck off the register.", serial=found.serial), "web.registrations")


@pages.get("/devices/import")
def import_form() -> str:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    return _import_page()


@pages.post("/devices/import")
def import_boxes() -> Answer:
    """Check a file without any change; then import exactly what was checked, all of it or nothing."""
    tree, context = messages.tree_for(Action.DEVICE_MANAGE), request_context.context()
    with redisplay(_import_page):
        sheet = _sent(tree)
    lines = sheet.lines
    with context.uow.reading() as uow:
        found = registration.findings(uow, [line.draft for line in lines], tree, context.now())
    told = sheets.problems_by_line(lines, found)
    is_good = not any(problems for _line, problems in told)
    if is_good and "kept" in request.form:
        return _labels(_register([line.draft for line in lines]))
    status = HTTPStatus.OK if is_good else HTTPStatus.UNPROCESSABLE_ENTITY
    return _import_page(told, kept=_packed(lines) if is_good else "", ignored=sheet.ignored), status


def _sent(tree: AreaTree) -> Sheet:
    """Return the sheet kept in the form, else the one in the file. Raises InvalidError."""
    if kept := request.form.get("kept", ""):
        return Sheet(_unpacked(kept))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidError([Problem("file", "MISSING")])
    mine = frozenset(area.id for area in request_context.areas_where(Action.DEVICE_MANAGE, tree))
    default = AreaId(request.form.get("area", "")[:40])
    try:
        data = file.stream.read(spreadsheet.FILE_MAX_BYTES + 1)
    finally:
        file.close()
    return sheets.read(data, tree, mine, default if default in mine else None)


def _register(drafts: Sequence[BoxDraft]) -> Sequence[Registered]:
    return registration.register(new_unit(), drafts, call=call(), entropy=os.urandom)


def _labels(done: Sequence[Registered]) -> str:
    return render_template("fleet/device_labels.html", labels=[BoxLabel(each.life, each.code) for each in done])


def _form_page(typed: BoxDraft, problems: Sequence[Problem] = ()) -> str:
    return render_template(
        "fleet/device_register.html", typed=typed, areas=_areas(), problems=messages.by_field(problems)
    )


def _import_page(
    told: Sequence[tuple[SheetLine, Sequence[Problem]]] = (),
    *,
    kept: str = "",
    ignored: Sequence[str] = (),
    problems: Sequence[Problem] = (),
) -> str:
    lines = [(line, [_column_problem(each) for each in found]) for line, found in told]
    faulty = [(line, found) for line, found in lines if found]
    return render_template(
        "fleet/device_import.html",
        lines=[*faulty, *((line, found) for line, found in lines if not found)][:_SHOWN_MOST],
        count=len(lines),
        faulty=len(faulty),
        kept=kept,
        ignored=ignored,
        areas=[("", _("Written in each line")), *_areas()],
        problems=messages.by_field(problems),
    )


def _column_problem(problem: Problem) -> str:
    column = lifecycle.COLUMN.get(problem.field)
    sentence = messages.problem_sentence(problem)
    return f"{column}: {sentence}" if column else sentence


def _areas() -> list[tuple[AreaId, str]]:
    return area_picker.options(area_picker.outermost_first(Action.DEVICE_MANAGE))


def _seen(serial: str) -> DeviceLifecycle:
    """Return the box. Raises NotFoundError if it does not exist or the user may not see it."""
    tree = messages.tree_for(Action.DEVICE_READ)
    with request_context.context().uow.reading() as uow:
        found = uow[DeviceLifecycles].get(serial)
    if not request_context.can(Action.DEVICE_READ, found.area_id, tree):
        raise NotFoundError("device", serial)
    return found


def _packed(lines: Sequence[SheetLine]) -> str:
    rows = [
        [line.number, line.draft.serial, line.draft.kind, line.draft.area_id, line.draft.name, line.draft.code]
        for line in lines
    ]
    return base64.b64encode(zlib.compress(json.dumps(rows).encode(), 9)).decode("ascii")


def _unpacked(kept: str) -> list[SheetLine]:
    """Unpack the lines kept in the form. Raises InvalidError if they are not from this page."""
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.b64decode(kept, validate=True), _KEPT_MAX_BYTES)
        rows = json.loads(data)[: registration.AT_ONCE_MAX]
        return [
            SheetLine(int(number), BoxDraft(str(serial), str(kind), AreaId(str(area)), str(name), str(code)), ())
            for number, serial, kind, area, name, code in rows
        ]
    except (ValueError, TypeError, RecursionError, zlib.error):
        raise InvalidError([Problem("file", "SHEET_UNREADABLE")]) from None
