"""Exchange jobs of the scheduler: each on a thread of its own, so that a slow system delays no other."""

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from cms.accounts.service.vault import vault_of
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.hubs import HubSubscriptions
from cms.exchange.repository.outbound import CapDocuments, WebhookRecords
from cms.exchange.service.cap_publisher import Publisher
from cms.exchange.service.central import CentralLink
from cms.exchange.service.central_client import CentralSystem, HttpCentralSystem
from cms.exchange.service.feeds import FeedPoller
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.hubs import HubSubscriber
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.mqtt_intake import QUEUE_MOST, RETRY_MAX_S, MqttIntake, endpoint_of
from cms.exchange.service.signer import MessageSigner
from cms.exchange.service.webhook_events import WebhookEventWriter
from cms.exchange.service.webhooks import Webhooks
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from devices.mqtt.subscriber import MqttSubscriber


class FeedWatch:
    """Job that polls feeds: ``step`` polls what is due now, which is bounded in time."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._feeds = FeedPoller(context.uow, Inbox.of(context), fetcher or Fetcher(), context.now)

    def step(self) -> int:
        return self._feeds.step()

    def is_pending(self, session: Session) -> bool:
        return bool(CapFeeds(session).all())


class HubJob:
    """Job that asks the hubs of feeds for leases; a slow hub delays no poll."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._context = context
        self._fetcher = fetcher or Fetcher()

    def step(self) -> int:
        """Ask the hubs that are due; return their number."""
        context = self._context
        callbacks = f"{context.settings.effective_public_url.rstrip('/')}/api/v1/cap/hubs/"
        return HubSubscriber(context.uow, vault_of(context), self._fetcher, context.now, callbacks).step()

    def is_pending(self, session: Session) -> bool:
        return bool(HubSubscriptions(session).all())


class MqttIntakeJob:
    """Job that takes warnings from the MQTT broker of a warning centre; it does nothing if none is configured."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def run(self, stopping: threading.Event) -> None:
        """Hold the connection, and take what comes, until stopped."""
        context, endpoint = self._context, endpoint_of(self._context.settings)
        if endpoint is None:
            stopping.wait()
            return
        intake = MqttIntake(context.uow, Inbox.of(context), context.now, endpoint.host, stopping)
        subscriber = MqttSubscriber(
            endpoint,
            subscriptions={context.settings.cap_mqtt_topic: 1},
            on_messages=intake.keep,
            receive_maximum=QUEUE_MOST,
            retry_max_s=RETRY_MAX_S,
        )
        subscriber.start()
        try:
            keep_doing(lambda: intake.step(subscriber), stopping, "taking warnings by MQTT", look_s=0.0)
        finally:
            subscriber.close()


class CapPublisher:
    """Job that makes the CAP documents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._publisher: Publisher | None = None

    def step(self) -> int:
        """Make the documents that are due; return their number."""
        context = self._context
        if self._publisher is None:
            sender = context.settings.effective_cap_sender
            signer = MessageSigner.at(context.settings.keys_dir, sender, context.now())
            web = f"{context.settings.effective_public_url.rstrip('/')}/cong-khai"
            self._publisher = Publisher(context.uow, context.content, signer, context.now, context.new_id, web)
        return self._publisher.step()

    def is_pending(self, session: Session) -> bool:
        return CapDocuments(session).is_any_in_force(self._context.now())


class WebhookSender:
    """Job that delivers webhooks; a slow subscriber delays no document."""

    def __init__(self, context: Context, fetcher: Fetcher | None = None) -> None:
        self._context = context
        self._fetcher = fetcher or Fetcher()

    def step(self) -> int:
        """Attempt the deliveries that are due; return their number."""
        context = self._context
        return Webhooks(context.uow, context.content, vault_of(context), self._fetcher, context.now).step()

    def is_pending(self, session: Session) -> bool:
        return WebhookRecords(session).is_any_open()


class WebhookEventJob:
    """Job that writes the events of bulletins, airings, faults, tickets and alerts for their subscribers."""

    def __init__(self, context: Context) -> None:
        self._writer = WebhookEventWriter(context.uow, context.now, context.new_id)

    def step(self) -> int:
        """Write the deliveries of what happened since; return their number."""
        return self._writer.step()

    def is_pending(self, session: Session) -> bool:
        return bool(WebhookRecords(session).all())


class CentralLinkJob:
    """Job of the link: ``step`` polls and reports what is due; it does nothing if no central system is configured."""

    def __init__(self, context: Context, system: CentralSystem | None = None) -> None:
        wanted = system or HttpCentralSystem.of(context.settings)
        poll = timedelta(seconds=context.settings.central_poll_s)
        self._link = (
            None
            if wanted is None
            else CentralLink(
                context.uow,
                context.content,
                context.voices,
                wanted,
                context.now,
                context.new_id,
                poll,
                context.settings.upload_max_mb * 1024 * 1024,
                is_proved=context.settings.central_url.startswith("https://"),
            )
        )

    def step(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        return 0 if self._link is None else self._link.step(is_stopping)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(lambda: self.step(stopping.is_set), stopping, "exchanging with the central system")
