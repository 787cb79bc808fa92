from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import LiveEnd, LiveId, LiveRecording, LiveState
from cms.alerts.repository.orders import Orders
from cms.live.repository import LiveSessions
from province.errors import ConflictError, NotFoundError
from tests.builders.in_memory.live_addresses import LIVE
from tests.contract.store.conftest import Store
from tests.fakes.programme import C1, C2, NOW

OVER = replace(
    LIVE,
    version=2,
    state=LiveState.ENDED,
    on_air_at=NOW,
    ended_at=NOW + timedelta(minutes=1),
    end=LiveEnd.OWNER,
    ended_by_name=LIVE.owner_name,
    recording=LiveRecording("c" * 64, 12_000, 8_000, 80, "d" * 64),
)


def test_a_live_address_comes_back_as_it_was(store: Store) -> None:
    with store.unit() as unit:
        assert unit[LiveSessions].find(LIVE.id) is None
        unit[LiveSessions].add(LIVE, [C1])
        unit.commit()
    with store.unit() as unit:
        assert unit[LiveSessions].get(LIVE.id) == unit[LiveSessions].find(LIVE.id) == LIVE
        assert unit[LiveSessions].open() == [LIVE]
        assert unit[Orders].knows(LIVE.id)
        with pytest.raises(NotFoundError):
            unit[LiveSessions].get(LiveId("none"))


def test_a_place_is_one_address_s_until_it_is_over(store: Store) -> None:
    other = replace(LIVE, id=LiveId("l2"), areas=(C2, C1))
    with store.unit() as unit:
        unit[LiveSessions].add(LIVE, [C1])
        unit.commit()
    with store.unit() as unit, pytest.raises(ConflictError):
        unit[LiveSessions].add(other, [C2, C1])
    with store.unit() as unit:
        unit[LiveSessions].save(OVER)
        unit[LiveSessions].add(other, [C1, C2])
        unit.commit()
    with store.unit() as unit:
        assert unit[LiveSessions].get(LIVE.id) == OVER
        assert unit[LiveSessions].open() == [other]


def test_an_id_is_given_once(store: Store) -> None:
    with store.unit() as unit:
        unit[LiveSessions].add(LIVE, [C1])
        unit.commit()
    with store.unit() as unit, pytest.raises(ConflictError):
        unit[LiveSessions].add(LIVE, [C2])


def test_only_who_saw_it_as_it_is_changes_it(store: Store) -> None:
    with store.unit() as unit:
        unit[LiveSessions].add(LIVE, [C1])
        unit[LiveSessions].save(OVER)
        unit.commit()
    with store.unit() as unit:
        with pytest.raises(ConflictError):
            unit[LiveSessions].save(replace(OVER, version=2))
        with pytest.raises(NotFoundError):
            unit[LiveSessions].save(replace(OVER, id=LiveId("none"), version=3))


def test_what_is_held_has_no_place_before_it_is_released(store: Store) -> None:
    sound = Sound(SoundState.READY, "audio:x", renditions=(Rendition("device-opus", "a" * 64, 9, 8, "audio/ogg"),))
    held = replace(LIVE, id=LiveId("l2"), state=LiveState.HELD, sound=sound)
    released = replace(held, version=2, state=LiveState.ON_AIR, on_air_at=NOW, released_by_name="Trần Văn Bình")
    with store.unit() as unit:
        unit[LiveSessions].add(held, ())
        unit.commit()
    with store.unit() as unit:
        assert unit[LiveSessions].get(held.id) == held
        assert unit[LiveSessions].open() == []
        unit[LiveSessions].save(released)
        unit[LiveSessions].claim(held.id, [C1, C2])
        unit.commit()
    with store.unit() as unit:
        assert unit[LiveSessions].open() == [released]
        with pytest.raises(ConflictError):
            unit[LiveSessions].add(LIVE, [C1])
