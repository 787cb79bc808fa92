"""Page of an invitation's link, on which a person sets their own password."""

from datetime import timedelta
from http import HTTPStatus

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from cms.accounts.errors import InvitationOverError, LockedError, WeakPasswordError
from cms.accounts.service import invitations
from cms.accounts.service.invitations import OpenInvitation
from cms.accounts.service.vault import vault_of
from cms.accounts.views import second_factor, signing_in
from cms.accounts.views.sessions import with_session
from cms.platform.errors import problem_of
from cms.platform.web import request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages


@pages.get("/join/<invitation_id>")
@request_context.before_sign_in
def join_form(invitation_id: str) -> Answer:
    try:
        return _page(_presented(invitation_id))
    except (InvitationOverError, LockedError) as error:
        return _over(error)


@pages.post("/join/<invitation_id>")
@request_context.before_sign_in
def join(invitation_id: str) -> Answer:
    """Set the password and sign in; a second factor is enrolled next, where the role needs one."""
    new = request.form.get("new", "")
    try:
        invited = _presented(invitation_id)
        if new != request.form.get("again", ""):
            refusal = _("The password was typed differently the second time. Type it twice alike.")
            return _page(invited, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
        welcome = invitations.accept(context().uow, signing_in.passwords(), invited, new, second_factor.opening())
    except WeakPasswordError as error:
        refusal = _(problem_of(error).sentence, min_length=error.min_length)
        return _page(invited, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    except (InvitationOverError, LockedError) as error:
        return _over(error)
    return with_session(redirect(second_factor.where_to(welcome.wanted, "")), welcome)


def _presented(invitation_id: str) -> OpenInvitation:
    key, source = request.values.get("key", "")[:100], request_context.source()
    units, vault = context().uow, vault_of(context())
    return invitations.opened_by(units, vault, invitation_id, key, now=context().now(), source=source)


def _page(invited: OpenInvitation, refusal: str = "") -> str:
    key = request.values.get("key", "")
    return render_template("accounts/join.html", invited=invited, key=key, refusal=refusal)


def _over(error: InvitationOverError | LockedError) -> Response:
    problem = problem_of(error)
    answer = make_response(render_template("accounts/join_over.html", sentence=_(problem.sentence)), problem.status)
    if isinstance(error, LockedError):
        wait: timedelta = error.until_at - context().now()
        answer.headers["Retry-After"] = str(max(1, round(wait.total_seconds())))
    return answer
