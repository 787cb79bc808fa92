"""As-run records until their receipt, clocks, connections."""

from __future__ import annotations

from devices.protocol import codec, topics
from devices.protocol.limits import ITEMS_MAX
from devices.protocol.messages import Desired, DeviceEvent, ExecutionState, Play, State, SyncRequest, Target
from firmware_sim.core.events import Connecting
from firmware_sim.core.reports.report_queue import RECORDS_WITHIN_MS, RESEND_FIRST_MS, RESEND_MAX_MS
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import AREA, DEVICE, MINUTE_MS, NOON_MS, DeviceHarness, ready_device

AT = NOON_MS + 5 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


def sent_records(device: DeviceHarness) -> int:
    events = [codec.decode(DeviceEvent, sent.body) for sent in device.published if sent.topic.endswith("/evt")]
    return sum(len(event.records) for event in events)


def heard_one(device: DeviceHarness) -> str:
    device.plan(device.item("a", AT))
    device.run_until(AT + 2 * MINUTE_MS)
    return device.records()[0].rid


def test_a_record_is_sent_again_with_back_off_until_its_receipt() -> None:
    device = ready_device()
    rid = heard_one(device)
    device.published.clear()
    device.run(6 * HOUR_MS)
    often = sent_records(device)
    assert 6 * HOUR_MS // (RESEND_MAX_MS * 2) <= often <= 6 * HOUR_MS // RESEND_FIRST_MS // 10
    device.order(device.command(type="receipt", refs=[rid]))
    device.published.clear()
    device.run(6 * HOUR_MS)
    assert sent_records(device) == 0


def test_a_record_waits_no_longer_than_its_share_of_two_seconds() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.run_until(AT + MINUTE_MS)
    assert device.records() == []
    device.run(RECORDS_WITHIN_MS)
    assert [record.item for record in device.records()] == ["a"]


def test_a_device_splits_answers_about_more_items_than_one_may_name() -> None:
    device = ready_device()
    items = [device.item(f"i{number:03}", AT + number * MINUTE_MS) for number in range(ITEMS_MAX * 2 + 1)]
    device.plan(*items)
    named = [ack.items for ack in device.acks() if ack.st is ExecutionState.RECEIVED and ack.items]
    assert sorted(map(len, named)) == [1, ITEMS_MAX, ITEMS_MAX]
    assert sorted(name for each in named for name in each) == [item.item for item in items]


def test_an_answer_that_waits_is_overtaken_by_one_that_says_more() -> None:
    device = ready_device()
    device.order(device.play("p", jitter_ms=60_000))
    device.run(2 * MINUTE_MS)
    assert [ack.st for ack in device.acks() if ack.cid == "p"] == [ExecutionState.STARTED, ExecutionState.DONE]


def test_an_answer_that_waits_is_not_overtaken_by_one_that_says_less() -> None:
    device = ready_device()
    command = device.command(cid="c", type="volume", volume_pct=30, jitter_ms=60_000)
    device.order(command)
    device.order(command)
    device.run(2 * MINUTE_MS)
    assert [(ack.st, ack.code) for ack in device.acks() if ack.cid == "c"] == [
        (ExecutionState.DONE, None),
        (ExecutionState.DONE, "DUPLICATE"),
    ]


def test_a_record_made_offline_is_sent_on_connect() -> None:
    device = ready_device()
    device.plan(device.item("a", AT))
    device.disconnect()
    device.run(HOUR_MS)
    assert device.records() == []
    device.connect()
    assert device.results() == [("a", "done", None)]


def test_a_record_survives_power_cuts_and_keeps_its_id() -> None:
    device = ready_device()
    rid = heard_one(device)
    device.power_cut()
    device.published.clear()
    device.connect()
    assert [record.rid for record in device.records()] == [rid]


def test_a_receipt_for_another_device_changes_nothing() -> None:
    device = ready_device()
    rid = heard_one(device)
    device.order(device.command(type="receipt", refs=[rid], target=Target(devices=["another"])))
    assert rid in device.flash.facts["record"]


def test_a_receipt_is_not_answered() -> None:
    device = ready_device()
    rid = heard_one(device)
    device.order(device.command("r", type="receipt", refs=[rid]))
    assert [ack for ack in device.acks() if ack.cid == "r"] == []


def test_many_records_travel_in_batches_below_the_wire_s_limit() -> None:
    device = ready_device()
    items = [device.item(f"item-{n:02}-{'x' * 60}", AT + n * MINUTE_MS) for n in range(50)]
    device.plan(*items)
    device.disconnect()
    device.run(2 * HOUR_MS)
    device.connect()
    assert len(device.records()) == 50
    assert len([event for event in device.events() if event.records]) == 3


def test_every_connection_is_counted_and_the_will_carries_the_count() -> None:
    device = ready_device()
    device.power_cut()
    device.feed(Connecting())
    will = [effect.will for effect in device.done if hasattr(effect, "will")][-1]
    state = codec.decode(State, will.body)
    assert (will.retain, state.st, state.conn) == (True, "offline", 2)


def test_on_connect_the_device_says_what_it_holds() -> None:
    device = ready_device()
    heard_one(device)
    device.published.clear()
    device.connect()
    asked = [sent for sent in device.published if sent.topic == topics.device_request(DEVICE, "sync")]
    request = codec.decode(SyncRequest, asked[0].body)
    assert request.manifests.keys() == {AREA}
    assert (request.keyset, request.pending_records) == (1, 1)
    birth = next(sent for sent in device.published if sent.topic == topics.device_state(DEVICE))
    assert codec.decode(State, birth.body).st == "online"


def test_a_device_that_learns_its_place_asks_again_for_what_is_meant_for_it() -> None:
    device = DeviceHarness()
    device.power_on()
    device.connect()
    device.desire()
    sync = topics.device_request(DEVICE, "sync")
    assert [sent.topic for sent in device.published].count(sync) == 2
    device.desire()
    assert [sent.topic for sent in device.published].count(sync) == 2


def test_without_a_clock_nothing_is_obeyed() -> None:
    device = DeviceHarness(clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    device.order(device.play("p"))
    device.run(2 * MINUTE_MS)
    assert device.heard == []
    assert (device.last_ack("p").st, device.last_ack("p").code) == (ExecutionState.REJECTED, "NO_CLOCK")


def test_a_fresh_beacon_covers_commands_of_a_device_without_a_clock() -> None:
    device = DeviceHarness(now=1_000, clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    device.beacon(NOON_MS)
    device.now, local = NOON_MS, device.now
    command = device.play("p", play=Play(start_at=NOON_MS + MINUTE_MS))
    device.now = local
    device.order(command)
    device.run(2 * MINUTE_MS + RECORDS_WITHIN_MS)
    assert device.heard == [("p", local + MINUTE_MS)]
    assert device.records()[0].started_at == NOON_MS + MINUTE_MS


def test_a_stale_beacon_covers_nothing() -> None:
    device = DeviceHarness(now=1_000, clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    device.beacon(NOON_MS)
    device.run(4 * MINUTE_MS)
    device.order(device.command("c", iat=NOON_MS, nbf=NOON_MS, exp=NOON_MS + HOUR_MS))
    assert device.last_ack("c").code == "NO_CLOCK"


def test_an_old_beacon_does_not_turn_back_the_clock() -> None:
    device = DeviceHarness(now=1_000, clock_known=False)
    device.power_on()
    device.connect()
    device.desire()
    device.beacon(NOON_MS)
    device.beacon(NOON_MS - HOUR_MS)
    device.order(device.command("c", iat=NOON_MS, nbf=NOON_MS, exp=NOON_MS + HOUR_MS))
    assert device.last_ack("c").st is ExecutionState.DONE


def test_newer_keys_are_taken_kept_and_never_given_back() -> None:
    device = ready_device()
    device.deliver(topics.keys(), signing.keyset(2, fresh=signing.STRANGER))
    device.deliver(topics.keys(), signing.keyset(1))
    device.power_cut()
    device.connect()
    device.deliver(topics.area_command(AREA), signing.signed(device.command("c"), "fresh", signing.STRANGER))
    assert device.last_ack("c").st is ExecutionState.DONE


def test_a_desired_state_for_another_device_or_of_an_older_version_is_ignored() -> None:
    device = ready_device()
    device.desire(ver=20)
    held = device.flash.facts["doc"]["desired"]
    other = Desired(v=1, device="another", ver=30, iat=0, areas=["elsewhere"])
    device.deliver(topics.device_desired(DEVICE), signing.signed(other))
    device.desire(ver=19, areas=["elsewhere"])
    assert device.flash.facts["doc"]["desired"] == held


def test_health_is_told_on_connect_and_at_its_interval() -> None:
    device = ready_device()
    device.run(3 * HOUR_MS + MINUTE_MS)
    assert len([sent for sent in device.published if sent.topic == topics.device_telemetry(DEVICE)]) == 4
