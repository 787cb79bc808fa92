"""Screens of the exchange: received messages, those that wait for a person, feeds, sent ones, a message by hand."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.cap.findings import FindingCode
from broadcast.alerts.cap.message import CapScope, Status
from broadcast.alerts.cap.verdict import CapVerdict, MessageKind
from broadcast.alerts.model import AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.audit.queries import events_of
from cms.exchange import labels as exchange_labels
from cms.exchange.cap.reader import MAX_BYTES
from cms.exchange.cap.writer import write
from cms.exchange.jobs import CapPublisher
from cms.exchange.model import CapFeed, ExchangeOutcome, FeedTrouble, ReceivedCap, Webhook
from cms.exchange.queries.exchange import count_open
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.outbound import WebhookRecords
from cms.exchange.service.inbox import Inbox
from cms.platform.store.engine import reading
from tests.builders import alert_states
from tests.console import START, Console, post
from tests.integration.exchange.conftest import alert_of, made_active, pinned
from tests.unit.exchange.messages import SENDER, cancel, message, signer, update
from tests.unit.exchange.test_wrappers import carried, edxl_2, embedded

FEED = CapFeed("f-1", "KTTV", "https://kttv.example/feed", ("kttv.example",), (), False, 60, 900, 0, START, START)


@pytest.fixture
def inbox(console: Console) -> Inbox:
    return Inbox.of(console.context)


def open_now(console: Console) -> int:
    with reading(console.context.engine) as session:
        return count_open(session)


def check(client: FlaskClient, body: bytes) -> TestResponse:
    answer = post(client, "/exchange/check", {"file": (io.BytesIO(body), "tin.xml")})
    # The test client spools a large form to a file, which the test has to close.
    answer.request.environ["wsgi.input"].close()
    return answer


def test_a_draft_from_outside_waits_for_a_person_and_is_counted(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    record = inbox.receive(write(message()), "feed KTTV")
    page = officer.get("/exchange").text
    assert "Cảnh báo lũ quét" in page
    assert f"/alerts/{record.alert_id}" in page
    assert "Nhận, chưa xác minh" in page
    assert "Chờ quyết định (1)" in page
    assert "1 tin từ nơi khác chờ người quyết định" in officer.get("/alerts").text


def test_a_refused_real_message_of_a_registered_sender_stands_first_until_somebody_has_seen_to_it(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    pinned(console)
    inbox.receive(write(message("m-1", sender="la@example.vn", scope=CapScope.PRIVATE)), "feed KTTV")
    assert open_now(console) == 0  # messages of unknown senders open no question
    record = inbox.receive(write(message("m-2", scope=CapScope.PRIVATE)), "feed KTTV")
    assert (record.verdict, record.outcome, open_now(console)) == (CapVerdict.REFUSE, ExchangeOutcome.REFUSED, 1)
    page = officer.get("/exchange").text
    assert "Tin thật không nhận được" in page
    assert page.index(f"/exchange/messages/{record.id}") < page.index("Kết thúc một cảnh báo?")
    assert "Chờ quyết định (1)" in page
    assert post(officer, f"/exchange/messages/{record.id}/settle").status_code == 302
    assert (open_now(console), "Tin thật không nhận được" in officer.get("/exchange").text) == (0, False)
    with reading(console.context.engine) as session:
        assert {event.name for event in events_of(session, record.id)} == {"cap.received", "cap.settled"}


def test_a_refused_test_of_a_registered_sender_waits_for_nobody(console: Console, inbox: Inbox) -> None:
    pinned(console)
    inbox.receive(write(message("m-2", status=Status.TEST, scope=CapScope.PRIVATE)), "feed KTTV")
    assert open_now(console) == 0


def test_a_message_that_is_not_proved_does_not_bear_its_senders_registered_name(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    pinned(console)
    record = inbox.receive(write(message()), "push khac")
    with console.context.uow.reading() as unit:
        author = unit[Alerts].get(alert_of(console, record).id).author_name
    assert author == f"Chưa xác minh: {SENDER}"


def test_a_cancel_from_outside_is_a_question_until_the_alert_ends(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    pinned(console)
    first = message()
    alert = made_active(console, alert_of(console, inbox.receive(signer().signed(first), "feed KTTV")))
    assert open_now(console) == 0
    record = inbox.receive(signer().signed(cancel("m-2", first)), "feed KTTV")
    asked = "Nơi gửi hủy tin này. Có hủy cảnh báo của ta không?"
    for path in ("/exchange", f"/exchange/messages/{record.id}", f"/alerts/{alert.id}"):
        assert asked in officer.get(path).text, path
    assert open_now(console) == 1
    with console.context.uow() as unit:
        unit[Alerts].save(replace(alert, status=AlertStatus.EXPIRED, version=alert.version + 1))
        unit.commit()
    assert open_now(console) == 0
    assert asked not in officer.get(f"/alerts/{alert.id}").text


def test_the_end_of_an_exercise_is_asked_as_one(console: Console, inbox: Inbox, officer: FlaskClient) -> None:
    first = message(status=Status.EXERCISE, note="Diễn tập")
    made_active(console, alert_of(console, inbox.receive(write(first), "feed KTTV")))
    inbox.receive(write(cancel("m-2", first, status=Status.EXERCISE, note="Diễn tập")), "feed KTTV")
    page = officer.get("/exchange").text
    assert "Nơi gửi hủy tin này" in page
    assert "▨ DIỄN TẬP" in page


def test_an_alert_shows_the_messages_it_came_of(console: Console, inbox: Inbox, officer: FlaskClient) -> None:
    record = inbox.receive(write(message()), "feed KTTV")
    assert f"/exchange/messages/{record.id}" in officer.get(f"/alerts/{record.alert_id}").text
    # People without the right see nothing of the exchange.
    page = console.client("operator").get("/alerts").text
    assert "/exchange" not in page


def test_messages_are_listed_with_verdict_reason_and_what_they_became(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    inbox.receive(write(message()), "feed KTTV")
    inbox.receive(write(message("m-2", status=Status.TEST)), "push kttv")
    inbox.receive(b"<alert", "import bad.xml")
    page = officer.get("/exchange/messages?verdict=all").text
    for said in (
        "Không có chữ ký.",
        "Tin thử kỹ thuật.",
        "Không phải XML đúng mẫu.",
        "Thành bản nháp",
        "Nhập từ tệp trên máy chủ: bad.xml",
    ):
        assert said in page
    refused = officer.get("/exchange/messages?verdict=refuse").text
    assert "Nhập từ tệp trên máy chủ: bad.xml" in refused
    assert "push kttv" not in refused
    # Heartbeat messages would hide the rest.
    for path in ("/exchange/messages", "/exchange/messages?verdict=nonsense"):
        worth_seeing = officer.get(path).text
        assert "Nhập từ tệp trên máy chủ: bad.xml" in worth_seeing
        assert "push kttv" not in worth_seeing


def test_messages_are_paged(console: Console, inbox: Inbox, officer: FlaskClient) -> None:
    for number in range(31):
        console.clock.pass_by(seconds=1)
        inbox.receive(write(message(f"m-{number}", status=Status.TEST)), f"feed {number:02d}")
    first = officer.get("/exchange/messages?verdict=ignore").text
    assert "Nguồn tin: 30" in first
    assert "Nguồn tin: 00" not in first
    href = first.split('href="/exchange/messages?after=')[1].split('"')[0].replace("&amp;", "&")
    second = officer.get(f"/exchange/messages?after={href}").text
    assert "Nguồn tin: 00" in second
    assert "Về đầu danh sách" in second


def test_one_message_is_shown_with_every_finding_in_the_reader_s_language(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    pinned(console)
    record = inbox.receive(write(message(note="x")).replace(b"<scope>Public</scope>", b""), "feed KTTV")
    page = officer.get(f"/exchange/messages/{record.id}").text
    assert "Thiếu phần bắt buộc." in page
    assert "/alert/scope" in page
    english = console.client("officer", language="en").get(f"/exchange/messages/{record.id}").text
    assert "A required element is missing." in english
    taken = inbox.receive(signer().signed(message("m-2")), "feed KTTV")
    assert "Đài KTTV" in officer.get(f"/exchange/messages/{taken.id}").text
    assert officer.get("/exchange/messages/unknown").status_code == 404
    original = officer.get(f"/content/{record.sha256}")
    assert original.status_code == 200
    original.close()


def test_a_message_too_large_to_keep_has_no_original(console: Console, inbox: Inbox, officer: FlaskClient) -> None:
    record = inbox.receive(b"x" * (MAX_BYTES + 1), "import big.xml")
    page = officer.get(f"/exchange/messages/{record.id}").text
    assert "Tệp lớn hơn 2 MB." in page
    assert "Tải về" not in page


def test_notes_and_failures_are_said_in_words(console: Console, officer: FlaskClient) -> None:
    notes = ("LANGUAGE_LEFT_OUT:fr-FR", "SHAPE_LEFT_OUT", "NEW_CODE:1")
    record = ReceivedCap(
        "m", None, SENDER, "m-1", START, "Actual", "Alert", (), CapVerdict.DRAFT, MessageKind.ALERT,
        "draft_alert", "UNSIGNED", (), "0" * 64, "feed x", START, 2, START, ExchangeOutcome.FAILED, None, notes,  # type: ignore[arg-type]
    )  # fmt: skip
    from cms.exchange.repository.exchange import CapMessages  # noqa: PLC0415

    with console.context.uow() as unit:
        unit[CapMessages].add(record)
        unit.commit()
    page = officer.get("/exchange/messages/m").text
    for said in ("chưa đọc được. (fr-FR)", "Hình vẽ quá chi tiết", "NEW_CODE:1", "Hãy soạn bằng tay", "nghe 2 lần"):
        assert said in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trouble": FeedTrouble.FAILING, "failures": 20, "error": "FETCH_FAILED TLS x"}, "Chứng thư của nơi kia"),
        ({"trouble": FeedTrouble.SILENT, "heard_at": START, "silent_after_s": 60}, "không có gì mới từ"),
        ({"answered_at": START, "error": "FETCH_REFUSED HOST"}, "máy chưa được ghim"),
        ({"answered_at": START}, "Bình thường"),
        ({"answered_at": START, "error": "KeyError('x')"}, "KeyError"),
    ],
    ids=["failing", "silent", "an entry", "well", "unforeseen"],
)  # fmt: skip
def test_a_feed_says_how_it_is_since_when_and_what_to_do(
    console: Console, officer: FlaskClient, changes: dict[str, object], said: str
) -> None:
    feed = replace(FEED, **changes)  # type: ignore[arg-type]
    with console.context.uow() as unit:
        unit[CapFeeds].add(feed)
        unit.commit()
    page = officer.get("/exchange/feeds").text
    assert said in page
    assert "09:00 24/11/2026" in page
    assert ("KTTV" in officer.get("/exchange").text) == bool(feed.trouble)


def test_senders_are_listed_with_what_they_may(console: Console, officer: FlaskClient) -> None:
    pinned(console, area_ids=("bt-mui-ne",), push_hash="x", superior_of=("below@example.vn",))
    page = officer.get("/exchange/feeds").text
    for said in ("Đài KTTV", "Đã ghim", "Mũi Né", "below@example.vn"):
        assert said in page


def test_what_went_out_is_shown_with_each_subscriber_and_the_stations(console: Console, officer: FlaskClient) -> None:
    context = console.context
    hooks = [
        Webhook(f"w-{n}", f"Nơi {n}", f"https://w{n}.example", False, False, False, "", START) for n in range(4)
    ]  # fmt: skip
    with context.uow() as unit:
        for hook in hooks:
            unit[WebhookRecords].add(hook)
        unit.commit()
    alert = alert_states.active(console)
    CapPublisher(context).step()
    with context.uow() as unit:
        store, now = unit[WebhookRecords], context.now()
        due = {each.webhook.id: each.delivery for each in store.due(now, 10)}
        store.save(replace(due["w-0"], attempts=1, sent_at=now))
        store.save(replace(due["w-1"], attempts=12, dead_at=now, error="FETCH_FAILED TIMEOUT"))
        store.save(replace(due["w-2"], attempts=2, due_at=now + timedelta(seconds=20), error="FETCH_FAILED HTTP_500"))
        store.remove(hooks[3], now)
        unit.commit()
    page = officer.get("/exchange/out").text
    for said in ("sau 12 lần", "Trả lời quá chậm", "lần 3 trên 12", "Nơi kia trả lời lỗi", "Nơi 3", "qua MQTT"):
        assert said in page
    assert "w-3 Nơi 3" not in page
    assert f"/api/v1/cap/{alert.order_id}.xml" in page
    assert "Đang gửi" in page
    with context.uow() as unit:
        unit.outbox.mark_sent([each for row in unit.outbox.take(context.now()) for each in row.ids], context.now())
        unit.commit()
    assert "Đã gửi" in officer.get("/exchange/out").text


def test_what_our_own_check_refused_says_so(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.exchange.service.cap_publisher.identifier_of", lambda _: "not, a name")
    alert_states.active(console)
    CapPublisher(console.context).step()
    page = officer.get("/exchange/out").text
    assert "Không gửi cho ai: chính ta kiểm tra thấy sai. Số hiệu hoặc tên nơi gửi" in page
    assert "/api/v1/cap/" not in page


def test_published_documents_are_paged(console: Console, officer: FlaskClient) -> None:
    from cms.public.queries.published import published_list  # noqa: PLC0415

    for _ in range(3):
        alert_states.active(console)
        CapPublisher(console.context).step()
        console.clock.pass_by(seconds=1)
    with reading(console.context.engine) as session:
        first = published_list(session, limit=2)
        second = published_list(session, after=first.next_cursor, limit=2)
    assert (len(first.rows), len(second.rows), second.next_cursor) == (2, 1, "")


def test_a_file_is_checked_without_a_trace_and_taken_in_a_second_step(console: Console, officer: FlaskClient) -> None:
    document = write(message())
    page = check(officer, document).text
    assert "Không có chữ ký." in page
    assert "Cảnh báo lũ quét" in page
    assert open_now(console) == 0
    sha256 = page.split('name="document" value="')[1][:64]
    answer = post(officer, "/exchange/take", {"document": sha256})
    shown = officer.get(answer.headers["Location"]).text
    assert "Đã soạn 1 bản nháp từ tin" in shown
    assert "Đưa lên trang: Officer" in shown
    assert open_now(console) == 1
    # Pressed twice: the same message is received again.
    assert post(officer, "/exchange/take", {"document": sha256}).headers["Location"] == answer.headers["Location"]
    assert open_now(console) == 1
    assert "Đã nhận trước đây." in check(officer, document).text


def test_a_pasted_text_is_checked_as_a_file_is(officer: FlaskClient) -> None:
    text = "\r\n  " + write(message()).decode()
    assert "Không có chữ ký." in post(officer, "/exchange/check", {"text": text}).text


def test_a_distribution_shows_each_alert_and_takes_what_can_be_taken(console: Console, officer: FlaskClient) -> None:
    body = edxl_2(embedded(write(message("m-1"))), embedded(write(message("m-2"))), carried(b"<alert"))
    page = check(officer, body).text
    assert page.count('name="document"') == 2
    assert "Không phải XML đúng mẫu." in page
    documents = [part[:64] for part in page.split('name="document" value="')[1:]]
    post(officer, "/exchange/take", {"document": documents})
    assert open_now(console) == 2


def test_a_cancel_by_hand_asks_and_what_is_nothing_of_ours_says_so(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    first = message()
    made_active(console, alert_of(console, inbox.receive(write(first), "feed KTTV")))
    for body, said in ((cancel("m-2", first), "Có cảnh báo chờ bạn quyết định"), (cancel("m-9", message("m-8")), "")):
        page = check(officer, write(body)).text
        if said:
            sha256 = page.split('name="document" value="')[1][:64]
            answer = post(officer, "/exchange/take", {"document": sha256})
            assert said in officer.get(answer.headers["Location"]).text
        else:
            assert 'name="document"' not in page


def test_what_turns_out_to_be_of_no_use_is_written_down_with_its_reason(
    console: Console, inbox: Inbox, officer: FlaskClient
) -> None:
    sha256 = console.context.content.put_bytes(write(update("m-2", message(), status=Status.TEST)))
    answer = post(officer, "/exchange/take", {"document": sha256})
    assert "Tin không thành bản nháp" in officer.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "Hãy chọn một tệp hoặc dán nội dung tin."),
        (edxl_2(), 422, "Gửi về không phải nguồn tin đọc được"),
        (edxl_2(*[carried(b"x")] * 51), 422, "tối đa 50"),
        (b"<alert", 200, "Không phải XML đúng mẫu."),
        (b"x" * (MAX_BYTES + 1), 200, "Tệp lớn hơn 2 MB."),
        (b"x" * (4 * MAX_BYTES), 413, "Tin lớn hơn 2 MB."),
    ],
    ids=["nothing", "empty", "many", "broken", "big", "too big to read"],
)
def test_what_cannot_be_taken_is_said_with_what_to_do(
    officer: FlaskClient, body: bytes, status: int, said: str
) -> None:
    answer = check(officer, body)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert 'name="document"' not in answer.text


@pytest.mark.parametrize("names", [[], ["0" * 64], ["../../etc/passwd"]])
def test_only_what_was_checked_can_be_taken(officer: FlaskClient, names: list[str]) -> None:
    assert post(officer, "/exchange/take", {"document": names}).status_code == 400


def test_whoever_may_only_look_is_told_who_makes_drafts(console: Console) -> None:
    editor = console.client("editor")
    page = check(editor, write(message())).text
    assert "Chỉ cán bộ ứng phó thiên tai soạn được" in page
    assert "/exchange/take" not in page


def test_every_finding_has_its_sentence() -> None:
    assert set(exchange_labels.FINDING) == {*FindingCode}
