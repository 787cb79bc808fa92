"""Training world on the screens: marked everywhere, exercises marked by what was really done, a certificate."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pypdf
import pytest

from broadcast.alerts.model import AlertStatus
from cms.bulletins.service.remarks import NoteDraft
from cms.features import FEATURES
from cms.platform.scheduler import scheduler
from cms.training import labels
from cms.training.model import Exercise
from cms.training.service.marks import exercises_of
from devices.tickets.model import Check, TicketStep
from tests.builders import alerts, bulletins, inbox, tickets
from tests.console import PEOPLE, Console, post

AT_FIVE = "2026-11-25T17:00"


@pytest.fixture
def world(console: Console) -> Console:
    console.set(practice=True, province_name="Tỉnh Bình Thuận")
    return console


def passed(console: Console, login: str) -> set[str]:
    page = console.client(login).get("/practice").text
    rows = re.findall(
        r'<span class="chip (\w+)">[^<]+</span></span>\s*<span class="grow"><a href="[^"]+">([^<]+)<', page
    )
    assert rows
    return {text for tone, text in rows if tone == "good"}


def write(console: Console, starts: str = AT_FIVE) -> None:
    draft = bulletins.write(console, "Lịch tiêm", by="operator", starts=starts)
    bulletins.submit(console, bulletins.make_sound(console, draft), by="operator")


def return_one(console: Console) -> None:
    ready = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    bulletins.send_back(console, ready, NoteDraft("Ghi rõ ngày", bulletins.TEXT[:10]))


def approve_one(console: Console) -> None:
    bulletins.approve(console, bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console))))


def drill(console: Console) -> None:
    alerts.staff(console)
    officer = console.client(alerts.OFFICER)
    sent = alerts.active(console, officer, kind="drill")
    post(officer, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
    assert alerts.stored(console, sent.id).status is AlertStatus.CANCELLED


def finish_ticket(console: Console) -> None:
    taken = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    checked = tickets.step(console, taken, TicketStep.CHECK, check=Check.LOOK, is_good=True)
    tickets.step(console, checked, TicketStep.FINISH, text="Thay cầu chì")


DONE: dict[Exercise, tuple[str, Callable[[Console], object]]] = {
    Exercise.WRITE: ("operator", write),
    Exercise.ANSWER: ("operator", inbox.decline),
    Exercise.APPROVE: ("approver", approve_one),
    Exercise.RETURN: ("approver", return_one),
    Exercise.DRILL: (alerts.OFFICER, drill),
    Exercise.APPROVE_DRILL: (alerts.SECOND, drill),
    Exercise.TICKET: ("technician", finish_ticket),
}


@pytest.mark.parametrize("exercise", DONE)
def test_an_exercise_is_marked_when_it_was_really_done(world: Console, exercise: Exercise) -> None:
    login, act = DONE[exercise]
    if login == alerts.SECOND:
        alerts.staff(world)
    text = str(labels.EXERCISES[exercise].text)
    assert text not in passed(world, login)
    act(world)
    assert text in passed(world, login)


def test_a_bulletin_for_another_time_passes_nothing(world: Console) -> None:
    write(world, starts="2026-11-25T16:30")
    assert passed(world, "operator") == set()


def test_every_exercise_has_words_a_screen_and_a_task(world: Console) -> None:
    assert set(DONE) == set(labels.EXERCISES) == set(labels.CERTIFICATE) == set(Exercise)
    for login, (role, _) in PEOPLE.items():
        for exercise in exercises_of({role}):
            label = labels.EXERCISES[exercise]
            path = world.app.url_map.bind("").build(label.endpoint)
            assert world.client(login).get(path).status_code == 200, (role, exercise)
            assert world.client(login).get(f"/help/{label.topic}").status_code == 200


def test_the_certificate_names_person_unit_exercises_and_days_once_all_are_passed(world: Console) -> None:
    operator = world.client("operator")
    write(world)
    assert operator.get("/practice/certificate.pdf").headers["Location"] == "/practice"
    inbox.decline(world)
    assert 'href="/practice/certificate.pdf"' in operator.get("/practice").text
    answer = operator.get("/practice/certificate.pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="giay-chung-nhan.pdf"'
    (page,) = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    text = " ".join(page.extract_text().split())
    name = world.actor("operator").name
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "/GCN",
        "GIẤY CHỨNG NHẬN Hoàn thành bài thực hành",
        f"Ông (bà): {name} Đơn vị: Mũi Né",
        "Soạn và gửi duyệt bản tin phát lúc 17:00: ngày 24/11/2026",
        "Trả lời tin cấp trên gửi xuống: ngày 24/11/2026",
    ):
        assert words in text


def test_the_organiser_sees_who_of_their_places_has_passed(world: Console) -> None:
    write(world)
    inbox.decline(world)
    page = world.client("admin").get("/practice/results").text
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th>.*?class="figures">(\d/\d)<', page, re.DOTALL))
    assert rows[world.actor("operator").name] == "2/2"
    assert rows[world.actor("far-operator").name] == "0/2"
    assert world.actor("auditor").name not in rows
    assert world.client("operator").get("/practice/results").status_code == 403


def test_a_role_without_exercises_is_told_whom_to_ask(world: Console) -> None:
    page = world.client("auditor").get("/practice").text
    assert "Vai trò của bạn không có bài tập" in page
    assert 'href="/practice/results"' in page


@pytest.mark.parametrize(
    ("login", "path"),
    [("operator", "/"), ("operator", "/bulletins/new"), ("", "/sign-in"), ("", "/cong-khai/"), ("operator", "/none")],
)
def test_every_page_of_a_training_world_is_marked_and_none_of_a_real_one(
    console: Console, login: str, path: str
) -> None:
    client = console.client(login)
    assert "practice" not in client.get(path).text
    console.set(practice=True)
    page = client.get(path).text
    assert "<strong>THỰC HÀNH</strong> <span>Không loa thật nào phát từ đây.</span>" in page
    assert "<title>THỰC HÀNH · " in page
    assert "practice.css" in page
    assert ('href="/practice"' in page) is (login != "" and path != "/none")


def test_outside_a_training_world_exercises_are_only_explained(console: Console) -> None:
    assert "Đây là hệ thống thật" in console.client("operator").get("/practice").text
    assert "Đây là hệ thống thật" in console.client("admin").get("/practice/results").text
    assert console.client("operator").get("/practice/certificate.pdf").headers["Location"] == "/practice"


def test_a_training_world_sends_no_webhooks(console: Console) -> None:
    assert "webhooks" in scheduler.loops(console.context, FEATURES)
    console.set(practice=True)
    works = scheduler.loops(console.context, FEATURES)
    assert "webhooks" not in works
    assert "notifications" in works
