"""Keys of an installation, in real files."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from bench.signing import kid_in, local_keyring
from cms.platform.keyring import Keyring
from cms.platform.keyring_errors import RootNeededError
from cms.platform.settings import Settings
from devices.enrolment import ReservedNameError
from devices.model import DeviceKind
from devices.protocol import codec
from devices.protocol.errors import KeyRoleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Beacon, Command, CommandType, KeyRole, Target
from devices.protocol.verdict import ALERT_PRIO

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
BEACON = Beacon(v=1, now=NOW_MS, keyset=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_keys_are_made_once_and_loaded_the_same(settings: Settings) -> None:
    made = local_keyring(settings, NOW)
    before = contents(settings.keys_dir)
    again = local_keyring(settings, NOW)
    assert contents(settings.keys_dir) == before
    assert (again.keyset_jws, again.root_x) == (made.keyset_jws, made.root_x)


def test_nobody_but_the_owner_reads_them(settings: Settings) -> None:
    local_keyring(settings, NOW)
    assert stat.S_IMODE(settings.keys_dir.stat().st_mode) == 0o700
    keys = [path for path in settings.keys_dir.iterdir() if path.suffix == ".key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_several_processes_starting_at_once_agree(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: local_keyring(settings, NOW), range(8)))
    assert len({(k.root_x, k.keyset_jws, k.ca_certificate) for k in made}) == 1


def test_what_the_plan_key_signs_holds_for_a_device_that_trusts_the_root(settings: Settings) -> None:
    keyring = local_keyring(settings, NOW)
    trusted = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    assert trusted.verify(keyring.sign_plan(BEACON), KeyRole.PLAN, NOW_MS).payload == codec.encode(BEACON)


def test_a_replaced_key_makes_the_next_keyset(settings: Settings) -> None:
    before = local_keyring(settings, NOW)
    (settings.keys_dir / "plan.key").unlink()
    after = local_keyring(settings, NOW)
    trusted = TrustedKeys.from_root(before.root_x, before.keyset_jws).renewed(after.keyset_jws)
    assert (trusted.ver, after.keyset_ver) == (2, 2)
    assert kid_in(after, KeyRole.PLAN) in trusted.keys
    assert kid_in(before, KeyRole.PLAN) not in trusted.keys


def test_the_brokers_certificate_follows_its_address_and_its_end(settings: Settings, tmp_path: Path) -> None:
    local_keyring(settings, NOW)
    first = (settings.keys_dir / "broker.pem").read_bytes()
    moved = Settings(home=tmp_path / "home", mqtt_host="mqtt.example.vn")
    local_keyring(moved, NOW)
    second = (settings.keys_dir / "broker.pem").read_bytes()
    local_keyring(moved, NOW + timedelta(days=5 * 365))
    assert len({first, second, (settings.keys_dir / "broker.pem").read_bytes()}) == 3


def test_a_death_while_writing_leaves_what_the_next_start_mends(settings: Settings) -> None:
    local_keyring(settings, NOW)
    (settings.keys_dir / "gateway.key").write_bytes((settings.keys_dir / "broker.key").read_bytes())
    (settings.keys_dir / "keyset.jws").unlink()
    mended = local_keyring(settings, NOW)
    assert (settings.keys_dir / "gateway.key").read_bytes() != (settings.keys_dir / "broker.key").read_bytes()
    assert TrustedKeys.from_root(mended.root_x, mended.keyset_jws).keys


def test_keys_that_were_never_made_are_not_loaded(settings: Settings) -> None:
    with pytest.raises(FileNotFoundError):
        Keyring.load(settings)


def test_a_bundle_holds_what_a_device_is_delivered_with(settings: Settings) -> None:
    keyring = local_keyring(settings, NOW)
    folder = keyring.provision("xa-1-l01", "sn-1", "xa-1", settings, NOW)
    assert folder == settings.devices_dir / "xa-1-l01"
    assert {path.name for path in folder.iterdir()} == {
        *("device.json", "ca.pem", "device.pem", "device.key", "keyset.jws"),
    }
    assert json.loads((folder / "device.json").read_text()) == {
        "id": "xa-1-l01",
        "serial": "sn-1",
        "mqtt_host": "127.0.0.1",
        "mqtt_port": 8883,
        "content_url": "http://127.0.0.1:8600",
        "root_key": keyring.root_x,
        "area_id": "xa-1",
        "kind": "cluster",
    }
    station = keyring.provision("xa-1-s01", "sn-2", "xa-1", settings, NOW, kind=DeviceKind.STATION)
    assert json.loads((station / "device.json").read_text())["kind"] == "station"


def test_a_bundle_made_again_keeps_its_certificate_and_follows_the_address(settings: Settings, tmp_path: Path) -> None:
    keyring = local_keyring(settings, NOW)
    before = contents(keyring.provision("xa-1-l01", "sn-1", "xa-1", settings, NOW))
    moved = Settings(home=tmp_path / "home", mqtt_port=9999)
    after = contents(keyring.provision("xa-1-l01", "sn-1", "xa-1", moved, NOW))
    assert json.loads(after.pop("device.json"))["mqtt_port"] == 9999
    assert after.items() <= before.items()
    later = contents(keyring.provision("xa-1-l01", "sn-1", "xa-1", moved, NOW + timedelta(days=5 * 365)))
    assert later["device.pem"] != before["device.pem"]


def test_no_device_is_provisioned_as_the_gateway(settings: Settings) -> None:
    keyring = local_keyring(settings, NOW)
    with pytest.raises(ReservedNameError):
        keyring.provision("gateway", "sn-1", "xa-1", settings, NOW)
    assert not (settings.devices_dir / "gateway").exists()


def test_the_root_may_be_taken_off_the_machine_once_the_keyset_is_signed(settings: Settings) -> None:
    before = local_keyring(settings)
    (settings.keys_dir / "root.key").unlink()
    after = local_keyring(settings)
    assert (after.root_x, after.keyset_jws) == (before.root_x, before.keyset_jws)
    assert not (settings.keys_dir / "root.key").exists()


def test_alerts_and_drills_are_signed_with_keys_of_their_own(settings: Settings) -> None:
    keyring = local_keyring(settings, NOW)
    trusted = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws)
    end = Command(
        *(1, "end", CommandType.CANCEL, ALERT_PRIO, NOW_MS, NOW_MS, NOW_MS + 1000, Target(areas=["xa-1"])), refs=["a"]
    )
    alert, drill = (keyring.sign_command(msgspec.structs.replace(end, drill=each)) for each in (False, True))
    assert trusted.verify(alert, KeyRole.ALERT, NOW_MS).key.kid == kid_in(keyring, KeyRole.ALERT)
    assert trusted.verify(drill, KeyRole.DRILL, NOW_MS).key.kid == kid_in(keyring, KeyRole.DRILL)
    with pytest.raises(KeyRoleError):
        trusted.verify(drill, (KeyRole.PLAN, KeyRole.ALERT), NOW_MS)


def test_a_home_from_before_drills_gets_its_drill_key_and_the_next_keyset(settings: Settings) -> None:
    before = local_keyring(settings, NOW)
    (settings.keys_dir / "drill.key").unlink()
    after = local_keyring(settings, NOW)
    trusted = TrustedKeys.from_root(before.root_x, before.keyset_jws).renewed(after.keyset_jws)
    assert trusted.ver == before.keyset_ver + 1
    assert {key.role for key in trusted.keys.values()} == {KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL}
    assert all(kid_in(after, role) == kid_in(before, role) for role in (KeyRole.PLAN, KeyRole.ALERT))


@pytest.mark.parametrize("role", [KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL])
def test_a_key_missing_while_the_root_is_away_is_not_made_in_silence(settings: Settings, role: KeyRole) -> None:
    local_keyring(settings, NOW)
    root = (settings.keys_dir / "root.key").read_bytes()
    (settings.keys_dir / "root.key").unlink()
    (settings.keys_dir / f"{role}.key").unlink()
    with pytest.raises(RootNeededError, match=rf"our {role} key.*root\.key"):
        local_keyring(settings, NOW)
    assert not (settings.keys_dir / f"{role}.key").exists()
    (settings.keys_dir / "root.key").write_bytes(root)
    assert local_keyring(settings, NOW).keyset_ver == 2
