"""Registration of gauges on screens: added, changed, given another secret, trusted again, and retired."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from broadcast.bulletins.model import Targets
from broadcast.gauges.model import UNITS, Gauge, GaugeId
from cms.gauges import forms, labels
from cms.gauges.forms import GaugeForm
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.service import registration
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.standing_orders.queries import orders_of_rules
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError, Problem
from province.people import Action


@pages.get("/gauges/new")
def new_gauge() -> str:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    return _page(GaugeForm())


@pages.post("/gauges/new")
def add_gauge() -> Answer:
    request_context.require(Action.DEVICE_MANAGE, (), messages.tree())
    form = GaugeForm.of(request.form)
    with redisplay(_page, form, not_yours="areas"):
        added, secret = registration.add(new_unit(), forms.read_gauge(form, _areas(form)), call=call())
    return _made(added, secret)


@pages.get("/gauges/<gauge_id>/edit")
def edit_gauge(gauge_id: str) -> str:
    found = _managed(gauge_id)
    return _page(forms.shown_gauge(found), found)


@pages.post("/gauges/<gauge_id>/edit")
def save_gauge(gauge_id: str) -> Answer:
    found, form = _managed(gauge_id), GaugeForm.of(request.form)
    try:
        with redisplay(_page, form, found, not_yours="areas"):
            request_context.step(registration.edit, found, draft=forms.read_gauge(form, _areas(form)))
    except ConflictError as error:
        return _page(form, found, version=error.actual), HTTPStatus.CONFLICT
    return confirmed(_("Saved."), "web.gauge", gauge_id=found.id)


@pages.post("/gauges/<gauge_id>/secret")
def renew_gauge_secret(gauge_id: str) -> Answer:
    renewed, secret = request_context.step(registration.renew_secret, _managed(gauge_id))
    return _made(renewed, secret)


@pages.post("/gauges/<gauge_id>/trust")
def trust_gauge(gauge_id: str) -> Response:
    request_context.step(registration.trust, _managed(gauge_id))
    return confirmed(_("The gauge begins anew with its next readings."), "web.gauge", gauge_id=gauge_id)


@pages.post("/gauges/<gauge_id>/retire")
def retire_gauge(gauge_id: str) -> Answer:
    found = _managed(gauge_id)
    with redisplay(_page, forms.shown_gauge(found), found):
        request_context.step(registration.retire, found)
    return confirmed(_("Nothing more is taken from the gauge “%(name)s”.", name=found.name), "web.gauges")


def _areas(form: GaugeForm) -> tuple[AreaId, ...]:
    on = request_context.today()
    return area_picker.targets_of(form.areas, messages.tree(), on, Action.DEVICE_MANAGE).areas


def _managed(gauge_id: str) -> Gauge:
    """Return the gauge, for a user who manages devices in all of its places."""
    tree = messages.tree_for(Action.ALERT_READ)
    with context().uow.reading() as uow:
        found = uow[Gauges].get(GaugeId(gauge_id))
    if found.retired_at is not None:
        raise NotFoundError("gauge", gauge_id)
    request_context.require(Action.DEVICE_MANAGE, found.area_ids, tree)
    return found


def _made(added: Gauge, secret: str) -> str:
    address = f"{context().settings.effective_public_url.rstrip('/')}/api/v1/gauges/readings"
    at = context().now().astimezone().replace(microsecond=0).isoformat()
    lines = (
        f"curl {address} \\",
        f'  -H "Authorization: Bearer {secret}" \\',
        '  -H "Content-Type: application/json" \\',
        f'  -d \'{{"readings": [{{"at": "{at}", "value": {added.least}}}]}}\'',
    )
    return render_template("gauges/gauge_made.html", gauge=added, secret=secret, command="\n".join(lines))


def _page(
    form: GaugeForm, found: Gauge | None = None, problems: Sequence[Problem] = (), *, version: int | None = None
) -> str:
    tree, on = messages.tree(), request_context.today()
    nodes = area_picker.forest(tree, Targets(tuple(AreaId(each) for each in form.areas)), on, Action.DEVICE_MANAGE)
    with context().uow.reading() as uow:
        rules = [] if found is None else uow[GaugeRules].of_gauge(found.id)
        orders = orders_of_rules(uow.session, [each.id for each in rules])
    return render_template(
        "gauges/gauge_edit.html",
        found=found,
        orders=orders,
        action=url_for("web.add_gauge") if found is None else url_for("web.save_gauge", gauge_id=found.id),
        typed=form,
        version=form.version if version is None else str(version),
        is_conflict=version is not None,
        nodes=nodes,
        count=sum(map(area_picker.ticked, nodes)),
        units=[(unit, labels.UNIT[unit]) for unit in dict.fromkeys(each for kind in UNITS.values() for each in kind)],
        problems=messages.by_field(problems),
    )
