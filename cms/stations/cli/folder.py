"""Drop folder of a station: programmes as whole files, withdrawn ones set aside, a playlist, receipts.

Below ``.loa`` are the known programmes, partial downloads, and receipts that the server has not taken yet. A file
appears under its name only when it is whole and verified; killed at any moment, the next run goes on where this one
was.
"""

import hashlib
import http.client
import json
import logging
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cms.platform.cli.api_client import ApiClient, ApiError
from cms.stations.service.file_names import file_stem
from province.machine_clock import utc_now

log = logging.getLogger(__name__)

TRIES: Final = 30
"""Tries without a new byte, after which the network counts as down; the next round tries again."""
PLAYLIST: Final = "loa.m3u8"
ASIDE: Final = "thu-hoi"
TIMEOUT_S: Final = 30.0
_COPIED_BYTES: Final = 1 << 16
_RECEIPTS_AT_ONCE: Final = 500
_PARTIAL: Final = 206
_SAFE: Final = re.compile("[a-z0-9-]{1,64}")
_BROKEN: Final = (urllib.error.URLError, http.client.HTTPException, OSError)


class CutOffError(Exception):
    """Interrupted or wrong download: the connection broke, or the hash differs; the next try resumes or starts over."""


@dataclass
class DropFolder:
    """Drop folder of one station, filled from ``url``. ``form``: wav or mp3. ``removes``: deletes withdrawn ones."""

    folder: Path
    url: str
    token: str
    station_id: str
    form: str = "wav"
    removes: bool = False
    patience_s: float = 30.0
    now: Callable[[], datetime] = field(default=utc_now)
    _held: dict[str, dict[str, Any]] = field(default_factory=dict)
    _receipts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._own = self.folder / ".loa"
        (self._own / "partial").mkdir(parents=True, exist_ok=True)
        self._api = ApiClient(self.url, self.token, patience_s=self.patience_s)
        self._held = _read(self._own / "held.json", {})
        self._receipts = _read(self._own / "receipts.json", [])

    def step(self) -> bool:
        """Fetch, set aside, list, and send receipts; return True if nothing is left to do.

        Ended programmes are set aside also without a network.
        """
        now = self.now()
        try:
            listed = self._api.get(f"/stations/{self.station_id}/programmes").body["items"]
        except (ApiError, *_BROKEN) as error:
            log.warning("the list of programmes cannot be fetched: %s", error)
            self._set_aside(name for name, held in list(self._held.items()) if _is_over(held, now))
            self._list(now)
            return False
        current = {each["id"]: each for each in listed if not _is_over(each, now)}
        self._set_aside(name for name in list(self._held) if name not in current)
        files = [each for each in current.values() if each[self.form] is not None]
        # Both become file names: no server may write outside the folder.
        wanted = [each for each in files if _SAFE.fullmatch(each["id"]) and _SAFE.fullmatch(each[self.form]["sha256"])]
        taken = sum(self._take(each) for each in wanted)
        self._list(now)
        return self._tell() and taken == len(wanted)

    def _take(self, listed: dict[str, Any]) -> bool:
        """Bring the current programme into the folder; return False if it could not be fetched."""
        wanted, name = listed[self.form], str(listed["id"])
        about = {"title": listed["title"], "crawl": listed["crawl"], "sha256": wanted["sha256"]}
        about |= {"start_at": listed["start_at"], "end_at": listed["end_at"], "kill_at": listed["kill_at"]}
        about |= {"duration_ms": wanted["duration_ms"]}
        path = self._named(listed["title"], name)
        self._rename(name, path)
        if self._held.get(name, {}).get("sha256") != wanted["sha256"] or not path.exists():
            try:
                self._fetch(wanted, path)
            except (CutOffError, *_BROKEN) as error:
                log.warning("programme %s is not downloaded yet: %s", name, error)
                return False
            at = self.now().isoformat()
            words = ({"rung": rung, "at": at} for rung in ("downloaded", "verified"))
            self._receipts += [{"programme_id": name, "sha256": wanted["sha256"], **word} for word in words]
            _write(self._own / "receipts.json", json.dumps(self._receipts))
            log.info("programme downloaded: %s: %s", path.name, listed["title"])
        if self._held.get(name) != about:
            _write(path.with_suffix(".txt"), f"{listed['title']}\n\n{listed['text']}\n\n{listed['crawl']}\n")
            self._held[name] = about
            _write(self._own / "held.json", json.dumps(self._held, ensure_ascii=False))
        return True

    def _fetch(self, wanted: dict[str, Any], into: Path) -> None:
        """Download the file. Raises CutOffError if no more bytes come; those that came are kept."""
        partial = self._own / "partial" / wanted["sha256"]
        idle = 0
        while (size := _size(partial)) < wanted["bytes"]:
            try:
                self._append(wanted, partial, size)
            except urllib.error.HTTPError as error:
                raise CutOffError(f"{error.code}") from error
            except _BROKEN as error:
                log.info("download interrupted at %d of %d bytes: %s", _size(partial), wanted["bytes"], error)
            idle = 0 if _size(partial) > size else idle + 1
            if idle >= TRIES:
                raise CutOffError(f"nothing more than {size} of {wanted['bytes']} bytes")
        if _hash(partial) != wanted["sha256"]:
            partial.unlink()
            raise CutOffError("the download has another hash; it is fetched again")
        partial.replace(into)
        _sync(into.parent)

    def _append(self, wanted: dict[str, Any], partial: Path, size: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Encoding": "identity"}
        if size:
            # If the file has changed, the whole of it comes.
            headers |= {"Range": f"bytes={size}-", "If-Range": f'"{wanted["sha256"]}"'}
        request = urllib.request.Request(self.url + wanted["url"], headers=headers)  # noqa: S310 - the address given
        with (
            urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer,  # noqa: S310
            partial.open("ab" if answer.status == _PARTIAL else "wb") as out,
        ):
            while data := answer.read1(_COPIED_BYTES):
                out.write(data)
            out.flush()
            os.fsync(out.fileno())

    def _set_aside(self, names: Iterable[str]) -> None:
        for name in names:
            for path in self._files(name):
                if self.removes:
                    path.unlink()
                else:
                    (self.folder / ASIDE).mkdir(exist_ok=True)
                    path.replace(self.folder / ASIDE / path.name)
            self._held.pop(name, None)
            log.info("programme withdrawn or ended: %s", name)
            _write(self._own / "held.json", json.dumps(self._held, ensure_ascii=False))

    def _list(self, now: datetime) -> None:
        """Write the playlist of programmes that may be aired now, in order of their start."""
        held = [(each["start_at"], name, each) for name, each in self._held.items() if _may_air(each, now)]
        lines = ["#EXTM3U"]
        for _, name, each in sorted(held, key=lambda line: line[:2]):
            lines += [
                f"#EXTINF:{round(each['duration_ms'] / 1000)},{each['title']}",
                self._named(each["title"], name).name,
            ]
        text = "\n".join(lines) + "\n"
        playlist = self.folder / PLAYLIST
        if not playlist.exists() or playlist.read_text(encoding="utf-8") != text:
            _write(playlist, text)

    def _tell(self) -> bool:
        while self._receipts:
            now_told = self._receipts[:_RECEIPTS_AT_ONCE]
            try:
                self._api.post(f"/stations/{self.station_id}/receipts", {"items": now_told})
            except ApiError as error:
                # The server will never take these: their files have changed meanwhile.
                log.warning("receipts are refused: %s", error)
            except _BROKEN as error:
                log.warning("receipts are not sent yet: %s", error)
                return False
            self._receipts = self._receipts[len(now_told) :]
            _write(self._own / "receipts.json", json.dumps(self._receipts))
        return True

    def _named(self, title: str, name: str) -> Path:
        return self.folder / f"{file_stem(title, name)}.{self.form}"

    def _files(self, name: str) -> list[Path]:
        """List the files of a programme, also those of a title that it had before."""
        found = (*self.folder.glob(f"*_{name}.*"), *self.folder.glob(f"{name}.*"))
        return [each for each in found if each.suffix in {f".{self.form}", ".txt"}]

    def _rename(self, name: str, path: Path) -> None:
        for each in self._files(name):
            if each.stem != path.stem:
                each.replace(path.with_suffix(each.suffix))
                _sync(self.folder)


def only_station(url: str, token: str, patience_s: float = 30.0) -> str:
    """Return the id of the one station that the token sees. Raises ApiError, ValueError if it is not exactly one."""
    seen = ApiClient(url, token, patience_s=patience_s).get("/stations").body["items"]
    if len(seen) != 1:
        names = ", ".join(f"{each['id']} ({each['name']})" for each in seen)
        raise ValueError(f"the token sees {len(seen)} stations: {names}")
    return str(seen[0]["id"])


def _is_over(each: dict[str, Any], now: datetime) -> bool:
    kill_at = each["kill_at"]
    return bool(each.get("killed_at")) or (kill_at is not None and datetime.fromisoformat(kill_at) <= now)


def _may_air(each: dict[str, Any], now: datetime) -> bool:
    end_at = each["end_at"]
    return datetime.fromisoformat(each["start_at"]) <= now and (end_at is None or now < datetime.fromisoformat(end_at))


def _read(path: Path, otherwise: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def _write(path: Path, text: str) -> None:
    """Write the file atomically and durably: whole or not at all, also after a power cut."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
