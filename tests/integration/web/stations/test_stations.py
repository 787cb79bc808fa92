from __future__ import annotations

import io
import re
from datetime import date

import pytest

from broadcast.bulletins.model import BulletinStatus, Sound, SoundState
from cms.relays.repository import RelaySources
from cms.stations.service import offers
from tests.builders import bulletins, sessions, stations
from tests.console import COMMUNE, DISTRICT, PROVINCE, Console, csrf_of, post

FORM: dict[str, object] = {
    "name": "Đài Phan Thiết",
    "area": DISTRICT,
    "transmits": "yes",
    "frequency": "95,6",
    "power_w": "500",
    "site": "Đồi Dương",
    "licence_no": "GP 12/2024",
    "licence_until_on": "2026-12-31",
}


def test_the_province_keeps_the_register_and_is_told_of_licences(console: Console) -> None:
    editor = console.client("editor")
    assert "Chưa ghi đài nào" in editor.get("/stations").text
    (key,) = re.findall(r'name="key" value="([0-9a-z]+)"', editor.get("/stations/new").text)
    path = post(editor, "/stations/new", {**FORM, "key": key}).headers["Location"]
    assert post(editor, "/stations/new", {**FORM, "key": key}).headers["Location"] == path
    listed = editor.get("/stations").text
    assert "95,6 MHz" in listed
    assert "Sắp hết hạn" in listed
    assert "giấy phép tần số còn đến 31/12/2026." in editor.get("/").text
    assert "giấy phép tần số" not in console.client("operator").get("/").text
    assert "Giấy phép tần số sắp hết hạn." in console.client("station").get(path).text
    shown = editor.get(f"{path}/edit").text
    assert 'value="95.6"' in shown
    post(editor, f"{path}/edit", {**FORM, "licence_until_on": "2026-11-01", "version": "1"})
    assert "đã hết hạn" in editor.get(path).text
    assert "Giấy phép tần số đã hết hạn." in console.client("station").get("/").text
    assert post(editor, f"{path}/edit", {**FORM, "version": "1"}).status_code == 409
    post(editor, f"{path}/edit", {**FORM, "licence_no": "", "version": "2"})
    assert "Chưa ghi số và hạn" in editor.get(path).text
    post(editor, f"{path}/edit", {**FORM, "transmits": "no", "version": "3"})
    assert "Chỉ sản xuất" in editor.get(path).text
    assert console.client("operator").get(path).status_code == 404


def test_what_cannot_be_registered_is_told_beside_what_was_typed(console: Console) -> None:
    wrong = {"name": "", "frequency": "cao", "power_w": "0", "licence_until_on": "hôm nay"}
    answer = post(console.client("editor"), "/stations/new", {**FORM, **wrong})
    assert answer.status_code == 422
    assert 'value="cao"' in answer.text
    assert "Ngày không đúng." in answer.text
    answer = post(console.client("editor"), "/stations/new", {**FORM, "name": "", "power_w": "0", "device": "none"})
    assert "Cần điền mục này." in answer.text
    assert "Từ 1 đến 1000000." in answer.text


def test_the_portal_shows_the_ladder_takes_a_log_and_makes_a_feed(console: Console) -> None:
    station = stations.registered(console)
    programme = stations.programme(console)
    waiting = stations.approved(console, "Chưa xong", starts="2026-11-24T18:00")
    people, path = console.client("station"), f"/stations/{station.id}"
    page = people.get(path).text
    assert "Phòng dịch. Kính mời bà con" in page
    assert "Đang làm tệp" in page
    with people.get(f"{path}/programmes/{programme.id}.wav") as file:
        assert file.headers["Content-Disposition"] == f"attachment; filename=phong-dich_{programme.id}.wav"
        assert len(file.data) == programme.sound.renditions[0].bytes
    assert people.get(f"{path}/programmes/{waiting.id}.wav").status_code == 404

    at, title = "2026-11-24 09:00", '<td data-label="Chương trình">Phòng dịch</td>'
    rows = (f"{programme.id},{at}", f"{programme.id},hom nay", f"{programme.id},2026-11-01 09:00", "JINGLE01,?")
    log = "\n".join(("cut_id,at", *rows)).encode("utf-16")
    for text in ("1 dòng mới", "0 dòng mới"):
        sent = post(people, f"{path}/as-run", {"log": (io.BytesIO(log), "log.csv")})
        assert text in sent.text
        assert sent.text.count(title) == 3
        assert "1 dòng khác không phải chương trình giao cho đài." in sent.text
        assert "Dòng 3 không đọc được: giờ “hom nay”" in sent.text
        assert "chưa được duyệt vào giờ này" in sent.text
    assert "1 dòng đã ghi từ trước" in sent.text
    assert "Đã phát" in console.client("editor").get("/stations").text
    for wrong, sentence in ((b"a;b\n", "Dòng đầu cần có các cột"), (b"\xff", "không phải văn bản UTF-8")):
        refused = post(people, f"{path}/as-run", {"log": (io.BytesIO(wrong), "log.csv")})
        assert refused.status_code == 422
        assert sentence in refused.text
    assert post(people, f"{path}/as-run").status_code == 422

    made = post(people, f"{path}/feed").text
    (address,) = re.findall(r"(/api/v1/stations/feeds/[^<]+\.xml)", made)
    assert people.get(address).status_code == 200
    assert "Đổi địa chỉ" in people.get(path).text

    bulletins.edit(console, bulletins.stored(console, programme.id))
    assert "Đã thu hồi: gỡ khỏi lịch phát ngay" in people.get(path).text
    late = f"cut_id,at\n{programme.id},24/11/2026 09:06:00\n".encode()
    console.clock.pass_by(minutes=10)
    assert "đã bị thu hồi trước giờ này" in post(people, f"{path}/as-run", {"log": (io.BytesIO(late), "l.csv")}).text
    assert people.get(f"{path}/programmes/{programme.id}.wav").status_code == 410


def test_a_station_opens_on_todays_running_order_by_session_and_hears_each_item(console: Console) -> None:
    station = stations.registered(console)
    session = sessions.afternoon(console, area_id=PROVINCE)
    on = sessions.day_ahead(console, 0)
    alone = stations.programme(console, "Tin sáng", starts="2026-11-24T10:00")
    second = stations.approved_in(console, session, on, "Tin chiều")
    stations.made(console, second)
    waiting = sessions.put(console, bulletins.write(console, "Chưa duyệt", areas=(PROVINCE,), starts=""), session, on)
    page = console.client("station").get(f"/stations/{station.id}").text
    order = page[page.index('id="day"') : page.index('id="programmes"')]
    assert [order.index(each) for each in ("10:00:00", "Tin sáng", "Buổi chiều", "17:00:00", "Tin chiều")] == sorted(
        order.index(each) for each in ("10:00:00", "Tin sáng", "Buổi chiều", "17:00:00", "Tin chiều")
    )
    assert order.count("data-listen=") == 2
    assert f"/programmes/{alone.id}.mp3?play=1" in order
    assert waiting.title not in order
    # One press leads there: the station's people see no list of one.
    assert console.client("station").get("/stations").headers["Location"] == f"/stations/{station.id}"
    assert console.client("editor").get("/stations").status_code == 200
    tomorrow = console.client("station").get(f"/stations/{station.id}?on=2026-11-25").text
    assert "Chưa có gì được duyệt cho buổi này." in tomorrow
    assert "Tin sáng" not in tomorrow[: tomorrow.index('id="programmes"')]


def test_a_programme_goes_from_the_station_to_a_communes_draft_and_no_further(console: Console) -> None:
    station = stations.registered(console)
    people, operator = console.client("station"), console.client("operator")
    form = people.get(f"/stations/{station.id}/offer").text
    (key,) = re.findall(r'name="key" value="([0-9a-z]+)"', form)
    typed: dict[str, object] = {"key": key, "title": "Số 1", "series": "Trang địa phương", "until_on": "2026-12-01"}
    nothing = post(people, f"/stations/{station.id}/offer", {**typed, "title": ""})
    assert nothing.status_code == 422
    # Each at its field and in the summary.
    assert nothing.text.count("Cần điền mục này.") == 4
    assert "Ngày không đúng." in post(people, f"/stations/{station.id}/offer", {**typed, "until_on": "mai"}).text
    past = post(people, f"/stations/{station.id}/offer", {**typed, "until_on": "2026-01-01"}).text
    assert "Ngày này đã qua." in past
    sent = {**typed, "recording": (io.BytesIO(bulletins.wav()), "so1.wav")}
    assert "lên kệ" in post(people, f"/stations/{station.id}/offer", sent, follow_redirects=True).text
    assert "Kệ đang trống" in operator.get("/shelf").text

    series = f"{station.id}:Trang địa phương"
    post(operator, "/standing-orders", {"area": COMMUNE, "series": series})
    offer = stations.offered(console, station, "Số 2")
    page = operator.get("/shelf").text
    assert "Số 2" in page
    assert "Mũi Né đã lấy" in page
    (order,) = re.findall(r"/standing-orders/([0-9a-z]+)/cancel", page)
    post(operator, f"/standing-orders/{order}/cancel")
    other = stations.offered(console, station, "Số 3")
    taken = post(operator, f"/shelf/{other.id}/take", {"area": COMMUNE})
    bulletin = bulletins.stored(console, taken.headers["Location"].split("/")[2])
    assert bulletin.status is BulletinStatus.DRAFT
    assert (bulletin.origin, bulletin.sound.state) == ("Đài Phan Thiết", SoundState.READY)
    assert post(operator, f"/shelf/{other.id}/take", {"area": PROVINCE}).status_code == 403
    assert post(operator, f"/shelf/{other.id}/take", {"area": "nowhere"}).status_code == 422
    # Whoever writes for several areas chooses one: none stands there already.
    editor = console.client("editor")
    assert '<option value="">Chọn địa bàn</option>' in editor.get("/shelf").text
    assert post(editor, f"/shelf/{other.id}/take", {"area": ""}).status_code == 422
    assert post(operator, "/standing-orders", {"area": COMMUNE, "series": f"{station.id}: "}).status_code == 422

    assert "lấy khỏi kệ" in post(people, f"/offers/{offer.id}/withdraw", follow_redirects=True).text
    far = console.client("far-operator")
    gone = post(far, f"/shelf/{offer.id}/take", {"area": "bt-lien-huong"}, follow_redirects=True)
    assert "không còn trên kệ" in gone.text


def test_an_offered_stream_waits_for_the_province_and_is_then_taken_as_a_relay(console: Console) -> None:
    station = stations.registered(console)
    people, operator, approver = console.client("station"), console.client("operator"), console.client("approver")
    path = f"/stations/{station.id}/offer"
    (key,) = re.findall(r'name="key" value="([0-9a-z]+)"', people.get(path).text)
    typed: dict[str, object] = {"key": key, "title": "Thời sự 17 giờ", "series": "Thời sự", "kind": "stream"}
    wrong = {**typed, "urls": "đài phát", "minutes": "lâu", "licence_until": "mai"}
    assert "Ngày không đúng." in post(people, path, wrong).text
    refused = post(people, path, {**wrong, "licence_until": ""})
    assert refused.status_code == 422
    assert "không phải địa chỉ luồng" in refused.text
    assert "Thời lượng tiếp sóng" in refused.text
    assert 'value="lâu"' in refused.text
    sent = {
        **typed,
        "urls": "https://stream.example/pt.mp3\r\n",
        "minutes": "30",
        "licence": "Biên bản 3",
        "recording": (io.BytesIO(bulletins.wav()), "thay.wav"),
    }
    assert "duyệt nguồn tiếp sóng xong là lên kệ" in post(people, path, sent, follow_redirects=True).text
    offer = stations.offered_stream(console, station)
    assert "Nguồn: Chờ duyệt" in re.sub(r"\s+", " ", people.get(f"/stations/{station.id}").text)
    assert "Kệ đang trống" in operator.get("/shelf").text

    # The source is the province's to approve: the operator of a commune is not asked.
    assert "Nguồn tiếp sóng chờ duyệt" not in operator.get("/").text
    assert approver.get("/").text.count("Nguồn tiếp sóng chờ duyệt") == 2
    assert offer.relay is not None
    page = approver.get("/relay-sources").text
    assert page.count("https://stream.example/pt.mp3</a>") == 1
    with console.context.uow() as uow:
        source_ids = [each.id for each in uow[RelaySources].all()]
    for source_id in source_ids:
        post(approver, f"/relay-sources/{source_id}/approve", {"version": "1"})
    assert "luồng trực tiếp" in operator.get("/shelf").text
    taken = post(operator, f"/shelf/{offer.id}/take", {"area": COMMUNE})
    bulletin = bulletins.stored(console, taken.headers["Location"].split("/")[2])
    assert (bulletin.relay, bulletin.sound.state) == (offer.relay, SoundState.READY)
    minutes = re.findall(r'name="relay_minutes" value="(\d+)"', operator.get(f"/bulletins/{bulletin.id}/edit").text)
    assert minutes == ["30"]


@pytest.mark.parametrize("size", [2_200_000, 3_300_000])
def test_a_recording_that_is_too_large_is_told_beside_its_field(console: Console, size: int) -> None:
    station = stations.registered(console)
    people = console.client("station")
    head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="to.wav"\r\n\r\n'
    refused = people.post(
        f"/stations/{station.id}/offer",
        data=head + b"x" * size + b"\r\n--b--\r\n",
        headers={"X-CSRFToken": csrf_of(people)},
        content_type="multipart/form-data; boundary=b",
    )
    assert refused.status_code == 413
    assert 'aria-invalid="true"' in refused.text
    assert "Hãy nén" in refused.text


def test_why_an_offer_cannot_be_used_is_told_to_the_station(console: Console) -> None:
    station = stations.registered(console)
    offer = stations.offered(console, station, is_made=False)
    failed = Sound(SoundState.FAILED, "", error="AUDIO_REFUSED:SILENT")
    offers.finish(console.context.uow(), offer.id, sound=failed, now=console.clock(), new_id=console.context.new_id)
    assert "Không làm được tệp" in console.client("station").get(f"/stations/{station.id}").text


def test_what_only_produces_needs_no_licence_and_english_is_spoken(console: Console) -> None:
    stations.registered(console, transmits=False, licence_until_on=date(2020, 1, 1))
    page = console.client("auditor", language="en").get("/stations").text
    assert "Does not transmit" in page
    assert "Add a station" not in page
