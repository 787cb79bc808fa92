"""PKCS#11 tokens of SoftHSM2, which this process and its children find."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.soft_token import CONFIG_VARIABLE, LABEL, NoSoftHsmError, SoftToken

__all__ = ["LABEL", "PIN", "SoftToken", "soft_token"]

PIN = "471-thirteen-ravens"


def soft_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    try:
        token = SoftToken.make(folder, PIN)
    except NoSoftHsmError:
        pytest.fail("softhsm2 is missing: run `make setup-test`")
    monkeypatch.setenv(CONFIG_VARIABLE, str(token.config))
    return token
