"""Aired bulletins and citizens' feedback: builders for tests of the public pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import Bulletin
from broadcast.feedback.model import Channel, Feedback, FeedbackId, FeedbackKind
from broadcast.relays.model import RelayRun
from cms.feedback.service import public_form
from cms.feedback.service.register import FeedbackDraft
from cms.platform.web.formats import LOCAL
from cms.public.views import limits
from cms.public.views.limits import FormTicket
from province.areas import AreaId
from tests.builders import bulletins
from tests.console import COMMUNE, Console

ROOT = "/cong-khai"
PAGE = f"{ROOT}/{COMMUNE}/"


def heard(
    console: Console,
    title: str = "Tiêm phòng dại",
    *,
    on: int = 2,
    minutes_ago: int = 60,
    sound: Callable[[Console, Bulletin], Bulletin] = bulletins.make_sound,
    relayed: RelayRun | None = None,
    **more: object,
) -> Bulletin:
    """Air a bulletin on so many of the commune's three loudspeakers, so long ago; approved an hour before that."""
    now = console.clock()
    began_at = now - timedelta(minutes=minutes_ago)
    console.clock.at = began_at - timedelta(hours=1)
    starts = f"{began_at.astimezone(LOCAL):%Y-%m-%dT%H:%M}"
    ready = sound(console, bulletins.write(console, title, starts=starts, **more))  # type: ignore[arg-type]
    bulletin = bulletins.approve(console, bulletins.submit(console, ready))
    bulletins.plan(console)
    console.clock.at = now
    airing = bulletins.airings(console, bulletin)[0]
    for device in bulletins.devices(console)[:on]:
        bulletins.report(console, airing, device, DeliveryState.DONE, relayed=relayed)
    return bulletins.again(console, bulletin)


def ticket(console: Console, *, age_s: float = 60, key: str = "") -> str:
    """Return the form ticket as a form of that age carries it."""
    with console.app.app_context():
        made_at = console.clock() - timedelta(seconds=age_s)
        return FormTicket(key or console.context.new_id(), made_at).text


def sent(
    console: Console, text: str = "Loa đầu ngõ to quá.", *, contact: str = "", area_id: AreaId = COMMUNE
) -> tuple[Feedback, str]:
    """Send feedback as a citizen, and return it with its code."""
    key, now = console.context.new_id(), console.clock()
    with console.app.app_context():
        code = limits.code_of(key)
    draft = FeedbackDraft(area_id, Channel.WEB, FeedbackKind.NOISE, text, now, contact)
    made = public_form.receive(
        console.context.uow(), FeedbackId(key), draft=draft, code_hash=limits.code_hash(code), now=now
    )
    return made, code
