"""Losses from the keys folder: each is named, and no key is made that devices in the field would refuse."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms import bootstrap
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.keyring import Keyring
from cms.platform.keyring_errors import CaMissingError, OtherRootError, RootMissingError, RootNeededError
from cms.platform.settings import Settings
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "loa")
    Keyring.ensure(found, NOW)
    return found


def names(settings: Settings) -> set[str]:
    return {path.name for path in settings.keys_dir.iterdir()}


@pytest.mark.parametrize("also", [(), ("keyset.jws",), ("keyset.jws", "ca.key"), ("ca.key", "ca.pem")])
def test_a_new_root_is_never_made_where_one_was_in_use(settings: Settings, also: tuple[str, ...]) -> None:
    root = (settings.keys_dir / "root.pub").read_bytes()
    for name in ("root.key", "root.pub", *also):
        (settings.keys_dir / name).unlink()
    before = names(settings)
    with pytest.raises(RootMissingError, match=r"put root\.pub back from the back-up"):
        Keyring.ensure(settings, NOW)
    assert names(settings) == before
    if not also:
        (settings.keys_dir / "root.pub").write_bytes(root)
        Keyring.ensure(settings, NOW)


def test_a_new_root_is_never_made_while_devices_are_registered(settings: Settings) -> None:
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    with context.uow() as unit:
        unit[Places].add([Area(AreaId("xa-1"), "Xã Một", "commune", None, NOW.date())])
        unit[Devices].add_many([Device(DeviceId("d-1"), "sn-1", "Cụm 1", DeviceKind.CLUSTER, AreaId("xa-1"), NOW)])
        unit.commit()
    context.engine.dispose()
    shutil.rmtree(settings.keys_dir)
    with pytest.raises(RootMissingError):
        bootstrap.prepare(settings)
    assert names(settings) <= {".lock"}


def test_a_new_authority_is_never_made_where_one_was_in_use(settings: Settings) -> None:
    (settings.keys_dir / "ca.key").unlink()
    with pytest.raises(CaMissingError, match=r"ca\.key"):
        Keyring.ensure(settings, NOW)
    assert "ca.key" not in names(settings)


@pytest.mark.parametrize("is_offline", [False, True])
def test_a_keyset_of_another_root_is_named(settings: Settings, tmp_path: Path, *, is_offline: bool) -> None:
    other = Settings(home=tmp_path / "other")
    Keyring.ensure(other, NOW)
    for name in ("root.key", "root.pub"):
        shutil.copy(other.keys_dir / name, settings.keys_dir / name)
    if is_offline:
        (settings.keys_dir / "root.key").unlink()
    with pytest.raises(OtherRootError, match=r"not signed by keys/root\.pub"):
        Keyring.ensure(settings, NOW)


def test_a_keyset_lost_while_the_root_is_away_asks_for_the_root(settings: Settings) -> None:
    for name in ("root.key", "keyset.jws"):
        (settings.keys_dir / name).unlink()
    with pytest.raises(RootNeededError, match=r"put root\.key back"):
        Keyring.ensure(settings, NOW)


def test_a_first_start_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    """The root key is made before any file that would look like an older installation."""
    settings = Settings(home=tmp_path / "new")
    settings.keys_dir.mkdir(parents=True)
    whole = Settings(home=tmp_path / "whole")
    Keyring.ensure(whole, NOW)
    shutil.copy(whole.keys_dir / "root.key", settings.keys_dir / "root.key")
    assert Keyring.ensure(settings, NOW).keyset_ver == 1
