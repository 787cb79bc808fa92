"""``loa bench token``: a signature by a PKCS#11 token against one by a key file.

Both sign the same bytes in turns, the token with the check of its signature that the signer makes. Without options it
is a token of SoftHSM2, made for the bench; with them one of hardware, in which a key is made and removed.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from bench.percentiles import percentile
from bench.soft_token import CONFIG_VARIABLE, NoSoftHsmError, SoftToken
from bench.speed.rows import Row, print_rows
from cms.platform.settings import Settings
from cms.platform.signer.key_store import FileKeys
from cms.platform.signer.stores import token_keys

NAME: Final = "bench"
SIZE_BYTES: Final = 600
"""Length of the JWS signing input of an alert for one commune."""
WARM_UP: Final = 20


@click.command()
@click.option("--signatures", type=click.IntRange(10), default=500, show_default=True, help="Signatures by each.")
@click.option("--module", default="", help="PKCS#11 module; empty: SoftHSM2.")
@click.option("--token", "label", default="loa", show_default=True, help="Label of the token.")
@click.option("--pin-file", default="", help="File with its PIN.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def token(signatures: int, module: str, label: str, pin_file: str, *, as_json: bool) -> None:
    """Measure a signature by a token."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if module:
            chosen = Settings(home=home, signer_module=module, signer_token=label, signer_pin_file=pin_file)
        else:
            chosen = _soft_token(Path(folder)).settings(home)
        print_rows(_rows(chosen, signatures), as_json=as_json)


def _soft_token(folder: Path) -> SoftToken:
    try:
        made = SoftToken.make(folder, secrets.token_hex(8))
    except NoSoftHsmError:
        raise click.ClickException("softhsm2 is not installed: apt-get install softhsm2, or name a --module") from None
    os.environ[CONFIG_VARIABLE] = str(made.config)
    return made


def _rows(settings: Settings, signatures: int) -> Iterator[Row]:
    settings.signing_dir.mkdir(parents=True)
    files, held = FileKeys(settings.signing_dir), token_keys(settings, is_writable=True)
    files.make(NAME)
    held.make(NAME)
    try:
        by_file, by_token = [], []
        for number in range(WARM_UP + signatures):
            data = secrets.token_bytes(SIZE_BYTES)
            pair = _us(files.sign, data), _us(held.sign, data)
            if number >= WARM_UP:
                by_file.append(pair[0])
                by_token.append(pair[1])
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            file_us = percentile(by_file, share)
            yield Row(f"file_sign_us_{name}", signatures, round(file_us, 3), "us")
            yield Row.against(f"token_sign_us_{name}", signatures, percentile(by_token, share), "us", baseline=file_us)
    finally:
        held.remove(NAME)
        held.close()


def _us(sign: Callable[[str, bytes], bytes], data: bytes) -> float:
    began_ns = time.perf_counter_ns()
    sign(NAME, data)
    return (time.perf_counter_ns() - began_ns) / 1000
