"""Downloads of programmes over a cut line, by stations without our software and with our drop folder."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from broadcast.stations.model import Station
from cms.platform.cli.api_client import ApiResponse
from cms.stations.cli.folder import DropFolder, only_station
from cms.stations.repository import Programmes
from province.machine_clock import utc_now
from province.wall_clock import local_date
from tests.builders import bulletins, stations
from tests.console import FAR_DISTRICT, Console, open_console
from tests.fakes.sound import delete
from tests.integration.stations.cut_server import Line, line_to
from tests.web_server import served

SOUND = random.Random(7).randbytes(300_000)


class Desk:
    """Console with a station and one programme, and a line to it."""

    def __init__(self, console: Console, line: Line) -> None:
        self.console = console
        self.line = line
        self.station: Station = stations.registered(console)
        self.token = console.tokens["station"]

    def folder(self, path: Path, **more: Any) -> DropFolder:
        return DropFolder(
            path, self.line.url, self.token, self.station.id, patience_s=0.0, now=self.console.clock, **more
        )

    def rungs(self, programme_id: Any) -> list[str]:
        with self.console.context.uow() as uow:
            return [each.rung.value for each in uow[Programmes].receipts(programme_id)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_console(tmp_path / "home") as console, served(console.app) as port, line_to(port) as line:
        yield Desk(console, line)


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["curl", "-sS", "--max-time", "60", *arguments], capture_output=True, check=False)


def test_curl_and_a_feed_reader_take_a_programme_over_a_line_cut_three_times(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console, content=SOUND)
    bearer = ["-H", f"Authorization: Bearer {desk.token}"]
    api = f"{desk.line.url}/api/v1/stations/{desk.station.id}"
    address = json.loads(curl("-X", "POST", *bearer, f"{api}/feed").stdout)["url"]
    path = address.partition("/api/v1")[2]
    (item,) = fromstring(curl(f"{desk.line.url}/api/v1{path}").stdout).iter("item")
    enclosure = item.find("enclosure")
    assert enclosure is not None
    episode = enclosure.attrib["url"].partition("/api/v1")[2]

    desk.line.cuts[:] = [60_000, 90_000, 70_000]
    into = tmp_path / "episode.mp3"
    tries = 0
    while curl("--fail", "-C", "-", "-o", str(into), f"{desk.line.url}/api/v1{episode}").returncode:
        tries += 1
    assert tries == 3
    assert into.read_bytes() == SOUND
    assert len(SOUND) == int(enclosure.attrib["length"])

    body = {"programme_id": programme.id, "rung": "aired", "at": "2026-11-24T02:00:00Z"}
    found = curl(*bearer, "--json", json.dumps({"items": [body]}), f"{api}/receipts")
    assert json.loads(found.stdout) == {"new": 1}


def test_a_drop_folder_is_filled_over_a_line_cut_three_times_and_tells_so(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console, content=SOUND)
    folder = tmp_path / "drop"
    # The list comes whole, then the file in four pieces.
    desk.line.cuts[:] = [1 << 30, 60_000, 90_000, 70_000]
    assert desk.folder(folder).step()
    assert (folder / f"phong-dich_{programme.id}.wav").read_bytes() == SOUND
    assert "Kính mời bà con" in (folder / f"phong-dich_{programme.id}.txt").read_text()
    assert desk.rungs(programme.id) == ["downloaded", "verified"]
    connections = desk.line.connections
    assert desk.folder(folder).step()
    # No file is fetched twice, and no receipt sent twice.
    assert desk.line.connections == connections + 1
    assert desk.rungs(programme.id) == ["downloaded", "verified"]


def test_a_playlist_holds_what_may_be_aired_now_and_what_is_taken_back_is_set_aside(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console)
    folder = tmp_path / "drop"
    assert desk.folder(folder, form="mp3").step()
    assert (folder / "loa.m3u8").read_text() == "#EXTM3U\n"
    desk.console.clock.pass_by(hours=8, minutes=30)
    assert desk.folder(folder, form="mp3").step()
    assert (folder / "loa.m3u8").read_text() == f"#EXTM3U\n#EXTINF:12,Phòng dịch\nphong-dich_{programme.id}.mp3\n"

    bulletins.edit(desk.console, bulletins.stored(desk.console, programme.id))
    assert desk.folder(folder, form="mp3").step()
    assert (folder / "loa.m3u8").read_text() == "#EXTM3U\n"
    assert sorted(path.name for path in (folder / "thu-hoi").iterdir()) == [
        f"phong-dich_{programme.id}.mp3",
        f"phong-dich_{programme.id}.txt",
    ]
    assert not (folder / f"phong-dich_{programme.id}.mp3").exists()


def test_without_the_server_what_is_over_leaves_all_the_same(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console)
    folder = tmp_path / "drop"
    assert desk.folder(folder, removes=True).step()
    away = DropFolder(folder, "http://127.0.0.1:9", "", desk.station.id, removes=True, patience_s=0.0)
    away.now = desk.console.clock
    assert not away.step()
    assert (folder / f"phong-dich_{programme.id}.wav").exists()
    desk.console.clock.pass_by(days=8)
    assert not away.step()
    assert not (folder / f"phong-dich_{programme.id}.wav").exists()
    assert not (folder / "thu-hoi").exists()


def test_receipts_wait_for_the_server_and_what_it_refuses_does_not_come_for_ever(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console)
    folder = desk.folder(tmp_path / "drop")
    # The list and the file come; the answer to the receipts is lost, whether they were accepted or not.
    desk.line.cuts[:] = [1 << 30, 1 << 30, 0]
    assert not folder.step()
    assert [each["rung"] for each in folder._receipts] == ["downloaded", "verified"]
    again = desk.folder(tmp_path / "drop")
    assert again.step()
    assert desk.rungs(programme.id) == ["downloaded", "verified"]
    again._receipts.append({"programme_id": "none", "rung": "aired", "at": "2026-11-24T02:00:00Z"})
    assert again.step()
    assert again._receipts == []


def test_bytes_that_are_not_those_told_never_get_a_name(desk: Desk, tmp_path: Path) -> None:
    programme = stations.programme(desk.console, content=SOUND)
    made = programme.sound.renditions[0]
    path = desk.console.context.settings.content_dir / desk.console.context.content.address(made.sha256)
    path.chmod(0o644)
    path.write_bytes(SOUND[::-1])
    folder = desk.folder(tmp_path / "drop")
    assert not folder.step()
    assert not (tmp_path / "drop" / f"phong-dich_{programme.id}.wav").exists()
    path.write_bytes(SOUND)
    assert folder.step()
    assert (tmp_path / "drop" / f"phong-dich_{programme.id}.wav").read_bytes() == SOUND


def test_a_file_that_is_gone_leaves_the_rest_to_be_fetched(desk: Desk, tmp_path: Path) -> None:
    gone = stations.programme(desk.console, "Mất tệp", content=SOUND)
    there = stations.programme(desk.console, "Còn tệp", starts="2026-11-24T18:00")
    delete(desk.console.context.content, gone.sound.renditions[0].sha256)
    assert not desk.folder(tmp_path / "drop").step()
    assert sorted(path.name for path in (tmp_path / "drop").glob("*.wav")) == [f"con-tep_{there.id}.wav"]


def test_the_command_fills_the_folder_once_or_until_it_is_ended(desk: Desk, tmp_path: Path) -> None:
    # The program lives in the machine's time, and so does its server.
    desk.console.clock.at = utc_now()
    tomorrow = local_date(desk.console.clock()) + timedelta(days=1)
    programme = stations.programme(desk.console, starts=f"{tomorrow}T17:00")
    folder = tmp_path / "drop"
    command = [sys.executable, "-m", "cms.platform.cli", "station", "pull", str(folder), "--url", desk.line.url]
    daemon = subprocess.Popen([*command, "--token", desk.token], stderr=subprocess.PIPE, text=True)
    assert daemon.stderr is not None
    log = iter(daemon.stderr.readline, "")
    assert any("programme downloaded" in line for line in log)
    busy = subprocess.run([*command, "--token", desk.token, "--once"], capture_output=True, text=True, check=False)
    assert "another one fills" in busy.stderr
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate()
    assert daemon.returncode == 0
    assert (folder / f"phong-dich_{programme.id}.wav").exists()


def test_which_station_is_known_from_the_token_alone_where_it_sees_one(desk: Desk) -> None:
    assert only_station(desk.line.url, desk.token, 0.0) == desk.station.id
    stations.registered(desk.console, area_id=FAR_DISTRICT, name="Đài Tuy Phong")
    with pytest.raises(ValueError, match="2 stations"):
        only_station(desk.line.url, desk.console.tokens["editor"], 0.0)


def test_no_server_leads_out_of_the_folder(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programme = stations.programme(desk.console)
    folder = desk.folder(tmp_path / "drop")
    listed = folder._api.get(f"/stations/{desk.station.id}/programmes").body
    for name, value in (("id", "../x"), ("wav", {**listed["items"][0]["wav"], "sha256": "../../y"})):
        told = ApiResponse({"items": [{**listed["items"][0], name: value}]}, "")
        monkeypatch.setattr(folder._api, "get", lambda _path, told=told: told)
        assert folder.step()
    assert {path.name for path in tmp_path.iterdir()} == {"home", "drop"}
    assert not list((tmp_path / "drop").glob("*.wav"))
    assert desk.rungs(programme.id) == []
