"""Citizens' subscriptions, messages and deliveries in both databases: each once, claimed once, forgotten in parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.citizens.model import CitizenDelivery, CitizenMessage, CitizenMessageKind, CitizenSubscription
from broadcast.notifications.model import NotificationChannel
from broadcast.notifications.rules import CLAIM_LASTS
from cms.citizens.repository import CitizenDeliveries, CitizenMessages, CitizenSubscriptions
from tests.contract.store.conftest import Store
from tests.fakes.programme import C1, C2, NOW

C, K = NotificationChannel, CitizenMessageKind
SECOND = timedelta(seconds=1)


def subscription(name: str, area_id: str = C1, recipient: str = "", **more: object) -> CitizenSubscription:
    made = CitizenSubscription(name, area_id, C.EMAIL, recipient or name, f"{name}@x.vn", NOW, confirmed_at=NOW)  # type: ignore[arg-type]
    return replace(made, **more)  # type: ignore[arg-type]


def message(name: str, kind: CitizenMessageKind = K.ALERT, **more: object) -> CitizenMessage:
    made = CitizenMessage(name, f"order:{name}", kind, (C1,), "Lũ", "Nước lên", NOW, NOW + timedelta(hours=6))
    return replace(made, **more)  # type: ignore[arg-type]


def delivery(name: str, of: str, recipient: str, kind: CitizenMessageKind = K.ALERT) -> CitizenDelivery:
    return CitizenDelivery(name, of, f"s-{recipient}", recipient, C.EMAIL, kind, NOW)


def test_an_address_subscribes_to_a_commune_once_and_confirms(store: Store) -> None:
    with store.unit() as unit:
        kept = unit[CitizenSubscriptions]
        kept.ask(subscription("s1", recipient="r", confirmed_at=None))
        kept.ask(subscription("s2", recipient="r", confirmed_at=None, asked_at=NOW + SECOND))
        kept.add(subscription("s3", C2, "r", has_digest=True))
        assert [(each.id, each.asked_at) for each in kept.of("r")] == [("s3", NOW), ("s1", NOW + SECOND)]
        assert kept.unconfirmed(NOW + 2 * SECOND) == ["s1"]
        assert kept.areas() == kept.areas(with_digest=True) == {C2}
        assert kept.count() == 2
        kept.confirm("s1", NOW, has_digest=False)
        kept.confirm("s1", NOW + SECOND, has_digest=True)
        assert (kept.get("s1").confirmed_at, kept.get("s1").has_digest) == (NOW, True)
        kept.subscribe(subscription("s4", recipient="r", refusals=0))
        kept.set_refusals("s1", 2)
        assert (kept.get("s1").has_digest, kept.get("s1").refusals, kept.count()) == (False, 2, 2)


def test_a_message_is_written_once_and_spread_by_one_process(store: Store) -> None:
    with store.unit() as unit:
        unit[CitizenSubscriptions].add_many([subscription(f"s{n}", has_digest=n > 1) for n in range(4)])
        messages = unit[CitizenMessages]
        messages.write(message("m1", K.DIGEST))
        messages.write(message("m2"))
        messages.write(message("again", event_key="order:m2"))
        unit.commit()
    with store.unit() as unit:
        messages, kept = unit[CitizenMessages], unit[CitizenSubscriptions]
        assert messages.known(["order:m1", "order:m2", "order:m3"]) == {"order:m1", "order:m2"}
        assert messages.known([]) == frozenset()
        first = messages.next_unspread()
        assert first == message("m2")
        assert [each.id for each in kept.next_of(message("m1", K.DIGEST), 9)] == ["s2", "s3"]
        assert [each.id for each in kept.next_of(message("m2", after_id="s1"), 1)] == ["s2"]
        assert messages.move(first, "s1", None)
        assert not messages.move(first, "s1", None)
        assert messages.move(replace(first, after_id="s1"), "s3", NOW)
        assert messages.next_unspread() == message("m1", K.DIGEST)


def test_a_recipient_has_one_delivery_of_a_message_which_is_claimed_once(store: Store) -> None:
    with store.unit() as unit:
        for each in (message("m1"), message("m2", K.DIGEST), message("m3", K.CONFIRMATION)):
            unit[CitizenMessages].write(each)
        unit.session.flush()
        kept = unit[CitizenDeliveries]
        kept.write([])
        kept.write([delivery("d1", "m2", "a", K.DIGEST), delivery("d2", "m1", "a"), delivery("d3", "m1", "b")])
        kept.write([delivery("d4", "m1", "a"), delivery("d5", "m3", "a", K.CONFIRMATION)])
        unit.commit()
    with store.unit() as unit:
        kept = unit[CitizenDeliveries]
        due = kept.due(C.EMAIL, NOW, 10)
        assert [each.id for each in due] == ["d2", "d3", "d5", "d1"]
        assert kept.due_channels(NOW) == {C.EMAIL}
        assert kept.due_channels(NOW - SECOND) == frozenset()
        assert kept.confirmations(["s-a"], NOW) == 1
        assert kept.claim(due[0], NOW)
        assert not kept.claim(due[0], NOW)
        assert [each.id for each in kept.due(C.EMAIL, NOW, 1)] == ["d3"]
        again = kept.due(C.EMAIL, NOW + CLAIM_LASTS, 1)[0]
        assert kept.claim(again, NOW + CLAIM_LASTS)
        kept.settle(replace(again, attempts=1, claimed_at=None, sent_at=NOW))
        assert kept.get("d2").sent_at == NOW
        unit.commit()
    with store.unit() as unit:
        unit[CitizenSubscriptions].end(["s-a"])
        assert [each.id for each in unit[CitizenDeliveries].due(C.EMAIL, NOW, 10)] == ["d3"]
        assert unit[CitizenMessages].forget(NOW + SECOND) == 5
        assert unit[CitizenMessages].forget(NOW + SECOND) == 0
