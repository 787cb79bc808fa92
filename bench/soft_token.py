"""PKCS#11 tokens of SoftHSM2 for benchmarks and tests, each in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cms.platform.settings import Settings

LABEL: Final = "loa"
SEARCHED = (Path("/usr/lib"),)
CONFIG_VARIABLE: Final = "SOFTHSM2_CONF"
"""Environment variable that names the configuration to the module."""


class NoSoftHsmError(RuntimeError):
    """SoftHSM2 is not installed."""


@dataclass(frozen=True)
class SoftToken:
    """Token in ``folder``, and the file of its PIN; a process finds it by ``config``."""

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

    @classmethod
    def make(cls, folder: Path, pin: str) -> SoftToken:
        """Make a token without keys. Raises NoSoftHsmError."""
        module = next((path for folder in SEARCHED for path in sorted(folder.glob("**/softhsm/libsofthsm2.so"))), None)
        if module is None:
            raise NoSoftHsmError
        token = cls(folder, module)
        token.objects.mkdir(parents=True)
        token.config.write_text(f"directories.tokendir = {token.objects}\nobjectstore.backend = file\n")
        command = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", f"so-{pin}", "--pin", pin]
        found = {**os.environ, CONFIG_VARIABLE: str(token.config)}
        subprocess.run(command, check=True, capture_output=True, timeout=60, env=found)
        token.write_pin(pin)
        return token

    def write_pin(self, pin: str) -> None:
        """Replace what is in the file of the PIN."""
        self.pin_file.touch(mode=0o600)
        self.pin_file.write_text(f"{pin}\n")

    def settings(self, home: Path) -> Settings:
        """Return settings of an installation that has its keys in this token."""
        return Settings(
            home=home, signer_module=str(self.module), signer_token=LABEL, signer_pin_file=str(self.pin_file)
        )
