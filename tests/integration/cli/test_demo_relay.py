"""Radio programme of the demo: its source is approved, and in each run has that run's address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.demo import relay as demo_relay
from broadcast.relays.model import RelaySource, SourceState
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.relays.repository import RelaySources
from tests import homes


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with homes.prepared(demo_relay.found_here(Settings(home=tmp_path / "loa"))) as made:
        yield made


def source(context: Context) -> RelaySource:
    with context.uow() as unit:
        return unit[RelaySources].get(demo_relay.SOURCE)


def test_its_source_is_approved_and_put_right_in_each_run(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert context.settings.relay_sources_are_local
    world = homes.furnish(context, audio=1)
    for _ in range(2):
        program = demo_relay.furnish(context, world)
        found = source(context)
        assert found.state is SourceState.APPROVED
        assert found.urls == (f"http://127.0.0.1:{program.argv[-1]}/live.mp3",)
        assert found.written_by_name != found.approved_by_name
    ordered: list[dict[str, Any]] = []
    monkeypatch.setattr(demo_relay, "publish", lambda *_, **more: ordered.append(more))
    demo_relay.air(context.settings, world, say=lambda _: None)
    (order,) = ordered
    assert order["relay"] == {"source_id": demo_relay.SOURCE, "length_ms": 30_000}
    assert order["start_at"]() > context.now()
