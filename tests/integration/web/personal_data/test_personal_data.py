"""Personal data on screen: the register, one person's data exported and erased, and retention kept by a job."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from cms.accounts.repository import People
from cms.accounts.service import users
from cms.accounts.tables import SessionRow
from cms.audit.queries import EventLine, latest_events
from cms.feedback.tables import FeedbackRow
from cms.local_alerts.tables import KeyHolderRow
from cms.notifications.tables import NotificationChoiceRow
from cms.personal_data import repository
from cms.personal_data.jobs import RetentionJob
from cms.personal_data.model import LIMITS, PersonalDataKind
from cms.platform.store.chain import first_break
from cms.platform.store.tables import EventRow
from province.people import UserId
from tests.builders import alerts, bulletins, feedback, local_alerts
from tests.console import PASSWORD, Console, post
from tests.integration.notifications import world

_SET = {kind.value: str(limit.default) for kind, limit in LIMITS.items()}


def events(console: Console, name: str) -> list[EventLine]:
    with console.context.uow.reading() as unit:
        return [*latest_events(unit.session, EventRow.name == name)]


def rows(console: Console, column: object, *where: object) -> list[object]:
    with console.context.uow.reading() as unit:
        return [*unit.session.scalars(select(column).where(*where))]  # type: ignore[call-overload]


def test_the_register_names_every_kind_with_its_number_and_its_time(console: Console) -> None:
    world.choose(console, "editor")
    html = console.client("admin").get("/personal-data").text
    for shown in ("Sổ đăng ký xử lý dữ liệu", "Tài khoản", "Nhật ký kiểm toán", "365 ngày", "Người trực"):
        assert shown in html
    assert console.client("auditor").get("/personal-data").status_code == 403
    assert 'href="/personal-data"' in console.client("admin").get("/audit").text


def test_a_person_gets_all_their_data_and_no_secret(console: Console) -> None:
    world.choose(console, "editor")
    draft = bulletins.write(console, "Lịch tiêm chủng")
    admin = console.client("admin")
    answer = post(admin, "/personal-data/export", {"login": " Editor "})
    assert "du-lieu-editor.zip" in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(answer.data)) as packed:
        own, named, log = (json.loads(packed.read(name)) for name in ("ho-so.json", "noi-co-ten.json", "nhat-ky.json"))
    assert own["users"][0]["login"] == "editor"
    assert own["notification_choices"][0]["email"] == "editor@x.vn"
    assert named["bulletins"] == [{"id": draft.id, "as": ["author_id"]}]
    assert "bulletin.created" in {line["name"] for line in log}
    assert not {"password_hash", "secret_hash", "sealed", "code_hash"} & set(str(own).replace("'", " ").split())
    [taken] = events(console, "personal_data.exported")
    assert (taken.subject_id, taken.by_name) == ("u-editor", "Admin")
    wrong = post(admin, "/personal-data/export", {"login": "nobody"})
    assert wrong.status_code == 422
    assert "Không có tài khoản nào dùng tên đăng nhập này" in wrong.text
    assert 'value="nobody"' in wrong.text


def test_erasing_a_person_leaves_the_log_and_what_they_wrote(console: Console) -> None:
    world.choose(console, "operator")
    draft = bulletins.write(console, "Lịch tiêm chủng", by="operator")
    operator, admin = console.client("operator"), console.client("admin")
    form = {"erased": "operator", "confirmed": "operator", "reason": "Người ấy yêu cầu"}
    for wrong, said in (
        ({"confirmed": "operater"}, "không phải tên đăng nhập của tài khoản ấy"),
        ({"reason": " "}, "Cần điền mục này"),
        ({"erased": "admin", "confirmed": "admin"}, "không thể xóa tài khoản của chính mình"),
        ({"erased": "nobody"}, "Không có tài khoản nào"),
    ):
        answer = post(admin, "/personal-data/erase", {**form, **wrong})
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert not events(console, "personal_data.erased")
    assert "đã được xóa" in post(admin, "/personal-data/erase", form, follow_redirects=True).text

    with console.context.uow.reading() as unit:
        user = unit[People].get(UserId("u-operator"))
        assert first_break(unit.session) is None
    assert (user.name, user.grants, user.password_hash) == ("Tài khoản đã xóa (erator)", (), "")
    assert user.disabled_at is not None
    assert rows(console, NotificationChoiceRow.email) == []
    assert rows(console, SessionRow.id, SessionRow.user_id == user.id) == []
    assert operator.get("/", follow_redirects=False).status_code == 302
    assert post(console.client(), "/sign-in", {"login": "operator", "password": PASSWORD}).status_code != 302
    assert bulletins.stored(console, draft.id).title == "Lịch tiêm chủng"
    [erased] = events(console, "personal_data.erased")
    assert (erased.subject_id, erased.detail) == ("u-operator", {"reason": "Người ấy yêu cầu"})
    assert post(admin, "/personal-data/erase", form).status_code == 422  # once


def test_what_is_kept_no_longer_is_deleted_part_by_part_and_logged(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "AT_ONCE", 2)
    with console.context.uow() as unit:
        unit.session.query(SessionRow).delete()
        unit.commit()
    for _ in range(3):
        post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD})
    said = feedback.noted(console, is_answered=True, at=console.clock(), contact="0912 345 678").id
    job = RetentionJob(console.context)
    assert job.step() == 0
    days = LIMITS[PersonalDataKind.SIGN_INS].default
    console.clock.pass_by(days=days + 5)
    assert [job.step(), job.step()] == [3, 1]  # two sign-ins and the contact, then the third sign-in
    assert job.step() == 0
    assert rows(console, SessionRow.id) == []
    assert rows(console, FeedbackRow.contact, FeedbackRow.id == said) == [""]
    assert [each.detail for each in events(console, "personal_data.expired")] == [
        {"sign_ins": 1},
        {"sign_ins": 2, "feedback_contacts": 1},
    ]


def test_the_name_of_a_key_holder_is_deleted_long_after_the_pin_was_withdrawn(console: Console) -> None:
    alerts.staff(console)
    local_alerts.allow(console)
    local_alerts.agreed(console)
    first, second = local_alerts.key_holder(console), local_alerts.key_holder(console)  # who has it now
    admin, job = console.client("admin"), RetentionJob(console.context)
    assert "Người giữ chìa khóa" in admin.get("/personal-data").text
    job.step()
    console.clock.pass_by(days=LIMITS[PersonalDataKind.KEY_HOLDERS].default + 1)
    job.step()
    columns = (KeyHolderRow.person_name, KeyHolderRow.phone, KeyHolderRow.salt)
    assert [rows(console, each, KeyHolderRow.id == first.id) for each in columns] == [[""]] * 3
    assert rows(console, KeyHolderRow.person_name, KeyHolderRow.id == second.id) == [second.person_name]
    assert "(đã xóa tên)" in console.client("technician").get(f"/alerts/local/holders/{first.id}").text


def test_the_retention_is_set_within_limits_and_counts_at_once(console: Console) -> None:
    admin = console.client("admin")
    wrong = post(admin, "/personal-data/retention", {**_SET, "sign_ins": "5"})
    assert wrong.status_code == 422
    assert "Nhập số ngày từ 30 đến 1825." in wrong.text
    assert 'value="5"' in wrong.text
    assert post(admin, "/personal-data/retention", {**_SET, "sign_ins": "30"}).status_code == 302
    [set_] = events(console, "personal_data.retention_set")
    assert (set_.subject_id, set_.detail) == ("sign_ins", {"days": 30, "before": 365})
    assert "30 ngày" in admin.get("/personal-data").text
    post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD})
    console.clock.pass_by(days=40)
    assert RetentionJob(console.context).step() > 0
    assert rows(console, SessionRow.id, SessionRow.expires_at < console.clock() - timedelta(days=30)) == []


def test_accounts_locked_for_years_are_erased(console: Console) -> None:
    with console.context.uow() as unit:
        users.lock_user(unit, "station", now=console.clock(), by=console.actor("admin"))
        unit.commit()
    console.clock.pass_by(days=LIMITS[PersonalDataKind.ACCOUNTS].default + 1)
    assert RetentionJob(console.context).step() > 0
    [erased] = events(console, "personal_data.erased")
    assert (erased.subject_id, erased.by) == ("u-station", "clock")
