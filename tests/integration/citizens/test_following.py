"""A citizen follows a commune: asked for, confirmed by the owner of the address, ended by one press, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broadcast.citizens.rules import CONFIRM_WITHIN
from broadcast.notifications.model import NotificationChannel
from cms.areas.repository import Places
from cms.audit.queries import latest_events
from cms.citizens.service import subscriptions
from cms.citizens.service.subscriptions import CONFIRMATIONS_MOST
from cms.platform.store.tables import EventRow
from tests.builders.citizens import LAN
from tests.builders.public_pages import PAGE, ROOT
from tests.console import COMMUNE, Console, open_console, post
from tests.integration.citizens.world import FORM, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_console(tmp_path / "home") as console:
        yield Town(console)


def get(console: Console, path: str) -> str:
    return console.app.test_client().get(path).text


def test_an_address_gets_nothing_but_the_question_until_its_owner_confirms(town: Town) -> None:
    assert f'href="{FORM}"' in get(town.console, PAGE)
    assert "Gửi liên kết cho tôi" in get(town.console, FORM)
    assert LAN in town.ask(digest=True).text
    town.step()
    (question,) = town.mail.messages
    assert question.to == LAN
    assert "Mũi Né" in question.title
    assert question.end_link == ""
    path = question.link.removeprefix("https://loa.example")
    page = get(town.console, path)
    assert "checked" in page
    assert [each.confirmed_at for each in town.subscriptions()] == [None]  # opening the link is not confirming
    assert "checked" not in town.press(question.link, act="confirm").text
    (kept,) = town.subscriptions()
    assert (kept.confirmed_at, kept.has_digest, kept.area_id) == (town.console.clock(), False, COMMUNE)
    town.press(question.link, act="confirm", digest="yes")
    assert town.subscriptions()[0].has_digest
    assert town.press(question.link, act="end").status_code == 200
    assert list(town.subscriptions()) == []
    assert town.press(question.link, act="confirm").status_code == 200
    assert list(town.subscriptions()) == []


def test_a_mail_program_ends_it_by_one_post(town: Town) -> None:
    kept = town.subscribe()
    link = f"{ROOT}/theo-doi/{kept.id}/thoi?key="
    assert town.press(f"{link}wrong").status_code == 404
    assert len(town.subscriptions()) == 1
    town.ask()  # known already: asked again, which tells nobody that it is known
    town.step()
    good = town.mail.messages[-1].link.partition("key=")[2].partition("&")[0]
    for _again in range(2):
        assert town.press(f"{link}{good}", **{"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(town.subscriptions()) == []


def test_a_wrong_or_hasty_form_is_shown_again_with_what_was_typed(town: Town) -> None:
    wrong: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("lan@", {}, "không phải địa chỉ thư"),
        ("", {}, "Cần điền mục này"),
        (LAN, {"website": "x"}, "ba giây"),
        (LAN, {"ticket": "forged"}, "mở quá lâu"),
    )
    for typed, form, sentence in wrong:
        answer = town.ask(typed, **form)
        assert answer.status_code == 422, sentence
        assert sentence in answer.text
        assert f'value="{typed}"' in answer.text
    assert list(town.subscriptions()) == []


def test_nobody_floods_an_address_the_mail_server_or_the_list(town: Town) -> None:
    for n in range(CONFIRMATIONS_MOST + 2):
        assert town.ask(address=f"192.0.2.{n}").status_code == 200
    town.step()
    assert len(town.mail.messages) == CONFIRMATIONS_MOST
    told = [town.ask(f"a{n}@x.vn", address="198.51.100.7").status_code for n in range(8)]
    assert told == [200] * 6 + [429] * 2
    town.console.set(citizen_subscriptions_max=len(town.subscriptions()))
    full = town.ask("new@x.vn", address="198.51.100.8")
    assert full.status_code == 422
    assert "đã đầy" in full.text
    assert town.subscribe_browser().status_code == 422
    town.console.set(citizen_subscriptions_max=0)
    assert town.console.app.test_client().get(FORM).status_code == 404
    assert FORM not in get(town.console, PAGE)


def test_without_a_mail_server_the_browser_alone_is_offered(town: Town) -> None:
    town.console.set(smtp_url="")
    page = get(town.console, FORM)
    assert 'type="email"' not in page
    assert "data-push=" in page
    assert town.ask().status_code == 404


def test_a_browser_follows_and_ends_it_without_an_account(town: Town) -> None:
    assert town.subscribe_browser(digest="yes").status_code == 204
    (kept,) = town.subscriptions()
    assert (kept.channel, kept.has_digest, kept.confirmed_at) == (NotificationChannel.PUSH, True, town.console.clock())
    assert town.subscribe_browser().status_code == 204
    assert [each.has_digest for each in town.subscriptions()] == [False]
    assert town.subscribe_browser(auth="short").status_code == 422
    assert town.subscribe_browser(ticket="forged").status_code == 422
    assert town.subscribe_browser("https://push.example/other", act="end").status_code == 204
    assert len(town.subscriptions()) == 1
    assert town.subscribe_browser(act="end").status_code == 204
    assert list(town.subscriptions()) == []


def test_an_address_that_nobody_confirms_is_deleted(town: Town) -> None:
    town.ask()
    town.step()
    town.console.clock.pass_by(seconds=CONFIRM_WITHIN.total_seconds() + 1)
    town.step()
    assert list(town.subscriptions()) == []


def test_the_office_sees_how_many_follow_and_erases_an_address_that_asks(town: Town) -> None:
    town.subscribe()
    admin = town.console.client("admin")
    assert "Người dân theo dõi xã" in admin.get("/personal-data").text
    assert post(admin, "/personal-data/citizens/erase", {"citizen": "no@x.vn"}).status_code == 422
    assert post(admin, "/personal-data/citizens/erase", {"citizen": " LAN@x.vn"}).status_code == 302
    assert list(town.subscriptions()) == []
    with town.console.context.uow.reading() as unit:
        (line,) = latest_events(unit.session, EventRow.name == "citizen_subscription.erased")
    assert LAN not in str(line)
    operator = town.console.client("operator")
    assert post(operator, "/personal-data/citizens/erase", {"citizen": LAN}).status_code == 403


def test_one_address_follows_so_many_communes_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "COMMUNES_MOST", 3)
    with town.console.context.uow.reading() as unit:
        areas = [area.id for area in unit[Places].tree()]
    for n in range(4):
        town.console.clock.pass_by(days=1)
        uow, now = town.console.context.uow(), town.console.clock()
        subscriptions.ask_by_mail(uow, areas[n], LAN, has_digest=False, at_most=100, now=now)
    assert len(town.subscriptions()) == 3
