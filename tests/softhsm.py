"""PKCS#11 tokens of SoftHSM2, each in a folder of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cms.platform.settings import Settings

PIN = "471-thirteen-ravens"
LABEL = "loa"


@dataclass(frozen=True)
class SoftToken:
    """Token in ``folder``, and the file of its PIN."""

    folder: Path
    module: Path

    @property
    def config(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def objects(self) -> Path:
        return self.folder / "tokens"

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    def write_pin(self, pin: str) -> None:
        self.pin_file.write_text(f"{pin}\n")
        self.pin_file.chmod(0o600)

    def settings(self, home: Path, **others: str) -> Settings:
        return Settings(
            home=home,
            signer_module=str(self.module),
            signer_token=LABEL,
            signer_pin_file=str(self.pin_file),
            **others,  # type: ignore[arg-type]
        )


def soft_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    """Make a token, which this process and its children find."""
    module = next((path for path in Path("/usr/lib").glob("**/softhsm/libsofthsm2.so")), None)
    if module is None:
        pytest.fail("softhsm2 is missing: run `make setup-test`")
    token = SoftToken(folder, module)
    token.objects.mkdir(parents=True)
    token.config.write_text(f"directories.tokendir = {token.objects}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.config))
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", "security-officer", "--pin", PIN],
        check=True,
        capture_output=True,
        timeout=60,
    )
    token.write_pin(PIN)
    return token
