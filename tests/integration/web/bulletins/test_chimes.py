from __future__ import annotations

import io

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.bulletins.framing import Chime, ChimePlace
from broadcast.bulletins.model import Rendition, Sound, SoundState
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service import chimes
from media import picture
from media.picture import LoudnessPicture, Side
from tests.builders import bulletins
from tests.builders.recordings import set_chime
from tests.console import COMMUNE, FAR_COMMUNE, PROVINCE, Console, post


def take(console: Console, chime: Chime, seconds: int = 4) -> None:
    """Finish the chime as the worker would."""
    context = console.context
    drawn = picture.encoded(LoudnessPicture(side(seconds, -31.4), side(seconds, -16.1)))
    sounds = {"device-opus": bulletins.wav(), "browser-mp3": bulletins.wav(), picture.KIND: drawn}
    renditions = tuple(
        Rendition(kind, context.content.put_bytes(data), len(data), seconds * 1000, "x")
        for kind, data in sounds.items()
    )
    sound = Sound(SoundState.READY, renditions=renditions, loudness_lufs=-16.1, true_peak_dbtp=-2.0)
    assert chimes.take(context.uow(), chime.id, sha256=chime.candidate_sha256, sound=sound, now=context.now())


def side(seconds: int, lufs: float) -> Side:
    return Side(seconds * 1000, lufs, lufs + 9, (50,), (lufs,))


def send(client: FlaskClient, place: str, data: bytes | None, area: str = COMMUNE) -> TestResponse:
    form: dict[str, object] = {"area": area, "place": place}
    if data is not None:
        form["recording"] = (io.BytesIO(data), "nhac.wav")
    return post(client, f"/chimes?area={area}", form, follow_redirects=True)


def test_a_chime_is_sent_made_and_shown_with_its_loudness_before_and_after(console: Console) -> None:
    operator = console.client("operator")
    html = send(operator, "closing", bulletins.wav(2.0)).text
    assert "Đã nhận tệp." in html
    assert "nhac.wav đang được đưa về độ to chuẩn" in html
    with console.context.uow() as uow:
        (chime,) = uow[Chimes].all()
    assert (chime.area_id, chime.place) == (COMMUNE, ChimePlace.CLOSING)
    take(console, chime)
    html = operator.get(f"/chimes?area={COMMUNE}").text
    assert "−31,4 LUFS" in html
    assert "−16,1 LUFS" in html
    html = post(operator, f"/chimes/{chime.id}/drop", follow_redirects=True).text
    assert "Bản tin đã duyệt vẫn giữ âm thanh" in html
    assert "−31,4 LUFS" not in html


def test_an_area_is_shown_what_it_has_from_above(console: Console) -> None:
    take(console, set_chime(console, area_id=PROVINCE))
    html = console.client("operator").get(f"/chimes?area={COMMUNE}").text
    assert "Theo " in html
    assert "−16,1 LUFS" in html
    assert "Tệp âm thanh riêng" in html


def test_whoever_may_not_set_one_may_hear_it(console: Console) -> None:
    take(console, set_chime(console))
    html = console.client("approver").get(f"/chimes?area={COMMUNE}").text
    assert "<audio" in html
    assert 'type="file"' not in html


def test_what_is_wrong_is_told_beside_the_field_and_nobody_sets_what_another_place_hears(console: Console) -> None:
    operator = console.client("operator")
    answer = send(operator, "opening", None)
    assert (answer.status_code, "Cần điền mục này." in answer.text) == (422, True)
    assert send(operator, "opening", bulletins.wav(), area=FAR_COMMUNE).status_code == 403
    answer = post(operator, f"/chimes?area={COMMUNE}", {"area": COMMUNE, "place": "opening", "upload": "f" * 32})
    assert (answer.status_code, "Chưa nhận được tệp này." in answer.text) == (422, True)


def test_a_refused_recording_says_why(console: Console) -> None:
    chime = set_chime(console)
    context = console.context
    chimes.refuse(
        context.uow(),
        chime.id,
        sha256=chime.candidate_sha256,
        refusal="AUDIO_REFUSED:CHIME_LONG",
        now=context.now(),
    )
    html = console.client("editor").get(f"/chimes?area={COMMUNE}").text
    assert "Không dùng được nhac-hieu.wav:" in html
    assert "Nhạc hiệu dài hơn 30 giây" in html


def test_an_approver_hears_what_sounds_around_a_bulletin_before_deciding(console: Console) -> None:
    take(console, set_chime(console))
    bulletin = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    html = console.client("approver").get(f"/bulletins/{bulletin.id}/approval").text
    assert "Nhạc hiệu phát trước và sau bản tin này" in html
    approved = bulletins.approve(console, bulletin)
    with console.context.uow() as uow:
        (transmission,) = uow[Transmissions].of_bulletin(approved.id)
    assert [area_id for area_id, _ in transmission.frames] == [COMMUNE]
