"""Screens of a training world: exercises with their marks, the certificate, and who has passed."""

from typing import Final

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from cms.platform.web import formats, messages, request_context
from cms.platform.web.request_context import add_template_globals, pages
from cms.reports.documents import formats as documents
from cms.reports.documents.sheets import Column, Letterhead, NumberFormat, Paper, Table
from cms.training import labels
from cms.training.model import Participant
from cms.training.service import participants as marks
from province.people import Action

_NOTE: Final = "Kết quả được chấm tự động theo nhật ký của hệ thống thực hành."
_NUMBER_SIGN: Final = "GCN"


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
    answer = Response(documents.document(_paper(found), _letterhead()), content_type=documents.MEDIA["pdf"])
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


def _letterhead() -> Letterhead:
    settings = request_context.context().settings
    agency = settings.paper_agency or settings.province_name
    return Letterhead(settings.paper_superior, agency, settings.paper_place, settings.paper_signer, _NUMBER_SIGN)


def _paper(of: Participant) -> Paper:
    rows = [(labels.CERTIFICATE[each], f"{formats.local(of.passed_at[each]):%d/%m/%Y}") for each in of.exercises]
    columns = [Column("Bài thực hành", NumberFormat.TEXT), Column("Ngày đạt", NumberFormat.TEXT)]
    return Paper(
        "GIẤY CHỨNG NHẬN HOÀN THÀNH BÀI THỰC HÀNH",
        f"Ông (bà): {of.name} · Đơn vị: {messages.area_names(of.areas)}",
        [Table("Bài đạt", "Các bài thực hành đã đạt", columns, rows)],
        [_NOTE],
    )


add_template_globals(is_practice=is_practice)
