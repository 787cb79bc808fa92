"""Link to the central source system, over HTTP, to a simulated one that misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinStatus, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.exchange.central import ReportKind
from cms.bulletins.service import review
from cms.exchange.jobs import CentralLinkJob
from cms.exchange.model import CentralOutcome
from cms.exchange.repository.central import CentralRecords, KindState
from cms.exchange.service.central import TRIES
from cms.exchange.service.central_client import HttpCentralSystem
from cms.fleet.repository.devices import Devices
from cms.inbox.repository import HandedDowns
from cms.inbox.service import answers
from cms.platform.settings import Settings
from tests.builders import bulletins
from tests.builders.calls import call_of
from tests.builders.central_system import CODED, CentralHarness, linked, sent
from tests.console import COMMUNE, START, Console

O = CentralOutcome  # noqa: E741 - as S and A elsewhere


@pytest.fixture
def harness(console: Console) -> Iterator[CentralHarness]:
    with linked(console) as harness:
        yield harness


def outcomes(harness: CentralHarness) -> list[tuple[CentralOutcome, str]]:
    return [(each.outcome, each.reason) for each in harness.records()]


def told_by_kind(harness: CentralHarness) -> dict[ReportKind, KindState]:
    with harness.console.context.uow() as uow:
        return {each.kind: each for each in uow[CentralRecords].kinds()}


def state_told(harness: CentralHarness) -> dict[str, object]:
    """Return the last reported state of the first bulletin."""
    found = [row for body in harness.central.reports("/trang-thai-ban-tin") for row in body["BanTin"]]
    newest: dict[str, object] = [row for row in found if row["BanTinId"] == "TW-1"][-1]
    return newest


def test_a_bulletin_of_theirs_becomes_a_draft_by_nobody_and_airs_by_nobody(harness: CentralHarness) -> None:
    harness.central.sent.append(sent())
    harness.step()
    draft = harness.drafted()
    assert (draft.status, draft.author_id, draft.is_handed_down) == (BulletinStatus.DRAFT, "central", True)
    assert (draft.title, draft.topic, draft.origin, draft.pen_name) == (
        "Phòng chống sốt xuất huyết",
        "health",
        "Bộ Y tế",
        "Hà An",
    )
    assert (draft.priority, draft.targets) == (PriorityClass.NORMAL, Targets((CODED,)))
    assert (state_told(harness)["TrangThai"], outcomes(harness)) == ("draft", [(O.DRAFTED, "")])


def test_the_same_sent_twice_is_one(harness: CentralHarness) -> None:
    harness.central.sent.append(sent())
    harness.central.forgets_cursor = True
    harness.step()
    harness.step()
    (record,) = harness.records()
    assert record.times_heard > 1


def test_it_goes_the_whole_way_and_its_result_is_taken_back_up(harness: CentralHarness) -> None:
    console = harness.console
    harness.central.sent.append(sent())
    harness.step()
    handed = bulletins.approve(console, bulletins.submit(console, bulletins.make_sound(console, harness.drafted())))
    harness.step()
    assert state_told(harness)["TrangThai"] == "handed_down"
    context = console.context
    with context.uow() as uow:
        (item,) = uow[HandedDowns].of_bulletin(handed.id)
    placed = answers.accept(
        context.uow(),
        item.id,
        schedules=bulletins.write(console).schedules,
        call=call_of(console.actor("operator"), context.now(), authority=_Anybody(), new_id=context.new_id),
    )
    bulletins.plan(console, CODED)
    (airing,) = bulletins.airings(console, placed)
    (device,) = bulletins.devices(console, CODED)
    bulletins.report(console, airing, device, DeliveryState.DONE)
    harness.step()
    found = state_told(harness)
    assert (found["SoXaNhan"], found["SoLuotPhat"], found["SoLuotLoi"]) == (1, 1, 0)
    (played,) = [row for body in harness.central.reports("/ket-qua-phat") for row in body["KetQuaPhat"]]
    assert (played["BanTinId"], played["MaThietBi"], played["KetQua"]) == ("TW-1", device.id, "done")
    harness.step()
    assert len(harness.central.reports("/ket-qua-phat")) == 1


class _Anybody:
    def require(self, *_asked: object) -> None:
        """Allow everything: the rights of answering are tested elsewhere."""


def test_only_what_has_changed_of_a_device_is_told_again_and_that_it_is_out_of_service(harness: CentralHarness) -> None:
    harness.step()
    (device,) = bulletins.devices(harness.console, CODED)
    with harness.console.context.uow() as uow:
        uow[Devices].save(replace(device, retired_at=harness.console.clock()))
        uow.commit()
    harness.step()
    (row,) = harness.central.reports("/thiet-bi")[-1]["ThietBi"]
    assert (row["MaThietBi"], row["TrangThaiHoatDong"], row["TrangThaiKetNoi"]) == (device.id, False, False)
    harness.step(after_s=24 * 3600)
    figures = harness.central.reports("/thong-ke")[-1]
    assert figures["SoThietBi"] == len(harness.central.reports("/thiet-bi")[0]["ThietBi"]) - 1


def test_what_a_device_sounds_now_is_told_with_it(harness: CentralHarness) -> None:
    console = harness.console
    approved = bulletins.approve(
        console, bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    )
    bulletins.plan(console, COMMUNE)
    airing, device = bulletins.airings(console, approved)[0], bulletins.devices(console, COMMUNE)[0]
    console.clock.at = airing.start_at + timedelta(milliseconds=1)
    bulletins.report(console, airing, device, DeliveryState.STARTED)
    harness.job.step()
    rows = {row["MaThietBi"]: row for row in harness.central.reports("/thiet-bi")[-1]["ThietBi"]}
    assert (rows[device.id]["DangPhat"], rows[device.id]["NoiDungPhat"]) == (True, approved.title)
    assert rows[device.id]["ThoiDiemBatDau"] == airing.start_at.isoformat()
    harness.step(after_s=3600)
    (over,) = [row for row in harness.central.reports("/thiet-bi")[-1]["ThietBi"] if row["MaThietBi"] == device.id]
    assert (over["DangPhat"], "NoiDungPhat" in over) == (False, False)


def test_devices_are_told_once_and_again_when_one_has_changed(harness: CentralHarness) -> None:
    harness.step()
    harness.step()
    (found,) = harness.central.reports("/thiet-bi")
    assert [each["MaThietBi"] for each in found["ThietBi"]] == sorted(each["MaThietBi"] for each in found["ThietBi"])
    assert {"MaThietBi", "TenThietBi", "KinhDo", "ViDo", "AmLuong", "TrangThaiKetNoi"} <= set(found["ThietBi"][0])
    bulletins.more_devices(harness.console, 1)
    harness.step()
    assert len(harness.central.reports("/thiet-bi")) == 2


def test_figures_of_a_day_are_told_once_a_day(harness: CentralHarness) -> None:
    harness.central.sent.append(sent())
    harness.step()
    harness.step(after_s=24 * 3600)
    harness.step()
    days = [(body["Ngay"], body["SoBanTinNhan"]) for body in harness.central.reports("/thong-ke")]
    assert days == [("2026-11-23", 0), ("2026-11-24", 1)]


def test_while_it_is_away_nothing_is_lost_and_it_is_asked_ever_more_seldom(harness: CentralHarness) -> None:
    harness.central.sent.append(sent())
    harness.central.is_away = True
    for _ in range(30):
        harness.step(after_s=3600)
    link = harness.link()
    assert (link.failures, link.error) == (30, "FETCH_FAILED HTTP_503")
    assert (link.due_at - harness.console.clock()).total_seconds() == 3600
    assert harness.job.step() == 0
    harness.central.is_away = False
    harness.step(after_s=3600)
    assert harness.link().failing_since_at is None
    assert state_told(harness)["TrangThai"] == "draft"
    assert harness.events() == ["central_link.recovered", "central_link.failing"]


def test_a_lost_answer_has_the_same_report_sent_again_and_taken_once(harness: CentralHarness) -> None:
    harness.central.answers_lost = 1
    harness.step()
    harness.step()
    assert harness.central.repeats == 1
    assert len(harness.central.reports("/thiet-bi")) == 1


def test_what_it_refuses_for_ever_is_set_aside_and_keeps_back_nothing_else(harness: CentralHarness) -> None:
    harness.central.refuses = {"/thong-ke": 422}
    for _ in range(TRIES + 1):
        harness.step(after_s=4000)
    assert len(harness.central.reports("/thiet-bi")) == 1
    assert "central_link.abandoned" in harness.events()
    kinds = told_by_kind(harness)
    assert list(kinds) == list(ReportKind)
    refused, devices = kinds[ReportKind.STATISTICS], kinds[ReportKind.DEVICES]
    assert (refused.set_aside, refused.error, refused.reported_at) == (1, "FETCH_FAILED HTTP_422", None)
    assert (devices.told, devices.waiting, devices.set_aside, devices.error) == (1, 0, 0, "")
    assert devices.reported_at is not None
    page = harness.console.client("editor").get("/exchange/central").text
    assert "Thống kê ngày" in page
    assert "Nơi kia trả lời lỗi" in page


def test_the_last_that_was_told_of_each_kind_stays_known(harness: CentralHarness) -> None:
    harness.step()
    harness.step(after_s=30 * 24 * 3600)
    harness.step()
    kinds = told_by_kind(harness)
    assert (kinds[ReportKind.DEVICES].told, kinds[ReportKind.STATISTICS].told) == (1, 1)


def test_an_update_of_an_untouched_draft_is_written_into_it(harness: CentralHarness) -> None:
    harness.central.sent.append(sent())
    harness.step()
    first = harness.drafted()
    harness.central.sent.append(sent(version=2, NoiDung="Bản sửa."))
    harness.step()
    assert (harness.drafted().id, harness.drafted().text) == (first.id, "Bản sửa.")
    assert outcomes(harness)[-1] == (O.REDRAFTED, "")


def test_an_update_of_what_was_accepted_is_a_draft_beside_it_and_changes_nothing_on_air(
    harness: CentralHarness,
) -> None:
    harness.central.sent.append(sent())
    harness.step()
    first = bulletins.submit(harness.console, bulletins.make_sound(harness.console, harness.drafted()))
    harness.central.sent.append(sent(version=2, NoiDung="Bản sửa."))
    harness.step()
    assert (outcomes(harness)[-1][0], harness.drafted().id != first.id) == (O.REPLACES, True)
    assert bulletins.stored(harness.console, first.id) == first


def test_a_withdrawal_asks_people_and_withdraws_nothing_by_itself(harness: CentralHarness) -> None:
    console = harness.console
    harness.central.sent.append(sent())
    harness.step()
    handed = bulletins.approve(console, bulletins.submit(console, bulletins.make_sound(console, harness.drafted())))
    harness.central.sent.append({"BanTinId": "TW-1", "PhienBan": 2, "TrangThai": "ThuHoi"})
    harness.step()
    assert outcomes(harness)[-1][0] is O.ASKS_WITHDRAWAL
    assert bulletins.stored(console, handed.id).status is BulletinStatus.HANDED_DOWN
    review.withdraw(
        console.context.uow(),
        handed.id,
        expected_version=handed.version,
        call=console.context.call(console.actor("approver"), console.clock()),
    )
    harness.step()
    assert state_told(harness)["TrangThai"] == "withdrawn"


def test_a_withdrawal_of_nothing_is_written_down(harness: CentralHarness) -> None:
    harness.central.sent.append({"BanTinId": "TW-9", "PhienBan": 2, "TrangThai": "ThuHoi"})
    harness.step()
    assert outcomes(harness) == [(O.NOTHING_OF_IT, "")]


def test_an_older_version_that_comes_late_changes_nothing(harness: CentralHarness) -> None:
    harness.central.sent += [sent(version=2), sent(version=1, NoiDung="Bản cũ.")]
    harness.step()
    assert [each for each, _ in outcomes(harness)] == [O.DRAFTED, O.OLD]


def test_a_new_version_of_what_people_rejected_is_drafted_anew(harness: CentralHarness) -> None:
    console = harness.console
    harness.central.sent.append(sent())
    harness.step()
    submitted = bulletins.submit(console, bulletins.make_sound(console, harness.drafted()))
    bulletins.reject(console, submitted, "Không hợp địa phương")
    harness.step()
    assert (state_told(harness)["TrangThai"], state_told(harness)["LyDo"]) == ("rejected", "Không hợp địa phương")
    harness.central.sent.append(sent(version=2))
    harness.step()
    assert outcomes(harness)[-1][0] is O.DRAFTED


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("không phải đối tượng", "NOT_AN_OBJECT"),
        (sent(""), "MISSING BanTinId"),
        (sent(BanTinId=7), "NOT_TEXT BanTinId"),
        (sent(PhienBan="hai"), "NOT_A_VERSION PhienBan"),
        (sent(TieuDe=" "), "MISSING TieuDe"),
        (sent(TieuDe="x" * 201), "TOO_LONG TieuDe"),
        (sent(MucDoUuTien="Lạ"), "UNKNOWN_VALUE MucDoUuTien"),
        (sent(TrangThai="Lạ"), "UNKNOWN_VALUE TrangThai"),
        (sent(TacGia="Hà"), "NOT_AN_OBJECT TacGia"),
        (sent(VungPhat=[]), "MISSING VungPhat"),
        (sent(VungPhat=[7]), "NOT_CODES VungPhat"),
        (sent(VungPhat=["99999"]), "AREA_UNKNOWN 99999"),
        (sent(TepAmThanh="a.wav"), "NOT_AN_OBJECT TepAmThanh"),
        (sent(TepAmThanh={}), "MISSING DuongDan"),
        (sent(TepAmThanh={"DuongDan": "a.wav", "MaBam": "zz"}), "NOT_A_HASH MaBam"),
        (sent(TepAmThanh={"DuongDan": "a.wav"}, VungPhat=["99999"]), "AREA_UNKNOWN 99999"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason_and_kept(
    harness: CentralHarness, item: object, reason: str
) -> None:
    harness.central.sent += [item, sent("TW-2", MucDoUuTien="UuTien")]  # type: ignore[list-item]
    harness.step()
    assert outcomes(harness) == [(O.REFUSED, reason), (O.DRAFTED, "")]
    kept = harness.console.context.content.read_bytes(harness.records()[0].sha256)
    assert json.loads(kept) == item
    assert harness.drafted().priority is PriorityClass.PRIORITY


def test_codes_of_other_provinces_are_left_out_and_told(harness: CentralHarness) -> None:
    harness.central.sent.append(sent(VungPhat=["22918", "00001"]))
    harness.step()
    assert outcomes(harness) == [(O.DRAFTED, "AREA_UNKNOWN 00001")]


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"<html>", "NOT_JSON"),
        (b"[]", "NOT_A_PAGE"),
        (b'{"BanTin": []}', "CURSOR"),
        (json.dumps({"BanTin": [{}] * 201, "ConTro": "1"}).encode(), "TOO_MANY 201"),
        (b"[" * 100_000, "NOT_JSON"),
    ],
)
def test_garbage_is_said_to_be_so_and_the_link_recovers(harness: CentralHarness, garbage: bytes, reason: str) -> None:
    harness.central.garbage = garbage
    harness.step()
    assert harness.link().error == f"UNREADABLE_CENTRAL {reason}"
    assert harness.records() == []
    harness.central.garbage, harness.central.sent = None, [sent()]
    harness.step()
    assert outcomes(harness) == [(O.DRAFTED, "")]


def test_a_wrong_secret_is_said_to_be_so(console: Console) -> None:
    with linked(console, token="khac") as harness:
        harness.step()
        assert harness.link().error == "FETCH_FAILED HTTP_401"


def test_without_a_central_system_nothing_is_asked_of_anybody(console: Console) -> None:
    assert CentralLinkJob(console.context).step() == 0


def test_a_public_central_system_is_asked_by_tls_only(console: Console) -> None:
    settings = Settings(home=console.context.settings.home, central_url="http://central.example")
    system = HttpCentralSystem.of(settings)
    job = CentralLinkJob(console.context, system)
    console.clock.at = START
    assert job.step() == 0
    with console.context.uow() as uow:
        assert uow[CentralRecords].link().error == "FETCH_REFUSED SCHEME"


def test_the_secret_is_in_no_print(console: Console) -> None:
    settings = Settings(home=console.context.settings.home, central_url="http://x", central_token="bi mat")
    assert "bi mat" not in repr(settings) + repr(HttpCentralSystem.of(settings))


def test_the_screen_and_the_api_tell_how_the_link_is(harness: CentralHarness) -> None:
    console = harness.console
    browser = console.client("editor")
    assert "Chưa kết nối" in browser.get("/exchange/central").text
    harness.central.sent += [sent(), sent("TW-2", VungPhat=["99999"])]
    harness.step()
    page = browser.get("/exchange/central").text
    assert "Phòng chống sốt xuất huyết" in page
    assert "không có địa bàn mang mã 99999" in page
    asked = console.app.test_client().get("/api/v1/exchange/central", headers=console.bearer("editor")).get_json()
    assert [each["outcome"] for each in asked["items"]] == ["refused", "drafted"]
    assert (asked["reports_waiting"], asked["failing_since_at"]) == (0, None)
