"""Sending of a recorded live address: a signed play command, repeated until its time has passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import LEAD, LiveEnd, LiveId, LiveSession
from cms.live.service import held_addresses
from cms.platform.gateway.messages import to_ms
from devices.protocol import topics
from tests.builders.calls import call_of
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, REVIEWER
from tests.integration.gateway.live.test_live_publisher import PublisherHarness
from tests.integration.gateway.station import XA_1, XA_2, Station

HEARD = Rendition("device-opus", "a" * 64, 90_000, 60_000, "audio/ogg")
LENGTH_S = LEAD.total_seconds() + HEARD.duration_ms / 1000
LIVE = LiveId("live-1")
RIGHTS = FixedAuthority()


def release(publisher: PublisherHarness) -> LiveSession:
    """Release the recording by a person other than its speaker."""
    unit, now = publisher.station.context.uow, publisher.station.now
    speaker, other = (replace(actor, second_factor_at=now) for actor in (AUTHOR, REVIEWER))
    held_addresses.hold(unit(), LIVE, areas=[XA_1, XA_2], topic="Nhắc", call=call_of(speaker, now, authority=RIGHTS))
    said = held_addresses.record(unit(), LIVE, sha256="b" * 64, call=call_of(AUTHOR, now, authority=RIGHTS))
    assert said.sound is not None
    sound = Sound(SoundState.READY, job_id=said.sound.job_id, renditions=(HEARD,))
    assert held_addresses.take(unit(), LIVE, sound, now=now)
    longest = timedelta(minutes=10)
    return held_addresses.release(unit(), LIVE, longest=longest, call=call_of(other, now, authority=RIGHTS))


@pytest.fixture
def publisher(station: Station) -> Iterator[PublisherHarness]:
    made = PublisherHarness(station)
    yield made
    made.publisher.close()


def test_every_area_is_told_what_to_sound_and_when_by_one_command(publisher: PublisherHarness) -> None:
    live = release(publisher)
    publisher.pass_by(0)
    sent = publisher.commands("play")
    assert [topic for topic, _ in sent] == [topics.area_command(XA_1), topics.area_command(XA_2)]
    (_, command), (_, same) = sent
    assert command == same
    assert (command.cid, command.prio, command.drill) == (live.id, 7, False)
    assert command.approved_by == [AUTHOR.name, REVIEWER.name]
    assert command.content is not None
    assert command.play is not None
    assert (command.content.sha256, command.content.dur_ms) == (HEARD.sha256, HEARD.duration_ms)
    assert (command.play.start_at, command.play.after) == (to_ms(publisher.station.now + LEAD), "resume")
    assert command.exp == to_ms(live.until_at)
    assert publisher.station.due() == []


def test_who_was_away_is_told_again_each_half_minute_and_what_is_over_is_cut_nowhere(
    publisher: PublisherHarness,
) -> None:
    release(publisher)
    publisher.pass_by(0)
    for _ in range(round(LENGTH_S) + 5):
        publisher.pass_by(1)
    here = [command for topic, command in publisher.commands("play") if topic == topics.area_command(XA_1)]
    assert len(here) == 3
    assert {command.cid for command in here} == {LIVE}
    assert publisher.live().end is LiveEnd.HEARD
    assert publisher.commands("cancel") == []
    assert publisher.live().recording is not None


def test_a_stop_takes_it_back_by_its_name(publisher: PublisherHarness) -> None:
    release(publisher)
    publisher.pass_by(0)
    publisher.stop()
    publisher.pass_by(1)
    taken_back = publisher.commands("cancel")
    assert [(command.refs, command.prio) for _, command in taken_back] == [([LIVE], 7), ([LIVE], 7)]
    publisher.pass_by(60)
    assert len(publisher.commands("play")) == 2


def test_a_new_gateway_goes_on_with_it_as_it_needs_no_key(publisher: PublisherHarness) -> None:
    release(publisher)
    publisher.pass_by(0)
    after = PublisherHarness(publisher.station)
    after.pass_by(1)
    assert after.live().is_open
    assert len(publisher.commands("play")) == 4


def test_a_gateway_that_was_away_has_it_begin_at_once(publisher: PublisherHarness) -> None:
    release(publisher)
    publisher.station.pass_by(seconds=20)
    publisher.pass_by(0)
    begins = {command.play.start_at for _, command in publisher.commands("play") if command.play is not None}
    assert begins == {to_ms(publisher.station.now)}


def test_what_nobody_could_send_in_its_time_is_over_and_sounds_nowhere(publisher: PublisherHarness) -> None:
    release(publisher)
    publisher.station.pass_by(seconds=LENGTH_S + 1)
    publisher.pass_by(0)
    assert publisher.commands("play") == []
    assert publisher.live().end is LiveEnd.GATEWAY


def test_without_the_broker_it_waits_in_the_outbox(publisher: PublisherHarness) -> None:
    release(publisher)
    publisher.station.link.is_ready = False
    publisher.pass_by(1)
    assert publisher.commands("play") == []
    publisher.station.link.is_ready = True
    publisher.pass_by(1)
    assert publisher.commands("play")
