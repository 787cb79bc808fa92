"""Alerts and drills as the server would send them to a simulated device."""

from __future__ import annotations

import hashlib

from devices.protocol import topics
from devices.protocol.messages import AlertContent, Command, Play, Speech
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import AREA, MINUTE_MS, NOON_MS, DeviceHarness

TONE_MS = 10_000
WORDS_MS = 5_000
GAP_MS = 2_000
ROUND_MS = TONE_MS + 3 * WORDS_MS + 2 * GAP_MS
VI, RADE, AGAIN = b"words in Vietnamese", b"words in another language", b"issued at noon"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def speech(device: DeviceHarness, data: bytes = VI, lang: str = "vi") -> Speech:
    return Speech(lang=lang, sha256=device.put(data), bytes=len(data), dur_ms=WORDS_MS)


def alert(
    device: DeviceHarness, cid: str = "a", *, drill: bool = False, exp: int = 0, volume_pct: int = -1, **body: object
) -> Command:
    values: dict[str, object] = {
        "id": cid,
        "level": 2,
        "hazard": "flood",
        "issued_at": device.now,
        "speech": [speech(device)],
        "head": f"head {cid}",
        **body,
    }
    return device.command(
        cid,
        type="play",
        prio=9,
        drill=drill,
        exp=exp or device.now + 60 * MINUTE_MS,
        alert=AlertContent(**values),  # type: ignore[arg-type] # each test names fields of AlertContent
        play=Play(volume_pct=volume_pct) if volume_pct >= 0 else None,
    )


def send(device: DeviceHarness, command: Command, *, kid: str = "", topic: str = "") -> None:
    """Deliver the command, by default with the right key and on the right topic."""
    kid = kid or ("drill" if command.drill else "alert")
    if not topic and command.type == "play":
        topic = topics.area_drill(AREA) if command.drill else topics.area_alert(AREA)
    device.deliver(topic or topics.area_command(AREA), signing.signed(command, kid, signing.KEYS[kid]))


def cancel(device: DeviceHarness, *names: str, drill: bool = False, cid: str = "c") -> Command:
    return device.command(cid, type="cancel", prio=9, refs=list(names), drill=drill)


def tones(device: DeviceHarness) -> list[tuple[str, int]]:
    """Return the sounds of ended rounds with their lengths in ms, without instants."""
    names = {sha(VI): "vi", sha(RADE): "rade", sha(AGAIN): "again"}
    return [(names.get(name, name), ms) for name, _, ms in device.sounds]


def stood(device: DeviceHarness, cid: str) -> list[tuple[str, str | None]]:
    return [(ack.st.value, ack.code) for ack in device.acks() if ack.cid == cid]


def turns(device: DeviceHarness, cid: str) -> list[tuple[str, int, int]]:
    """Return the answers about rounds: standing, round of the schedule, and how many times it has begun."""
    return [(ack.st.value, ack.round, ack.turn) for ack in device.acks() if ack.cid == cid and ack.turn]


def later(minutes: int) -> int:
    return NOON_MS + minutes * MINUTE_MS
