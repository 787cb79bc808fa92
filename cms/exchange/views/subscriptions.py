"""Feeds and subscribers of the exchange: added, removed, and the log of what a subscriber was sent."""

from flask import render_template, request
from werkzeug.wrappers import Response

from cms.accounts.service.vault import vault_of
from cms.exchange.model import WebhookKind
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service import subscriptions
from cms.exchange.service.subscriptions import FeedDraft, SenderDraft, WebhookDraft
from cms.exchange.service.webhooks import TRIES
from cms.exchange.views import exchange
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.areas import AreaId

PAGE_ROWS = 50


@pages.post("/exchange/feeds")
def add_feed() -> Answer:
    form = request.form
    poll, hosts = form.get("poll_s", "").strip(), form.get("hosts", "")
    draft = FeedDraft(
        form.get("name", "").strip()[:300],
        form.get("url", "").strip()[:2000],
        tuple(hosts.replace(",", " ").split())[:20],
        "is_plain" in form,
        "is_local" in form,
        int(poll) if poll.isdecimal() and len(poll) < 8 else 0,  # noqa: PLR2004 - more seconds than a day has
        is_pushed="is_pushed" in form,
    )
    with redisplay(exchange.feeds_page, draft):
        subscriptions.add_feed(new_unit(), draft, vault=vault_of(context()), call=call())
    return confirmed(_("The feed is polled from now on."), "web.exchange_feeds")


@pages.post("/exchange/feeds/remove")
def remove_feed() -> Response:
    subscriptions.remove_feed(new_unit(), request.form.get("name", ""), call=call())
    return confirmed(_("The feed is polled no more. What came from it stays."), "web.exchange_feeds")


@pages.post("/exchange/senders")
def add_sender() -> Answer:
    form, area = request.form, request.form.get("area", "")[:40]
    draft = SenderDraft(
        form.get("sender", "").strip()[:400],
        form.get("sender_name", "").strip()[:300],
        form.get("certificate", "").strip()[:20_000],
        (AreaId(area),) if area else (),
        tuple(form.get("superior_of", "").split()[:20]),
        "may_push" in form,
    )
    with redisplay(exchange.feeds_page, FeedDraft("", ""), sender=draft):
        known, secret = subscriptions.add_sender(new_unit(), draft, call=call())
    if secret:
        return render_template("exchange/sender_made.html", sender=known, secret=secret)
    return confirmed(_("The sender is known from now on."), "web.exchange_feeds")


@pages.post("/exchange/webhooks")
def add_webhook() -> Answer:
    form = request.form
    draft = WebhookDraft(
        form.get("name", "").strip()[:300],
        form.get("url", "").strip()[:2000],
        "is_plain" in form,
        "is_local" in form,
        "wants_drills" in form,
        tuple(each for each in WebhookKind if each in form.getlist("kinds")),
    )
    with redisplay(exchange.out_page, draft):
        added, secret = subscriptions.add_webhook(new_unit(), draft, vault=vault_of(context()), call=call())
    return render_template("exchange/webhook_made.html", webhook=added, secret=secret)


@pages.post("/exchange/webhooks/remove")
def remove_webhook() -> Response:
    subscriptions.remove_webhook(new_unit(), request.form.get("name", ""), call=call())
    return confirmed(_("Nothing more is sent there."), "web.exchange_out")


@pages.get("/exchange/webhooks/<webhook_id>")
def webhook_log(webhook_id: str) -> str:
    """Show what the subscriber was sent, newest first, with the outcome of each."""
    exchange.enter()
    after = request.args.get("after", "")
    with context().uow.reading() as unit:
        found = unit[WebhookRecords].get(webhook_id)
        page = unit[WebhookRecords].log(webhook_id, after, PAGE_ROWS)
        tabs = exchange.figures_of(unit.session)
    return render_template(
        "exchange/webhook_log.html",
        webhook=found,
        page=page,
        after=after,
        tries=TRIES,
        tabs=tabs,
        can_change=exchange.may_change(),
    )


@pages.post("/exchange/webhooks/<webhook_id>/deliveries/<delivery_id>/again")
def send_again(webhook_id: str, delivery_id: str) -> Response:
    subscriptions.send_again(new_unit(), webhook_id, delivery_id, call=call())
    return confirmed(_("It is sent again within a few seconds."), "web.webhook_log", webhook_id=webhook_id)
