"""The demo's central source system: a simulated one, which sends a bulletin down and receives the reports.

It is its own program beside the others. The demo reports to this one only, even if another central system is set.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.demo.run import DemoError, answers_http, await_true, sound_of, wall_time
from bench.demo.world import World
from cms.areas.repository import Places
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.supervisor import Program
from cms.platform.context import Context
from cms.platform.settings import Settings
from province.areas import AreaId
from province.people import Role

TITLE: Final = "Diệt bọ gậy, phòng sốt xuất huyết"
TEXT: Final = "Bộ Y tế đề nghị diệt bọ gậy hằng tuần."
GAP: Final = timedelta(seconds=2)
"""Between the end of theirs and the demo's own bulletin."""
TOLD_S: Final = 20
_HOST: Final = "127.0.0.1"
_SENDS: Final = "bulletins.json"


@dataclass(frozen=True)
class SentBulletin:
    """Bulletin that the central system sends down in this run, and the area that gets it."""

    central_id: str
    area_id: AreaId


def linked(settings: Settings) -> Settings:
    """Return the settings, linked to a central system on a free port here, polled every second, with a fresh secret."""
    with socket.create_server((_HOST, 0)) as free:
        url = f"http://{_HOST}:{free.getsockname()[1]}"
    link = {"central_url": url, "central_token": secrets.token_urlsafe(24), "central_is_local": True}
    return settings.model_copy(update={**link, "central_poll_s": 1})


def furnish(context: Context, world: World) -> SentBulletin:
    """Add one bulletin for the first of the demo's communes, after those of earlier runs."""
    area_id = world.areas[0]
    with context.uow.reading() as unit:
        code = unit[Places].tree().get(area_id).codes["gso"]
    earlier = sends(context.settings)
    sent = SentBulletin(f"TW-{len(earlier) + 1}-{secrets.token_hex(4)}", area_id)
    fields = {
        "BanTinId": sent.central_id,
        "PhienBan": 1,
        "TieuDe": TITLE,
        "LoaiLinhVuc": "YTe",
        "LoaiBanTin": "VanBan",
        "MucDoUuTien": "ThongThuong",
        "NguonTin": "Bộ Y tế",
        "NoiDung": TEXT,
        "VungPhat": [code],
        "TacGia": {"TenDayDu": "Ban biên tập trung ương"},
    }
    text = json.dumps([*earlier, fields], ensure_ascii=False)
    (_folder(context.settings) / _SENDS).write_text(text, encoding="utf-8")
    return sent


def sends(settings: Settings) -> list[dict[str, Any]]:
    """List the bulletins that the central system sends down in this home, oldest first."""
    path = _folder(settings) / _SENDS
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return found


def program(settings: Settings) -> Program:
    """Return the simulated central system as one more supervised program."""
    folder = _folder(settings)
    secret = folder / "token"
    secret.touch(mode=0o600)
    secret.write_text(settings.central_token, encoding="utf-8")
    return Program(
        name="central",
        argv=[
            *(sys.executable, "-m", "bench.demo", "central", "--port", settings.central_url.rpartition(":")[2]),
            *("--bulletins", str(folder / _SENDS), "--kept", str(folder / "taken.jsonl")),
            *("--token-file", str(secret)),
        ],
        ready=lambda: answers_http(f"{settings.central_url}/da-nhan"),
    )


def approved(url: str, world: World, sent: SentBulletin) -> dict[str, Any]:
    """Submit and approve the bulletin that came down, once its sound is ready; return it as the API shows it.

    Raises:
        DemoError: the bulletin did not come, or its sound was not made.
    """
    editor = ApiClient(url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(url, world.token_of(Role.APPROVER))

    def drafted() -> list[str]:
        items = editor.get("/exchange/central").body["items"]
        return [each["bulletin_id"] for each in items if each["central_id"] == sent.central_id and each["bulletin_id"]]

    await_true(lambda: bool(drafted()), 30, "a bulletin from the central system")
    path = f"/bulletins/{drafted()[0]}"
    await_true(lambda: sound_of(editor, path)["state"] == "ready", 60, "sound of the central system's bulletin")
    submitted = editor.post(f"{path}/submit", etag=editor.get(path).etag)
    found: dict[str, Any] = approver.post(f"{path}/approve", etag=submitted.etag).body
    return found


def place(
    url: str,
    world: World,
    sent: SentBulletin,
    bulletin: dict[str, Any],
    *,
    before_at: datetime,
    say: Callable[[str], None],
) -> None:
    """Accept the bulletin for the commune, to end a moment before ``before_at``."""
    commune = ApiClient(url, world.token_of(Role.COMMUNE_OPERATOR))
    rendition = next(r for r in bulletin["sound"]["renditions"] if r["kind"] == "device-opus")
    lasts = timedelta(seconds=rendition["duration_ms"] // 1000 + 1)
    (item,) = [each for each in commune.get("/inbox").body["items"] if each["bulletin_id"] == bulletin["id"]]
    times = {"schedules": [{"starts": wall_time(before_at - GAP - lasts)}]}
    commune.post(f"/inbox/{item['id']}/accept", times)
    say(f"from the central system: {TITLE} ({sent.central_id}), handed down, accepted by the commune")


def told(settings: Settings, world: World, sent: SentBulletin, *, limit_s: float = TOLD_S) -> dict[str, Any]:
    """Wait until the central system has all reports; return their summary, the demo's ``central``.

    Raises:
        DemoError: a report is missing; the message shows the summary so far.
    """
    holds: dict[str, Any] = {}
    players = sum(device.area_id == sent.area_id for device in world.devices)

    def is_all_told() -> bool:
        holds.clear()
        holds.update(_held(_taken(settings), sent.central_id, world))
        is_stated = holds["bulletin_state"] == "handed_down" and holds["communes_placed"] == 1
        is_played = holds["played"] == holds["airings_done"] == players
        is_counted = holds["devices"] == len(world.devices) and holds["statistics_days"] > 0
        return bool(is_stated and is_played and is_counted)

    try:
        await_true(is_all_told, limit_s, "all reports at the central system")
    except DemoError as error:
        raise DemoError(f"{error}; it holds {json.dumps(holds)}") from None
    return holds


def _held(taken: Iterable[tuple[str, Any]], central_id: str, world: World) -> dict[str, Any]:
    """Summarise reports: the newest state of each device and of the bulletin; a played result once, by its record."""
    devices: dict[str, bool] = {}
    state: dict[str, Any] = {}
    played: set[tuple[str, str]] = set()
    days: set[str] = set()
    for path, body in taken:
        match path:
            case "/thiet-bi":
                devices |= {each["MaThietBi"]: each["TrangThaiKetNoi"] for each in body["ThietBi"]}
            case "/trang-thai-ban-tin":
                state = next((each for each in body["BanTin"] if each["BanTinId"] == central_id), state)
            case "/ket-qua-phat":
                ours = [each for each in body["KetQuaPhat"] if each["BanTinId"] == central_id]
                played |= {(each["MaThietBi"], each["MaBanGhi"]) for each in ours if each["KetQua"] == "done"}
            case _:
                days.add(body["Ngay"])
    return {
        "bulletin": central_id,
        "bulletin_state": state.get("TrangThai", ""),
        "communes_placed": state.get("SoXaNhan", 0),
        "airings_done": state.get("SoLuotPhat", 0),
        "devices": sum(devices.get(device.id, False) for device in world.devices),
        "played": len(played),
        "statistics_days": len(days),
    }


def _taken(settings: Settings) -> list[tuple[str, Any]]:
    with urllib.request.urlopen(f"{settings.central_url}/da-nhan", timeout=5) as answer:  # noqa: S310 - our own address
        found: list[tuple[str, Any]] = json.load(answer)
    return found


def _folder(settings: Settings) -> Path:
    folder = settings.root / "central"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
