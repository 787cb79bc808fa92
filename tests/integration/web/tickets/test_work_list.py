"""Tickets on the screens: opened from known data, done step by step, and sent by a telephone when it can."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.commands.messages import CommandPublisher
from cms.health.repository.faults import FaultRecords
from cms.platform.store.engine import reading
from cms.tickets.repository import TicketRecords
from cms.tickets.service import steps
from cms.tickets.service.steps import Act
from devices.boards.drawing import drawn, png
from devices.health.kinds import FaultKind
from devices.protocol.boards import USUAL
from devices.protocol.claims import label_text
from devices.protocol.messages import TestResult
from devices.tickets.model import EntryId, Ticket, TicketState, TicketStep
from province.contacts import Contact
from province.errors import NotAllowedError
from province.people import Actor, Grant, Role, UserId
from tests.builders import commands, faults, feedback, tickets
from tests.console import COMMUNE, FAR_COMMUNE, PROVINCE, Console, csrf_of, post
from tests.fakes.recording_link import RecordingLink

BOX = faults.BOX
KEY = "0123456789abcdef0123456789abcdef"
JSON = {"Accept": "application/json", "HX-Request": "true"}


@pytest.fixture
def technician(console: Console) -> FlaskClient:
    return console.client("technician")


def said(client: FlaskClient, found: Ticket, **form: str) -> tuple[int, dict[str, object]]:
    """Send a step as the page's script does."""
    headers = {**JSON, "X-CSRFToken": csrf_of(client)}
    answer = client.post(f"/tickets/{found.id}/steps", data={"step": "note", "key": KEY, **form}, headers=headers)
    return answer.status_code, answer.get_json()


def test_whoever_takes_a_fault_on_has_its_ticket(console: Console, technician: FlaskClient) -> None:
    fault = faults.fault(console)
    page = post(technician, f"/faults/{fault.id}/acknowledge", {"note": "Mai đến"}, follow_redirects=True)
    assert page.request.path.startswith("/tickets/")
    assert "Đứt đường dây loa" in page.text
    assert "Technician có phiếu này" in page.text
    assert "Mai đến" in page.text
    assert "Xem phiếu việc" in technician.get("/faults").text
    listed = technician.get("/tickets").text
    assert listed.index("Việc của tôi") < listed.index("Cụm loa 1") < listed.index("Chưa ai nhận")
    # The next person to take it on has the ticket.
    post(console.client("admin"), f"/faults/{fault.id}/acknowledge")
    assert "Admin có phiếu này" in technician.get(page.request.path).text
    assert post(technician, page.request.path + "/steps", {"step": "take_over"}).status_code == 302
    assert "Technician có phiếu này" in technician.get(page.request.path).text


def test_taking_a_ticket_takes_its_fault_on_and_giving_it_back_undoes_that(
    console: Console, technician: FlaskClient
) -> None:
    found = tickets.of_fault(console)
    assert "1 phiếu việc chưa ai nhận." in technician.get("/").text
    assert "phiếu việc" not in console.client("editor").get("/").text

    def taken() -> bool:
        with reading(console.context.engine) as session:
            return found.fault_id in FaultRecords(session).taken_on()

    post(technician, f"/tickets/{found.id}/steps", {"step": "take"})
    assert taken()
    assert "phiếu việc chưa ai nhận." not in technician.get("/").text
    assert post(technician, f"/tickets/{found.id}/steps", {"step": "take"}).status_code == 409
    post(technician, f"/tickets/{found.id}/steps", {"step": "give_back", "text": "Hết ca"})
    assert not taken()
    with reading(console.context.engine) as session:
        names = [event.name for event in events_of(session, found.id)]
    assert sorted(names) == ["ticket.opened", "ticket.released", "ticket.taken"]


def test_an_incident_has_one_ticket(console: Console, technician: FlaskClient) -> None:
    incident = faults.incident(console)
    page = post(technician, f"/incidents/{incident.id}/acknowledge", {"note": "x"}, follow_redirects=True)
    assert "Sự cố nhiều thiết bị" in page.text
    assert f'href="/incidents/{incident.id}"' in page.text
    assert "Xem phiếu việc" in technician.get(f"/incidents/{incident.id}").text
    assert tickets.ticket(console, incident_id=incident.id).id in page.request.path


def test_the_ticket_of_an_incident_over_communes_is_seen_and_noted_in_each_of_them(console: Console) -> None:
    """Only the province takes it on: a commune would speak for the others as well."""
    found = tickets.ticket(console, text="", incident_id=faults.wide_incident(console).id)
    assert found.area_id == PROVINCE
    for login in ("operator", "far-operator"):
        client = console.client(login)
        assert f'href="/tickets/{found.id}"' in client.get("/tickets").text
        page = client.get(f"/tickets/{found.id}").text
        assert "Sự cố nhiều thiết bị" in page
        assert 'value="note"' in page
        assert 'value="take"' not in page
        assert post(client, f"/tickets/{found.id}/steps", {"step": "take"}).status_code == 403
        assert said(client, found, text="Cột điện đổ", key=console.context.new_id())[0] == 200
    assert "Loa 1" not in page.replace(f"{FAR_COMMUNE}-l01", "")
    near = tickets.ticket(console, text="", incident_id=faults.incident(console).id)
    far = console.client("far-operator")
    assert f'href="/tickets/{near.id}"' not in far.get("/tickets").text
    assert far.get(f"/tickets/{near.id}").status_code == 404


def test_who_looks_after_each_place_of_an_incident_takes_its_ticket_and_who_does_for_one_does_not(
    console: Console,
) -> None:
    found = tickets.ticket(console, text="", incident_id=faults.wide_incident(console).id)
    one = Actor(UserId("u-one"), "Một nơi", (Grant(Role.TECHNICIAN, COMMUNE),))
    both = replace(one, user_id=UserId("u-both"), grants=(*one.grants, Grant(Role.TECHNICIAN, FAR_COMMUNE)))

    def take(actor: Actor) -> Ticket:
        context = console.context
        key = EntryId(context.new_id())
        return steps.step(context.uow(), found.id, key, Act(TicketStep.TAKE), call=context.call(actor))

    with pytest.raises(NotAllowedError) as refused:
        take(one)
    assert refused.value.areas == (FAR_COMMUNE,)
    assert take(both).holder == "u-both"


def test_a_label_leads_to_the_ticket_of_its_device_or_to_a_new_one(console: Console, technician: FlaskClient) -> None:
    serial = f"S-{COMMUNE}-1"
    answer = technician.get(f"/tickets?q={serial}")
    assert answer.headers["Location"] == f"/tickets/new?device={BOX}"
    assert "Cụm loa 1" in technician.get(f"/tickets/new?device={BOX}").text
    found = tickets.of_fault(console)
    for label in (serial, BOX, label_text(serial.lower(), "ABCD-EFGH-JKMN-PQRS")):
        assert technician.get("/tickets", query_string={"q": label}).headers["Location"] == f"/tickets/{found.id}"
    mine = tickets.step(console, tickets.ticket(console, device_id=BOX), TicketStep.TAKE)
    assert technician.get(f"/tickets?q={BOX}").headers["Location"] == f"/tickets/{mine.id}"
    unknown = technician.get("/tickets?q=s-999")
    assert "Không có máy nào mang nhãn này" in unknown.text
    assert "s-999" in unknown.text
    # Tickets elsewhere look as if they did not exist.
    assert "Không có máy nào mang nhãn này" in console.client("far-operator").get(f"/tickets?q={BOX}").text
    assert "Cụm loa 1" not in console.client("far-operator").get(f"/tickets/new?device={BOX}").text


def test_a_citizens_word_becomes_a_ticket_and_the_next_one_is_added(console: Console) -> None:
    operator = console.client("operator")
    first = feedback.noted(console, device_id=BOX, text="Loa câm từ hôm qua.")
    form = operator.get(f"/tickets/new?feedback={first.id}").text
    assert "Loa câm từ hôm qua." in form
    assert BOX in form
    typed: dict[str, object] = {"device": BOX, "feedback": first.id, "text": "Loa câm"}
    made = post(operator, "/tickets/new", typed).headers["Location"]
    assert "Người dân phản ánh" in operator.get(made).text
    assert f'href="{made}"' in operator.get(f"/feedback/{first.id}").text
    second = feedback.noted(console, device_id=BOX)
    again = post(operator, "/tickets/new", {**typed, "feedback": second.id, "text": "Vẫn câm"}).headers["Location"]
    assert again == made
    assert "Vẫn câm" in operator.get(made).text
    assert f'href="{made}"' in operator.get(f"/feedback/{second.id}").text
    assert "Lập phiếu việc" not in console.client("auditor").get(f"/feedback/{second.id}").text
    assert operator.get("/tickets/new?feedback=none").status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"text": "x"}, "Cần điền mục này."),
        ({"area": COMMUNE}, "Cần điền mục này."),
        ({"area": "none", "text": "x"}, "Không có địa bàn mã none."),
        ({"device": "none", "text": "x"}, "Không có thiết bị mang mã này"),
        ({"area": COMMUNE, "text": "x" * 2001}, "tối đa 2000"),
        ({"area": FAR_COMMUNE, "text": "x"}, "Bạn chưa được giao quyền ở: Liên Hương."),
    ],
)
def test_what_is_wrong_with_a_new_ticket_is_said_beside_what_was_typed(
    console: Console, form: dict[str, object], sentence: str
) -> None:
    answer = post(console.client("operator"), "/tickets/new", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert str(form.get("text", ""))[:100] in answer.text


def test_a_form_sent_twice_makes_one_ticket_and_does_one_step(console: Console, technician: FlaskClient) -> None:
    typed: dict[str, object] = {"area": COMMUNE, "text": "Cột nghiêng", "key": KEY}
    first, again = (post(technician, "/tickets/new", typed).headers["Location"] for _ in range(2))
    assert first == again
    assert post(console.client("admin"), "/tickets/new", typed).status_code == 409
    noted: dict[str, object] = {"step": "note", "text": "Đã gọi", "key": KEY[::-1]}
    for _ in range(2):
        assert post(technician, f"{first}/steps", noted).status_code == 302
    assert technician.get(first).text.count("Đã gọi") == 1
    assert post(console.client("admin"), f"{first}/steps", noted).status_code == 409


def test_a_telephones_late_word_keeps_its_time_and_is_taken_once(console: Console, technician: FlaskClient) -> None:
    found = tickets.ticket(console)
    done_at = console.clock()
    console.clock.pass_by(hours=2)
    at = str(int(done_at.timestamp() * 1000))
    assert said(technician, found, text="Thay cầu chì", done_at=at) == (200, {"done": True})
    assert said(technician, found, text="Thay cầu chì", done_at=at) == (200, {"done": True})
    with console.context.uow() as uow:
        (entry,) = uow[TicketRecords].entries(found.id)
    assert (entry.done_at, entry.at) == (done_at, done_at + timedelta(hours=2))
    html = technician.get(f"/tickets/{found.id}").text
    assert "Thay cầu chì" in html
    assert "gửi lúc" in html
    assert said(technician, found, key="", text="y", done_at="soon") == (200, {"done": True})


def test_what_is_refused_is_told_to_the_telephone_in_a_sentence(console: Console, technician: FlaskClient) -> None:
    found = tickets.step(console, tickets.ticket(console), TicketStep.TAKE, by="admin")
    status, result = said(technician, found, step="take")
    assert (status, result["message"]) == (409, "Phiếu đang ở tình trạng “Đang làm” nên không làm bước này được.")
    assert said(technician, found, step="finish") == (422, {"message": "Cần điền mục này."})
    assert said(console.client("operator"), found, step="finish", text="x")[0] == 403
    tickets.step(console, found, TicketStep.NOTE, by="admin", key=KEY, text="x")
    status, result = said(technician, found, text="y")
    assert (status, result["message"]) == (409, "Người khác vừa ghi vào phiếu này. Hãy tải lại trang.")
    assert said(technician, found, step="explode")[0] == 400
    stranger = console.app.test_client()
    answer = stranger.post(f"/tickets/{found.id}/steps", headers={**JSON, "X-CSRFToken": csrf_of(stranger)})
    assert answer.status_code == 401


@pytest.mark.parametrize("step", ["finish", "wait", "drop", "note"])
def test_words_are_asked_for_beside_the_step(console: Console, technician: FlaskClient, step: str) -> None:
    found = tickets.step(console, tickets.ticket(console), TicketStep.TAKE)
    answer = post(technician, f"/tickets/{found.id}/steps", {"step": step, "text": " "})
    assert answer.status_code == 422
    assert "Cần điền mục này." in answer.text


def test_a_photograph_is_kept_without_what_the_camera_wrote(console: Console, technician: FlaskClient) -> None:
    found = tickets.ticket(console)
    picture = (io.BytesIO(png(drawn(USUAL, None))), "cot.png")
    answer = post(technician, f"/tickets/{found.id}/steps", {"step": "note", "photo": picture, "key": KEY})
    assert answer.status_code == 302
    shown = technician.get(f"/tickets/{found.id}/photos/{KEY}")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    shown.close()
    assert f"photos/{KEY}" in technician.get(f"/tickets/{found.id}").text
    assert console.client("far-operator").get(f"/tickets/{found.id}/photos/{KEY}").status_code == 404
    assert technician.get(f"/tickets/{found.id}/photos/none").status_code == 404
    answer = post(technician, f"/tickets/{found.id}/steps", {"step": "note", "photo": (io.BytesIO(b"x"), "a.png")})
    assert answer.status_code == 422
    assert "không phải hình PNG hoặc JPEG" in answer.text


def test_the_device_tests_itself_and_its_answer_stands_on_the_ticket(console: Console, technician: FlaskClient) -> None:
    found = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    path = f"/tickets/{found.id}"
    assert post(technician, f"{path}/test", {"key": KEY}).headers["Location"] == f"{path}#tests"
    assert 'hx-trigger="every 2s"' in technician.get(path).text
    CommandPublisher(console.context, RecordingLink()).step()
    commands.finished(console, KEY, test=TestResult(spk="ok", line_ohm=8.04))
    html = technician.get(path).text
    assert "đường loa tốt, 8,0 Ω" in html
    # The answer stands right below its button, not below the other test.
    assert html.index("Máy tự kiểm tra</button>") < html.index("đường loa tốt") < html.index("Phát tiếng thử</button>")
    assert 'hx-trigger="every 2s"' not in html
    assert post(technician, f"{path}/test", {"audible": "yes"}).status_code == 302
    assert "có phát tiếng thử" in technician.get(path).text
    post(technician, f"{path}/steps", {"step": "check", "check": "listen", "is_good": "yes"})
    assert "Nghe: đạt" in technician.get(path).text
    assert post(technician, f"{path}/steps", {"step": "check", "check": "look"}).status_code == 422
    place = tickets.ticket(console)
    assert post(technician, f"/tickets/{place.id}/test").status_code == 422
    heard: dict[str, object] = {"step": "check", "check": "listen", "is_good": "no"}
    assert post(technician, f"/tickets/{place.id}/steps", heard).status_code == 422


def test_what_is_over_by_itself_says_so_and_when_it_closes(console: Console, technician: FlaskClient) -> None:
    found = tickets.of_fault(console)
    with console.context.uow() as uow:
        over = uow[TicketRecords].get(found.id)
        tickets.mark_over(uow, over, console.clock())
        uow.commit()
    path = f"/tickets/{found.id}"
    page = technician.get(path).text
    assert "Đã tự hết lúc" in page
    assert "phiếu tự đóng lúc" in page
    listed = technician.get("/tickets").text
    assert listed.index("Tự hết hôm nay: 1") < listed.index(f'href="{path}"')
    assert "phiếu việc chưa ai nhận" not in technician.get("/").text
    post(technician, f"{path}/steps", {"step": "finish", "text": "Xem rồi, tốt"})
    assert "Đã xong" in technician.get(path).text
    assert "Vừa kết thúc" in technician.get("/tickets").text
    assert console.client("far-operator").get(path).status_code == 404


def test_a_ticket_that_is_done_while_its_fault_goes_on_says_so(console: Console, technician: FlaskClient) -> None:
    found = tickets.of_fault(console)
    faults.fault(console, FaultKind.AMP_HOT)
    assert "Tăng âm quá nóng" in technician.get(f"/tickets/{found.id}").text
    post(technician, f"/tickets/{found.id}/steps", {"step": "finish", "text": "Đã nối lại dây"})
    assert "máy chưa báo hết lỗi" in technician.get(f"/tickets/{found.id}").text


def test_the_map_shows_where_the_work_is(console: Console, technician: FlaskClient) -> None:
    assert "Không có phiếu nào biết vị trí." in technician.get("/tickets/map").text
    found = tickets.of_fault(console)
    tickets.ticket(console)
    assert "1 phiếu có vị trí." in technician.get("/tickets/map").text
    ((lat, lon, count, is_free, ticket_id, name),) = technician.get("/tickets/map/points").get_json()
    assert (count, is_free, ticket_id, name) == (1, 1, found.id, "Cụm loa 1: Đứt đường dây loa")
    assert (round(lat), round(lon)) == (11, 108)


def test_a_device_tells_its_tickets_and_offers_another(console: Console, technician: FlaskClient) -> None:
    found = tickets.of_fault(console)
    html = technician.get(f"/devices/{BOX}").text
    assert f'href="/tickets/{found.id}"' in html
    assert f'href="/tickets/new?device={BOX}"' in html
    assert "/tickets/new" not in console.client("auditor").get(f"/devices/{BOX}").text


def test_tickets_whose_cause_is_gone_are_closed_together(console: Console, technician: FlaskClient) -> None:
    """Before, each was opened and closed by hand: eight of thirteen on a quiet afternoon."""
    gone = [tickets.of_fault(console), tickets.ticket(console, device_id=BOX), tickets.ticket(console)]
    held, going = (tickets.ticket(console, text=text) for text in ("Người khác giữ", "Còn hỏng"))
    tickets.step(console, held, TicketStep.TAKE, by="admin")
    with console.context.uow() as uow:
        for each in (*gone, held):
            tickets.mark_over(uow, uow[TicketRecords].get(each.id), console.clock())
        uow.commit()
    assert "Tự hết hôm nay: 3" in technician.get("/tickets").text
    assert "Đóng tất cả (3)" in technician.get("/tickets").text
    assert "Đóng tất cả" not in console.client("operator").get("/tickets").text
    page = post(technician, "/tickets/close-over", follow_redirects=True).text
    assert "Đã đóng 3 phiếu." in page
    assert "Đóng tất cả" not in page
    assert {tickets.stored(console, each).state for each in gone} == {TicketState.DONE}
    assert tickets.stored(console, held).state is TicketState.TAKEN
    assert tickets.stored(console, going).state is TicketState.OPEN
    assert "Đã tự hết; đóng cùng" in technician.get(f"/tickets/{gone[0].id}").text
    assert "Đã đóng 0 phiếu." in post(technician, "/tickets/close-over", follow_redirects=True).text


def test_the_steps_of_a_fault_are_ticked_off_and_kept_with_the_ticket(
    console: Console, technician: FlaskClient
) -> None:
    found = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    path = f"/tickets/{found.id}"
    page = technician.get(path).text
    assert page.index("Đo đường dây loa") < page.index("Chia đôi đường dây") < page.index("Nghe")
    assert "xong 0/7" in page
    assert said(technician, found, step="check", check="line_off", is_good="no") == (200, {"done": True})
    page = technician.get(path).text
    assert "xong 1/7" in page
    assert "Đo đường dây loa: không đạt" in page  # what was done
    # The step of another fault is none of this ticket's; one of a fault that came to it later is.
    other = {"step": "check", "check": "battery", "is_good": "yes", "key": KEY[::-1]}
    assert said(technician, found, **other)[0] == 422
    tickets.ticket(console, text="", fault_id=faults.fault(console, FaultKind.BATTERY_LOW).id)
    assert said(technician, found, **other) == (200, {"done": True})


def test_a_ticket_names_whom_to_call_there_and_what_was_done_at_the_device_before(
    console: Console, technician: FlaskClient
) -> None:
    before = tickets.ticket(console, device_id=BOX, text="Thay cầu chì")
    tickets.step(console, before, TicketStep.FINISH, text="Xong")
    with console.context.uow() as uow:
        uow[Places].set_contacts(COMMUNE, (Contact("Nguyễn An", "Trưởng trạm", "0912 345 678"),))
        uow.commit()
    page = technician.get(f"/tickets/{tickets.of_fault(console).id}").text
    assert 'href="tel:0912345678"' in page
    assert f'href="/tickets/{before.id}"' in page
