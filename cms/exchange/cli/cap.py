"""``loa cap``: checks of CAP messages before they are trusted."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click

from broadcast.alerts.cap.history import ReceivedMessages, RememberedMessage
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances, Judgement
from cms.exchange.cap.check import Pin, pin
from cms.exchange.cap.check import check as check_cap
from cms.exchange.cap.reader import MAX_BYTES, SignerFaultError
from province.machine_clock import utc_now


def _instant(value: str) -> datetime:
    """Parse an instant, ``now`` or like 2026-10-12T14:05:00+07:00."""
    try:
        at = utc_now() if value == "now" else datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise click.BadParameter(f"{value!r} is neither 'now' nor like 2026-10-12T14:05:00+07:00")
    return at


def _signer(value: str) -> Pin:
    """Parse a sender's certificate, ``sender=certificate.pem``."""
    sender, _, file = value.rpartition("=")
    try:
        return pin(sender, Path(file).read_bytes())
    except (OSError, SignerFaultError) as error:
        raise click.BadParameter(f"{value!r}: {error}") from error


@click.group()
def cap() -> None:
    """Check CAP 1.2 files."""


@cap.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line and file.")
@click.option(
    "--at", type=_instant, metavar="WHEN", help="Judge as at this time; without it, as at the time each was sent."
)
@click.option(
    "--signer",
    "signers",
    multiple=True,
    type=_signer,
    metavar="SENDER=FILE",
    help="A sender's certificate; repeatable.",
)
@click.option("--superior", "superiors", multiple=True, metavar="SENDER=BELOW", help="SENDER may end BELOW's messages.")
@click.option("--sequence", is_flag=True, help="The files came one after the other: find duplicates and late ones.")
def check(
    files: tuple[Path, ...],
    *,
    as_json: bool,
    at: datetime | None,
    signers: tuple[Pin, ...],
    superiors: tuple[str, ...],
    sequence: bool,
) -> None:
    """Show for each file whether it would be accepted, and why not. Nothing is stored or sent.

    Ends with 1 if any file is refused.
    """
    given = Circumstances(now=at, past=ReceivedMessages() if sequence else None, superiors=_superiors(superiors))
    is_refused = False
    for path, judgement in _judged(files, {each.sender: each for each in signers}, given):
        is_refused |= judgement.verdict is CapVerdict.REFUSE
        click.echo(_row(path, judgement) if as_json else _sentence(path, judgement))
    sys.exit(1 if is_refused else 0)


def _judged(files: Iterable[Path], pins: dict[str, Pin], given: Circumstances) -> Iterator[tuple[Path, Judgement]]:
    for path in files:
        judgement = check_cap(_bytes(path), pins, given)
        yield path, judgement
        if given.past is not None and judgement.message is not None:
            given.past.add(RememberedMessage.of(judgement.message))


def _bytes(path: Path) -> bytes:
    """Read a file, at most one byte beyond the accepted size."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def _superiors(pairs: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for pair in pairs:
        sender, is_pair, below = pair.partition("=")
        if not is_pair:
            raise click.UsageError(f"{pair!r} is not like SENDER=BELOW")
        found[sender] = found.get(sender, frozenset()) | {below}
    return found


def _row(path: Path, judgement: Judgement) -> str:
    row = {
        "file": str(path),
        "verdict": judgement.verdict,
        "kind": judgement.kind,
        "airs": judgement.airs,
        "code": judgement.code,
        "findings": [{"code": f.code, "path": f.path, "detail": f.detail} for f in judgement.findings],
    }
    return json.dumps(row, ensure_ascii=False)


def _sentence(path: Path, judgement: Judgement) -> str:
    lines = [f"{path}: {judgement.verdict} {judgement.kind} ({judgement.code}), could lead to {judgement.airs}"]
    lines += [f"  {f.code} {f.path} {f.detail}".rstrip() for f in judgement.findings]
    return "\n".join(lines)
