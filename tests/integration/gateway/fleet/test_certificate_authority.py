"""Certificate authority: only a program that issues certificates reads its key, and no other holds it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cms.platform.keyring import Keyring, ensure_certificates
from cms.platform.keyring_errors import CaMissingError
from cms.platform.settings import Settings
from tests.programs import PythonProgram

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = NOW + timedelta(days=5 * 365)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "loa")
    Keyring.ensure(found, NOW)
    return found


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Hide the authority's key, as the units do."""

    def hidden() -> None:
        monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != "ca.key")

    return hidden


def ran(settings: Settings, log: Path, command: str) -> tuple[int, str]:
    """Run a command of ``loa``; return its exit status and output."""
    with log.open("wb") as out:
        environment = {**os.environ, **settings.as_environment()}
        program = PythonProgram("cms.platform.cli", command, env=environment, stdout=out, stderr=out)
        status = program.wait(60)
    return status, log.read_text()


def test_no_loaded_keyring_holds_a_private_key(settings: Settings) -> None:
    held = Keyring.load(settings)
    assert not [each.name for each in fields(held) if "PRIVATE KEY" in str(getattr(held, each.name))]
    assert b"PRIVATE KEY" in held.issuer().key
    (settings.keys_dir / "ca.key").unlink()
    assert Keyring.load(settings).ca_certificate == held.ca_certificate
    with pytest.raises(CaMissingError):
        held.issuer()


def test_a_gateway_that_cannot_issue_certificates_does_not_start(settings: Settings, tmp_path: Path) -> None:
    (settings.keys_dir / "ca.key").unlink()
    status, said = ran(settings, tmp_path / "log", "gateway")
    assert status == 1
    assert "keys/ca.key or keys/ca.pem is missing or cannot be read" in said


def test_a_program_that_may_not_read_the_key_starts_and_issues_nothing(
    settings: Settings, hide: Callable[[], None]
) -> None:
    before = {path.name: path.read_bytes() for path in settings.keys_dir.glob("*.pem")}
    hide()
    Keyring.ensure(settings, LATER)
    assert {path.name: path.read_bytes() for path in settings.keys_dir.glob("*.pem")} == before
    (settings.keys_dir / "ca.pem").unlink()
    with pytest.raises(CaMissingError):
        ensure_certificates(settings, LATER)


def test_the_units_issue_what_is_missing_before_such_a_program(settings: Settings, tmp_path: Path) -> None:
    (settings.keys_dir / "broker.pem").unlink()
    status, said = ran(settings, tmp_path / "log", "certificates")
    assert status == 0, said
    assert (settings.keys_dir / "broker.pem").exists()
