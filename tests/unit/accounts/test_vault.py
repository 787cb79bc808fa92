from __future__ import annotations

import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from cms.accounts.errors import UnreadableSecretError
from cms.accounts.service.vault import Vault


def test_what_is_sealed_is_opened_for_its_owner_only(tmp_path: Path) -> None:
    vault = Vault.at(tmp_path)
    sealed = vault.seal("JBSWY3DP", "u-lan")
    assert "JBSWY3DP" not in sealed
    assert vault.open(sealed, "u-lan") == "JBSWY3DP"
    with pytest.raises(UnreadableSecretError):
        vault.open(sealed, "u-an")


def test_the_same_secret_is_never_sealed_alike(tmp_path: Path) -> None:
    vault = Vault.at(tmp_path)
    assert vault.seal("JBSWY3DP", "u-lan") != vault.seal("JBSWY3DP", "u-lan")


@pytest.mark.parametrize("sealed", ["", "not base64!", "AAAA", "A" * 64])
def test_what_was_not_sealed_here_is_unreadable(tmp_path: Path, sealed: str) -> None:
    with pytest.raises(UnreadableSecretError):
        Vault.at(tmp_path).open(sealed, "u-lan")


def test_another_installations_key_opens_nothing(tmp_path: Path) -> None:
    sealed = Vault.at(tmp_path / "one").seal("JBSWY3DP", "u-lan")
    with pytest.raises(UnreadableSecretError):
        Vault.at(tmp_path / "other").open(sealed, "u-lan")


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    barrier, made = Barrier(4), []

    def start() -> None:
        barrier.wait(10)
        made.append(Vault.at(tmp_path / "keys").key)

    starts = [Thread(target=start) for _ in range(4)]
    for one in starts:
        one.start()
    for one in starts:
        one.join(10)
    assert len(made) == 4
    assert len(set(made)) == 1
    [file] = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made[0].hex() not in repr(Vault.at(tmp_path / "keys"))


def test_a_key_of_the_wrong_length_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "second-factor.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="does not hold a key"):
        Vault.at(tmp_path)
