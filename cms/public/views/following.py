"""Following a commune without an account: by web push, or by e-mail that its owner confirms. No session, no cookie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from flask import Response, render_template, request

from broadcast.citizens.model import CitizenSubscription
from broadcast.notifications.model import NotificationChannel
from broadcast.notifications.rules import EMAIL_MOST
from cms.accounts.service.vault import vault_of
from cms.areas.repository import Places
from cms.citizens.repository import CitizenSubscriptions
from cms.citizens.service import links, subscriptions
from cms.notifications.channels.web_push import public_key
from cms.platform.store.engine import reading
from cms.platform.web import messages
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, session
from cms.platform.web.typed_form import TypedForm, entry, ticked
from cms.public.views import caching, limits, request_context
from cms.public.views.request_context import PublicArea, public
from province.errors import InvalidError, NotFoundError

_ENDPOINT_MOST: Final = 1001
_KEY_MOST: Final = 200
TRIED: Final = limits.HourlyLimit("follow", 12)
"""Limit of tries to follow, by address: a household with some telephones."""
MAILED: Final = limits.HourlyLimit("follow_mail", 6)
ALL_MAILED: Final = limits.HourlyLimit("follow_mail_all", 3000)
"""Limit of confirmations of the whole province: more would have our mails taken for spam."""


@dataclass(frozen=True)
class TypedFollower(TypedForm):
    """Form as typed. ``website`` is a honeypot: people do not see it, and bots fill it in."""

    email: str = entry(most=EMAIL_MOST + 1)
    digest: bool = ticked()
    ticket: str = entry(most=120)
    website: str = entry()


@public.get("/<area_id>/theo-doi")
def follow_form(area_id: str) -> Response:
    return _form_page(_followed(area_id), TypedFollower(ticket=limits.new_ticket().text))


@public.post("/<area_id>/theo-doi")
def follow_by_mail(area_id: str) -> Response:
    """Have the owner of the address asked by mail. The answer is the same whether the address is known or not."""
    here, typed = _followed(area_id), TypedFollower.of(request.form)
    settings, now = context().settings, context().now()
    if not settings.smtp_url:
        raise NotFoundError("area", area_id)
    if refusal := limits.too_old(typed.ticket) or limits.too_quick(typed.ticket, typed.website):
        fresh = replace(typed, website="", ticket=limits.new_ticket().text)
        return _form_page(here, fresh, whole=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not (MAILED.takes(limits.source(), now) and ALL_MAILED.takes("", now)):
        told = _("Many asked to follow from where you are within the hour. Wait an hour and try again.")
        return _form_page(here, typed, whole=told, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        subscriptions.ask_by_mail(
            context().uow(),
            here.area.id,
            typed.email,
            has_digest=typed.digest,
            at_most=settings.citizen_subscriptions_max,
            now=now,
        )
    except InvalidError as error:
        MAILED.give_back(limits.source())
        found = messages.by_field(error.problems)
        return _form_page(here, typed, found, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return caching.not_kept(render_template("public/follow_sent.html", here=here, email=typed.email, in_force=[]))


@public.post("/<area_id>/theo-doi/trinh-duyet")
def follow_in_browser(area_id: str) -> Response:
    """Take the subscription that a script of the page made, or end it. Answers without a page."""
    here, sent = _followed(area_id), request.form
    settings, now = context().settings, context().now()
    parts = {name: sent.get(name, "")[:_ENDPOINT_MOST] for name in ("endpoint", "p256dh", "auth")}
    if sent.get("act") == "end":
        subscriptions.end_browser(context().uow(), here.area.id, parts["endpoint"])
        return Response(status=HTTPStatus.NO_CONTENT)
    if limits.read_ticket(sent.get("ticket", "")) is None:
        return Response(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not TRIED.takes(limits.source(), now):
        return Response(status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        subscriptions.subscribe_browser(
            context().uow(),
            here.area.id,
            **parts,
            has_digest=bool(sent.get("digest")),
            at_most=settings.citizen_subscriptions_max,
            now=now,
        )
    except InvalidError:
        return Response(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return Response(status=HTTPStatus.NO_CONTENT)


@public.get("/theo-doi/<citizen_id>")
def subscription(citizen_id: str) -> Response:
    """Show the owner of the address their choice. Reading changes nothing: programs that check mails open links."""
    return _choice_page(_owned(citizen_id))


@public.post("/theo-doi/<citizen_id>")
def choose_subscription(citizen_id: str) -> Response:
    """Confirm and choose, or end it."""
    owned, sent = _owned(citizen_id), request.form
    if owned is None:
        return _choice_page(None)
    if sent.get("act") == "end":
        subscriptions.end(context().uow(), owned.id)
        return _choice_page(None)
    has_digest, now = bool(sent.get("digest")), context().now()
    subscriptions.confirm(context().uow(), owned.id, has_digest=has_digest, now=now)
    stored = replace(owned, confirmed_at=owned.confirmed_at or now, has_digest=has_digest)
    return _choice_page(stored, is_stored=True)


@public.post("/theo-doi/<citizen_id>/thoi")
def end_subscription(citizen_id: str) -> Response:
    """End it at one press of the reader's mail program (RFC 8058)."""
    owned = _owned(citizen_id)
    if owned is not None:
        subscriptions.end(context().uow(), owned.id)
    return _choice_page(None)


def is_offered() -> bool:
    """Return whether this province sends messages to citizens; a training world sends none."""
    settings = context().settings
    return not settings.is_practice and settings.citizen_subscriptions_max > 0


def _followed(area_id: str) -> PublicArea:
    """Return the commune. Raises NotFoundError where nobody can follow it."""
    with session() as found:
        here = request_context.commune(Places(found), area_id)
    if not is_offered() or not here.is_public or not here.is_open:
        raise NotFoundError("area", area_id)
    return here


def _owned(citizen_id: str) -> CitizenSubscription | None:
    """Return the subscription whose link was opened; None: it has ended. Raises NotFoundError: no link of ours."""
    if not links.is_key(vault_of(context()), citizen_id, request.args.get("key", "")[:_KEY_MOST]):
        raise NotFoundError("citizen_subscription", citizen_id)
    with reading(context().engine) as found:
        return CitizenSubscriptions(found).find(citizen_id)


def _form_page(
    here: PublicArea,
    typed: TypedFollower,
    problems: Mapping[str, Sequence[str]] | None = None,
    *,
    whole: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    settings = context().settings
    page = render_template(
        "public/follow.html",
        here=here,
        typed=typed,
        problems={"email": [], **(problems or {})},
        whole=whole,
        is_mailed=bool(settings.smtp_url),
        push_key=public_key(settings.keys_dir),
        in_force=[],
    )
    return caching.not_kept(page, status)


def _choice_page(owned: CitizenSubscription | None, *, is_stored: bool = False) -> Response:
    area = None
    if owned is not None:
        with session() as found:
            area = Places(found).tree().get(owned.area_id)
    page = render_template(
        "public/subscription.html",
        owned=owned,
        area=area,
        is_mail=owned is not None and owned.channel is NotificationChannel.EMAIL,
        is_ticked=owned is not None and (owned.has_digest or (owned.confirmed_at is None and "tin" in request.args)),
        is_stored=is_stored,
        in_force=[],
    )
    return caching.not_kept(page)
