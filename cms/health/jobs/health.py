"""Fleet health jobs of the scheduler: the fault registry on one thread, notifications on another, which may block."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from cms.exchange.service.fetching import Fetcher
from cms.health.service.alert_calls import AlertCaller
from cms.health.service.mail import Mail
from cms.health.service.notice_sender import NoticeSender
from cms.health.service.notifier import Notifier
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.health.service.watch import HealthWatch
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.process.process import Loop

LOOK_S: Final = 2.0


def loops(context: Context) -> Mapping[str, Loop]:
    """Return the loops by name. A mail that was not stored as sent is sent again, with the same id."""
    settings = context.settings
    watch = HealthWatch(context.uow, context.now, context.new_id)
    dispatcher = Dispatcher(context.uow, context.now, context.new_id)
    caller = AlertCaller(context.uow, context.now, context.new_id, settings.effective_public_url)
    teller = Notifier(context.uow, context.now, context.new_id, settings.effective_public_url)
    post = NoticeSender(
        context.uow,
        Mail(settings.smtp_url, settings.smtp_sender or settings.effective_cap_sender),
        Fetcher(),
        settings.notice_secret,
        settings.notices_are_local,
        context.now,
    )

    def call_and_post() -> None:
        caller.step()
        post.step()

    def check() -> None:
        watch.step()
        dispatcher.step()
        teller.step()

    return {
        "health": partial(keep_doing, check, what="watching the fleet's health", look_s=LOOK_S),
        "notices": partial(keep_doing, call_and_post, what="notifying those on call", look_s=LOOK_S),
    }
