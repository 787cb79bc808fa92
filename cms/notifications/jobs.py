"""Background work on notifications: the event log is followed, and each channel sends on a thread of its own."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId
from broadcast.notifications.model import NotificationChannel, PushSubscription
from cms.accounts.service.invitations import whole_path
from cms.accounts.service.vault import vault_of
from cms.alerts.repository.alerts import Declarations
from cms.exchange.service.http_client import Fetcher
from cms.notifications.channels.mail import mail_of
from cms.notifications.channels.port import ChannelTransport
from cms.notifications.channels.sms import Sms
from cms.notifications.channels.telephone import Telephone
from cms.notifications.channels.web_push import WebPush, push_key
from cms.notifications.channels.zalo import TOKEN_FILE, Zalo, ZaloAccount
from cms.notifications.queries import is_any_waiting, open_channels
from cms.notifications.repository import Notifications, PushSubscriptions
from cms.notifications.service import gauge_news, paging
from cms.notifications.service.follower import EventFollower
from cms.notifications.service.sender import NotificationSender
from cms.notifications.service.writer import NotificationWriter, available
from cms.platform.context import Context
from cms.platform.store.engine import reading
from media.speech import EspeakVoice
from province.errors import NotAllowedError, NotPossibleError
from province.people import UserId

log = logging.getLogger(__name__)
Start = Callable[[str, Callable[[], object]], None]


def transports(context: Context, fetcher: Fetcher | None = None) -> Mapping[NotificationChannel, ChannelTransport]:
    """Build the transport of each channel that the operator has set up."""
    settings, client = context.settings, fetcher or Fetcher()
    contact = settings.smtp_sender or settings.effective_cap_sender
    is_local = settings.notices_are_local
    account = ZaloAccount(
        settings.zalo_app_id, settings.zalo_secret_key, settings.zalo_template_id, settings.keys_dir / TOKEN_FILE
    )

    def found(user_id: UserId) -> list[PushSubscription]:
        with reading(context.engine) as session:
            return list(PushSubscriptions(session).of(user_id))

    def forget(subscription: PushSubscription) -> None:
        with context.uow() as unit:
            unit[PushSubscriptions].unsubscribe(subscription.user_id, subscription.id)
            unit.commit()

    def taken_on(notification_id: str) -> None:
        with reading(context.engine) as session:
            notification = Notifications(session).get(notification_id)
            actor = Declarations(session).actor(notification.user_id)
        alert_id = AlertId(notification.event_key.split(":")[1])
        # Decided meanwhile, or the right is gone: the call has told what there was to tell.
        with suppress(NotPossibleError, NotAllowedError):
            paging.take_on(context.uow(), alert_id, call=context.call(actor))

    made: dict[NotificationChannel, ChannelTransport] = {
        NotificationChannel.PUSH: WebPush(
            push_key(settings.keys_dir), contact, found, forget, client, context.now, is_local
        ),
        NotificationChannel.EMAIL: mail_of(settings),
        NotificationChannel.SMS: Sms(settings.smpp_url),
        NotificationChannel.ZALO: Zalo(account, client, context.now, is_local),
        NotificationChannel.CALL: Telephone(settings.sip_url, EspeakVoice(), taken_on),
    }
    usable = available(settings)
    return {channel: transport for channel, transport in made.items() if channel in usable}


def in_thread(name: str, work: Callable[[], object]) -> None:
    """Run the work on a thread that ends with the process."""
    threading.Thread(target=work, name=name, daemon=True).start()


class ChannelThreads:
    """Threads that send, one a channel at a time: a channel that hangs delays no other, and no writing.

    ``name`` begins those of the threads, ``what`` is sent, for the log.
    """

    def __init__(self, name: str, what: str, send: Callable[[NotificationChannel], object], start: Start) -> None:
        self._name = name
        self._what = what
        self._send = send
        self._start = start
        self._sending: set[NotificationChannel] = set()

    def begin(self, due: Collection[NotificationChannel]) -> None:
        """Have each of these channels send, unless it does already."""
        for channel in set(due) - self._sending:
            self._sending.add(channel)
            self._start(f"{self._name}-{channel}", partial(self._run, channel))

    def _run(self, channel: NotificationChannel) -> None:
        try:
            self._send(channel)
        except Exception:  # the thread's outermost frame: the next look begins another one
            log.exception("sending %s by %s failed", self._what, channel)
        finally:
            self._sending.discard(channel)


class NotificationJob:
    """Job that writes notifications and sends them. A channel that hangs delays no other, and no writing."""

    def __init__(self, context: Context, sender: NotificationSender | None = None, start: Start = in_thread) -> None:
        settings = context.settings
        writer = NotificationWriter(available(settings), context.new_id)
        before = [timedelta(minutes=int(each)) for each in settings.escalation_minutes.split(",") if each]
        self._context = context
        self._follower = EventFollower(context.uow, writer, context.now, before)
        sender = sender or NotificationSender(
            context.uow,
            transports(context),
            writer,
            settings.effective_public_url,
            context.now,
            whole_path=lambda path: whole_path(vault_of(context), path),
        )
        # The scheduler makes its jobs once it holds its lock: whoever sent before has ended.
        send_due = partial(sender.send_due, began_at=context.now())
        self._threads = ChannelThreads("notify", "notifications", send_due, start)

    def step(self) -> int:
        """Write what is due, and have each channel send what is due; return the number of events worked on."""
        done = self._follower.step()
        with reading(self._context.engine) as session:
            due = open_channels(session, self._context.now())
        self._threads.begin(due)
        return done

    def is_pending(self, session: Session) -> bool:
        return is_any_waiting(session) or bool(gauge_news.waiting_drafts(session, self._context.now()))
