"""Resuming after a sign-in: an open page asks who is signed in, and a carried form is offered again."""

from flask import jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from cms.accounts.service.signing_in import SignInStep
from cms.accounts.views import second_factor
from cms.platform.web import request_context, unsaved
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import local_path, pages, visitor


@pages.get("/session")
@request_context.before_sign_in
def session_state() -> Response:
    """Return to an open page the signed-in user, the pending step of the sign-in, and the CSRF token for its forms."""
    found, halfway = visitor(), second_factor.halfway()
    wanted = halfway.wanted if halfway is not None and found is None else SignInStep.NOTHING
    return jsonify(person=found.user_id if found else "", wanted=wanted.value, csrf=generate_csrf())


@pages.post("/sign-in/continue")
@request_context.before_sign_in
def carry_on() -> Answer:
    """Continue with the carried form after one step of the sign-in: with the next step, or by offering to send it."""
    kept = unsaved.unpacked(request.form.get("carried", ""))
    if visitor() is not None:
        if kept is None:
            return redirect(local_path(request.form.get("next", "/")))
        heading = _("You are signed in again")
        return render_template("carried.html", heading=heading, kept=kept, can_refill=unsaved.can_refill(kept))
    halfway = second_factor.halfway()
    if halfway is None:
        return redirect(url_for("web.sign_in_form"))
    return second_factor.step_page(halfway.wanted)
