"""As-run records until their receipt, clocks, connections."""

from __future__ import annotations

from devices.protocol import codec, topics
from devices.protocol.limits import ITEMS_MAX
from devices.protocol.messages import Desired, DeviceEvent, Play, Standing, State, SyncRequest, Target
from firmware_sim.core.events import Connecting
from firmware_sim.core.reports.report_queue import RECORDS_WITHIN_MS, RESEND_FIRST_MS, RESEND_MAX_MS
from tests.unit.firmware import signing
from tests.unit.firmware.pole import AREA, DEVICE, MINUTE_MS, NOON_MS, Pole, ready_pole

AT = NOON_MS + 5 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS


def sent_records(pole: Pole) -> int:
    events = [codec.decode(DeviceEvent, sent.body) for sent in pole.published if sent.topic.endswith("/evt")]
    return sum(len(event.records) for event in events)


def heard_one(pole: Pole) -> str:
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + 2 * MINUTE_MS)
    return pole.records()[0].rid


def test_a_record_is_sent_again_with_back_off_until_its_receipt() -> None:
    pole = ready_pole()
    rid = heard_one(pole)
    pole.published.clear()
    pole.run(6 * HOUR_MS)
    often = sent_records(pole)
    assert 6 * HOUR_MS // (RESEND_MAX_MS * 2) <= often <= 6 * HOUR_MS // RESEND_FIRST_MS // 10
    pole.order(pole.command(type="receipt", refs=[rid]))
    pole.published.clear()
    pole.run(6 * HOUR_MS)
    assert sent_records(pole) == 0


def test_a_record_waits_no_longer_than_its_share_of_two_seconds() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.run_until(AT + MINUTE_MS)
    assert pole.records() == []
    pole.run(RECORDS_WITHIN_MS)
    assert [record.item for record in pole.records()] == ["a"]


def test_a_device_splits_answers_about_more_items_than_one_may_name() -> None:
    pole = ready_pole()
    items = [pole.item(f"i{number:03}", AT + number * MINUTE_MS) for number in range(ITEMS_MAX * 2 + 1)]
    pole.plan(*items)
    named = [ack.items for ack in pole.acks() if ack.st is Standing.RECEIVED and ack.items]
    assert sorted(map(len, named)) == [1, ITEMS_MAX, ITEMS_MAX]
    assert sorted(name for each in named for name in each) == [item.item for item in items]


def test_an_answer_that_waits_is_overtaken_by_one_that_says_more() -> None:
    pole = ready_pole()
    pole.order(pole.play("p", jitter_ms=60_000))
    pole.run(2 * MINUTE_MS)
    assert [ack.st for ack in pole.acks() if ack.cid == "p"] == [Standing.STARTED, Standing.DONE]


def test_an_answer_that_waits_is_not_overtaken_by_one_that_says_less() -> None:
    pole = ready_pole()
    command = pole.command(cid="c", type="volume", volume_pct=30, jitter_ms=60_000)
    pole.order(command)
    pole.order(command)
    pole.run(2 * MINUTE_MS)
    assert [(ack.st, ack.code) for ack in pole.acks() if ack.cid == "c"] == [
        (Standing.DONE, None),
        (Standing.DONE, "DUPLICATE"),
    ]


def test_a_record_made_offline_is_sent_on_connect() -> None:
    pole = ready_pole()
    pole.plan(pole.item("a", AT))
    pole.disconnect()
    pole.run(HOUR_MS)
    assert pole.records() == []
    pole.connect()
    assert pole.results() == [("a", "done", None)]


def test_a_record_survives_power_cuts_and_keeps_its_id() -> None:
    pole = ready_pole()
    rid = heard_one(pole)
    pole.power_cut()
    pole.published.clear()
    pole.connect()
    assert [record.rid for record in pole.records()] == [rid]


def test_a_receipt_for_another_device_changes_nothing() -> None:
    pole = ready_pole()
    rid = heard_one(pole)
    pole.order(pole.command(type="receipt", refs=[rid], target=Target(devices=["another"])))
    assert rid in pole.flash.facts["record"]


def test_a_receipt_is_not_answered() -> None:
    pole = ready_pole()
    rid = heard_one(pole)
    pole.order(pole.command("r", type="receipt", refs=[rid]))
    assert [ack for ack in pole.acks() if ack.cid == "r"] == []


def test_many_records_travel_in_batches_below_the_wire_s_limit() -> None:
    pole = ready_pole()
    items = [pole.item(f"item-{n:02}-{'x' * 60}", AT + n * MINUTE_MS) for n in range(50)]
    pole.plan(*items)
    pole.disconnect()
    pole.run(2 * HOUR_MS)
    pole.connect()
    assert len(pole.records()) == 50
    assert len([event for event in pole.events() if event.records]) == 3


def test_every_connection_is_counted_and_the_will_carries_the_count() -> None:
    pole = ready_pole()
    pole.power_cut()
    pole.feed(Connecting())
    will = [effect.will for effect in pole.done if hasattr(effect, "will")][-1]
    state = codec.decode(State, will.body)
    assert (will.retain, state.st, state.conn) == (True, "offline", 2)


def test_on_connect_the_device_says_what_it_holds() -> None:
    pole = ready_pole()
    heard_one(pole)
    pole.published.clear()
    pole.connect()
    asked = [sent for sent in pole.published if sent.topic == topics.device_request(DEVICE, "sync")]
    request = codec.decode(SyncRequest, asked[0].body)
    assert request.manifests.keys() == {AREA}
    assert (request.keyset, request.pending_records) == (1, 1)
    birth = next(sent for sent in pole.published if sent.topic == topics.device_state(DEVICE))
    assert codec.decode(State, birth.body).st == "online"


def test_a_device_that_learns_its_place_asks_again_for_what_is_meant_for_it() -> None:
    pole = Pole()
    pole.power_on()
    pole.connect()
    pole.desire()
    sync = topics.device_request(DEVICE, "sync")
    assert [sent.topic for sent in pole.published].count(sync) == 2
    pole.desire()
    assert [sent.topic for sent in pole.published].count(sync) == 2


def test_without_a_clock_nothing_is_obeyed() -> None:
    pole = Pole(clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.order(pole.play("p"))
    pole.run(2 * MINUTE_MS)
    assert pole.heard == []
    assert (pole.last_ack("p").st, pole.last_ack("p").code) == (Standing.REJECTED, "NO_CLOCK")


def test_a_fresh_beacon_covers_commands_of_a_device_without_a_clock() -> None:
    pole = Pole(now=1_000, clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.beacon(NOON_MS)
    pole.now, local = NOON_MS, pole.now
    command = pole.play("p", play=Play(start_at=NOON_MS + MINUTE_MS))
    pole.now = local
    pole.order(command)
    pole.run(2 * MINUTE_MS + RECORDS_WITHIN_MS)
    assert pole.heard == [("p", local + MINUTE_MS)]
    assert pole.records()[0].started_at == NOON_MS + MINUTE_MS


def test_a_stale_beacon_covers_nothing() -> None:
    pole = Pole(now=1_000, clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.beacon(NOON_MS)
    pole.run(4 * MINUTE_MS)
    pole.order(pole.command("c", iat=NOON_MS, nbf=NOON_MS, exp=NOON_MS + HOUR_MS))
    assert pole.last_ack("c").code == "NO_CLOCK"


def test_an_old_beacon_does_not_turn_back_the_clock() -> None:
    pole = Pole(now=1_000, clock_known=False)
    pole.power_on()
    pole.connect()
    pole.desire()
    pole.beacon(NOON_MS)
    pole.beacon(NOON_MS - HOUR_MS)
    pole.order(pole.command("c", iat=NOON_MS, nbf=NOON_MS, exp=NOON_MS + HOUR_MS))
    assert pole.last_ack("c").st is Standing.DONE


def test_newer_keys_are_taken_kept_and_never_given_back() -> None:
    pole = ready_pole()
    pole.deliver(topics.keys(), signing.keyset(2, fresh=signing.STRANGER))
    pole.deliver(topics.keys(), signing.keyset(1))
    pole.power_cut()
    pole.connect()
    pole.deliver(topics.area_command(AREA), signing.signed(pole.command("c"), "fresh", signing.STRANGER))
    assert pole.last_ack("c").st is Standing.DONE


def test_a_desired_state_for_another_device_or_of_an_older_version_is_ignored() -> None:
    pole = ready_pole()
    pole.desire(ver=20)
    held = pole.flash.facts["doc"]["desired"]
    other = Desired(v=1, device="another", ver=30, iat=0, areas=["elsewhere"])
    pole.deliver(topics.device_desired(DEVICE), signing.signed(other))
    pole.desire(ver=19, areas=["elsewhere"])
    assert pole.flash.facts["doc"]["desired"] == held


def test_health_is_told_on_connect_and_at_its_interval() -> None:
    pole = ready_pole()
    pole.run(3 * HOUR_MS + MINUTE_MS)
    assert len([sent for sent in pole.published if sent.topic == topics.device_telemetry(DEVICE)]) == 4
