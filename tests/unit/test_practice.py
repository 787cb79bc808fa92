"""Training world: its home is apart from every real one, for good, and no device of a real one obeys it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from bench.signing import local_keyring
from cms.platform.cli import startup
from cms.platform.keyring import Keyring
from cms.platform.practice import PracticeError, keep_apart
from cms.platform.settings import Settings
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Code
from devices.protocol.verdict import Verdict, weigh
from tests.unit.protocol.trust import NOW_MS, alert

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC) - timedelta(days=1)


def practice(home: Path, **settings: object) -> Settings:
    return Settings(home=home, practice=True, **settings)  # type: ignore[arg-type] # fields of the settings


def test_an_empty_home_becomes_a_training_world_for_good(tmp_path: Path) -> None:
    keep_apart(practice(tmp_path / "new"))
    keep_apart(practice(tmp_path / "new"))
    later = Settings(home=tmp_path / "new")
    assert not later.practice
    assert later.is_practice
    (later.keys_dir).mkdir()
    (later.keys_dir / "root.pub").touch()
    keep_apart(later)


def test_a_home_in_use_never_becomes_a_training_world(tmp_path: Path) -> None:
    real = Settings(home=tmp_path)
    keep_apart(real)
    Keyring.ensure(real, NOW)
    with pytest.raises(PracticeError, match="empty one for LOA_PRACTICE"):
        keep_apart(practice(tmp_path))
    assert not Settings(home=tmp_path).is_practice


@pytest.mark.parametrize(
    "outside",
    [
        {"database_url": "postgresql://db.example/loa"},
        {"queue_url": "redis://queue.example"},
        {"s3_endpoint": "https://s3.example"},
        {"brokers": "mqtt1.example.vn:8883"},
        {"signer_keys": "/var/lib/loa-signer"},
        {"signer_socket": "/run/loa-signer/signer.sock"},
        {"signer_module": "/usr/lib/softhsm/libsofthsm2.so"},
        {"mqtt_host": "mqtt.example.vn"},
        {"mqtt_listen_host": "0.0.0.0"},
        {"central_url": "https://trung-uong.example"},
        {"smtp_url": "smtp://mail.example"},
        {"smpp_url": "smpp://sms.example"},
        {"zalo_app_id": "1"},
        {"notice_secret": "x"},
    ],
    ids=lambda outside: next(iter(outside)),
)
def test_a_training_world_with_a_way_outside_is_refused_and_the_way_is_named(
    tmp_path: Path, outside: dict[str, str]
) -> None:
    with pytest.raises(PracticeError, match=f"unset LOA_{next(iter(outside)).upper()}"):
        keep_apart(practice(tmp_path, **outside))
    assert not (tmp_path / "practice").exists()


def test_a_program_says_in_one_sentence_why_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"reaches nothing outside itself: unset LOA_SMTP_URL$"):
        startup.prepare(practice(tmp_path, smtp_url="smtp://mail.example"))


def test_ways_within_the_machine_are_allowed(tmp_path: Path) -> None:
    keep_apart(practice(tmp_path, mqtt_host="localhost", mqtt_listen_host="::1", central_url="http://127.0.0.1:8700"))
    assert (tmp_path / "practice").exists()


def test_a_device_of_a_real_home_obeys_no_command_of_a_training_world(tmp_path: Path) -> None:
    """Not even a live alert: its keys are of another home. Devices of the training world's own home obey it."""
    real = local_keyring(Settings(home=tmp_path / "real"), NOW)
    training = practice(tmp_path / "training")
    keep_apart(training)
    own = local_keyring(training, NOW)
    for drill in (False, True):
        sent = own.sign_command(alert(drill=drill))
        assert heard(real, sent, drill=drill) == Verdict(None, Code.UNKNOWN_KEY)
        assert heard(own, sent, drill=drill).is_accepted


def heard(home: Keyring, sent: bytes, *, drill: bool) -> Verdict:
    """Return the verdict of a device that was provisioned by this home."""
    keys = TrustedKeys.from_root(home.root_x, home.keyset_jws)
    return weigh(
        sent,
        keys,
        device_id="xa-1-l01",
        areas=("xa-1", "huyen-1", "tinh"),
        groups=("cho",),
        now_ms=NOW_MS,
        seen=(),
        is_drill_topic=drill,
    )
