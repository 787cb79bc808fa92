"""Callbacks of hubs (WebSub): the question whether we asked for a feed, and what they push of it."""

from flask import Response, request
from pydantic import BaseModel, Field

from cms.accounts.service.vault import vault_of
from cms.exchange.api.cap import pushed_body, require_rate
from cms.exchange.model import CapFeed, HubSubscription
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.service.hubs import HubCallback, hub_source
from cms.exchange.service.inbox import Inbox
from cms.platform.api import caller
from cms.platform.api.caller import public_routes
from cms.platform.api.responses import body_of, bytes_of
from cms.platform.store.engine import reading
from province.errors import NotFoundError

_ACCEPTED = 202


class HubCallbackPath(BaseModel):
    token: str = Field(max_length=64)


@public_routes.get(
    "/cap/hubs/<token>",
    summary="Tell a hub whether its lease for a feed is what we asked it for (WebSub)",
    responses=bytes_of("text/plain"),
)
def confirm_hub(path: HubCallbackPath) -> Response:
    """The challenge, where we asked for this topic and wait for the answer; else 404."""
    found, _feed = _found(path.token)
    challenge = _callback().confirm(found, request.args)
    if challenge is None:
        raise NotFoundError("hub_subscription", "")
    return Response(challenge, mimetype="text/plain", headers={"Cache-Control": "no-store"})


@public_routes.post(
    "/cap/hubs/<token>",
    summary="Push a feed that we asked a hub for, signed with the secret of our subscription (WebSub)",
    responses={_ACCEPTED: None},
    openapi_extensions=body_of("application/atom+xml"),
)
@caller.other_body
def take_hub_push(path: HubCallbackPath) -> Response:
    """202 whatever comes of it, as WebSub asks for: a push without a good signature changes nothing.

    At most 2 MiB, and 60 new messages a minute.
    """
    found, feed = _found(path.token)
    require_rate(hub_source(feed))
    body, callback = pushed_body("push"), _callback()
    if callback.is_signed(found, body, request.headers.get("X-Hub-Signature", "")):
        callback.take(found, feed, body)
    return Response(status=_ACCEPTED)


def _callback() -> HubCallback:
    context = caller.context()
    return HubCallback(context.uow, vault_of(context), Inbox.of(context), context.now)


def _found(token: str) -> tuple[HubSubscription, CapFeed]:
    """Return the subscription of this callback, and its feed. Raises NotFoundError."""
    with reading(caller.context().engine) as session:
        found = HubSubscriptions(session).of_token(token)
        if found is None:
            raise NotFoundError("hub_subscription", "")
        return found, CapFeeds(session).get(found.feed_id)
