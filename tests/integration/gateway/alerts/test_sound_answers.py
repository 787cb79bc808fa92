"""Proof of sound in answers and records of alerts, and what a mute loudspeaker heard of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from broadcast.alerts.orders import ReachState
from cms.health.repository.faults import SoundReferences
from cms.platform.gateway.uplink import Uplink
from devices.health.sound_proof import SoundReference, SoundVerdict
from devices.protocol import topics
from devices.protocol.messages import AsRunRecord, ExecutionState, Proof, RoundLevels
from tests.integration.gateway.alarms import issued, reach_of
from tests.integration.gateway.alerts.test_alert_answers import ack, answer, event, hears, ms, said
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, SHA, Station

__all__ = ["hears"]


def sounded(station: Station, order_id: str, proof: Proof, *, after_ms: int) -> AsRunRecord:
    """Return the record of a round that began so long after now, and ended a minute later."""
    started_at = ms(station.now) + after_ms
    return AsRunRecord(
        rid="b1-1",
        item=order_id,
        sha256=SHA,
        planned_at=ms(station.now),
        result="done",
        started_at=started_at,
        ended_at=started_at + 60_000,
        proof=proof,
    )


def test_proof_of_sound_is_kept_whichever_way_it_comes(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.DONE, proof=Proof(amp_ma=820, mic_db=-22.5)))
    hears.store([said(topics.device_event(LOA_2), event(sounded(station, order.id, Proof(amp_ma=790), after_ms=90)))])
    found = reach_of(station, order)
    assert (found[LOA_1].amp_ma, found[LOA_1].mic_db, found[LOA_2].amp_ma) == (820, -22.5, 790)
    assert (found[LOA_1].sound, found[LOA_2].sound) == (SoundVerdict.HEARD, SoundVerdict.HEARD)
    assert found[LOA_2].state is ReachState.DONE
    assert found[LOA_2].started_at == datetime.fromtimestamp((ms(station.now) + 90) / 1000, UTC)
    assert found[LOA_2].ended_at == station.now + timedelta(minutes=1, milliseconds=90)


def test_proof_is_held_against_what_the_same_box_measured_when_it_was_commissioned(
    station: Station, hears: Uplink
) -> None:
    order = issued(station)
    with station.context.uow() as unit:
        strong = SoundReference(LOA_1, 900, -16.0, station.now)
        unit[SoundReferences].learn([strong, SoundReference(LOA_2, 300, -36.0, station.now)])
        unit.commit()
    same = Proof(amp_ma=300, mic_db=-34.0)
    answer(hears, LOA_1, ack(station, ExecutionState.DONE, proof=same))
    answer(hears, LOA_2, ack(station, ExecutionState.DONE, proof=same))
    answer(hears, LOA_3, ack(station, ExecutionState.DONE))
    found = reach_of(station, order)
    assert found[LOA_1].sound is SoundVerdict.NOT_HEARD
    assert found[LOA_2].sound is SoundVerdict.HEARD
    assert found[LOA_3].sound is None


def test_a_mute_loudspeaker_keeps_the_level_at_which_it_heard_others_in_any_round(
    station: Station, hears: Uplink
) -> None:
    order = issued(station)
    levels = RoundLevels(sounding_db=-41.5, pause_db=-54.0, pauses=2, amp_ma=60)
    drowned = RoundLevels(sounding_db=-30.0, pause_db=-32.0, pauses=2, amp_ma=60)
    own = RoundLevels(sounding_db=-22.5, pause_db=-54.0, pauses=2, amp_ma=820)
    for who, measured in ((LOA_1, levels), (LOA_2, own), (LOA_3, None)):
        answer(hears, who, ack(station, ExecutionState.DONE, proof=Proof(amp_ma=60, mic_db=-41.0, levels=measured)))
    hears.store(
        [
            said(
                topics.device_event(LOA_1),
                event(sounded(station, order.id, Proof(amp_ma=60, mic_db=-31.0, levels=drowned), after_ms=600_000)),
            )
        ]
    )
    found = reach_of(station, order)
    assert [found[each].neighbours_db for each in (LOA_1, LOA_2, LOA_3)] == [-41.5, None, None]
    assert found[LOA_1].sound is SoundVerdict.NOT_HEARD
