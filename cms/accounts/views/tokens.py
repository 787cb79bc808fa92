"""Tokens of the user's own programs: made, shown once, and revoked."""

from flask import render_template, request
from werkzeug.wrappers import Response

from cms.accounts.errors import AccountError
from cms.accounts.labels import SCOPE
from cms.accounts.repository import People
from cms.accounts.service import own_account, tokens
from cms.accounts.views import account, signing_in
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages
from province.errors import InvalidError


@pages.get("/account/tokens")
def own_tokens() -> str:
    return _page()


@pages.post("/account/tokens")
def make_token() -> Answer:
    """Make a token, for a user who has given their password again; its secret is on this answer alone."""
    mine, now, form = account.found_account(), context().now(), request.form
    try:
        own_account.require_password(
            context().uow,
            signing_in.passwords(),
            mine.user,
            form.get("old", ""),
            here=mine.here.id,
            now=now,
            source=request_context.source(),
        )
        made, secret = tokens.make_own(
            context().uow,
            mine.user,
            name=form.get("token", "").strip(),
            scopes=form.getlist("scopes"),
            days=form.get("days", ""),
            token_id=context().new_id(),
            now=now,
        )
    except InvalidError as error:
        return _page(error), 422
    except AccountError as error:
        return _page(refusal=account.refusal(error)), 422
    return render_template("accounts/token_made.html", token=made, secret=secret)


@pages.post("/account/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> Response:
    tokens.revoke_own(context().uow, account.found_account().user, token_id, context().now())
    return confirmed(_("The token is revoked; the program that has it is refused from now on."), "web.own_tokens")


def _page(error: InvalidError | None = None, *, refusal: str = "") -> str:
    user, now = account.found_account().user, context().now()
    with context().uow.reading() as unit:
        held = [each for each in unit[People].tokens(user.id) if each.is_good(now)]
    return render_template(
        "accounts/tokens.html",
        tokens=held,
        scopes=[(scope.value, SCOPE[scope]) for scope in tokens.scopes_of(user.grants)],
        days=[(str(each), each) for each in tokens.DAYS],
        typed=request.form,
        ticked=set(request.form.getlist("scopes")),
        problems=messages.by_field(error.problems if error else ()),
        refusal=refusal,
    )
