"""Personal data: the register of processing, one person's data exported or erased, and for how long each is kept."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import render_template, request
from werkzeug.wrappers import Response

from cms.citizens.service import subscriptions
from cms.personal_data.columns import ERASURES
from cms.personal_data.labels import ERASURE, REGISTER
from cms.personal_data.model import LIMITS, Erasure, PersonalDataKind
from cms.personal_data.repository import PersonalData
from cms.personal_data.service import records, retention
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.errors import InvalidError, Problem
from province.people import Action


@pages.get("/personal-data")
def personal_data() -> str:
    messages.tree_for(Action.USER_MANAGE)
    return _page({})


@pages.post("/personal-data/export")
def export_person() -> Answer:
    """Send the person's data as a ZIP."""
    try:
        user, data = records.export_person(new_unit(), request.form.get("login", ""), call=call())
    except InvalidError as error:
        return _page(request.form, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    headers = {"Content-Disposition": f'attachment; filename="du-lieu-{user.login}.zip"'}
    return Response(data, mimetype="application/zip", headers=headers)


@pages.post("/personal-data/erase")
def erase_person() -> Answer:
    sent = request.form
    try:
        user = records.erase_person(
            new_unit(),
            sent.get("erased", ""),
            confirmed=sent.get("confirmed", ""),
            reason=sent.get("reason", "")[:300],
            call=call(),
        )
    except InvalidError as error:
        told = [Problem("erased", each.code) if each.field == "login" else each for each in error.problems]
        return _page(sent, told), HTTPStatus.UNPROCESSABLE_ENTITY
    said = _("The data of %(name)s is erased. The log and the approvals keep what the law asks for.", name=user.name)
    return confirmed(said, "web.personal_data")


@pages.post("/personal-data/citizens/erase")
def erase_citizen() -> Answer:
    """End what an e-mail address follows, for a citizen who asked the office."""
    number = subscriptions.erase_address(new_unit(), request.form.get("citizen", "").strip()[:300], call=call())
    if not number:
        return _page(request.form, [Problem("citizen", "NO_SUCH_CITIZEN")]), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("The address is erased: nothing is sent to it any more."), "web.personal_data")


@pages.post("/personal-data/retention")
def set_retention() -> Answer:
    typed = {kind: request.form.get(kind.value, "").strip() for kind in LIMITS}
    days = {kind: int(text) if text.isdecimal() and len(text) < 6 else None for kind, text in typed.items()}  # noqa: PLR2004 - no year has that many digits
    try:
        retention.set_retention(new_unit(), days, call=call())
    except InvalidError as error:
        return _page(request.form, error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return confirmed(_("Saved. What is older is deleted within the hour."), "web.personal_data")


def _page(typed: Mapping[str, str], problems: Sequence[Problem] = ()) -> str:
    with context().uow.reading() as unit:
        found = unit[PersonalData]
        counted = {line.kind: line for line in found.register()}
        days, rules = found.days(), found.rules()
    return render_template(
        "personal_data/personal_data.html",
        register=REGISTER,
        counted=counted,
        days=days,
        rules=rules,
        limits=LIMITS,
        erasures={kind: [ERASURE[each] for each in Erasure if each in of_kind] for kind, of_kind in ERASURES.items()},
        typed=typed,
        kinds=list(PersonalDataKind),
        problems=messages.by_field(problems),
        can_change=request_context.can_anywhere(Action.USER_MANAGE),
    )
