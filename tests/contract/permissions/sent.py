"""Request data of a route besides its row's body: files, and fields that depend on the subject."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final

from broadcast.standing_orders.model import AlertStandingOrder
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.exchange.cap.writer import write
from cms.exchange.model import ReceivedCap
from cms.exchange.service.inbox import Inbox
from cms.fleet.repository.devices import SavedFilter, SavedFilters
from devices.boards.drawing import drawn, png
from devices.protocol.boards import USUAL
from province.people import UserId
from tests.builders import (
    alerts,
    approval_signing,
    bulletins,
    citizens,
    gauges,
    public_pages,
    registrations,
    rollouts,
    royalties,
    sessions,
    standing_orders,
    stations,
    subscriptions,
)
from tests.console import Console
from tests.unit.bulletins.test_paper_text import NOTICE
from tests.unit.exchange.messages import SENDER, message

_RECORDED: Final = frozenset(
    {"web.upload", "web.alert_recording", "web.record_phrase", "web.set_chime", "web.record_live"}
)


def order_bounds(console: Console, _path: str) -> dict[str, Any]:
    """Return the form of a standing order, of a sender that is registered."""
    standing_orders.register_sender(console)
    return {
        "sources": f"sender {SENDER}",
        "hazards": "flash_flood",
        "severity_min": "3",
        "valid_from": "24/11/2026",
        "valid_until": "24/12/2026",
        "firings_max": "1",
        "rest_minutes": "60",
        "lasts_minutes": "60",
    }


def alert_order(console: Console) -> AlertStandingOrder:
    """Propose a standing order for the ward."""
    standing_orders.register_sender(console)
    return standing_orders.proposed(console, standing_orders.ready_draft(console))


def firing(console: Console) -> str:
    """Return the path of a firing, below that of the orders."""
    found = standing_orders.fired(console)
    return f"{found.order_id}/firings/{found.id}"


_MINUTES: Final = itertools.count(1, 2)
_NUMBERS: Final = itertools.count(1)


def _free_clock() -> str:
    """Return the time of a new session: those of one area do not overlap."""
    hour, minute = divmod(next(_MINUTES), 60)
    return f"{hour:02d}:{minute:02d}"


def form_of(console: Console, endpoint: str, path: str) -> dict[str, Any]:
    """Return the fields of a form that its row cannot hold."""
    if endpoint in _RECORDED:
        return {"recording": (io.BytesIO(bulletins.wav()), "tin.wav")}
    make = _FORMS.get(endpoint)
    return stations.sent(console, endpoint) if make is None else make(console, path)


def json_of(console: Console, endpoint: str) -> dict[str, Any]:
    """Return the fields of a body that its row cannot hold."""
    if endpoint in {"v1.record_phrase", "v1.set_chime", "v1.record_live"}:
        return {"sha256": console.context.content.put_bytes(bulletins.wav())}
    if endpoint == "v1.register_boxes":
        box = {"serial": registrations.next_serial(), "area_id": "bt-mui-ne", "code": registrations.CODE}
        return {"items": [box]}
    if endpoint == "v1.claim_box":
        return {"serial": registrations.fresh(console.context).serial, "code": registrations.CODE}
    if endpoint in {"v1.plan_rollout", "v1.preview_rollout"}:
        return rollouts.body(console)
    make = _BODIES.get(endpoint)
    return stations.sent(console, endpoint) if make is None else make(console)


def received(console: Console) -> ReceivedCap:
    """Receive a CAP message from outside, the same every time."""
    return Inbox.of(console.context).receive(write(message("matrix")), "feed matrix")


def _alert(console: Console, path: str) -> dict[str, Any]:
    return alerts.form_of(console, alerts.stored(console, path.split("/")[2]), headline="Tin mới")


def _into_session(console: Console, _path: str) -> dict[str, Any]:
    return {"session": f"{sessions.afternoon(console).id}@{sessions.day_ahead(console)}"}


def _added(console: Console, _path: str) -> dict[str, Any]:
    return {"bulletin": bulletins.write(console, starts="").id, "on": sessions.day_ahead(console).isoformat()}


def _leaver(console: Console, _path: str) -> dict[str, Any]:
    """Return the form that erases an account made for it."""
    login = f"leaver-{next(_MINUTES)}"
    with console.context.uow() as unit:
        unit[People].add(User(UserId(f"u-{login}"), login, "Người nghỉ việc", "x", console.clock()))
        unit.commit()
    return {"erased": login, "confirmed": login}


def _move(console: Console, path: str) -> dict[str, Any]:
    (schedule,) = bulletins.stored(console, path.split("/")[2]).schedules
    return {"schedule": schedule.id, "on": f"{schedule.starts:%Y-%m-%d}", "to": f"{schedule.starts:%Y-%m-%d}T07:00"}


_BODIES: Final[Mapping[str, Callable[[Console], dict[str, Any]]]] = {
    "v1.create_broadcast_session": lambda _: {"clock": _free_clock()},
    "v1.put_into_session": lambda console: {
        "session_id": sessions.afternoon(console).id,
        "on": sessions.day_ahead(console).isoformat(),
    },
}
_FORMS: Final[Mapping[str, Callable[[Console, str], dict[str, Any]]]] = {
    "web.propose_standing_order": order_bounds,
    "web.add_gauge_rule": lambda console, _: {"gauge-1": gauges.registered(console).id},
    "web.replay_flood": lambda *_: {"file": (io.BytesIO(b"2026-11-30 14:00;2\n2026-11-30 14:10;2,1"), "lu.csv")},
    "web.save_gauge_rule": lambda console, _: {"gauge-1": gauges.registered(console).id},
    "web.create_broadcast_session": lambda *_: {"clock": _free_clock()},
    "web.change_royalty_table": lambda console, _: {"version": royalties.table_version(console)},
    "web.erase_person": _leaver,
    "web.begin_from_paper": lambda *_: {"paper": (io.BytesIO(NOTICE), "thong-bao.docx")},
    "web.put_in_session": _into_session,
    "web.add_to_session": _added,
    "web.add_feed": lambda *_: {"name": f"KTTV {next(_NUMBERS)}"},
    "web.add_webhook": lambda *_: {"name": f"Báo {next(_NUMBERS)}", "kinds": "cap"},
    "web.remove_feed": lambda console, _: {"name": subscriptions.feed(console).name},
    "web.remove_webhook": lambda console, _: {"name": subscriptions.subscriber(console).name},
    "web.register_box": lambda *_: {"serial": registrations.next_serial()},
    "web.import_boxes": lambda *_: {"file": (io.BytesIO(registrations.sheet()), "may.csv")},
    "web.claim_box": lambda console, _: {
        "serial": registrations.fresh(console.context).serial,
        "code": registrations.CODE,
    },
    "web.upload_image": lambda *_: {"package": (io.BytesIO(rollouts.package()), "loa.fw")},
    "web.plan_rollout": lambda console, _: rollouts.fields(console),
    "web.take_message": lambda console, _: {"document": received(console).sha256},
    "web.save_alert": _alert,
    "web.autosave_alert": _alert,
    "web.save_move": _move,
    "public.send_feedback": lambda console, _: {"ticket": public_pages.ticket(console)},
    "public.follow_by_mail": lambda console, _: citizens.mail(console),
    "public.follow_in_browser": lambda console, _: citizens.browser(console),
    "web.erase_citizen": lambda console, _: {"citizen": citizens.put(console).address},
    "public.answer": lambda console, _: {"code": public_pages.sent(console)[1]},
}

FILES: Final[Mapping[str, tuple[str, Callable[[Console, str], bytes]]]] = {
    "v1.upload_audio": ("audio/wav", lambda *_: bulletins.wav()),
    "v1.upload_image": ("application/octet-stream", lambda *_: rollouts.package()),
    "v1.upload_board_picture": ("image/png", lambda *_: png(drawn(USUAL, None))),
    "v1.attach_signature": (
        "application/pkcs7-signature",
        lambda console, path: approval_signing.signature_for(console, *path.split("/")[4:7:2]),
    ),
    "v1.tell_as_run": ("text/csv", lambda *_: b"cut_id,at\n"),
}


def kept_filter(console: Console, owner: str) -> str:
    """Save a person's own filter of the device list, and return its id."""
    name = console.context.new_id()
    made = SavedFilter(name, owner, name[-12:], "link=off", console.clock())
    with console.context.uow() as unit:
        unit[SavedFilters].put(made)
        unit.commit()
    return made.id
