"""Whole set with a simulated fleet: everything but the fleet dies; one bulletin is on both kinds of device."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.demo import world as demo_world
from bench.demo.run import await_true, heard_by_truth, lead_since, publish, truth_in
from bench.demo.world import BY, PROVINCE, World
from bench.ports import free_port
from cms import bootstrap
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.fleet.cli import enrol
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.standing_orders.repository import Firings
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId
from province.machine_clock import utc_now
from province.people import Role
from province.wall_clock import DEFAULT_ZONE
from tests import homes
from tests.e2e import standing_order
from tests.programs import forked_by_supervisor, supervised

LEAD_LEAST = timedelta(seconds=12)
ROUNDING_MS = 1
TITLE = "Lịch cắt điện"
FIRST = "Thôn một mất điện từ tám giờ đến mười một giờ."
LONG = f"{FIRST} " + "Đề nghị bà con tắt các thiết bị điện trước giờ đó và chú ý an toàn khi có điện trở lại. " * 8


@dataclass
class RunningSet:
    """Server under ``supervisor``, and a fleet that outlives it: two loudspeakers, and a board in another commune.

    ``lead``: time from an approval to its airing; a machine that is slow to start all this is slow to carry it too.
    """

    settings: Settings
    world: World
    board: Device
    running: ExitStack
    lead: timedelta
    supervisor: Supervisor = field(init=False)

    def start_server(self) -> None:
        programs = list(embedded.programs(self.settings, APP_DIR))
        self.supervisor = self.running.enter_context(supervised(programs, self.settings.log_dir))

    def client(self, role: Role) -> ApiClient:
        return ApiClient(self.settings.effective_public_url, self.world.token_of(role))

    def publish(self, title: str, text: str, *, areas: Sequence[AreaId]) -> dict[str, Any]:
        """Have a bulletin written and approved, to be aired in a moment."""
        editor, approver = self.client(Role.PROVINCE_EDITOR), self.client(Role.APPROVER)
        world = replace(self.world, areas=areas)
        return publish(editor, approver, world, title=title, text=text, start_at=self._in_a_moment)

    def _in_a_moment(self) -> datetime:
        return (utc_now() + self.lead).replace(microsecond=0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSet]:
    began_s = monotonic()
    home = tmp_path_factory.mktemp("fleet") / "loa"
    settings = Settings(home=home, web_port=free_port(), mqtt_port=free_port(), enrol_port=free_port())
    with homes.prepared(settings) as context:
        world = demo_world.with_quick_reconnect(homes.furnish(context, clusters=2, audio=1))
        board = add_board(context, other_than=world.areas[0])
    with ExitStack() as running:
        running.enter_context(forked_by_supervisor())
        made = RunningSet(settings, world, board, running, LEAD_LEAST)
        made.start_server()
        running.enter_context(supervised([demo_world.fleet_program(settings, world)], settings.log_dir))
        made.lead = lead_since(began_s, LEAD_LEAST)
        yield made


def add_board(context: Context, *, other_than: AreaId) -> Device:
    with context.uow.reading() as unit:
        area_id = min(area.id for area in unit[Places].tree().leaves(PROVINCE) if area.id != other_than)
    board = Device(DeviceId("bang-01"), "loa-bang-01", "Bảng tin nhà văn hóa", DeviceKind.BOARD, area_id, context.now())
    with context.uow() as unit:
        enrol(unit, [board], context.now(), BY)
        unit.commit()
    context.keyring.provision(board.id, board.serial, board.area_id, context.settings, kind=board.kind)
    return board


def test_what_is_ready_plays_without_broker_web_and_gateway_and_is_recorded_once(running: RunningSet) -> None:
    settings, lead, server = running.settings, running.lead, running.supervisor
    editor = running.client(Role.PROVINCE_EDITOR)
    out = settings.root / "fleet" / "out"
    wanted = {device.id for device in running.world.devices}

    bulletin = running.publish("Thử", "Loa tự phát khi mất máy chủ.", areas=running.world.areas)
    wall = datetime.fromisoformat(bulletin["schedules"][0]["starts"])
    starts_at_ms = round(wall.replace(tzinfo=ZoneInfo(DEFAULT_ZONE)).timestamp() * 1000)
    path = f"/bulletins/{bulletin['id']}"
    await_true(
        lambda: {r["device_id"] for r in editor.all(f"{path}/deliveries") if r["state"] == "ready"} >= wanted,
        lead.total_seconds(),
        "ready",
    )
    for name in ("broker", "web", "gateway"):
        pid = server.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    server.stop()

    sha256 = next(r["sha256"] for r in bulletin["sound"]["renditions"] if r["kind"] == "device-opus")
    within_s = lead.total_seconds() + 60
    await_true(lambda: all(heard_by_truth(out, sha256).get(d) for d in wanted), within_s, "heard all the same")
    heard = heard_by_truth(out, sha256)
    for device_id in wanted:
        (airing,) = heard[device_id]
        assert airing.planned_at_ms == starts_at_ms
        assert airing.started_at_ms >= starts_at_ms - ROUNDING_MS

    running.start_server()
    await_true(lambda: len(editor.all(f"{path}/as-runs")) >= len(wanted), 60, "records afterwards")
    records = Counter((r["device_id"], r["result"]) for r in editor.all(f"{path}/as-runs"))
    assert records == {(device_id, "done"): 1 for device_id in wanted}
    await_true(lambda: editor.get(path).body["status"] == "played", 30, "played")


def test_one_bulletin_is_heard_and_shown_and_its_withdrawal_takes_both_away(running: RunningSet) -> None:
    board, clusters = running.board, {device.id for device in running.world.devices}
    editor, approver = running.client(Role.PROVINCE_EDITOR), running.client(Role.APPROVER)
    screen = running.settings.root / "fleet" / "out" / board.id / "screen.json"

    def showing() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(screen.read_text(encoding="utf-8"))
        return found

    bulletin = running.publish(TITLE, LONG, areas=(*running.world.areas, board.area_id))
    path = f"/bulletins/{bulletin['id']}"
    assert bulletin["board"]["text"].startswith(FIRST)

    await_true(lambda: showing()["showing"] == "text", running.lead.total_seconds() + 30, "shown")
    assert showing()["head"] == TITLE
    assert showing()["lines"][0] == TITLE

    def states() -> dict[str, str]:
        heard = {each["device_id"]: each["state"] for each in editor.all(f"{path}/deliveries")}
        shown = {each["device_id"]: each["state"] for each in editor.get(f"{path}/boards").body["items"]}
        assert set(heard) == clusters
        assert set(shown) == {board.id}
        return heard | shown

    await_true(lambda: set(states().values()) == {"started"}, 60, "heard and shown")
    current = approver.get(path)
    approver.post(f"{path}/withdraw", etag=current.etag)
    await_true(lambda: showing() == {"showing": "ordinary"}, 30, "taken from the board")
    await_true(lambda: set(states().values()) == {"cut"}, 30, "taken from both")
    await_true(lambda: len(editor.all(f"{path}/as-runs")) > len(clusters), 30, "records")
    records = Counter((each["device_id"], each["result"], each["reason"]) for each in editor.all(f"{path}/as-runs"))
    assert records == {(device_id, "cut", "CANCELLED"): 1 for device_id in (*clusters, board.id)}


def test_a_signed_warning_that_is_pushed_sounds_at_the_loudspeakers_without_a_hand(running: RunningSet) -> None:
    settings, out = running.settings, running.settings.root / "fleet" / "out"
    with ExitStack() as opened:
        context = bootstrap.build(settings)
        opened.callback(context.engine.dispose)
        fires = standing_order.agreed(context, running.world.areas)
        answer = standing_order.push(context, settings.effective_public_url, running.world.areas)
        assert answer["outcome"] == "fired"
        with context.uow.reading() as unit:
            (firing,) = unit[Firings].of(fires.id)
            order_id = unit[Alerts].get(firing.alert_id).order_id

        def sounding() -> set[str]:
            logs = out.glob("*/truth.jsonl")
            return {log.parent.name for log in logs if any(line.get("item") == order_id for line in truth_in(log))}

        await_true(lambda: sounding() >= {device.id for device in running.world.devices}, 30, "sounding")
        standing_order.cancel(context, firing.alert_id)
