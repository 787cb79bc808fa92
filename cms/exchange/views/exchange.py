"""Data exchange: questions for people, messages received, feeds, and published documents with their delivery."""

from collections.abc import Sequence
from datetime import datetime

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from broadcast.alerts.cap.findings import Finding, Weight
from broadcast.alerts.cap.verdict import CapVerdict
from cms.accounts.service.access_requests import roots
from cms.exchange.model import CapFeed, FeedTrouble, ReceivedCap
from cms.exchange.queries.exchange import (
    cap_list,
    count_open,
    feeds_in_trouble,
    is_broker_lost,
    open_drafts,
    open_questions,
    open_refusals,
)
from cms.exchange.repository.central import CentralRecords
from cms.exchange.repository.exchange import CapMessages, CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.subscriptions import FeedDraft, SenderDraft, WebhookDraft
from cms.exchange.service.webhooks import TRIES
from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import new_unit, pages
from cms.public.queries.published import published_list
from media.errors import ContentMissingError
from province.errors import NotFoundError, Problem
from province.events import Event
from province.people import Action

PAGE_ROWS = 30
ALL = "all"
ROWS = 50


@pages.get("/exchange")
def exchange() -> str:
    """Show questions, drafts and refusals that wait for a person."""
    enter()
    with request_context.session() as session:
        return render_template(
            "exchange/exchange.html",
            refusals=open_refusals(session),
            sender_names=_names(session),
            questions=open_questions(session),
            drafts=open_drafts(session),
            troubled=feeds_in_trouble(session),
            since=since,
            tabs=figures_of(session),
        )


@pages.get("/exchange/messages")
def exchange_messages() -> str:
    """List messages of one verdict; by default without ignored ones, as a feed may send a heartbeat every minute."""
    enter()
    asked = request.args.get("verdict", "")
    named = [verdict for verdict in CapVerdict if verdict == asked]
    chosen = asked if named or asked == ALL else ""
    verdicts = named or ([] if chosen else [verdict for verdict in CapVerdict if verdict is not CapVerdict.IGNORE])
    after = request.args.get("after", "")
    with request_context.session() as session:
        return render_template(
            "exchange/exchange_messages.html",
            page=cap_list(session, verdicts, after=after, limit=PAGE_ROWS),
            chosen=chosen,
            all=ALL,
            after=after,
            senders=_names(session),
            tabs=figures_of(session),
        )


@pages.get("/exchange/messages/<message_id>")
def exchange_message(message_id: str) -> str:
    """Show one message with every finding of its first evaluation."""
    enter()
    with request_context.session() as session:
        found = CapMessages(session).get(message_id)
        if found is None:
            raise NotFoundError("cap_message", message_id)
        return render_template(
            "exchange/exchange_message.html",
            message=found,
            senders=_names(session),
            is_stored=_is_stored(found),
            by_weight=by_weight,
            tabs=figures_of(session),
        )


@pages.post("/exchange/messages/<message_id>/settle")
def settle_message(message_id: str) -> Response:
    """Settle a refused message in the person's name, which removes it from the list of open ones."""
    request_context.require(Action.ALERT_RAISE, (), messages.tree())
    context = request_context.context()
    with new_unit() as uow:
        if uow[CapMessages].settle(message_id):
            actor = request_context.actor()
            uow.record(Event("cap.settled", message_id, context.now(), actor.user_id, actor.name, {}))
            uow.commit()
    return redirect(url_for("web.exchange"))


@pages.get("/exchange/feeds")
def exchange_feeds() -> str:
    enter()
    return feeds_page(FeedDraft("", ""))


def feeds_page(typed: FeedDraft, problems: Sequence[Problem] = (), sender: SenderDraft | None = None) -> str:
    """Show feeds with their state, the senders we know, and the form of a new feed."""
    with request_context.session() as session:
        return render_template(
            "exchange/exchange_feeds.html",
            feeds=sorted(CapFeeds(session).all(), key=lambda feed: feed.trouble is FeedTrouble.NONE),
            hubs={each.feed_id: each for each in HubSubscriptions(session).all()},
            broker=request_context.context().settings.cap_mqtt_host,
            topic=request_context.context().settings.cap_mqtt_topic,
            is_broker_lost=is_broker_lost(session),
            senders=CapSenders(session).all(),
            since=since,
            tabs=figures_of(session),
            typed=typed,
            problems=messages.by_field(problems),
            can_change=may_change(),
            sender=sender or SenderDraft("", ""),
            is_sender=sender is not None,
            areas=[("", _("every place")), *area_picker.options(area_picker.outermost_first(Action.USER_MANAGE))],
        )


@pages.get("/exchange/out")
def exchange_out() -> str:
    enter()
    return out_page(WebhookDraft("", ""))


def out_page(typed: WebhookDraft, problems: Sequence[Problem] = ()) -> str:
    """Show published documents, how far each was delivered, the subscribers, and the form of a new one."""
    after = request.args.get("after", "")
    with request_context.session() as session:
        webhooks = WebhookRecords(session)
        return render_template(
            "exchange/exchange_out.html",
            page=published_list(session, after=after, limit=PAGE_ROWS),
            after=after,
            subscribers=[(each, *webhooks.counts(each.id)) for each in webhooks.all()],
            tries=TRIES,
            tabs=figures_of(session),
            typed=typed,
            problems=messages.by_field(problems),
            can_change=may_change(),
        )


def enter() -> None:
    """Require the right to read the exchange. Raises NotAllowedError."""
    request_context.require(Action.EXCHANGE_READ, (), messages.tree())


def may_change() -> bool:
    """Return whether the user manages people in all of the province, and so feeds and subscribers."""
    tree = messages.tree()
    return all(request_context.can(Action.USER_MANAGE, area_id, tree) for area_id in roots(tree))


def open_count(session: Session) -> int | None:
    """Count the messages that wait for a person; None if the user may not see them."""
    return count_open(session) if request_context.can_anywhere(Action.EXCHANGE_READ) else None


def since(feed: CapFeed) -> datetime:
    """Return the start of the feed's trouble, as far as is known."""
    last = feed.heard_at if feed.trouble is FeedTrouble.SILENT else feed.answered_at
    return last or feed.added_at


def by_weight(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Group the findings by weight, the decisive ones first."""
    groups = ((weight.value, [each for each in findings if each.weight is weight]) for weight in Weight)
    return [group for group in groups if group[1]]


def figures_of(session: Session) -> dict[str, int]:
    """Return the counts shown on the tabs."""
    return {"open": count_open(session), "troubled": len(feeds_in_trouble(session))}


def _names(session: Session) -> dict[str, str]:
    return {each.sender: each.name for each in CapSenders(session).all()}


def _is_stored(message: ReceivedCap) -> bool:
    try:
        request_context.context().content.stat(message.sha256)
    except ContentMissingError:
        return False
    return True


@pages.get("/exchange/central")
def exchange_central() -> str:
    enter()
    with request_context.session() as session:
        store = CentralRecords(session)
        return render_template(
            "exchange/exchange_central.html",
            is_linked=bool(request_context.context().settings.central_url),
            link=store.link(),
            rows=store.recent(ROWS),
            kinds=store.kinds(),
            tabs=figures_of(session),
        )
