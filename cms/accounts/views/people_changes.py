"""Changes of a person by an administrator, each a POST from the person's page or the list."""

from flask import request
from werkzeug.wrappers import Response

from cms.accounts.repository import People
from cms.accounts.service import access_requests, people
from cms.accounts.service.people import Invited
from cms.accounts.service.vault import vault_of
from cms.accounts.views.people import level_typed, link_page, person_page, writer
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.areas import AreaId
from province.errors import Problem, refuse
from province.people import Grant, Role, UserId


@pages.post("/people/<user_id>/edit")
def edit_person(user_id: str) -> Answer:
    typed = {name: request.form.get(name, "").strip()[:300] for name in ("name", "email", "phone")}
    phone = "".join(sign for sign in typed["phone"] if sign not in " .-()")
    with redisplay(person_page, UserId(user_id), typed):
        people.edit(new_unit(), UserId(user_id), name=typed["name"], email=typed["email"], phone=phone, call=call())
    return _back(user_id, _("Saved."))


@pages.post("/people/<user_id>/rights")
def give_right(user_id: str) -> Answer:
    role, area_id = request.form.get("role", ""), AreaId(request.form.get("area", "")[:40])
    level = level_typed(role, area_id, request.form.get("level", ""), user_id)
    problems = [] if role in set(Role) else [Problem("role", "MISSING")]
    problems += [] if area_id else [Problem("area", "MISSING")]
    with redisplay(person_page, UserId(user_id), None):
        refuse(problems)
        waits = people.give(
            new_unit(), UserId(user_id), Grant(Role(role), area_id), level, call=call(), writer=writer()
        )
    if waits:
        return _back(user_id, _("Asked for. Another administrator has to confirm it; they are being notified."))
    return _back(user_id, _("The right is given."))


@pages.post("/people/<user_id>/rights/take")
def take_right(user_id: str) -> Answer:
    role, area_id = request.form.get("role", ""), AreaId(request.form.get("area", "")[:40])
    grant = Grant(Role(role), area_id) if role in set(Role) else None
    people.take(new_unit(), UserId(user_id), grant, None if grant else area_id, call=call(), writer=writer())
    return _back(user_id, _("The right is taken away."))


@pages.post("/people/<user_id>/invitation")
def renew_invitation(user_id: str) -> Answer:
    made = people.renew_invitation(new_unit(), UserId(user_id), vault=vault_of(context()), call=call(), writer=writer())
    return link_page(made)


@pages.post("/people/<user_id>/reset")
def ask_reset(user_id: str) -> Answer:
    people.ask_reset(new_unit(), UserId(user_id), call=call(), writer=writer())
    return _back(user_id, _("Asked for. Another administrator has to confirm it; they are being notified."))


@pages.post("/people/<user_id>/block")
def block_person(user_id: str) -> Answer:
    user = people.block(new_unit(), UserId(user_id), call=call())
    return _back(user_id, _("%(name)s cannot sign in any more; every session has ended.", name=user.name))


@pages.post("/people/<user_id>/unblock")
def unblock_person(user_id: str) -> Answer:
    user = people.unblock(new_unit(), UserId(user_id), call=call())
    return _back(user_id, _("%(name)s can sign in.", name=user.name))


@pages.post("/people/<user_id>/tokens/<token_id>/revoke")
def revoke_token_of(user_id: str, token_id: str) -> Answer:
    people.revoke_token(new_unit(), UserId(user_id), token_id, call=call())
    return _back(user_id, _("The token is revoked; the program that has it is refused from now on."))


@pages.post("/people/requests/<request_id>/confirm")
def confirm_request(request_id: str) -> Answer:
    done = access_requests.confirm(new_unit(), request_id, vault=vault_of(context()), call=call(), writer=writer())
    if not done.link:
        return _back(done.request.user_id, _("Confirmed: the right is given."))
    with context().uow.reading() as unit:
        user = unit[People].get(done.request.user_id)
    return link_page(Invited(user, done.link))


@pages.post("/people/requests/<request_id>/refuse")
def refuse_request(request_id: str) -> Answer:
    request_ = access_requests.refuse(new_unit(), request_id, call=call())
    return _back(request_.user_id, _("Refused: nothing is changed."))


def _back(user_id: str, sentence: str) -> Response:
    return confirmed(sentence, "web.person", user_id=user_id)
