"""Contacts of areas: the list of areas, and the form of one."""

from collections.abc import Sequence

from flask import render_template, request

from cms.areas.repository import Places
from cms.areas.service import contacts as contact_service
from cms.audit.queries import events_of
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from cms.shelters.repository import Shelters
from cms.shelters.service import set_shelters
from province.areas import AreaId
from province.contacts import Contact
from province.errors import NotFoundError, Problem
from province.people import Action

_SPARE_ROWS = 2


@pages.get("/contacts")
def contact_list() -> str:
    tree = messages.tree_for(Action.ALERT_READ)
    seen = request_context.areas_where(Action.ALERT_READ, tree)
    with request_context.session() as session:
        places = Places(session)
        contacts = {area.id: places.contacts(area.id) for area in seen}
    return render_template("areas/contacts.html", areas=area_picker.as_in_tree(seen), contacts=contacts, tree=tree)


@pages.get("/contacts/<area_id>")
def contacts(area_id: str) -> str:
    _require(area_id)
    with request_context.session() as session:
        own = Places(session).own_contacts(AreaId(area_id))
    return _page(AreaId(area_id), own, ())


@pages.post("/contacts/<area_id>")
def save_contacts(area_id: str) -> Answer:
    """Save the contacts in the order typed; an empty row is dropped."""
    _require(area_id)
    typed = _typed()
    with redisplay(_page, AreaId(area_id), typed), new_unit() as unit:
        contact_service.set_contacts(unit, AreaId(area_id), typed, call=call())
        set_shelters(unit, {AreaId(area_id): request.form.get("shelter", "")}, call=call())
        unit.commit()
    return confirmed(_("Saved."), "web.contact_list")


def _require(area_id: str) -> None:
    tree = messages.tree()
    if area_id not in tree or not request_context.can(Action.ALERT_READ, AreaId(area_id), tree):
        request_context.require(Action.CONTACT_WRITE, (), tree)
        raise NotFoundError("area", area_id)
    request_context.require(Action.CONTACT_WRITE, (AreaId(area_id),), tree)


def _typed() -> list[Contact]:
    columns = (request.form.getlist(name) for name in ("name", "duty", "phone"))
    rows = [Contact(*(text.strip() for text in row)) for row in zip(*columns, strict=False)]
    return [row for row in rows if row.name or row.duty or row.phone]


def _page(area_id: AreaId, typed: Sequence[Contact], problems: Sequence[Problem]) -> str:
    spare = max(0, min(_SPARE_ROWS, contact_service.CONTACTS_MAX - len(typed)))
    with request_context.session() as session:
        events = events_of(session, area_id)
        effective = Places(session).contacts(area_id)
        shelter = request.form.get("shelter", Shelters(session).all().get(area_id, ""))
    return render_template(
        "areas/contacts_edit.html",
        area=messages.tree().get(area_id),
        rows=[*typed, *[Contact("", "", "")] * spare],
        shelter=shelter,
        problems=messages.by_field(problems),
        inherited=effective if effective.area_id not in (None, area_id) else None,
        changes=[event for event in events if event.name == "area.contacts_set"],
    )
