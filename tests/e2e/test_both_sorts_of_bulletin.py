"""One bulletin on both kinds of device: a loudspeaker sounds it, a board shows it, a withdrawal removes both."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from time import monotonic
from typing import Any

from bench.demo import world as demo_world
from bench.demo.run import await_true, lead_since, publish
from bench.demo.world import BY
from cms import bootstrap
from cms.fleet.cli import enrol
from cms.platform.cli import embedded
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.supervisor import Supervisor
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.settings import Settings
from devices.model import Device, DeviceId, DeviceKind
from province.areas import AreaId
from province.people import Role
from tests.e2e.test_without_the_server import LEAD_LEAST, in_a_moment, supervised
from tests.ports import free_port

TITLE = "Lịch cắt điện"
FIRST = "Thôn một mất điện từ tám giờ đến mười một giờ."
LONG = f"{FIRST} " + "Đề nghị bà con tắt các thiết bị điện trước giờ đó và chú ý an toàn khi có điện trở lại. " * 8


def a_board(context: Context, area_id: AreaId) -> Device:
    board = Device(DeviceId("bang-01"), "loa-bang-01", "Bảng tin nhà văn hóa", DeviceKind.BOARD, area_id, context.now())
    with context.uow() as unit:
        enrol(unit, [board], context.now(), BY)
        unit.commit()
    context.keyring.provision(board.id, board.serial, board.area_id, context.settings, kind=board.kind)
    return board


def test_one_bulletin_is_heard_and_shown_and_its_withdrawal_takes_both_away(tmp_path: Path) -> None:
    began_s = monotonic()
    settings = Settings(home=tmp_path / "loa", web_port=free_port(), mqtt_port=free_port(), enrol_port=free_port())
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    world = demo_world.furnish(context, clusters_per_area=1, areas=1, audio=0, say=lambda _: None)
    board, (cluster,) = a_board(context, world.areas[0]), world.devices
    editor = ApiClient(settings.effective_public_url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(settings.effective_public_url, world.token_of(Role.APPROVER))
    screen = settings.root / "fleet" / "out" / board.id / "screen.json"

    def showing() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(screen.read_text(encoding="utf-8"))
        return found

    with supervised(list(embedded.programs(settings, APP_DIR)), settings.log_dir):
        devices = Supervisor([demo_world.fleet_program(settings, world)], settings.log_dir)
        devices.start()
        watching = threading.Thread(target=devices.run)
        watching.start()
        try:
            lead = lead_since(began_s, LEAD_LEAST)
            bulletin = publish(editor, approver, world, title=TITLE, text=LONG, start_at=lambda: in_a_moment(lead))
            path = f"/bulletins/{bulletin['id']}"
            assert bulletin["board"]["text"].startswith(FIRST)

            await_true(lambda: showing()["showing"] == "text", lead.total_seconds() + 30, "shown")
            assert showing()["head"] == TITLE
            assert showing()["lines"][0] == TITLE

            def states() -> dict[str, str]:
                heard = {each["device_id"]: each["state"] for each in editor.all(f"{path}/deliveries")}
                shown = {each["device_id"]: each["state"] for each in editor.get(f"{path}/boards").body["items"]}
                assert set(heard) == {cluster.id}
                assert set(shown) == {board.id}
                return heard | shown

            await_true(lambda: set(states().values()) == {"started"}, 60, "heard and shown")
            current = approver.get(path)
            approver.post(f"{path}/withdraw", etag=current.etag)
            await_true(lambda: showing() == {"showing": "ordinary"}, 30, "taken from the board")
            await_true(lambda: set(states().values()) == {"cut"}, 30, "taken from both")
            await_true(lambda: len(editor.all(f"{path}/as-runs")) > 1, 30, "records")
            records = {each["device_id"]: (each["result"], each["reason"]) for each in editor.all(f"{path}/as-runs")}
            assert records == {cluster.id: ("cut", "CANCELLED"), board.id: ("cut", "CANCELLED")}
        finally:
            devices.stop()
            watching.join()
            context.engine.dispose()
