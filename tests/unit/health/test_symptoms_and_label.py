from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from devices.health.kinds import RULES, FaultKind, FaultRisk, first_of
from devices.health.speak_label import CanSpeak, SpeakLabel, held_label, label, label_of
from devices.health.symptoms import FRESH_FOR, POWER_WORD, DeviceFacts, is_fresh, symptoms
from tests.unit.health.device_states import BOX, FACTS, NOW, OFFLINE, ONLINE, WELL, after, telling


def shown(facts: DeviceFacts = FACTS, **measured: Any) -> set[FaultKind]:
    found = symptoms(telling(**measured), ONLINE, facts, NOW)
    return {kind for kind, symptom in found.items() if symptom.shown}


def known(**measured: Any) -> set[FaultKind]:
    found = symptoms(telling(**measured), ONLINE, FACTS, NOW)
    return {kind for kind, symptom in found.items() if symptom.shown is not None}


def test_a_device_that_is_well_shows_nothing_and_can_speak() -> None:
    assert shown() == set()
    assert label(WELL, ONLINE, FACTS, NOW) == SpeakLabel(CanSpeak.YES)


def test_every_kind_has_a_rule_and_a_sign() -> None:
    assert list(RULES) == list(FaultKind)
    assert set(symptoms(WELL, ONLINE, FACTS, NOW)) == set(FaultKind)
    assert set(symptoms(None, None, FACTS, NOW)) == set(FaultKind)


@pytest.mark.parametrize(
    ("measured", "kind"),
    [
        ({"mains": False}, FaultKind.MAINS_LOST),
        ({"batt_pct": 19}, FaultKind.BATTERY_LOW),
        ({"self_test": "amp"}, FaultKind.AMP_FAULT),
        ({"st": "playing", "amp_on": False, "mic_db": None}, FaultKind.AMP_FAULT),
        ({"amp_on": False, "amp_temp": 85.0}, FaultKind.AMP_CUT_OUT),
        ({"amp_temp": 85.0}, FaultKind.AMP_HOT),
        ({"spk": "open"}, FaultKind.SPEAKER_OPEN),
        ({"spk": "short"}, FaultKind.SPEAKER_SHORT),
        ({"spk": "earth"}, FaultKind.SPEAKER_EARTH),
        ({"line_ohm": 70.0}, FaultKind.LINE_DRIFT),
        ({"line_ohm": 30.0}, FaultKind.LINE_DRIFT),
        ({"st": "playing", "mic_db": -54.0}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": None, "amp_ma": 60}, FaultKind.SILENT_PLAYBACK),
        # Its microphone hears the boxes next to it.
        ({"st": "playing", "mic_db": -30.0, "amp_ma": 60}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "amp_ma": None}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "cid": "x", "pos_ms": 2_000}, FaultKind.SILENT_PLAYBACK),
        ({"amp_ma": 900}, FaultKind.SOUND_UNORDERED),
        ({"clk_ms": -2_500}, FaultKind.CLOCK_OFF),
        ({"cert_days": 29}, FaultKind.CERTIFICATE_ENDS),
        ({"disk_pct": 97}, FaultKind.DISK_FULL),
        ({"disk_ro": True}, FaultKind.DISK_READ_ONLY),
        ({"door": True}, FaultKind.DOOR_OPEN),
        ({"self_test": "line"}, FaultKind.SELF_TEST_FAILED),
        ({"self_test": "mic"}, FaultKind.SELF_TEST_FAILED),
        ({"reconn_24h": 40}, FaultKind.LINK_FLAPS),
    ],
)
def test_what_is_measured_shows_what_is_wrong(measured: dict[str, Any], kind: FaultKind) -> None:
    assert kind in shown(**measured)


def test_a_box_without_a_current_meter_is_believed_by_its_microphone() -> None:
    assert FaultKind.SILENT_PLAYBACK not in shown(st="playing", mic_db=-30.0, amp_ma=None)


def test_an_amplifier_that_its_guard_switched_off_is_named_for_that_alone() -> None:
    """Before, it was called broken, and the true reason was a second fault with a ticket of its own."""
    for state in ("playing", "idle"):
        assert shown(st=state, amp_on=False, amp_temp=105.0, amp_ma=0, mic_db=None) == {FaultKind.AMP_CUT_OUT}


def test_a_device_that_was_never_tested_has_neither_passed_nor_failed() -> None:
    assert symptoms(telling(self_test=""), ONLINE, FACTS, NOW)[FaultKind.SELF_TEST_FAILED].shown is None


def test_a_certificate_that_a_device_says_ends_soon_is_a_fault_whatever_the_server_knows() -> None:
    """Before, it was on no screen: the server used its own record of the certificates it had signed."""
    facts = DeviceFacts(BOX, cert_ends_at=NOW + timedelta(days=1824))
    assert FaultKind.CERTIFICATE_ENDS in shown(facts, cert_days=10)
    assert symptoms(telling(cert_days=10), ONLINE, facts, NOW)[FaultKind.CERTIFICATE_ENDS].detail == "10"


def test_the_server_knows_which_certificate_a_device_came_with_where_its_clock_is_wrong_or_it_is_silent() -> None:
    facts = DeviceFacts(BOX, cert_ends_at=NOW + timedelta(days=30))
    assert FaultKind.CERTIFICATE_ENDS not in shown(facts, cert_days=2, clk_ms=400 * 86_400_000)
    assert FaultKind.CERTIFICATE_ENDS in shown(DeviceFacts(BOX, cert_ends_at=NOW + timedelta(days=2)), cert_days=900)
    symptom = symptoms(None, OFFLINE, DeviceFacts(BOX, cert_ends_at=NOW), NOW)[FaultKind.CERTIFICATE_ENDS]
    assert (symptom.shown, symptom.detail) == (True, "0")


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (DeviceFacts(BOX, plan_ver=8), FaultKind.PLAN_NOT_HELD),
        (DeviceFacts(BOX, data_mb_day=15.0), FaultKind.DATA_PLAN_ENDS),
        (DeviceFacts(BOX, firmware="2.0"), FaultKind.FIRMWARE_OLD),
        (DeviceFacts(BOX, cert_ends_at=NOW + timedelta(days=29, hours=23)), FaultKind.CERTIFICATE_ENDS),
        (DeviceFacts(BOX, bad_messages=3), FaultKind.MESSAGES_BAD),
        (DeviceFacts(BOX, trespasses=1), FaultKind.TRESPASSES),
        (DeviceFacts(BOX, flooded=1), FaultKind.TALKS_TOO_MUCH),
        (DeviceFacts(BOX, foreign_code="FOREIGN_OUTPUT"), FaultKind.SOUND_UNORDERED),
    ],
)
def test_what_the_server_knows_shows_what_is_wrong(facts: DeviceFacts, kind: FaultKind) -> None:
    assert shown(facts) == {kind}


@pytest.mark.parametrize(
    ("unmeasured", "kind"),
    [
        ({"mains": None}, FaultKind.MAINS_LOST),
        ({"batt_pct": None}, FaultKind.BATTERY_LOW),
        ({"amp_on": None}, FaultKind.AMP_FAULT),
        ({"amp_on": None, "amp_temp": 99.0}, FaultKind.AMP_CUT_OUT),
        ({"amp_on": False, "amp_temp": 99.0}, FaultKind.AMP_HOT),
        ({"spk": ""}, FaultKind.SPEAKER_OPEN),
        ({"line_ohm": None}, FaultKind.LINE_DRIFT),
        ({"ref_ohm": 0.0}, FaultKind.LINE_DRIFT),
        ({"spk": "open"}, FaultKind.LINE_DRIFT),
        ({"st": "playing", "mic_db": None, "amp_ma": None}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "volume_pct": 0}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "cid": "x"}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "cid": "x", "pos_ms": 1_999}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "spk": "open"}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "spk": "short"}, FaultKind.SILENT_PLAYBACK),
        ({"st": "playing", "mic_db": -54.0, "amp_on": False}, FaultKind.SILENT_PLAYBACK),
        ({"amp_ma": None}, FaultKind.SOUND_UNORDERED),
        ({"clk_ms": None}, FaultKind.CLOCK_OFF),
        ({"plan_ver": None}, FaultKind.PLAN_NOT_HELD),
        ({"mb_day": None}, FaultKind.DATA_PLAN_ENDS),
    ],
)
def test_what_is_not_measured_is_not_known(unmeasured: dict[str, Any], kind: FaultKind) -> None:
    assert kind not in known(**unmeasured)


def test_what_plays_loudly_drives_the_line_with_good_reason() -> None:
    assert shown(st="playing", amp_ma=900, mic_db=-20.0) == set()


def test_of_a_silent_device_nothing_is_known_but_that_it_is_silent() -> None:
    found = symptoms(WELL, OFFLINE, FACTS, NOW)
    assert found[FaultKind.LINK_LOST].shown is True
    assert found[FaultKind.SPEAKER_OPEN].shown is None
    assert label(WELL, OFFLINE, FACTS, NOW) == SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)


def test_mains_lost_before_the_link_name_the_cause_of_the_silence() -> None:
    dark = telling(mains=False)
    assert label(dark, OFFLINE, FACTS, NOW) == SpeakLabel(CanSpeak.NO, FaultKind.MAINS_LOST)
    much_later = replace(OFFLINE, seen_at=NOW + POWER_WORD + timedelta(seconds=1))
    assert label(dark, much_later, FACTS, NOW) == SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)
    assert label(None, OFFLINE, FACTS, NOW) == SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)


def test_a_device_that_never_spoke_has_lost_nothing_and_cannot_be_relied_on() -> None:
    assert symptoms(None, None, FACTS, NOW)[FaultKind.LINK_LOST].shown is None
    assert label(None, None, FACTS, NOW) == SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)
    assert label(None, ONLINE, FACTS, NOW) == SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.TELEMETRY_LOST)
    assert held_label([], [], None, None) == SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)
    assert held_label([], [], WELL, ONLINE) == SpeakLabel(CanSpeak.YES)


def test_what_is_over_but_still_watched_leaves_it_in_doubt() -> None:
    def held(lasting: list[FaultKind], passing: list[FaultKind]) -> SpeakLabel:
        return held_label(lasting, passing, WELL, ONLINE)

    back = SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.LINK_LOST, is_passing=True)
    assert held([], [FaultKind.LINK_LOST]) == back
    assert held([], [FaultKind.FIRMWARE_OLD]) == SpeakLabel(CanSpeak.YES)
    assert held([FaultKind.FIRMWARE_OLD], [FaultKind.LINK_LOST]) == back
    assert held([FaultKind.BATTERY_LOW], [FaultKind.LINK_LOST]) == SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.BATTERY_LOW)
    assert held([FaultKind.AMP_FAULT], [FaultKind.LINK_LOST]) == SpeakLabel(CanSpeak.NO, FaultKind.AMP_FAULT)
    assert held_label([], [FaultKind.BATTERY_LOW], None, ONLINE) == SpeakLabel(
        CanSpeak.DOUBTFUL, FaultKind.TELEMETRY_LOST
    )


def test_an_old_record_tells_nothing_of_now() -> None:
    late = NOW + FRESH_FOR + timedelta(seconds=1)
    assert not is_fresh(WELL, late)
    assert not is_fresh(None, NOW)
    found = symptoms(telling(door=True), ONLINE, FACTS, late)
    assert found[FaultKind.DOOR_OPEN].shown is None
    assert found[FaultKind.TELEMETRY_LOST].shown is True


def test_a_sample_is_evidence_of_when_it_was_taken() -> None:
    found = symptoms(telling(clk_ms=9_000, spk="open"), ONLINE, FACTS, after(60))
    assert found[FaultKind.CLOCK_OFF].at == NOW
    assert found[FaultKind.SPEAKER_OPEN].at == after(60)


@pytest.mark.parametrize("kind", FaultKind)
def test_what_a_fault_endangers_is_what_the_label_says(kind: FaultKind) -> None:
    said = {FaultRisk.SPEECH: CanSpeak.NO, FaultRisk.UPKEEP: CanSpeak.YES}.get(RULES[kind].danger, CanSpeak.DOUBTFUL)
    assert label_of([kind]).can_speak is said
    assert label_of([kind]).reason == (None if said is CanSpeak.YES else kind)


def test_the_reason_is_what_has_to_be_put_right_first() -> None:
    assert first_of([]) is None
    several = [FaultKind.DOOR_OPEN, FaultKind.SPEAKER_OPEN, FaultKind.AMP_FAULT, FaultKind.SOUND_UNORDERED]
    assert label_of(several) == SpeakLabel(CanSpeak.NO, FaultKind.AMP_FAULT)
    assert label_of([several[0], FaultKind.BATTERY_LOW]) == SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.BATTERY_LOW)


def test_where_only_alerts_are_let_through_nobody_counts_on_it_and_a_silent_one_stays_silent() -> None:
    def restricted(*lasting: FaultKind) -> SpeakLabel:
        return held_label(lasting, [], WELL, ONLINE, is_restricted=True)

    assert restricted() == SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.SHUT_OFF)
    assert restricted(FaultKind.SPEAKER_OPEN).can_speak is CanSpeak.NO
