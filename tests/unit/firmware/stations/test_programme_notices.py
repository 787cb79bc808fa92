from __future__ import annotations

from typing import Any

import pytest

from devices.protocol import topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Code, ProgrammeNotice
from firmware_sim.core.stations.programmes import ProgrammeNotices
from firmware_sim.storage.flash import Facts
from tests.unit.firmware.signing import ALERT, PLAN, ROOT_X, keyset, signed

ME = "tuy-phong-s01"
NOW = 1_764_000_000_000
HOUR = 3_600_000
KEYS = TrustedKeys.from_root(ROOT_X, keyset())


def notice(programme: str = "b-1", **changes: Any) -> ProgrammeNotice:
    values: dict[str, Any] = {
        "v": 1,
        "device": ME,
        "programme": programme,
        "type": "ready",
        "ver": 2,
        "iat": NOW,
        "exp": NOW + HOUR,
        "sha256": "d" * 64,
        "bytes": 9_000,
        "mp3": "e" * 64,
        "mp3_bytes": 3_000,
        "start": NOW,
        **changes,
    }
    return ProgrammeNotice(**values)


def told(to: ProgrammeNotices, body: ProgrammeNotice, topic: str = "b-1", *, key: Any = ("plan", PLAN)) -> Code | None:
    found = to.receive(topics.device_programme(ME, topic), signed(body, *key), NOW, KEYS, [])
    assert found is not None
    return found.refusal


def names(of: ProgrammeNotices) -> list[str]:
    return [each.programme for each in of.ready()]


def test_a_programme_is_held_until_it_is_killed_and_nothing_older_brings_it_back() -> None:
    one = ProgrammeNotices(ME, {})
    assert told(one, notice()) is None
    assert told(one, notice("b-0", start=NOW - HOUR), "b-0") is None
    assert names(one) == ["b-0", "b-1"]
    assert told(one, notice(type="killed", ver=3)) is None
    assert names(one) == ["b-0"]
    assert told(one, notice()) is Code.STALE
    assert told(one, notice(ver=4)) is None
    assert names(one) == ["b-0", "b-1"]


def test_it_survives_power_and_leaves_when_it_is_over_or_not_meant_any_more() -> None:
    one = ProgrammeNotices(ME, {})
    found = one.receive(topics.device_programme(ME, "b-1"), signed(notice(), "plan", PLAN), NOW, KEYS, [])
    assert found is not None
    facts: Facts = {"programme": {entry.key: entry.value for entry in found.entries}}
    again = ProgrammeNotices(ME, facts)
    assert names(again) == ["b-1"]
    assert again.expire(NOW + HOUR - 1) == []
    assert [entry.key for entry in again.expire(NOW + HOUR)] == ["b-1"]
    cleared = one.receive(topics.device_programme(ME, "b-1"), b"", NOW, KEYS, [])
    assert cleared is not None
    assert [entry.value for entry in cleared.entries] == [None]
    assert names(one) == []
    assert one.subscriptions == [(topics.device_programme(ME, "+"), 0)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (notice(device="other"), Code.NOT_TARGET),
        (notice("b-2"), Code.WRONG_TOPIC),
        (notice(iat=NOW + HOUR), Code.FUTURE_IAT),
        (notice(exp=NOW), Code.EXPIRED),
    ],
)
def test_what_is_not_for_it_or_not_in_time_is_refused(body: ProgrammeNotice, code: Code) -> None:
    assert told(ProgrammeNotices(ME, {}), body) is code


def test_only_the_plans_key_speaks_of_programmes_and_other_topics_are_not_its() -> None:
    one = ProgrammeNotices(ME, {})
    assert told(one, notice(), key=("alert", ALERT)) is Code.KEY_ROLE
    assert one.receive(topics.device_cap(ME, "o-1"), b"x", NOW, KEYS, []) is None
    assert one.receive("strange", b"x", NOW, KEYS, []) is None
