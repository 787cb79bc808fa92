"""Feeds that are polled and subscribers of our publications: added, removed, and sent to again, by administrators."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from cms.accounts.service.access_requests import roots
from cms.accounts.service.vault import Vault, new_secret, secret_hash
from cms.areas.repository import Places
from cms.exchange.cap.check import pin
from cms.exchange.cap.reader import SignerFaultError
from cms.exchange.model import CapFeed, CapSender, Webhook, WebhookDelivery, WebhookKind
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.addresses import Allowed, Resolve, host_of, target_of
from cms.exchange.service.errors import ExchangeError, FetchRefusedError
from cms.exchange.service.hubs import subscription_of
from cms.exchange.service.webhooks import allowed_for
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import NotFoundError, Problem, problem_if, refuse
from province.people import Action

WEBHOOK_PREFIX: Final = "loahook_"
PUSH_PREFIX: Final = "loacap_"
SENDER_MOST: Final = 300
NAME_MOST: Final = 80
URL_MOST: Final = 1000
POLL_S: Final = (5, 86_400)


def literal(host: str, port: int) -> Sequence[str]:
    """Resolve an address written in figures; a name is left for the connection, which checks what it leads to."""
    del port
    try:
        return [str(ip_address(host))]
    except ValueError:
        raise OSError(host) from None


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """Feed to poll. ``hosts``: others that its entries, redirects and hub may be at. ``is_pushed``: by its hub, too."""

    name: str
    url: str
    hosts: tuple[str, ...] = ()
    is_plain: bool = False
    is_local: bool = False
    poll_s: int = 60
    failing_after_s: int = 900
    silent_after_s: int = 0
    is_pushed: bool = False


@dataclass(frozen=True, slots=True)
class SenderDraft:
    """Sender whose messages are known. No ``area_ids``: they may speak for every place."""

    sender: str
    name: str
    certificate_pem: str = ""
    area_ids: tuple[AreaId, ...] = ()
    superior_of: tuple[str, ...] = ()
    may_push: bool = False


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """Subscriber to send to."""

    name: str
    url: str
    is_plain: bool = False
    is_local: bool = False
    wants_drills: bool = False
    kinds: tuple[WebhookKind, ...] = (WebhookKind.CAP,)


def require_manager(uow: UnitOfWork, call: Call) -> None:
    """Require the right to manage people in all of the province. Raises NotAllowedError."""
    tree = uow[Places].tree()
    call.require(Action.USER_MANAGE, roots(tree), tree)


def add_feed(uow: UnitOfWork, draft: FeedDraft, *, vault: Vault, call: Call) -> CapFeed:
    """Poll the feed from now on. Raises InvalidError, NotAllowedError."""
    with uow:
        require_manager(uow, call)
        feeds = uow[CapFeeds]
        problems = _name_problems(draft.name, is_taken=feeds.named(draft.name) is not None)
        problems += _url_problems(draft.url, lambda: _allowed(_pinned(draft), draft), literal)
        least, most = POLL_S
        problems += problem_if(not least <= draft.poll_s <= most, "poll_s", "NOT_WITHIN", min=least, max=most)
        refuse(problems)
        pinned = _pinned(draft)
        plain = pinned if draft.is_plain else ()
        added = CapFeed(
            call.new_id(),
            draft.name,
            draft.url,
            pinned,
            plain,
            draft.is_local,
            draft.poll_s,
            draft.failing_after_s,
            draft.silent_after_s,
            call.now,
            call.now,
        )
        feeds.add(added)
        if draft.is_pushed:
            uow[HubSubscriptions].add(subscription_of(added, vault, call.now))
        detail = {"name": added.name, "url": added.url, "is_pushed": draft.is_pushed}
        uow.record(call.event("cap_feed.added", added.id, **detail))
        uow.commit()
    return added


def remove_feed(uow: UnitOfWork, name: str, *, call: Call) -> CapFeed:
    """Stop polling the feed; what came from it stays. Raises NotFoundError, NotAllowedError."""
    with uow:
        require_manager(uow, call)
        found = uow[CapFeeds].named(name)
        if found is None:
            raise NotFoundError("cap_feed", name)
        uow[HubSubscriptions].remove(found.id)
        uow[CapFeeds].remove(found.id)
        uow.record(call.event("cap_feed.removed", found.id, name=name))
        uow.commit()
    return found


def add_sender(uow: UnitOfWork, draft: SenderDraft, *, call: Call) -> tuple[CapSender, str]:
    """Know the sender from now on, in place of an earlier registration; return it and its secret, if it may push.

    Raises:
        InvalidError: no name, an unknown place, or a certificate that cannot be pinned.
        NotAllowedError: no right to manage people in all of the province.
    """
    with uow:
        require_manager(uow, call)
        tree = uow[Places].tree()
        problems = problem_if(not 0 < len(draft.sender) <= SENDER_MOST, "sender", "MISSING")
        problems += _name_problems(draft.name, is_taken=False)
        unknown = [area_id for area_id in draft.area_ids if area_id not in tree]
        problems += problem_if(bool(unknown), "area", "AREA_UNKNOWN", area=", ".join(unknown))
        try:
            if draft.certificate_pem:
                pin(draft.sender, draft.certificate_pem.encode())
        except SignerFaultError:
            problems.append(Problem("certificate", "NOT_A_CERTIFICATE"))
        refuse(problems)
        secret = new_secret(PUSH_PREFIX) if draft.may_push else ""
        known = CapSender(
            draft.sender,
            draft.name,
            draft.certificate_pem,
            draft.area_ids,
            draft.superior_of,
            secret_hash(secret) if secret else "",
            call.now,
        )
        uow[CapSenders].put(known)
        detail = {"areas": list(known.area_ids), "superior_of": list(known.superior_of)}
        pinned = bool(known.certificate_pem)
        uow.record(call.event("cap_sender.added", known.sender[:80], **detail, has_pin=pinned, may_push=draft.may_push))
        uow.commit()
    return known, secret


def add_webhook(
    uow: UnitOfWork, draft: WebhookDraft, *, vault: Vault, call: Call, resolve: Resolve = literal
) -> tuple[Webhook, str]:
    """Send what it wants to the subscriber from now on; return it and the secret that signs, to be shown once.

    Raises:
        InvalidError: a name in use, or an address that can never be reached.
        NotAllowedError: no right to manage people in all of the province.
    """
    with uow:
        require_manager(uow, call)
        secret, webhook_id, store = new_secret(WEBHOOK_PREFIX), call.new_id(), uow[WebhookRecords]
        problems = _name_problems(draft.name, is_taken=store.named(draft.name) is not None)
        sealed = vault.seal(secret, webhook_id)
        flags = (draft.is_plain, draft.is_local, draft.wants_drills)
        added = Webhook(webhook_id, draft.name, draft.url, *flags, sealed, call.now, kinds=draft.kinds)
        problems += problem_if(not draft.kinds, "kinds", "MISSING")
        problems += _url_problems(draft.url, lambda: allowed_for(added), resolve)
        refuse(problems)
        store.add(added)
        uow.record(call.event("webhook.added", added.id, name=added.name, url=added.url))
        uow.commit()
    return added, secret


def remove_webhook(uow: UnitOfWork, name: str, *, call: Call) -> Webhook:
    """Send nothing more to the subscriber. Raises NotFoundError, NotAllowedError."""
    with uow:
        require_manager(uow, call)
        found = uow[WebhookRecords].named(name)
        if found is None:
            raise NotFoundError("webhook", name)
        uow[WebhookRecords].remove(found, call.now)
        uow.record(call.event("webhook.removed", found.id, name=name))
        uow.commit()
    return found


def send_again(uow: UnitOfWork, webhook_id: str, delivery_id: str, *, call: Call) -> WebhookDelivery:
    """Have a delivery attempted at once, with all of its attempts; its id stays, so that a subscriber knows it again.

    Raises:
        NotFoundError: no such delivery to this subscriber.
        NotAllowedError: no right to manage people in all of the province.
    """
    with uow:
        require_manager(uow, call)
        found = uow[WebhookRecords].delivery(webhook_id, delivery_id)
        again = replace(found, attempts=0, due_at=call.now, sent_at=None, dead_at=None, error="")
        uow[WebhookRecords].save(again)
        uow.record(call.event("webhook.sent_again", webhook_id, delivery=found.id, document=found.document_id))
        uow.commit()
    return again


def _name_problems(name: str, *, is_taken: bool) -> list[Problem]:
    found = problem_if(not name, "name", "MISSING") + problem_if(is_taken, "name", "NAME_TAKEN", name=name)
    return found + problem_if(len(name) > NAME_MOST, "name", "TOO_LONG", length=len(name), max=NAME_MOST)


def _pinned(draft: FeedDraft) -> tuple[str, ...]:
    return (host_of(draft.url), *draft.hosts)


def _allowed(pinned: tuple[str, ...], draft: FeedDraft) -> Allowed:
    return Allowed(frozenset(pinned), frozenset(pinned if draft.is_plain else ()), draft.is_local)


def _url_problems(url: str, allowed: Callable[[], Allowed], resolve: Resolve) -> list[Problem]:
    """Return why the address can never be reached; whether it answers is found out later."""
    if len(url) > URL_MOST:
        return [Problem("url", "URL_URL")]
    try:
        target_of(url, allowed(), resolve)
    except FetchRefusedError as error:
        return [Problem("url", f"URL_{error.reason}")]
    except ExchangeError:
        pass
    return []
