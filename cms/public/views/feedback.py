"""Citizens' feedback: a form without sign-in, and the answer looked up by its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, render_template, request

from broadcast.bulletins.model import BulletinId
from broadcast.feedback.model import Channel, FeedbackId, FeedbackKind
from broadcast.reports.model import Span
from cms.areas.repository import Places
from cms.feedback.service.public_form import SENT_MAX, receive
from cms.feedback.service.register import CONTACT_MAX, FeedbackDraft
from cms.platform.web import messages
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, session
from cms.platform.web.typed_form import TypedForm, entry
from cms.public.queries.public import PublicBulletin, aired, by_code, planned_ids
from cms.public.views import caching, limits, request_context
from cms.public.views.request_context import PublicArea, public
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError, Problem

OFFERED: Final = timedelta(days=14)
OFFERED_MOST: Final = 20


@dataclass(frozen=True)
class TypedFeedback(TypedForm):
    """Feedback form as typed. ``website`` is a honeypot: people do not see it, and bots fill it in."""

    kind: str = entry()
    text: str = entry(most=SENT_MAX + 1)
    contact: str = entry(most=CONTACT_MAX + 1)
    bulletin: str = entry()
    ticket: str = entry(most=120)
    website: str = entry()


@public.get("/<area_id>/phan-anh")
def feedback_form(area_id: str) -> Response:
    """Show the form; ``tin`` of the query is the bulletin it is about."""
    here, offered = _asked_about(area_id)
    typed = TypedFeedback(bulletin=request.args.get("tin", "")[:40], ticket=limits.new_ticket().text)
    return _form_page(here, offered, typed)


@public.post("/<area_id>/phan-anh")
def send_feedback(area_id: str) -> Response:
    """Record the feedback once, and redirect its author to the code."""
    here, offered = _asked_about(area_id)
    typed = TypedFeedback.of(request.form)
    ticket, now = limits.read_ticket(typed.ticket), context().now()
    if ticket is None or limits.too_old(typed.ticket):
        fresh = replace(typed, ticket=limits.new_ticket().text)
        return _form_page(here, offered, fresh, whole=limits.too_old(typed.ticket))
    missing = {
        **({} if typed.kind in set(FeedbackKind) else {"kind": [_("Please choose one.")]}),
        **({} if typed.text else {"text": [messages.problem_sentence(Problem("text", "MISSING"))]}),
    }
    if missing:
        return _form_page(here, offered, replace(typed, website=""), missing)
    if told := limits.too_quick(typed.ticket, typed.website):
        return _form_page(here, offered, replace(typed, website=""), whole=told)
    known = {each.id for each in offered}
    draft = FeedbackDraft(
        area_id=AreaId(here.area.id),
        channel=Channel.WEB,
        kind=FeedbackKind(typed.kind),
        text=typed.text,
        said_at=now,
        contact=typed.contact,
        bulletin_id=BulletinId(typed.bulletin) if typed.bulletin in known else None,
    )
    source = limits.source()
    if not limits.SENT.takes(source, now):
        told = _(
            "Much feedback was sent from where you are within the hour. Wait an hour and send it again, or call the "
            "commune."
        )
        return _form_page(here, offered, typed, whole=told, status=HTTPStatus.TOO_MANY_REQUESTS)
    code = limits.code_of(ticket.key)
    try:
        receive(context().uow(), FeedbackId(ticket.key), draft=draft, code_hash=limits.code_hash(code), now=now)
    except InvalidError as error:
        limits.SENT.give_back(source)
        return _form_page(here, offered, typed, messages.by_field(error.problems))
    page = render_template("public/sent.html", here=here, code=code, in_force=[])
    return caching.not_kept(page)


@public.get("/phan-anh")
def answer_form() -> Response:
    return caching.not_kept(_answer_page())


@public.post("/phan-anh")
def answer() -> Response:
    """Show the state of the feedback with that code. The code is never in a URL, as URLs are logged."""
    typed = request.form.get("code", "").strip()[:40]
    if not limits.ASKED.takes(limits.source(), context().now()):
        told = _("Too many codes were looked up. Wait an hour and try again.")
        return caching.not_kept(_answer_page(typed, told), HTTPStatus.TOO_MANY_REQUESTS)
    with session() as found:
        item = by_code(found, limits.code_hash(typed))
        area_name = "" if item is None else Places(found).tree().get(item.area_id).name
    if item is None:
        told = _("No feedback has this code. A code has 12 letters and digits, like K7QF-2M9X-ABCD.")
        return caching.not_kept(_answer_page(typed, told), HTTPStatus.UNPROCESSABLE_ENTITY)
    page = render_template("public/answer.html", item=item, typed=typed, problem="", area_name=area_name, in_force=[])
    return caching.not_kept(page)


def _asked_about(area_id: str) -> tuple[PublicArea, Sequence[PublicBulletin]]:
    """Return the place, and the bulletins last heard there. Raises NotFoundError if it takes no feedback."""
    with session() as found:
        here = request_context.commune(Places(found), area_id)
        if not here.is_public or not here.is_open:
            raise NotFoundError("area", area_id)
        on, now = request_context.today(), context().now()
        span = Span(on - OFFERED, on)
        recent = planned_ids(found, here.areas, span, now)[:OFFERED_MOST]
        return here, aired(found, recent, here.areas, span, now)


def _form_page(
    here: PublicArea,
    offered: Sequence[PublicBulletin],
    typed: TypedFeedback,
    problems: Mapping[str, Sequence[str]] | None = None,
    *,
    whole: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    page = render_template(
        "public/feedback.html",
        here=here,
        typed=typed,
        bulletins=[("", _("About no bulletin")), *((each.id, each.title) for each in offered)],
        problems={"kind": [], "text": [], "contact": [], "bulletin": [], **(problems or {})},
        whole=whole,
        most=SENT_MAX,
        in_force=[],
    )
    is_refused = bool(problems or whole) and status == HTTPStatus.OK
    return caching.not_kept(page, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else status)


def _answer_page(typed: str = "", problem: str = "") -> str:
    return render_template("public/answer.html", item=None, typed=typed, problem=problem, in_force=[])
