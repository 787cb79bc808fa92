"""Keyset of officers on disk: whose signatures alerts need. Signed by the root, read by everybody, and never older.

``officers.jws`` is the keyset; ``officers.places.DIGEST.json`` is the area above each area, named by the keyset.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Protocol, Self

import msgspec
from joserfc.jwk import OKPKey

from cms.platform.keyring_errors import OfficersRootNeededError, OtherRootError
from cms.platform.settings import Settings
from cms.platform.signer.keys import ROOT_FILE, KeyFolders, signed_by_root
from cms.platform.signer.stores import key_store
from devices.protocol import codec, jws
from devices.protocol.approvals import Covers, within_tree
from devices.protocol.authorisation import OfficerKeyset, SignaturePolicy
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID
from devices.protocol.officers import TrustedOfficers

OFFICERS_FILE: Final = "officers.jws"
_PLACES: Final = "officers.places."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KnownOfficers:
    """Officers, the rule by which their areas cover others, and the keyset as the root signed it."""

    officers: TrustedOfficers
    covers: Covers
    source: bytes

    @property
    def keyset(self) -> OfficerKeyset:
        return self.officers.keyset

    def open_ms(self, now: datetime) -> int:
        """Return how much longer no signature is asked for although the policy wants one; 0: it is asked for."""
        if self.keyset.policy == SignaturePolicy.OFF:
            return 0
        return max(0, self.keyset.open_until - int(now.timestamp() * 1000))


class OfficerSource(Protocol):
    """Source of the keyset of officers in force."""

    def current(self) -> KnownOfficers | None:
        """Return the officers; None: no keyset was ever made, and no alert needs their signatures."""
        ...

    def opening(self, now: datetime) -> Mapping[str, object]:
        """Return for how many minutes no signature is asked for because keys are lost, and why; empty: they are."""
        known = self.current()
        if known is None or not (left_ms := known.open_ms(now)):
            return {}
        return {"minutes": round(left_ms / 60_000), "reason": known.keyset.open_reason}


class _NoOfficers(OfficerSource):
    def current(self) -> KnownOfficers | None:
        return None


NO_OFFICERS: Final[OfficerSource] = _NoOfficers()


class OfficersFile(OfficerSource):
    """Keyset in a folder, read again when its file has changed; a missing, older or foreign one changes nothing.

    Safe to use from several threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = str(folder / OFFICERS_FILE)
        self._lock = threading.Lock()
        self._mark: tuple[int, int] | None = None
        self._refused: tuple[int, int] | None = None
        self._known: KnownOfficers | None = None

    @classmethod
    def strict(cls, folder: Path) -> Self:
        """Return the file, which is whole or not there. Raises OtherRootError: it is of another root, or not whole."""
        found = cls(folder)
        if (mark := found._marked()) is not None:
            found._known, found._mark = read_officers(folder), mark
        return found

    def current(self) -> KnownOfficers | None:
        """Return what is in force, as ``OfficerSource``."""
        mark = self._marked()
        if mark is not None and mark != self._mark:
            with self._lock:
                self._renew(mark)
        return self._known

    def _marked(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - asked for each alert, at a third of the time of a Path
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _renew(self, mark: tuple[int, int]) -> None:
        try:
            fresh = read_officers(self._folder)
        except (OtherRootError, OSError):
            self._refuse(mark, f"{self._folder / OFFICERS_FILE} is not of our root, or not whole")
            return
        if self._known is not None and fresh.keyset.ver < self._known.keyset.ver:
            self._refuse(mark, f"version {fresh.keyset.ver} after {self._known.keyset.ver}")
            return
        self._known, self._mark = fresh, mark

    def _refuse(self, mark: tuple[int, int], detail: str) -> None:
        """Log what is wrong with the file, once for each state of it: it is asked for many times a second."""
        if mark != self._refused:
            self._refused = mark
            log.critical("officers.refused: %s", detail)


@cache
def officers_in(folder: Path) -> OfficerSource:
    """Return the keyset in this folder, one for all callers of this process."""
    return OfficersFile(folder)


def read_officers(folder: Path) -> KnownOfficers:
    """Read the keyset and its places. Raises OtherRootError, FileNotFoundError."""
    root_x = (folder / ROOT_FILE).read_text(encoding="ascii").strip()
    source = (folder / OFFICERS_FILE).read_bytes()
    officers = opened_officers(jws.verifying_key(root_x), source)
    places = _places_file(folder, officers.keyset.places).read_bytes()
    if hashlib.sha256(places).hexdigest() != officers.keyset.places:
        raise OtherRootError
    parents: Mapping[str, str] = json.loads(places)
    return KnownOfficers(officers, within_tree(parents), source)


def opened_officers(root: OKPKey, source: bytes) -> TrustedOfficers:
    """Verify and decode a keyset of officers. Raises OtherRootError."""
    try:
        return TrustedOfficers.from_root(root, source)
    except ProtocolError as error:
        raise OtherRootError from error


def publish_officers(settings: Settings, keyset: OfficerKeyset, parents: Mapping[str, str], now: datetime) -> int:
    """Sign the keyset with the root as the next version, and put it in force; return the version.

    Raises:
        OfficersRootNeededError: the root is not here to sign it.
        OversizeError: it has more keys than one message carries.
    """
    folders = KeyFolders.of(settings)
    with folders.locked(), key_store(settings) as keys:
        if (root_x := keys.public(ROOT_KID)) is None:
            raise OfficersRootNeededError
        path = folders.public / OFFICERS_FILE
        held = opened_officers(jws.verifying_key(root_x), path.read_bytes()).keyset.ver if path.exists() else 0
        places = json.dumps(parents, sort_keys=True, separators=(",", ":")).encode()
        next_one = msgspec.structs.replace(
            keyset, ver=held + 1, iat=int(now.timestamp() * 1000), places=hashlib.sha256(places).hexdigest()
        )
        signed = signed_by_root(keys, codec.encode(next_one))
        kept = _places_file(folders.public, next_one.places)
        folders.publish(kept, places)
        folders.publish(path, signed)
        for older in set(folders.public.glob(f"{_PLACES}*")) - {kept}:
            older.unlink(missing_ok=True)
    return held + 1


def _places_file(folder: Path, digest: str) -> Path:
    return folder / f"{_PLACES}{digest}.json"


def next_keyset(known: KnownOfficers | None, host: str, origin: str) -> OfficerKeyset:
    """Return the keyset from which the next version is made; the first has no keys, and asks for no signature."""
    if known is not None:
        return known.keyset
    return OfficerKeyset(v=codec.VERSION, ver=1, iat=0, policy=SignaturePolicy.OFF, host=host, origin=origin)
