"""The demo's radio programme: a simulated station's stream, relayed once by the demo's loudspeakers.

It goes on air after the demo's measurement, so that it cannot disturb the bulletin.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bench.demo.run import answers_http, publish
from bench.demo.world import PROVINCE, World
from broadcast.relays.model import RelaySourceId, SourceKind, StreamForm
from cms.accounts.repository import People
from cms.platform.cli.api_client import ApiClient
from cms.platform.cli.supervisor import Program
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.relays.repository import RelaySources
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from province.machine_clock import utc_now
from province.people import Actor, Role

SOURCE: Final = RelaySourceId("demo-relay")
NAME: Final = "Đài mô phỏng"
TITLE: Final = "Tiếp sóng đài mô phỏng"
STAND_IN: Final = "Đang mất sóng của đài. Chương trình sẽ trở lại khi có sóng."
LENGTH: Final = timedelta(seconds=30)
LEAD: Final = timedelta(seconds=20)
_HOST: Final = "127.0.0.1"


def found_here(settings: Settings) -> Settings:
    """Return the same settings, except that relay sources may run on this machine."""
    return settings.model_copy(update={"relay_sources_are_local": True})


def furnish(context: Context, world: World) -> Program:
    """Register the source, with two people, and return the simulated station as one more supervised program.

    In each run it sends at a free port, and its source is put right.
    """
    with socket.create_server((_HOST, 0)) as free:
        port = free.getsockname()[1]
    url = f"http://{_HOST}:{port}"
    with context.uow.reading() as unit:
        held = unit[RelaySources].find(SOURCE)
    draft = SourceDraft(
        PROVINCE, NAME, SourceKind.PROVINCIAL, StreamForm.STREAM, (f"{url}/live.mp3",), owner="loa demo"
    )
    writer = _actor(context, world, Role.PROVINCE_EDITOR)
    if held is None:
        written = sources.write_down(context.uow(), SOURCE, draft=draft, call=context.call(writer))
    else:
        written = sources.correct(
            context.uow(), SOURCE, draft=draft, expected_version=held.version, call=context.call(writer)
        )
    approver, version = _actor(context, world, Role.APPROVER), written.version
    sources.approve(context.uow(), SOURCE, expected_version=version, call=context.call(approver))
    return Program(
        name="relay-source",
        argv=[sys.executable, "-m", "bench.demo", "relay-source", "--port", str(port)],
        ready=lambda: answers_http(f"{url}/live.m3u8"),
    )


def air(settings: Settings, world: World, *, say: Callable[[str], None]) -> None:
    """Air a bulletin that relays it, soon, in the demo's communes.

    Raises:
        DemoError: its stand-in could not be made.
    """
    url = settings.effective_public_url
    publish(
        ApiClient(url, world.token_of(Role.PROVINCE_EDITOR)),
        ApiClient(url, world.token_of(Role.APPROVER)),
        world,
        title=TITLE,
        text=STAND_IN,
        start_at=lambda: (utc_now() + LEAD).replace(microsecond=0),
        say=say,
        relay={"source_id": SOURCE, "length_ms": LENGTH // timedelta(milliseconds=1)},
    )


def _actor(context: Context, world: World, role: Role) -> Actor:
    login = next(person.login for person in world.people if person.role is role)
    with context.uow.reading() as unit:
        user = unit[People].by_login(login)
    assert user is not None
    return user.actor
