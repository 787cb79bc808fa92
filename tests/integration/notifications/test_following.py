"""Events told to people: to whom, in which words, and each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.bulletins.model import Bulletin
from broadcast.notifications.model import NotificationChannel, NotificationKind, NotificationUrgency
from broadcast.sessions.model import ItemKey
from broadcast.sessions.rules import start_of
from cms.accounts.service import people as account_service
from cms.bulletins.service import review
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.inbox.service import answers
from cms.notifications.service.composer import Composer
from cms.schedule.service import time_changes
from cms.sessions.service import running_orders
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.tickets.model import TicketStep
from tests.builders import alert_states, bulletins, faults, inbox, people, sessions, stations, tickets
from tests.console import COMMUNE, FAR_COMMUNE, Console, open_console
from tests.integration.notifications.world import C, KeptMessages, choose, job, notifications, refused

K, U = NotificationKind, NotificationUrgency
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def submitted(console: Console, title: str = "Tiêm phòng dại", **more: object) -> Bulletin:
    ready = bulletins.make_sound(console, bulletins.write(console, title, **more))  # type: ignore[arg-type]
    return bulletins.submit(console, ready)


def told(console: Console, login: str) -> list[NotificationKind]:
    job(console).step()
    return [each.kind for each in notifications(console, login)]


def test_the_approver_is_told_of_what_when_and_where_to_decide(console: Console) -> None:
    choose(console, "approver")
    made, mail = submitted(console), KeptMessages()
    job(console, email=mail).step()
    (message,) = mail.messages
    assert message.to == "approver@x.vn"
    assert message.title == "Chờ duyệt: Tiêm phòng dại, phát 17:00 hôm nay"
    assert message.link == f"https://loa.example/bulletins/{made.id}/decision"
    for said in ("Mũi Né", "17:00 hôm nay", "không diễn ra", "duyệt hoặc trả lại"):
        assert said in message.text
    assert told(console, "editor") == []


def test_each_is_told_once_whatever_process_starts_again(console: Console) -> None:
    choose(console, "approver")
    submitted(console)
    mail = KeptMessages()
    for _ in range(3):
        job(console, email=mail).step()
        job(console, email=mail).step()
    assert len(mail.messages) == 1
    submitted(console, "Nước sạch")
    job(console, email=mail).step()
    assert [each.title[11:21] for each in mail.messages] == ["Tiêm phòng", "Nước sạch,"]


def test_the_nearest_approver_is_asked_and_the_next_one_when_it_is_late(console: Console) -> None:
    made = submitted(console, areas=(FAR_COMMUNE,))
    assert told(console, "far-approver") == [K.REVIEW]
    assert told(console, "approver") == []
    console.clock.at = made.schedules[0].starts.replace(tzinfo=console.clock.at.tzinfo) - timedelta(hours=7)
    console.clock.pass_by(minutes=-61)
    assert told(console, "far-approver") == [K.REVIEW]
    console.clock.pass_by(minutes=1)
    assert told(console, "far-approver") == [K.REVIEW, K.UNAPPROVED]
    assert told(console, "editor") == [K.UNAPPROVED]
    assert told(console, "approver") == []
    console.clock.pass_by(minutes=30)
    assert told(console, "approver") == [K.UNAPPROVED]
    assert told(console, "editor") == [K.UNAPPROVED, K.UNAPPROVED]
    console.clock.pass_by(minutes=20)
    assert told(console, "approver") == [K.UNAPPROVED]
    (urgent,) = notifications(console, "approver")
    assert (urgent.step, urgent.urgency) == (2, U.URGENT)
    assert urgent.title.startswith("Còn 30 phút, chưa duyệt:")


def test_sent_in_late_it_goes_to_all_levels_at_once_and_is_not_told_twice(console: Console) -> None:
    console.clock.at += timedelta(hours=7, minutes=40)  # 16:40
    submitted(console, areas=(FAR_COMMUNE,))
    assert told(console, "approver") == [K.REVIEW]
    assert told(console, "far-approver") == [K.REVIEW]
    assert {each.urgency for each in notifications(console)} == {U.URGENT}


def test_no_escalation_where_the_province_wants_none(console: Console) -> None:
    submitted(console)
    console.set(escalation_minutes="")
    console.clock.at += timedelta(hours=7, minutes=40)
    assert told(console, "approver") == [K.REVIEW]


def test_what_is_decided_before_it_could_be_told_asks_nobody(console: Console) -> None:
    bulletins.approve(console, submitted(console))
    assert told(console, "approver") == []
    assert told(console, "editor") == [K.APPROVED]


def test_the_author_is_told_of_a_return_with_its_reason(console: Console) -> None:
    bulletins.send_back(console, submitted(console))
    assert told(console, "editor") == [K.RETURNED]
    (each,) = notifications(console, "editor")
    assert "trả lại bản tin “Tiêm phòng dại”" in each.text


def test_the_author_is_told_of_a_rejection(console: Console) -> None:
    bulletins.reject(console, submitted(console), "Trùng tin hôm qua")
    assert told(console, "editor") == [K.REJECTED]
    assert "Trùng tin hôm qua" in notifications(console, "editor")[0].text


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_change_of_times_is_told_to_who_decides_and_then_to_who_asked(console: Console, is_confirmed: bool) -> None:
    made = bulletins.approve(console, submitted(console))
    bulletins.plan(console, COMMUNE)
    asked = bulletins.reschedule(console, bulletins.stored(console, made.id))
    assert told(console, "approver") == [K.CHANGE]
    act = time_changes.confirm if is_confirmed else time_changes.keep
    call = console.context.call(console.actor("approver"))
    act(console.context.uow(), asked.id, expected_version=asked.version, call=call)
    kind = K.CHANGE_CONFIRMED if is_confirmed else K.CHANGE_DROPPED
    assert told(console, "editor") == [K.APPROVED, kind]


def test_a_commune_is_told_of_what_it_has_to_answer_and_the_sender_of_its_no(console: Console) -> None:
    item = inbox.hand_down(console)
    assert told(console, "operator") == [K.ANSWER]
    (asked,) = notifications(console, "operator")
    assert asked.path == f"/inbox/{item.id}"
    call = console.context.call(console.actor("operator"))
    answers.decline(console.context.uow(), item.id, reason="Đã phát hôm qua", call=call)
    assert told(console, "editor")[-1] is K.DECLINED
    assert "Đã phát hôm qua" in notifications(console, "editor")[-1].text


def test_a_station_is_told_of_a_withdrawn_programme_and_the_author_too(console: Console) -> None:
    station = stations.registered(console)
    made = stations.approved(console, areas=(station.area_id,))
    console.set(escalation_minutes="")
    job(console).step()
    withdraw(console, bulletins.stored(console, made.id))
    assert told(console, "station") == [K.PROGRAMME_KILLED]
    assert told(console, "editor")[-1] is K.WITHDRAWN
    assert notifications(console, "station")[0].path == f"/stations/{station.id}"


def test_a_station_is_told_once_of_another_order_of_a_session_that_it_takes(console: Console) -> None:
    station = stations.registered(console)
    session, on = stations.session_day(console)
    second = stations.approved_in(console, session, on, "Tin hai")
    later = sessions.put(console, bulletins.write(console, areas=(session.area_id,), starts=""), session, on + 2 * DAY)
    job(console).step()
    call = console.context.call(console.actor("editor"))
    for place in (0, 1, 0):
        key = ItemKey(second.id, second.schedules[0].id)
        running_orders.move_item(console.context.uow(), session.id, on, key, to=place, call=call)
    far = ItemKey(later.id, later.schedules[0].id)
    running_orders.take_out(console.context.uow(), session.id, on + 2 * DAY, far, call=call)
    assert told(console, "station") == [K.ORDER_CHANGED]
    (news,) = notifications(console, "station")
    assert news.path == f"/stations/{station.id}?on={on}"
    assert "Buổi chiều" in news.title
    assert told(console, "operator") == []


def test_a_station_is_told_of_what_the_lock_left_out(console: Console) -> None:
    stations.registered(console)
    session, on = stations.session_day(console)
    sessions.put(console, bulletins.write(console, areas=(session.area_id,), starts=""), session, on)
    job(console).step()
    console.clock.at = start_of(session, on) - MINUTE
    assert running_orders.lock_due(console.context.uow(), session.id, on, console.clock())
    assert told(console, "station") == [K.ORDER_CHANGED]


def withdraw(console: Console, found: Bulletin) -> None:
    call = console.context.call(console.actor("approver"))
    review.withdraw(console.context.uow(), found.id, expected_version=found.version, call=call)


def test_a_second_person_is_called_for_an_alert(console: Console) -> None:
    made = alert_states.make_sound(console, alert_states.draft(console))
    second = alert_states.second_officer(console)
    alert_states.submit(console, made)
    job(console).step()
    (each,) = [found for found in notifications(console) if found.user_id == second.user_id]
    assert (each.kind, each.urgency, each.path) == (K.ALERT, U.URGENT, f"/alerts/{made.id}")


def test_old_notifications_are_forgotten(console: Console) -> None:
    submitted(console)
    assert told(console, "approver") == [K.REVIEW]
    console.set(escalation_minutes="")
    console.clock.at += timedelta(days=91)
    assert told(console, "approver") == []


def test_only_the_screen_is_written_to_who_chose_nothing(console: Console) -> None:
    submitted(console)
    job(console).step()
    assert notifications(console, "approver", NotificationChannel.EMAIL) == []
    assert len(notifications(console, "approver")) == 1


def test_an_event_that_cannot_be_told_stops_no_other(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Composer.asked

    def broken(composer: Composer, bulletin: Bulletin, *more: object) -> object:
        if bulletin.title == "Hỏng":
            raise KeyError(bulletin.title)
        return asked(composer, bulletin, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Composer, "asked", broken)
    submitted(console, "Hỏng")
    submitted(console, "Lành")
    job(console).step()
    assert [each.title[11:15] for each in notifications(console, "approver")] == ["Lành"]


def test_the_nearest_technician_is_told_of_an_incident_and_of_what_is_critical_with_its_ticket(
    console: Console,
) -> None:
    """Before, the power cut of a whole commune was told to nobody: the letters of the hour were used up."""
    choose(console, "technician")
    bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00")
    assert told(console, "technician") == []
    faults.fault(console, FaultKind.SPEAKER_OPEN, DeviceId(f"{COMMUNE}-l02"))
    faults.incident(console)
    console.clock.pass_by(minutes=10)
    Dispatcher(console.context.uow, console.clock, console.context.new_id).step()
    mail = KeptMessages()
    job(console, email=mail).step()
    (message,) = mail.messages
    assert message.title == "Phiếu việc mới: Mất điện, 2 thiết bị, Mũi Né"
    assert "Phát tiếp theo ở đó: 17:00 hôm nay." in message.text
    (path,) = {each.path for each in notifications(console, "technician")}
    assert message.link == f"https://loa.example{path}"
    faults.fault(console, FaultKind.IDENTITY_SHARED, DeviceId(f"{COMMUNE}-l02"))
    Dispatcher(console.context.uow, console.clock, console.context.new_id).step()
    job(console, email=mail).step()
    assert [each.title for each in mail.messages[1:]] == [
        "Phiếu việc mới: Hai thiết bị dùng chung một chứng thư: Cụm loa 2, Mũi Né"
    ]
    assert K.TICKET not in told(console, "editor")


def test_a_ticket_that_somebody_has_meanwhile_is_sent_to_nobody(console: Console) -> None:
    choose(console, "technician")
    found = tickets.ticket(console, text="", incident_id=faults.incident(console).id, by="admin")
    tickets.step(console, found, TicketStep.TAKE, by="admin")
    assert told(console, "technician") == []


def test_a_submission_that_failed_with_its_sound_is_told_to_the_person_who_ordered_it(console: Console) -> None:
    context, editor = console.context, console.actor("editor")
    bulletins.on_the_way(console, starts="2026-11-26T09:00")
    draft = bulletins.write(console, "Tin trùng giờ", starts="2026-11-26T09:00")
    call = context.call(editor)
    review.submit(context.uow(), draft.id, expected_version=draft.version, call=call, may_wait=True)
    job(console).step()
    bulletins.make_sound(console, draft)
    job(console).step()
    job(console).step()
    (news,) = [each for each in notifications(console, "editor") if each.kind is K.NOT_SUBMITTED]
    assert (news.title, news.path) == ("Chưa gửi duyệt được: Tin trùng giờ", f"/bulletins/{draft.id}/check")
    assert "09:00 ngày 26/11/2026" in news.text


def test_a_locked_account_is_told_to_its_administrators_once_a_day_and_not_after_it_was_unlocked(
    console: Console,
) -> None:
    choose(console, "admin")
    people.lock(console, "operator")
    mail = KeptMessages()
    job(console, email=mail).step()
    (message,) = mail.messages
    assert message.title == "Tài khoản bị khóa: Operator"
    assert message.link == f"https://loa.example/people/{console.actor('operator').user_id}"
    console.clock.pass_by(minutes=3)
    people.lock(console, "operator")
    people.lock(console, "station")
    mail.refusals.append(refused())
    job(console, email=mail).step()
    assert [each.kind for each in notifications(console, "admin", C.EMAIL)] == [K.LOCKED, K.LOCKED]
    call = people.call_by(console, "admin")
    account_service.unblock(console.context.uow(), console.actor("station").user_id, call=call)
    console.clock.pass_by(seconds=90)
    job(console, email=mail).step()
    assert len(mail.messages) == 1
    assert notifications(console, "admin", C.EMAIL)[-1].error == "SETTLED"


def test_who_invited_is_reminded_once_before_the_link_expires_unless_it_was_used(console: Console) -> None:
    choose(console, "admin")
    people.invite(console)
    people.joined(console)
    console.clock.pass_by(days=5)
    mail = KeptMessages()
    job(console, email=mail).step()
    assert mail.messages == []
    console.clock.pass_by(days=1, hours=1)
    for _ in range(2):
        job(console, email=mail).step()
        console.clock.pass_by(minutes=10)
    (message,) = mail.messages
    assert message.title == "Lời mời sắp hết hạn: Nguyễn Thị Lan"
    assert "chưa dùng đường dẫn bạn mời" in message.text
    steady = job(console, email=mail)
    steady.step()
    steady.step()
    assert len(mail.messages) == 1
