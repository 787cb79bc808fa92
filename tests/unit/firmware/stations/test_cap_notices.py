from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest

from devices.protocol import topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CapNotice, Code, Desired
from firmware_sim.core.stations.cap_notices import CapNotices, texts_of
from firmware_sim.storage.flash import Facts, JournalEntry
from tests.unit.firmware.signing import ALERT, DRILL, FOREVER, PLAN, ROOT_X, STRANGER, keyset, signed

ME = "tuy-phong-s01"
NOW = 1_764_000_000_000
HOUR = 3_600_000
TEXT = "<alert>Lũ</alert>"
OTHER_BODY = Desired(v=1, device=ME, ver=1, iat=0, areas=[])
SHA = hashlib.sha256(TEXT.encode()).hexdigest()


def station(facts: Facts | None = None) -> CapNotices:
    return CapNotices(ME, TrustedKeys.from_root(ROOT_X, keyset()), facts or {})


def notice(document: str = "o-1", **changes: Any) -> CapNotice:
    values: dict[str, Any] = {
        "v": 1,
        "device": ME,
        "document": document,
        "alert": "a-1",
        "type": "alert",
        "iat": NOW,
        "exp": NOW + HOUR,
        "sha256": SHA,
        "bytes": len(TEXT.encode()),
        "cap": TEXT,
        **changes,
    }
    return CapNotice(**values)


def told(to: CapNotices, body: CapNotice, now: int = NOW, topic: str = "", payload: bytes = b"") -> Code | None:
    name = topics.device_drill if body.drill else topics.device_cap
    key = ("drill", DRILL) if body.drill else ("alert", ALERT)
    outcome = to.receive(topic or name(ME, body.document), payload or signed(body, *key), now)
    assert outcome is not None
    return outcome.refusal


def names(bodies: Iterable[CapNotice]) -> list[str]:
    return [each.document for each in bodies]


def test_a_notice_is_kept_with_its_text_until_it_expires() -> None:
    one = station()
    outcome = one.receive(topics.device_cap(ME, "o-1"), signed(notice(), "alert", ALERT), NOW)
    assert outcome is not None
    assert (outcome.kept, outcome.document, outcome.refusal) == (notice(), TEXT.encode(), None)
    assert names(one.in_force(NOW)) == ["o-1"]
    assert texts_of(one.held) == {SHA}
    assert one.expire(NOW + HOUR - 1) == []
    assert one.in_force(NOW + HOUR) == []
    assert one.expire(NOW + HOUR) == [JournalEntry("notice", "o-1", None)]


def test_what_was_kept_survives_a_power_failure() -> None:
    one = station()
    facts: Facts = {}
    for body in (notice(), notice("o-2", type="update", replaces=["o-1"], keep=NOW + 2 * HOUR)):
        outcome = one.receive(topics.device_cap(ME, body.document), signed(body, "alert", ALERT), NOW)
        assert outcome is not None
        for kind, key, value in outcome.entries:
            facts.setdefault(kind, {})[key] = value
    kept: Facts = {kind: {key: v for key, v in values.items() if v is not None} for kind, values in facts.items()}
    again = station(kept)
    assert names(again.in_force(NOW)) == ["o-2"]
    assert told(again, notice()) is Code.CANCELLED


def test_what_replaces_ends_what_it_names_however_late_that_comes() -> None:
    one = station()
    cancel = notice("o-1-end", type="cancel", replaces=["o-1"], keep=NOW + HOUR)
    assert told(one, notice()) is None
    assert told(one, cancel) is None
    assert names(one.in_force(NOW)) == ["o-1-end"]
    assert told(one, notice()) is Code.CANCELLED
    # Once no device can hold it any more, nothing is remembered.
    assert set(one.expire(NOW + HOUR)) == {JournalEntry("notice", "o-1-end", None), JournalEntry("over", "o-1", None)}


def test_an_all_clear_is_remembered_longer_than_it_is_in_force() -> None:
    one = station()
    assert told(one, notice()) is None
    clear = notice("o-2", type="all_clear", exp=NOW + 60_000, replaces=["o-1"], keep=NOW + HOUR)
    late = NOW + 120_000
    assert told(one, clear, late) is None
    assert one.in_force(late) == []
    assert told(one, notice(), late) is Code.CANCELLED


def test_the_same_again_changes_nothing() -> None:
    one = station()
    assert told(one, notice()) is None
    outcome = one.receive(topics.device_cap(ME, "o-1"), signed(notice(), "alert", ALERT), NOW)
    assert outcome is not None
    assert (outcome.entries, outcome.kept) == ((), notice())


def test_alerts_come_before_drills_and_higher_levels_first() -> None:
    one = station()
    bodies = (
        notice("d-1", drill=True),
        notice("o-1", level=1),
        notice("o-2", level=2),
        notice("o-3", level=2, iat=NOW + 1),
    )
    assert [told(one, body) for body in bodies] == [None] * 4
    assert names(one.in_force(NOW)) == ["o-3", "o-2", "o-1", "d-1"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"device": "another-s01"}, Code.NOT_TARGET),
        ({"iat": NOW + HOUR}, Code.FUTURE_IAT),
        ({"exp": NOW}, Code.EXPIRED),
        ({"cap": TEXT + " "}, Code.HASH_MISMATCH),
    ],
    ids=["another", "future", "over", "text"],
)
def test_a_notice_that_is_not_for_here_and_now_is_refused(changes: dict[str, Any], code: Code) -> None:
    one = station()
    assert told(one, notice(**changes)) is code
    assert not one.held


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        (topics.device_cap(ME, "o-1"), signed(notice(), "alert", STRANGER), Code.BAD_SIGNATURE),
        (topics.device_cap(ME, "o-1"), signed(notice(), "nobody", ALERT), Code.UNKNOWN_KEY),
        (topics.device_cap(ME, "o-1"), signed(notice(), "plan", PLAN), Code.KEY_ROLE),
        (topics.device_cap(ME, "o-1"), signed(notice(drill=True), "drill", DRILL), Code.KEY_ROLE),
        (topics.device_drill(ME, "o-1"), signed(notice(), "alert", ALERT), Code.KEY_ROLE),
        (topics.device_drill(ME, "o-1"), signed(notice(), "drill", DRILL), Code.WRONG_TOPIC),
        (topics.device_cap(ME, "o-9"), signed(notice(), "alert", ALERT), Code.WRONG_TOPIC),
        (topics.device_cap(ME, "o-1"), signed(OTHER_BODY, "alert", ALERT), Code.MALFORMED),
        (topics.device_cap(ME, "o-1"), b"garbage", Code.BAD_SIGNATURE),
        (topics.device_cap(ME, "o-1"), b"x" * 20_000, Code.TOO_BIG),
    ],
    ids=["forged", "unknown", "plan", "drill key", "real", "no drill", "moved", "other body", "garbage", "big"],
)  # fmt: skip
def test_a_notice_that_cannot_be_trusted_is_refused(topic: str, payload: bytes, code: Code) -> None:
    one = station()
    outcome = one.receive(topic, payload, NOW)
    assert outcome is not None
    assert (outcome.refusal, one.held) == (code, {})


def test_a_cleared_topic_says_nothing_and_other_topics_are_not_its_own() -> None:
    one = station()
    assert told(one, notice()) is None
    cleared = one.receive(topics.device_cap(ME, "o-1"), b"", NOW)
    assert cleared is not None
    assert (cleared.entries, names(one.in_force(NOW))) == ((), ["o-1"])
    assert one.receive(topics.device_command(ME), b"anything", NOW) is None
    assert one.receive("loa/v2/x", b"anything", NOW) is None


def test_keys_go_forward_only() -> None:
    one = station()
    for source, ver in ((b"garbage", 1), (keyset(3), 3), (keyset(2), 3)):
        assert one.receive(topics.keys(), source, NOW) is None
        assert one.keys.ver == ver
    assert FOREVER > NOW


def test_the_chain_of_areas_is_that_of_its_own_signed_desired() -> None:
    one = station()
    mine = Desired(v=1, device=ME, ver=1, iat=0, areas=["tuy-phong", "bt"])
    theirs = Desired(v=1, device="another", ver=1, iat=0, areas=["bt"])
    topic = topics.device_desired(ME)
    outcome = one.receive(topic, signed(mine), NOW)
    assert outcome is not None
    assert outcome.entries == [JournalEntry("place", "areas", ["tuy-phong", "bt"])]
    assert one.receive(topic, signed(theirs), NOW) is None
    assert one.receive(topic, signed(mine, "alert", ALERT), NOW) is None
