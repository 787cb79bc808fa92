"""A console linked to a simulated central source system."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bench.demo.central_system import Central, serve
from broadcast.bulletins.model import Bulletin
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.exchange.jobs import CentralLinkJob
from cms.exchange.model import CentralLinkState, CentralRecord
from cms.exchange.repository.central import CentralRecords
from cms.exchange.service.central_client import HttpCentralSystem
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from province.areas import Area, AreaId
from tests.builders import bulletins
from tests.console import DISTRICT, Console, device
from tests.web_server import POLL_S

CODED = AreaId("bt-phu-hai")
CODE = "22918"
TOKEN = "mot bi mat dai"


def sent(central_id: str = "TW-1", version: int = 1, **more: Any) -> dict[str, Any]:
    """Build a bulletin as the central system sends it."""
    fields: dict[str, Any] = {
        "BanTinId": central_id,
        "PhienBan": version,
        "TieuDe": "Phòng chống sốt xuất huyết",
        "LoaiLinhVuc": "YTe",
        "LoaiBanTin": "VanBan",
        "MucDoUuTien": "ThongThuong",
        "NguonTin": "Bộ Y tế",
        "NoiDung": "Mỗi gia đình hãy dọn dẹp nơi nước đọng quanh nhà.",
        "VungPhat": [CODE],
        "TacGia": {"TenDayDu": "Nguyễn Thị Hà", "TenDangNhap": "ha", "Email": "", "ButDanh": "Hà An"},
        "ChuaTungCo": {"bỏ": "qua"},
    }
    return {**fields, **more}


@dataclass
class CentralHarness:
    console: Console
    central: Central
    job: CentralLinkJob
    context: Context

    def step(self, *, after_s: float = 60) -> int:
        """Run one step, by default a minute later: every action is due by then unless the link has failed for long."""
        self.console.clock.pass_by(seconds=after_s)
        return self.job.step()

    def records(self) -> list[CentralRecord]:
        """Return the received records, oldest first."""
        with self.console.context.uow() as uow:
            return list(uow[CentralRecords].recent(100))[::-1]

    def link(self) -> CentralLinkState:
        with self.console.context.uow() as uow:
            return uow[CentralRecords].link()

    def drafted(self) -> Bulletin:
        """Return the bulletin made of the newest record."""
        bulletin_id = self.records()[-1].bulletin_id
        assert bulletin_id is not None
        return bulletins.stored(self.console, bulletin_id)

    def events(self) -> list[str]:
        with self.console.context.uow() as uow:
            return [each.name for each in events_of(uow.session, "central")]


def furnish(unit: UnitOfWork) -> None:
    unit[Places].add([Area(CODED, "Phú Hài", "ward", DISTRICT, date(2000, 1, 1), codes={"gso": CODE})])
    unit[Devices].add(device(1, CODED))
    unit.commit()


@contextmanager
def linked(console: Console, *, token: str = TOKEN) -> Iterator[CentralHarness]:
    central = Central(token=TOKEN)
    server = serve(central)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S}, daemon=True)
    thread.start()
    try:
        port = server.server_address[1]
        settings = console.context.settings.model_copy(
            update={"central_url": f"http://127.0.0.1:{port}/", "central_token": token, "central_is_local": True}
        )
        context: Context = replace(console.context, settings=settings)
        with console.context.uow() as unit:
            furnish(unit)
        assert HttpCentralSystem.of(settings) is not None
        yield CentralHarness(console, central, CentralLinkJob(context), context)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
