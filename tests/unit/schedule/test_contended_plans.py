"""Planning beside other writers: it waits for no content store under the lock, and stores nothing that is outdated."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.transmissions import Transmission
from cms.bulletins.repository.bulletins import Transmissions
from cms.platform.store.kinds import OutboxKind
from cms.schedule.service import planning
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.content import MemoryContent
from tests.fakes.programme import C1, NOW, schedule


class SlowContent(MemoryContent):
    """Content store during whose writes something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def put_bytes(self, data: bytes) -> str:
        self.puts += 1
        self.meanwhile()
        return super().put_bytes(data)


@pytest.fixture
def content() -> SlowContent:
    return SlowContent()


@pytest.fixture
def world(content: SlowContent) -> World:
    return World(content=content)


def ask_again(world: World) -> None:
    with world.store.change() as uow:
        uow.outbox.add(OutboxKind.PLAN, C1)


def withdraw(world: World, bulletin: Bulletin) -> None:
    with world.store.change() as uow:
        found = world.store.one(Transmission, bulletin_id=bulletin.id)
        uow[Transmissions].withdraw(found.id, NOW)
        uow.outbox.add(OutboxKind.PLAN, C1)


def test_others_write_while_plans_are_put_into_the_content_store(world: World, content: SlowContent) -> None:
    """The lent database refuses a second writer, as the real one would make it wait."""
    world.approved()
    written: list[str] = []

    def write() -> None:
        with world.store() as unit:
            unit.outbox.forget(NOW)
            unit.commit()
        written.append("meanwhile")

    content.meanwhile = write
    assert world.replan().changed_on
    assert len(written) == content.puts > 0


def test_what_is_withdrawn_while_it_is_planned_is_not_in_the_plan(world: World, content: SlowContent) -> None:
    bulletin = world.approved()
    left = [lambda: withdraw(world, bulletin)]
    content.meanwhile = lambda: left.pop()() if left else None
    world.replan()
    assert not left
    assert world.plan().entries == ()


def test_an_area_that_changes_all_the_time_is_planned_under_the_lock(
    world: World, content: SlowContent, caplog: pytest.LogCaptureFixture
) -> None:
    world.approved(schedules=(schedule("2026-03-02T17:00"),))

    def change() -> None:
        if content.puts <= planning.FREE_TRIES * 3:  # three days, each put once in a try
            ask_again(world)

    content.meanwhile = change
    with caplog.at_level(logging.WARNING):
        world.replan()
    assert f"plan.contended: area {C1}" in caplog.text
    assert content.puts == (planning.FREE_TRIES + 1) * 3
    assert world.plan().entries


def test_planning_again_takes_no_write_lock(world: World) -> None:
    world.approved()
    world.replan()
    with world.store() as other:
        other.outbox.forget(NOW)
        assert world.replan().changed_on == ()
