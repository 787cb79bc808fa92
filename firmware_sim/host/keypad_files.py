"""Keypads as files: a key is turned by a file in a folder, and what the keypad shows is written beside it.

``keys/{device}.json`` with ``choice`` and ``pin`` turns the key of that device; ``keys/{device}.answer.json`` is what
its keypad shows then: ``refusal`` (null: the alert ``text`` began), ``tries_left`` and ``wait_ms``.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from firmware_sim.core.effects import ShowKeypad

LOOK_S: Final = 0.2
ANSWER_S: Final = 10.0
_ANSWER: Final = ".answer.json"


class Keypad(Protocol):
    """Device with a key and a keypad."""

    def turn_key(self, choice: int, pin: str) -> ShowKeypad | None: ...


class _Typed(msgspec.Struct):
    choice: int
    pin: str


async def watch(folder: Path, keypads: Mapping[str, Keypad]) -> None:
    """Turn the keys for which files appear, until cancelled."""
    while True:
        for path in _typed(folder):
            _turn(path, keypads)
        await asyncio.sleep(LOOK_S)


def _typed(folder: Path) -> Sequence[Path]:
    found = sorted(folder.glob("*.json")) if folder.is_dir() else ()
    return [path for path in found if not path.name.endswith(_ANSWER)]


def _turn(path: Path, keypads: Mapping[str, Keypad]) -> None:
    try:
        typed = msgspec.json.decode(path.read_bytes(), type=_Typed)
    except (msgspec.MsgspecError, FileNotFoundError):
        typed = None
    path.unlink(missing_ok=True)  # before the key is turned: a file is one press, whatever comes
    keypad = keypads.get(path.stem)
    if typed is None or keypad is None:
        return
    shown = keypad.turn_key(typed.choice, typed.pin)
    if shown is not None:
        answer = {name: getattr(shown, name) for name in ("refusal", "text", "tries_left", "wait_ms")}
        _write(path.with_name(path.stem + _ANSWER), answer)


def turn(out: Path, device: str, choice: int, pin: str) -> str | None:
    """Turn the key of a running fleet's device; return what the keypad shows, as JSON. None: nothing answers."""
    folder = out / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / f"{device}{_ANSWER}"
    answer.unlink(missing_ok=True)
    _write(folder / f"{device}.json", {"choice": choice, "pin": pin})
    until_s = time.monotonic() + ANSWER_S
    while time.monotonic() < until_s:
        with contextlib.suppress(FileNotFoundError):
            return answer.read_text(encoding="utf-8").strip()
        time.sleep(LOOK_S / 4)
    (folder / f"{device}.json").unlink(missing_ok=True)
    return None


def _write(path: Path, content: Mapping[str, object]) -> None:
    """Write it whole: a reader sees all of it or nothing."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
