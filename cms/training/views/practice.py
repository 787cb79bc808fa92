"""Screens of a training world: exercises with their marks, the certificate, and who has passed."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from cms.platform.letterhead import letterhead_of
from cms.platform.web import formats, messages, request_context
from cms.platform.web.request_context import add_template_globals, pages
from cms.training import labels
from cms.training.service import participants as marks
from province.people import Action


@pages.get("/practice")
def practice() -> str:
    """Show the user's exercises; outside a training world, what one is."""
    if not is_practice():
        return render_template("training/elsewhere.html")
    with request_context.session() as session:
        found = marks.participant(session, request_context.actor().user_id)
    return render_template("training/practice.html", participant=found, words=labels.EXERCISES)


@pages.get("/practice/certificate.pdf")
def practice_certificate() -> Response:
    """Send the user's certificate; before all exercises of their roles are passed, show these instead."""
    with request_context.session() as session:
        found = marks.participant(session, request_context.actor().user_id)
    if not (is_practice() and found.has_passed):
        return redirect(url_for("web.practice"))
    from cms.training.certificate import certificate  # noqa: PLC0415 - the PDF library takes memory that few need

    passed = [(labels.CERTIFICATE[each], formats.day(formats.local(found.passed_at[each]))) for each in found.exercises]
    letterhead = letterhead_of(request_context.context().settings)
    made = certificate(found.name, messages.area_names(found.areas), passed, letterhead)
    answer = Response(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="giay-chung-nhan.pdf"'
    return answer


@pages.get("/practice/results")
def practice_results() -> str:
    """Show who has passed, in the places of the organiser."""
    tree = messages.tree()
    request_context.require(Action.AUDIT_READ, (), tree)
    if not is_practice():
        return render_template("training/elsewhere.html")
    with request_context.session() as session:
        found = marks.participants(session, request_context.actor(), tree)
    return render_template("training/results.html", participants=found, words=labels.EXERCISES)


def is_practice() -> bool:
    """Return whether this is a training world."""
    return request_context.context().settings.is_practice


add_template_globals(is_practice=is_practice)
