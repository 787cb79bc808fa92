"""One bulletin from a typed text to the loudspeakers, through the API, and the measurement of their sound."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bench.demo.world import World
from cms.platform.cli.api_client import ApiClient
from cms.platform.context import Context
from media.ffmpeg import FfmpegTools
from province.machine_clock import utc_now
from province.people import Role
from province.wall_clock import DEFAULT_ZONE

TITLE = "Lịch tiêm chủng mở rộng tháng này"
TEXT = (
    "Trạm y tế thông báo: ngày mai, từ bảy giờ ba mươi phút đến mười một giờ, trạm tổ chức tiêm chủng mở rộng "
    "cho trẻ dưới hai tuổi. Đề nghị các gia đình đưa trẻ đến đúng giờ và mang theo sổ tiêm chủng."
)
# From approval to air: planning, carriage and fetching take about two seconds; the rest is margin.
LEAD = timedelta(seconds=20)
# As much on a machine that takes ten times as long for it.
LEAD_MOST = timedelta(seconds=60)
SIMILARITY_LEAST = 0.98
SKEW_MOST_MS = 20.0
LOUDNESS_LUFS = -16.0
LOUDNESS_TOLERANCE_LU = 1.0


class DemoError(RuntimeError):
    """Failure of the demo; the message names the step."""


@dataclass(frozen=True)
class MeasuredAiring:
    """Sounding of the item on one device, by its own truth log."""

    device_id: str
    planned_at_ms: int
    started_at_ms: int
    ended_at_ms: int


def wall_time(at: datetime) -> str:
    """Format an instant as the province's wall time, as the API takes it."""
    return at.astimezone(ZoneInfo(DEFAULT_ZONE)).replace(tzinfo=None).isoformat(timespec="seconds")


def lead_since(began_s: float, least: timedelta = LEAD, most: timedelta = LEAD_MOST) -> timedelta:
    """Return the time between approval and airing: a machine that is slow to make a bulletin is slow to carry it too.

    ``began_s``: start of its making, or of all that it needs, in monotonic seconds.
    """
    return max(least, min(most, timedelta(seconds=time.monotonic() - began_s)))


def answers_http(url: str) -> bool:
    """Return whether a GET of this address (ours, on this machine) is answered with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def await_true(what: Callable[[], bool], limit_s: float, step: str) -> None:
    """Ask until it says yes.

    Raises:
        DemoError: it did not within the limit.
    """
    pause = threading.Event()
    deadline = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > deadline:
            raise DemoError(f"{step}: not within {limit_s:.0f} s")
        pause.wait(0.2)


def sound_of(editor: ApiClient, path: str) -> dict[str, Any]:
    """Return the present state of a bulletin's sound.

    Raises:
        DemoError: it could not be made.
    """
    found: dict[str, Any] = editor.get(path).body["sound"]
    if found["state"] == "failed":
        raise DemoError(f"sound: {found['error']}")
    return found


def publish(
    editor: ApiClient,
    approver: ApiClient,
    world: World,
    *,
    title: str,
    text: str,
    start_at: Callable[[], datetime],
    say: Callable[[str], None] = lambda _: None,
    relay: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Write, listen to, submit and approve a bulletin for the world's areas; return it as the API shows it then.

    ``start_at`` is asked when the sound is ready, so that slow sound-making does not eat the lead.
    """
    draft = {
        "title": title,
        "text": text,
        "topic": "health",
        "priority": "normal",
        "language": "vi",
        "targets": {"areas": list(world.areas)},
        **({} if relay is None else {"relay": dict(relay)}),
    }
    bulletin = editor.post("/bulletins", draft).body
    path = f"/bulletins/{bulletin['id']}"
    say(f"written: {title} ({bulletin['id']})")

    await_true(lambda: bool(sound_of(editor, path)["state"] == "ready"), 60, "sound")
    made = sound_of(editor, path)
    say(f"spoken: {made['loudness_lufs']:.1f} LUFS, true peak {made['true_peak_dbtp']:.1f} dBTP")
    current = editor.get(path)
    schedule = {"schedules": [{"starts": wall_time(start_at())}]}
    changed = editor.patch(path, schedule, etag=current.etag)
    submitted = editor.post(f"{path}/submit", etag=changed.etag)
    approved: dict[str, Any] = approver.post(f"{path}/approve", etag=submitted.etag).body
    say(f"approved by another person, for {approved['schedules'][0]['starts']} local time")
    return approved


class Beside(Protocol):
    """Activity beside the demo's bulletin."""

    def get_ready(self) -> None:
        """Do the slow preparations, before anything has a time to air."""

    def place(self, before_at: datetime) -> None:
        """Place own items before the instant at which the approved bulletin airs."""


def send_one_bulletin(context: Context, world: World, *, beside: Beside, say: Callable[[str], None]) -> dict[str, Any]:
    """Send one bulletin the whole way; return the measurement: the demo's JSON line without ``seconds_total``."""
    url, began_at, began_s = context.settings.effective_public_url, context.now(), time.monotonic()
    editor = ApiClient(url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(url, world.token_of(Role.APPROVER))

    def start_at() -> datetime:
        beside.get_ready()
        return (utc_now() + lead_since(began_s) + timedelta(seconds=1)).replace(microsecond=0)

    bulletin = publish(editor, approver, world, title=TITLE, text=TEXT, start_at=start_at, say=say)
    starts_at = datetime.fromisoformat(bulletin["schedules"][0]["starts"]).replace(tzinfo=ZoneInfo(DEFAULT_ZONE))
    beside.place(starts_at)
    path = f"/bulletins/{bulletin['id']}"
    wanted = {device.id for device in world.devices}

    def deliveries() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = editor.all(f"{path}/deliveries")
        return found

    def in_state(*states: str) -> set[str]:
        return {row["device_id"] for row in deliveries() if row["state"] in states}

    await_true(lambda: in_state("ready", "started", "done") >= wanted, 60, "ready on every device")
    say(f"ready on {len(wanted)} devices before its time")
    rendition = next(r for r in bulletin["sound"]["renditions"] if r["kind"] == "device-opus")
    limit_s = (starts_at - utc_now()).total_seconds() + rendition["duration_ms"] / 1000 + 30
    await_true(lambda: in_state("done") >= wanted, limit_s, "done on every device")

    def as_runs() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = editor.all(f"{path}/as-runs")
        return found

    # The answer comes at once, its proof within two seconds.
    await_true(lambda: {row["device_id"] for row in as_runs()} >= wanted, 30, "as-run record from every device")
    records = as_runs()
    heard = heard_by_truth(context.settings.root / "fleet" / "out", rendition["sha256"], since=began_at)
    measured = [_measure(context, device_id, rendition["sha256"], heard) for device_id in world.audio]
    return _verdict(bulletin, world, records, heard, measured)


def truth_in(log: Path) -> list[dict[str, Any]]:
    """Read a device's truth log, oldest line first; a last line that is still being written is left out."""
    whole, _end, _rest = log.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def heard_by_truth(out: Path, sha256: str, *, since: datetime | None = None) -> dict[str, list[MeasuredAiring]]:
    """Map each device to its whole soundings of this content, from the devices' own truth logs.

    The same text is the same content: ``since`` leaves out what an earlier run had planned.
    """
    since_ms = since.timestamp() * 1000 if since else 0
    found: dict[str, list[MeasuredAiring]] = {}
    for log in sorted(out.glob("*/truth.jsonl")):
        found[log.parent.name] = [
            MeasuredAiring(log.parent.name, line["planned_at_ms"], line["started_at_ms"], line["ended_at_ms"])
            for line in truth_in(log)
            if line["result"] == "done" and line.get("sha256") == sha256 and line["planned_at_ms"] >= since_ms
        ]
    return found


def _measure(context: Context, device_id: str, sha256: str, heard: dict[str, list[MeasuredAiring]]) -> dict[str, Any]:
    """Measure likeness, skew and level of the sound in this device's WAV at the planned instant."""
    airings = heard.get(device_id, [])
    if not airings:
        raise DemoError(f"{device_id} sounded nothing")
    with context.content.local_file(sha256) as reference:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench.recordings"),
                *("--heard", str(context.settings.root / "fleet" / "out" / device_id)),
                *("--reference", str(reference)),
                *("--planned-at-ms", str(airings[-1].planned_at_ms)),
            ],
            capture_output=True,
            check=False,
            timeout=60,
        )
    if done.returncode != 0:
        raise DemoError(f"measuring {device_id}: {done.stdout.decode()} {done.stderr.decode()[-500:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    rendition_ms = airings[-1].ended_at_ms - airings[-1].started_at_ms
    result["loudness_lufs"] = _loudness_of(Path(result["path"]), result["started_at_ms"], rendition_ms)
    return result


def _loudness_of(segment: Path, started_at_ms: float, duration_ms: int) -> float:
    """Return the loudness of that part of a device's WAV in LUFS, as the meter measures it."""
    about = json.loads(segment.with_suffix(".json").read_text())
    first = round((started_at_ms - about["sample0_at_ms"]) * about["rate_hz"] / 1000)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "heard.wav"
        with wave.open(str(segment)) as heard, wave.open(str(part), "wb") as cut:
            cut.setparams(heard.getparams())
            heard.setpos(first)
            cut.writeframes(heard.readframes(duration_ms * about["rate_hz"] // 1000))
        return FfmpegTools().measure(part).integrated_lufs


def _verdict(
    bulletin: dict[str, Any],
    world: World,
    records: list[dict[str, Any]],
    heard: dict[str, list[MeasuredAiring]],
    measured: list[dict[str, Any]],
) -> dict[str, Any]:
    details = {row["device_id"] for row in records if row["result"] == "done"}
    once = {device_id for device_id, airings in heard.items() if len(airings) == 1}
    result: dict[str, Any] = {
        "ok": False,
        "bulletin": bulletin["id"],
        "title": bulletin["title"],
        "devices_planned": len(world.devices),
        "devices_heard": len(details & once),
        "as_runs": len(records),
        "start_skew_ms_max": round(max(abs(m["start_skew_ms"]) for m in measured), 2),
        "loudness_lufs": round(_farthest([float(m["loudness_lufs"]) for m in measured]), 2),
        "similarity": round(min(m["similarity"] for m in measured), 4),
        # A simulated loudspeaker that had no processor time sounds nothing meanwhile: the reason of a low similarity.
        "held_up_ms": max(m["held_up_ms"] for m in measured),
    }
    is_kept = {
        "devices_heard": result["devices_heard"] == result["devices_planned"] == result["as_runs"],
        "start_skew_ms_max": result["start_skew_ms_max"] <= SKEW_MOST_MS,
        "similarity": result["similarity"] >= SIMILARITY_LEAST,
        "loudness_lufs": abs(result["loudness_lufs"] - LOUDNESS_LUFS) <= LOUDNESS_TOLERANCE_LU,
    }
    result["missed"] = [name for name, kept in is_kept.items() if not kept]
    result["ok"] = not result["missed"]
    return result


def _farthest(levels_lufs: list[float]) -> float:
    """Return the level that is farthest from the target."""
    return max(levels_lufs, key=lambda level_lufs: abs(level_lufs - LOUDNESS_LUFS))
