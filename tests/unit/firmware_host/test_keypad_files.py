"""Keys of simulated devices are turned by files."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from devices.protocol.messages import Code
from firmware_sim.__main__ import main
from firmware_sim.core.effects import ShowKeypad
from firmware_sim.host import keypad_files


class PaperKeypad:
    """Keypad that takes one PIN, and notes what was typed."""

    def __init__(self, *, is_on: bool = True) -> None:
        self.typed: list[tuple[int, str]] = []
        self._is_on = is_on

    def turn_key(self, choice: int, pin: str) -> ShowKeypad | None:
        self.typed.append((choice, pin))
        if not self._is_on:
            return None
        return ShowKeypad(None, "Lũ quét") if pin == "246810" else ShowKeypad(Code.WRONG_PIN, "", 4, 5_000)


async def turned(out: Path, keypads: dict[str, PaperKeypad], device: str, pin: str) -> str | None:
    watching = asyncio.create_task(keypad_files.watch(out / "keys", keypads))
    try:
        return await asyncio.to_thread(keypad_files.turn, out, device, 1, pin)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def test_a_file_turns_the_key_once_and_is_answered(tmp_path: Path) -> None:
    keypad = PaperKeypad()
    shown = asyncio.run(turned(tmp_path, {"l01": keypad}, "l01", "246810"))
    assert json.loads(shown or "") == {"refusal": None, "text": "Lũ quét", "tries_left": 0, "wait_ms": 0}
    wrong = asyncio.run(turned(tmp_path, {"l01": keypad}, "l01", "1"))
    assert json.loads(wrong or "") == {"refusal": "WRONG_PIN", "text": "", "tries_left": 4, "wait_ms": 5_000}
    assert keypad.typed == [(1, "246810"), (1, "1")]
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["l01.answer.json"]


@pytest.mark.parametrize("device", ["l02", "l03"])
def test_a_device_that_is_off_or_unknown_answers_nothing(
    tmp_path: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keypad_files, "ANSWER_S", 0.5)
    keypads = {"l02": PaperKeypad(is_on=False)}
    assert asyncio.run(turned(tmp_path, keypads, device, "246810")) is None


def test_what_is_no_press_is_thrown_away(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "l01.json").write_text('{"choice": "one"}', encoding="utf-8")
    keypad = PaperKeypad()
    asyncio.run(turned(tmp_path, {"l01": keypad, "l02": PaperKeypad()}, "l02", "246810"))
    assert keypad.typed == []
    assert not (folder / "l01.json").exists()


def test_the_command_says_that_nothing_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keypad_files, "ANSWER_S", 0.1)
    arguments = ["key", "--out", str(tmp_path), "--device", "l01", "--pin", "246810"]
    assert main(arguments) == 1
    assert "No answer" in capsys.readouterr().out
    monkeypatch.setattr(keypad_files, "turn", lambda *_: '{"refusal": null}')
    assert main(arguments) == 0
    assert "refusal" in capsys.readouterr().out
