"""Request data of a route besides its row's body: files, and fields that depend on the subject."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

from cms.exchange.cap.writing import write
from cms.exchange.repository.exchange import ReceivedCap
from cms.exchange.service.inbox import Inbox
from devices.boards.drawing import drawn, png
from devices.protocol.boards import USUAL
from tests import alert_room, firmware_room, identity_room, newsroom, public_room, signing_desk, station_room
from tests.console import Console
from tests.unit.exchange.messages import message

_RECORDED: Final = frozenset(
    {"web.upload", "web.alert_recording", "web.record_phrase", "web.set_chime", "web.record_live"}
)


def form_of(console: Console, endpoint: str, path: str) -> dict[str, Any]:
    """Return the fields of a form that its row cannot hold."""
    if endpoint in _RECORDED:
        return {"recording": (io.BytesIO(newsroom.wav()), "tin.wav")}
    make = _FORMS.get(endpoint)
    return station_room.sent(console, endpoint) if make is None else make(console, path)


def json_of(console: Console, endpoint: str) -> dict[str, Any]:
    """Return the fields of a body that its row cannot hold."""
    if endpoint in {"v1.record_phrase", "v1.set_chime", "v1.record_live"}:
        return {"sha256": console.context.content.put_bytes(newsroom.wav())}
    if endpoint == "v1.register_boxes":
        box = {"serial": identity_room.next_serial(), "area_id": "bt-mui-ne", "code": identity_room.CODE}
        return {"items": [box]}
    if endpoint == "v1.claim_box":
        return {"serial": identity_room.fresh(console.context).serial, "code": identity_room.CODE}
    if endpoint in {"v1.plan_rollout", "v1.preview_rollout"}:
        return firmware_room.body(console)
    return station_room.sent(console, endpoint)


def received(console: Console) -> ReceivedCap:
    """Receive a CAP message from outside, the same every time."""
    return Inbox.of(console.context).receive(write(message("matrix")), "feed matrix")


def _alert(console: Console, path: str) -> dict[str, Any]:
    return alert_room.form_of(console, alert_room.stored(console, path.split("/")[2]), headline="Tin mới")


def _move(console: Console, path: str) -> dict[str, Any]:
    (schedule,) = newsroom.stored(console, path.split("/")[2]).schedules
    return {"schedule": schedule.id, "on": f"{schedule.starts:%Y-%m-%d}", "to": f"{schedule.starts:%Y-%m-%d}T07:00"}


_FORMS: Final[Mapping[str, Callable[[Console, str], dict[str, Any]]]] = {
    "web.register_box": lambda *_: {"serial": identity_room.next_serial()},
    "web.import_boxes": lambda *_: {"file": (io.BytesIO(identity_room.sheet()), "may.csv")},
    "web.claim_box": lambda console, _: {
        "serial": identity_room.fresh(console.context).serial,
        "code": identity_room.CODE,
    },
    "web.upload_image": lambda *_: {"package": (io.BytesIO(firmware_room.package()), "loa.fw")},
    "web.plan_rollout": lambda console, _: firmware_room.fields(console),
    "web.take_message": lambda console, _: {"document": received(console).sha256},
    "web.save_alert": _alert,
    "web.autosave_alert": _alert,
    "web.save_move": _move,
    "public.send_feedback": lambda console, _: {"ticket": public_room.ticket(console)},
    "public.answer": lambda console, _: {"code": public_room.sent(console)[1]},
}

FILES: Final[Mapping[str, tuple[str, Callable[[Console, str], bytes]]]] = {
    "v1.upload_audio": ("audio/wav", lambda *_: newsroom.wav()),
    "v1.upload_image": ("application/octet-stream", lambda *_: firmware_room.package()),
    "v1.upload_board_picture": ("image/png", lambda *_: png(drawn(USUAL, None))),
    "v1.attach_signature": (
        "application/pkcs7-signature",
        lambda console, path: signing_desk.signature_for(console, *path.split("/")[4:7:2]),
    ),
    "v1.tell_as_run": ("text/csv", lambda *_: b"cut_id,at\n"),
}
