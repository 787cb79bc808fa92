"""``loa firmware``: a key and a package made on another machine, trusted and imported here."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.platform.keyring import Keyring
from cms.platform.keyring_errors import RootNeededError
from cms.platform.settings import Settings
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import KeyRole
from tests.integration.cli.test_commands import Terminal


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of another machine, not below LOA_HOME."""
    return tmp_path_factory.mktemp("elsewhere")


def signed(terminal: Terminal, elsewhere: Path, *more: str, number: int = 17) -> Path:
    image, out = elsewhere / "image.bin", elsewhere / "loa-c4.fw"
    image.write_bytes(b"an image")
    where = ("--key", str(elsewhere / "firmware.key"), "--out", str(out))
    terminal.ok(
        "firmware", "sign", str(image), *where, "--model", "loa-c4", "--number", str(number), "--version", "2.3", *more
    )
    return out


def test_a_key_a_package_and_the_way_in(terminal: Terminal, elsewhere: Path) -> None:
    key = elsewhere / "firmware.key"
    (public,) = terminal.ok("firmware", "key", str(key))
    assert key.stat().st_mode & 0o077 == 0
    package = signed(terminal, elsewhere)
    assert "IMAGE_KEY" in terminal.refused("firmware", "upload", str(package))
    before = Keyring.load(Settings()).keyset_ver
    (trusted,) = terminal.ok("firmware", "trust", public)
    assert terminal.ok("firmware", "trust", public) == [trusted]
    keyring = Keyring.load(Settings())
    assert keyring.keyset_ver == before + 1
    keys = TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws).keys
    assert [each.role for each in keys.values()].count(KeyRole.FIRMWARE) == 1
    assert not list(Settings().keys_dir.glob("firmware.key"))
    (output,) = terminal.ok("firmware", "upload", str(package))
    assert output.startswith("loa-c4 number 17: ")
    assert "firmware.uploaded" in terminal.events()


def test_a_key_is_neither_made_on_the_server_nor_written_over(terminal: Terminal, elsewhere: Path) -> None:
    assert "is on the server" in terminal.refused("firmware", "key", str(terminal.home / "firmware.key"))
    terminal.ok("firmware", "key", str(elsewhere / "firmware.key"))
    assert "there already" in terminal.refused("firmware", "key", str(elsewhere / "firmware.key"))


def test_what_no_device_would_take_is_not_signed(terminal: Terminal, elsewhere: Path) -> None:
    terminal.ok("firmware", "key", str(elsewhere / "firmware.key"))
    image = elsewhere / "image.bin"
    image.write_bytes(b"an image")
    where = ("--key", str(elsewhere / "firmware.key"), "--out", str(elsewhere / "x.fw"), "--version", "1")
    sign = ("firmware", "sign", str(image), *where)
    assert "would boot" in terminal.refused(*sign, "--model", "loa-c4", "--number", "2", "--floor", "3")
    assert "model" in terminal.refused(*sign, "--model", "Loa C4", "--number", "2")
    (elsewhere / "firmware.key").write_bytes(b"no key")
    terminal.refused(*sign, "--model", "loa-c4", "--number", "2")
    image.write_bytes(b"")
    terminal.refused(*sign, "--model", "loa-c4", "--number", "2")


def test_a_key_is_trusted_only_while_the_root_is_here(terminal: Terminal, elsewhere: Path) -> None:
    (public,) = terminal.ok("firmware", "key", str(elsewhere / "firmware.key"))
    (Settings().keys_dir / "root.key").unlink()
    assert "put root.key back" in terminal.refused("firmware", "trust", public)
    assert not (Settings().keys_dir / "firmware.pub").exists()
    (Settings().keys_dir / "firmware.pub").write_text(public + "\n")
    with pytest.raises(RootNeededError):
        Keyring.ensure(Settings())
    terminal.refused("firmware", "trust", "no key")
