"""Live address in the small province, and the steps of its speaker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from broadcast.live.model import LiveId, LiveSession
from cms.live.service import addresses
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, NOW

LONGEST = timedelta(minutes=10)
SPEAKER = replace(AUTHOR, second_factor_at=NOW)
"""Person with a code just given."""
LIVE = LiveSession(
    id=LiveId("l1"),
    areas=(C1,),
    topic="Nhắc nộp thuế",
    owner_id=AUTHOR.user_id,
    owner_name=AUTHOR.name,
    prepared_at=NOW,
    until_at=NOW + LONGEST,
)


def prepare(world: World, live_id: str = "l1", **more: Any) -> LiveSession:
    details = {"areas": [C1], "topic": " Nhắc nộp thuế ", "longest": LONGEST, "actor": SPEAKER, "now": NOW, **more}
    return addresses.prepare(world.store(), LiveId(live_id), **with_call({"authority": world.authority, **details}))


def step(world: World, act: Any, **more: Any) -> LiveSession:
    """Run one of ``go_on_air`` and ``stop``."""
    details = with_call({"actor": AUTHOR, "authority": world.authority, "now": NOW + timedelta(seconds=10), **more})
    done: LiveSession = act(world.store(), LiveId("l1"), **details)
    return done
