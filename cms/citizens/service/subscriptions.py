"""Subscriptions of citizens: asked for, confirmed by the owner of the address, ended by them or erased for them."""

import logging
from datetime import datetime, timedelta
from typing import Final

from broadcast.citizens.model import CitizenDelivery, CitizenMessage, CitizenMessageKind, CitizenSubscription
from broadcast.citizens.rules import CONFIRM_WITHIN, recipient_of
from broadcast.notifications.model import NotificationChannel
from broadcast.notifications.rules import is_email
from cms.areas.repository import Places
from cms.citizens.repository import CitizenDeliveries, CitizenMessages, CitizenSubscriptions
from cms.citizens.service import texts
from cms.notifications.channels.web_push import is_subscription
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action

log = logging.getLogger(__name__)
CONFIRMATIONS_MOST: Final = 3
"""Confirmations a day to one address: whoever types another person's address sends them no more mail than that."""
COMMUNES_MOST: Final = 10
_ENDPOINT_MOST: Final = 1000
_DAY: Final = timedelta(days=1)


def ask_by_mail(uow: UnitOfWork, area_id: AreaId, email: str, *, has_digest: bool, at_most: int, now: datetime) -> None:
    """Ask the owner of the address by mail whether they want it.

    The caller learns nothing of the address: known or not, the answer is the same.

    Raises:
        InvalidError: no e-mail address, or there are ``at_most`` subscriptions.
    """
    if not is_email(email):
        raise InvalidError([Problem("email", "NOT_AN_EMAIL" if email else "MISSING")])
    recipient = recipient_of(NotificationChannel.EMAIL, email)
    with uow:
        known = uow[CitizenSubscriptions].of(recipient)
        mine = next((each.id for each in known if each.area_id == area_id), None)
        if mine is None:
            _require_room(uow, at_most, "email")
        ids = [each.id for each in known]
        if uow[CitizenDeliveries].confirmations(ids, now - _DAY) >= CONFIRMATIONS_MOST:
            return
        if mine is None and len(known) >= COMMUNES_MOST:
            return
        asked = CitizenSubscription(
            mine or uow.new_id(), area_id, NotificationChannel.EMAIL, recipient, email, now, has_digest=has_digest
        )
        uow[CitizenSubscriptions].ask(asked)
        _ask_to_confirm(uow, asked)
        uow.commit()


def _ask_to_confirm(uow: UnitOfWork, asked: CitizenSubscription) -> None:
    message_id, now, kind = uow.new_id(), asked.asked_at, CitizenMessageKind.CONFIRMATION
    title, text = texts.confirmation(uow[Places].tree().get(asked.area_id).name)
    until_at, has_digest = now + CONFIRM_WITHIN, asked.has_digest
    uow[CitizenMessages].write(
        CitizenMessage(
            message_id, f"{kind}:{message_id}", kind, (), title, text, now, until_at, has_digest, spread_at=now
        )
    )
    delivery = CitizenDelivery(uow.new_id(), message_id, asked.id, asked.recipient, asked.channel, kind, now)
    uow[CitizenDeliveries].write([delivery])


def subscribe_browser(
    uow: UnitOfWork,
    area_id: AreaId,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    has_digest: bool,
    at_most: int,
    now: datetime,
) -> None:
    """Subscribe a browser; its owner has consented in the browser itself.

    Raises:
        InvalidError: no subscription that a browser makes, or there are ``at_most``.
    """
    if not is_subscription(endpoint, p256dh, auth) or len(endpoint) > _ENDPOINT_MOST:
        raise InvalidError([Problem("endpoint", "NOT_A_SUBSCRIPTION")])
    recipient = recipient_of(NotificationChannel.PUSH, endpoint)
    made = CitizenSubscription(
        uow.new_id(), area_id, NotificationChannel.PUSH, recipient, endpoint, now, p256dh, auth, has_digest, now
    )
    with uow:
        known = uow[CitizenSubscriptions].of(recipient)
        if all(each.area_id != area_id for each in known):
            _require_room(uow, at_most, "endpoint")
            uow[CitizenSubscriptions].end([each.id for each in known[: max(0, len(known) - COMMUNES_MOST + 1)]])
        uow[CitizenSubscriptions].subscribe(made)
        uow.commit()


def end_browser(uow: UnitOfWork, area_id: AreaId, endpoint: str) -> None:
    """End the subscription of a browser to the commune; who knows the endpoint is its owner."""
    with uow:
        known = uow[CitizenSubscriptions].of(recipient_of(NotificationChannel.PUSH, endpoint))
        uow[CitizenSubscriptions].end([each.id for each in known if each.area_id == area_id])
        uow.commit()


def confirm(uow: UnitOfWork, subscription_id: str, *, has_digest: bool, now: datetime) -> None:
    """Confirm the subscription and store what its owner chose. Idempotent."""
    with uow:
        uow[CitizenSubscriptions].confirm(subscription_id, now, has_digest=has_digest)
        uow.commit()


def end(uow: UnitOfWork, subscription_id: str) -> None:
    """End the subscription: nothing of it is kept. Idempotent."""
    with uow:
        uow[CitizenSubscriptions].end([subscription_id])
        uow.commit()


def erase_address(uow: UnitOfWork, email: str, *, call: Call) -> int:
    """End all subscriptions of an e-mail address for its owner, who asked an official; return how many there were.

    The event names no address: the log is kept for good.

    Raises:
        NotAllowedError: the actor does not manage the people of the whole province.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.USER_MANAGE, [area.id for area in tree if area.parent_id is None], tree)
        known = uow[CitizenSubscriptions].of(recipient_of(NotificationChannel.EMAIL, email))
        if known:
            uow[CitizenSubscriptions].end([each.id for each in known])
            uow.record(call.event("citizen_subscription.erased", known[0].id, number=len(known)))
            uow.commit()
    return len(known)


def _require_room(uow: UnitOfWork, at_most: int, field: str) -> None:
    if uow[CitizenSubscriptions].count() >= at_most:
        log.warning("citizen_subscription.refused: there are %d, see LOA_CITIZEN_SUBSCRIPTIONS_MAX", at_most)
        raise InvalidError([Problem(field, "TOO_MANY_SUBSCRIPTIONS")])
