"""Simulated central source system of the demo: the bulletins it sends down, and the reports it must get."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.demo import central as demo_central
from bench.demo import world as demo_world
from bench.demo.central_system import Central, serve
from bench.demo.run import DemoError
from cms.exchange.service.central_client import HttpCentralSystem
from cms.platform.context import Context
from cms.platform.settings import Settings
from tests import homes
from tests.web_server import POLL_S


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with homes.prepared(
        demo_central.linked(Settings(home=tmp_path / "loa", central_url="https://real.example"))
    ) as made:
        yield made


@pytest.fixture
def world(context: Context) -> demo_world.World:
    return homes.furnish(context, clusters=2, audio=1)


@contextmanager
def running(settings: Settings, central: Central) -> Iterator[None]:
    server = serve(central, int(settings.central_url.rpartition(":")[2]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def all_told(world: demo_world.World, sent: demo_central.SentBulletin) -> list[tuple[str, Any]]:
    named = [device.id for device in world.devices]
    state = {"BanTinId": sent.central_id, "TrangThai": "handed_down", "SoXaNhan": 1, "SoLuotPhat": len(named)}
    played = [{"BanTinId": sent.central_id, "MaThietBi": n, "MaBanGhi": "1", "KetQua": "done"} for n in named]
    return [
        ("/thiet-bi", {"ThietBi": [{"MaThietBi": n, "TrangThaiKetNoi": False} for n in named]}),
        ("/thiet-bi", {"ThietBi": [{"MaThietBi": n, "TrangThaiKetNoi": True} for n in named]}),
        ("/thong-ke", {"Ngay": "2026-11-25"}),
        ("/trang-thai-ban-tin", {"BanTin": [{**state, "BanTinId": "TW-0", "TrangThai": "draft"}]}),
        ("/trang-thai-ban-tin", {"BanTin": [state]}),
        ("/ket-qua-phat", {"KetQuaPhat": [*played, {**played[0], "BanTinId": "TW-0"}]}),
    ]


def test_the_demo_reports_to_its_own_central_system_whatever_is_set(context: Context) -> None:
    assert context.settings.central_url.startswith("http://127.0.0.1:")
    assert context.settings.central_token not in " ".join(demo_central.program(context.settings).argv)


def test_every_run_sends_one_more_bulletin_behind_those_of_earlier_runs(
    context: Context, world: demo_world.World
) -> None:
    first, second = demo_central.furnish(context, world), demo_central.furnish(context, world)
    sent = demo_central.sends(context.settings)
    assert [each["BanTinId"] for each in sent] == [first.central_id, second.central_id]
    with running(context.settings, Central(token=context.settings.central_token, sent=sent)):
        system = HttpCentralSystem.of(context.settings)
        assert system is not None
        (item,) = system.bulletins_after("1").items
    assert item.read.central_id == second.central_id


def test_all_that_it_was_told_is_in_the_result(context: Context, world: demo_world.World) -> None:
    sent = demo_central.furnish(context, world)
    taken = {str(number): each for number, each in enumerate(all_told(world, sent))}
    with running(context.settings, Central(taken=taken)):
        held = demo_central.told(context.settings, world, sent)
    assert (held["bulletin"], held["bulletin_state"], held["communes_placed"]) == (sent.central_id, "handed_down", 1)
    assert held["devices"] == held["played"] == held["airings_done"] == len(world.devices)
    assert held["statistics_days"] == 1


@pytest.mark.parametrize("missing", [1, 2, 4, 5])
def test_a_report_that_is_missing_fails_the_demo_and_says_what_is_there(
    context: Context, world: demo_world.World, missing: int
) -> None:
    sent = demo_central.furnish(context, world)
    taken = {str(number): each for number, each in enumerate(all_told(world, sent)) if number != missing}
    with running(context.settings, Central(taken=taken)), pytest.raises(DemoError, match="it holds"):
        demo_central.told(context.settings, world, sent, limit_s=0)
