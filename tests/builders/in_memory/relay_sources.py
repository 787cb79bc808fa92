"""Relay source of the small province, and a bulletin that relays it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from broadcast.bulletins.model import Bulletin
from broadcast.relays.model import Licence, RelayOrder, RelaySource, RelaySourceId, SourceKind, StreamForm
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from province.people import Actor, Grant, Role, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, NOW, PROVINCE, REVIEWER

SOURCE = RelaySourceId("vov1")
HALF_HOUR_MS = 30 * 60_000
TECHNICIAN = Actor(UserId("u-tech"), "Lê Kỹ Thuật", (Grant(Role.TECHNICIAN, PROVINCE),))


def source_draft(**more: Any) -> SourceDraft:
    fields: dict[str, Any] = {
        "area_id": PROVINCE,
        "name": "VOV1",
        "kind": SourceKind.NATIONAL,
        "form": StreamForm.STREAM,
        "urls": ("https://stream.example/vov1.mp3",),
        "owner": "Đài Tiếng nói Việt Nam",
        "licence": Licence("12/HĐ-TS"),
    }
    return SourceDraft(**{**fields, **more})


def written(world: World, now: datetime = NOW, *, by: Actor = AUTHOR, **more: Any) -> RelaySource:
    return sources.write_down(world.store(), SOURCE, draft=source_draft(**more), call=world.call(by, now))


def approved(world: World, now: datetime = NOW, *, by: Actor = REVIEWER, **more: Any) -> RelaySource:
    source = written(world, now, **more)
    return sources.approve(world.store(), SOURCE, expected_version=source.version, call=world.call(by, now))


def suspended(world: World, now: datetime = NOW, *, why: str = "Đài ngừng phát", by: Actor = TECHNICIAN) -> RelaySource:
    return sources.suspend(
        world.store(),
        SOURCE,
        why=why,
        expected_version=world.store.one(RelaySource, id=SOURCE).version,
        call=world.call(by, now),
    )


def order(length_ms: int = HALF_HOUR_MS) -> RelayOrder:
    return RelayOrder(SOURCE, length_ms)


def relay_bulletin(world: World, now: datetime = NOW, *, length_ms: int = HALF_HOUR_MS, **more: Any) -> Bulletin:
    """Draft a relaying bulletin, with its stand-in made."""
    words = {"title": "Thời sự", "text": "Sóng đang gián đoạn.", "relay": order(length_ms)}
    return world.sound(world.draft(now, **{**words, **more}))


def airs(world: World, **more: Any) -> Bulletin:
    """Approve a bulletin that relays an approved source."""
    return world.approve(world.submit(relay_bulletin(world, **more)))


def with_urls(source: RelaySource, *urls: str) -> RelaySource:
    return replace(source, urls=urls)
