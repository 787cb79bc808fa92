"""Calls to people by SIP, to a telephone on loopback."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bench.ports import free_port
from cms.notifications.channels import baresip
from cms.notifications.channels.port import NotPostedError
from cms.notifications.channels.telephone import Telephone
from media.errors import NoVoiceError
from media.speech import EspeakVoice
from tests.integration.notifications.telephones import exchange_that_refuses, telephone
from tests.integration.notifications.test_channels import MESSAGE

NUMBER = "0912345678"
CALL = replace(MESSAGE, to=NUMBER, title="CẢNH BÁO chờ bạn duyệt: Lũ quét")


def caller(url: str, answered: list[str]) -> Telephone:
    return Telephone(url, EspeakVoice(), answered.append)


def test_the_alert_is_read_out_and_a_key_takes_it_on(tmp_path: Path) -> None:
    answered: list[str] = []
    with telephone(tmp_path / "phone", NUMBER) as phone:
        pressing = threading.Thread(target=phone.press, args=("1",))
        pressing.start()
        caller(phone.url, answered).send(CALL)
        pressing.join()
    assert answered == [CALL.id]


def test_another_key_takes_nothing_on(tmp_path: Path) -> None:
    answered: list[str] = []
    with telephone(tmp_path / "phone", NUMBER) as phone:
        pressing = threading.Thread(target=phone.press, args=("7",))
        pressing.start()
        caller(phone.url, answered).send(CALL)
        pressing.join()
    assert answered == []


def test_declined_and_unanswered_is_called_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[str] = []
    with telephone(tmp_path / "phone", NUMBER, picks_up=False) as phone:
        declining = threading.Thread(target=phone.decline)
        declining.start()
        caller(phone.url, answered).send(CALL)
        declining.join()
        monkeypatch.setattr(baresip, "RINGS_S", 0.5)
        caller(phone.url, answered).send(CALL)
    assert answered == []


@pytest.mark.parametrize(
    ("status", "reason", "is_final"),
    [
        ("404 Not Found", "SIP 404 Not Found", True),
        ("503 Service Unavailable", "SIP 503", False),
        ("", "EXCHANGE_SILENT", False),
    ],
)
def test_an_exchange_that_reaches_nobody_is_told(
    status: str, reason: str, is_final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baresip, "REACHES_S", 1.0 if not status else baresip.REACHES_S)
    monkeypatch.setattr(baresip, "ENDS_S", 0.1)
    with exchange_that_refuses(status) as url, pytest.raises(NotPostedError, match=reason) as refusal:
        caller(url, []).send(CALL)
    assert refusal.value.is_final == is_final


def test_no_exchange_no_program_and_no_voice_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("", "smpp://loa@127.0.0.1", "sip://127.0.0.1", "sip://loa@127.0.0.1?transport=x", "sip://a%22b@h"):
        with pytest.raises(NotPostedError, match="NO_EXCHANGE"):
            caller(url, []).send(CALL)
    url = f"sip://loa:m%40t@127.0.0.1:{free_port()}?transport=tcp"
    with pytest.raises(NotPostedError, match="NO_VOICE"):
        Telephone(url, EspeakVoice({}), print).send(CALL)
    with pytest.raises(NotPostedError, match="SIP"):
        caller(url, []).send(CALL)
    monkeypatch.setattr(baresip, "PROGRAM", "no-such-program")
    with pytest.raises(NotPostedError, match="NO_TELEPHONE_PROGRAM"):
        caller(url, []).send(CALL)
    assert NoVoiceError("vi").code == "NO_VOICE"
