"""First steps of a newcomer on the start page: they tick themselves, and can be put away for good."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from broadcast.stations.model import ProgrammeId, ProgrammeProgress, StationReport
from cms.accounts.service import users
from cms.areas.service import contacts
from cms.bulletins.service.remarks import NoteDraft
from cms.help import labels
from cms.help.service import first_steps
from cms.help.service.first_steps import NEWCOMER_ACTS_MOST, FirstStep
from cms.stations.service import programmes
from devices.tickets.model import Check, TicketStep
from province.contacts import Contact
from province.events import Event
from province.people import Grant, Role
from tests.builders import alerts, bulletins, stations, tickets
from tests.console import CHEAP, COMMUNE, PEOPLE, PROVINCE, Console, post

RULES = {"volume_pct": "70", "freeze_min": "15", "weekdays": [*"0123456"]}
CHOICE = {"email": "", "phone": "", "channels": [], "quiet_from": "22:00", "quiet_until": "05:00"}


def card(console: Console, login: str) -> dict[str, bool]:
    """Return the steps that the start page shows, and which are ticked."""
    page = console.client(login).get("/").text
    found = re.search(r'aria-labelledby="first-steps">(.*?)</section>', page, re.DOTALL)
    if found is None:
        return {}
    rows = re.findall(
        r'<li class="row"><span><span class="chip (\w+)">.*?<span class="grow">(.*?)</span>', found[1], re.DOTALL
    )
    return {re.sub(r"<[^>]+>", "", text): tone == "good" for tone, text in rows}


def steps_of(console: Console, login: str) -> dict[FirstStep, bool]:
    with console.context.uow() as uow:
        return dict(first_steps.first_steps(uow.session, console.actor(login)))


def submit(console: Console) -> None:
    bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console, by="operator")), by="operator")


def return_one(console: Console) -> None:
    ready = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    bulletins.send_back(console, ready, NoteDraft("Ghi rõ ngày", bulletins.TEXT[:10]))


def send_drill(console: Console) -> None:
    alerts.staff(console)
    alerts.submitted(console, console.client(alerts.OFFICER), kind="drill")


def check_device(console: Console) -> None:
    taken = tickets.step(console, tickets.of_fault(console), TicketStep.TAKE)
    tickets.step(console, taken, TicketStep.CHECK, check=Check.LOOK, is_good=False)


def add_person(console: Console) -> None:
    with console.context.uow() as uow:
        users.add_user(
            uow,
            CHEAP,
            new_id=console.context.new_id(),
            login="ham-tien",
            name="Trần Thị Hà",
            password="mot mat khau khac dai",
            grants=(Grant(Role.COMMUNE_OPERATOR, COMMUNE),),
            now=console.clock(),
            by=console.actor("admin"),
        )
        uow.commit()


def note_contact(console: Console) -> None:
    with console.context.uow() as uow:
        contacts.set_contacts(
            uow,
            COMMUNE,
            (Contact("Lê Thị Hoa", "Trực ban", "0252 3822 123"),),
            call=console.context.call(console.actor("operator")),
        )
        uow.commit()


def send_log(console: Console) -> None:
    station = stations.registered(console)
    aired = stations.programme(console)
    told = StationReport(ProgrammeId(aired.id), ProgrammeProgress.DOWNLOADED, console.context.now())
    call = console.context.call(console.actor("station"))
    assert programmes.tell(console.context.uow(), station.id, [told], call=call)


ACTS: dict[FirstStep, tuple[str, Callable[[Console], object]]] = {
    FirstStep.PASSWORD: (
        "auditor",
        lambda console: post(
            console.client("auditor"),
            "/account/password",
            {"old": "mot mat khau dai", "new": "mot mat khau khac dai", "again": "mot mat khau khac dai"},
        ),
    ),
    FirstStep.NOTIFICATIONS: (
        "auditor",
        lambda console: post(console.client("auditor"), "/account/notifications", CHOICE),
    ),
    FirstStep.WRITE: ("editor", bulletins.write),
    FirstStep.SUBMIT: ("operator", submit),
    FirstStep.DECIDE: ("approver", return_one),
    FirstStep.CONTACTS: ("operator", note_contact),
    FirstStep.DRILL: (alerts.OFFICER, send_drill),
    FirstStep.TAKE_TICKET: (
        "technician",
        lambda console: tickets.step(console, tickets.ticket(console), TicketStep.TAKE),
    ),
    FirstStep.CHECK_DEVICE: ("technician", check_device),
    FirstStep.SEND_LOG: ("station", send_log),
    FirstStep.OFFER: ("station", lambda console: stations.offered(console, stations.registered(console))),
    FirstStep.ADD_PERSON: ("admin", add_person),
    FirstStep.SET_RULES: (
        "admin",
        lambda console: post(console.client("admin"), f"/rules/{COMMUNE}", RULES),
    ),
}


@pytest.mark.parametrize("step", ACTS)
def test_a_step_is_ticked_by_the_act_itself_and_by_nothing_else(console: Console, step: FirstStep) -> None:
    login, act = ACTS[step]
    assert not any(steps_of(console, login).values())
    act(console)
    assert steps_of(console, login)[step]


def test_the_card_shows_what_is_done_and_leads_to_what_is_not(console: Console) -> None:
    write, submit_one = (str(labels.FIRST_STEPS[step].text) for step in (FirstStep.WRITE, FirstStep.SUBMIT))
    assert not any(card(console, "editor").values())
    bulletins.write(console)
    shown = card(console, "editor")
    assert (shown[write], shown[submit_one]) == (True, False)


def test_every_step_has_words_a_screen_and_a_task(console: Console) -> None:
    assert set(ACTS) == set(FirstStep) == set(labels.FIRST_STEPS)
    for login, (role, _) in PEOPLE.items():
        client = console.client(login)
        for step in first_steps.steps_of(console.actor(login)):
            label = labels.FIRST_STEPS[step]
            path = console.app.url_map.bind("").build(label.endpoint)
            assert client.get(path).status_code == 200, (role, step)
            assert client.get(f"/help/{label.topic}").status_code == 200, step


def test_the_steps_are_those_of_the_roles_each_once(console: Console) -> None:
    both = console.actor("operator")
    roles = (Grant(Role.PROVINCE_EDITOR, PROVINCE), Grant(Role.APPROVER, PROVINCE))
    steps = first_steps.steps_of(replace(both, grants=(*both.grants, *roles)))
    assert steps == (
        *(FirstStep.PASSWORD, FirstStep.NOTIFICATIONS, FirstStep.WRITE, FirstStep.SUBMIT),
        *(FirstStep.DECIDE, FirstStep.CONTACTS),
    )


def test_steps_put_away_stay_away_and_those_of_others_stay(console: Console) -> None:
    answer = post(console.client("operator"), "/first-steps/put-away", follow_redirects=True)
    assert "Đã ẩn" in answer.text
    assert card(console, "operator") == {}
    assert card(console, "editor")


def test_all_done_shows_no_card(console: Console) -> None:
    for step in (FirstStep.NOTIFICATIONS, FirstStep.PASSWORD):
        ACTS[step][1](console)
    assert steps_of(console, "auditor") == {}


def test_someone_with_many_acts_is_no_newcomer(console: Console) -> None:
    assert card(console, "editor")
    with console.context.uow() as uow:
        actor = console.actor("editor")
        for number in range(NEWCOMER_ACTS_MOST):
            uow.record(Event.of(actor, "bulletin.edited", f"b{number}", console.clock()))
        uow.commit()
    assert card(console, "editor") == {}


def test_an_empty_list_leads_to_the_task_of_its_page(console: Console) -> None:
    page = console.client("operator").get("/bulletins").text
    empty = page.split('class="card empty"')[1].split("</div>")[0]
    assert 'href="/help/official/write-a-bulletin-and-let-the-voice-read-it"' in empty
