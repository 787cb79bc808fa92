"""Templates and voices on screen: written, shared with an area below, shown there with their origin, withdrawn."""

from __future__ import annotations

from broadcast.bulletins.sharing import ShareKind
from cms.audit.queries import events_of
from cms.speech.service import phrase_recordings
from province.areas import AreaId
from tests.builders import bulletins, template_sharing
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, post

FORM: dict[str, object] = {
    "name": "Phun thuốc muỗi",
    "title": "Lịch phun thuốc",
    "text": "Ngày …",
    "topic": "health",
    "language": "vi",
}


def record(console: Console, text: str, area_id: AreaId) -> None:
    """Record a phrase that was checked and accepted."""
    said = bulletins.record_phrase(console, text, area_id=area_id)
    taken = {"sha256": said.candidate_sha256, "level_lufs": -23.0, "floor_dbfs": -60.0, "now": console.clock()}
    phrase_recordings.take(console.context.uow(), said.id, **taken)  # type: ignore[arg-type]


def test_a_template_is_written_changed_and_begun_with(console: Console) -> None:
    client = console.client("operator")
    assert "Chưa có mẫu nào" in client.get("/templates").text
    answer = post(client, "/templates/new", {**FORM, "area": COMMUNE, "priority": "priority"})
    assert answer.headers["Location"] == f"/templates?area={COMMUNE}"
    page = client.get(f"/templates?area={COMMUNE}").text
    assert "Phun thuốc muỗi" in page
    (template_id,) = {part.split('"')[0] for part in page.split("template=")[1:]}
    form = client.get(f"/templates/{template_id}/edit").text
    assert "Lịch phun thuốc" in form
    post(client, f"/templates/{template_id}/edit", {**FORM, "text": "Chiều ngày …"})
    begun = client.get(f"/bulletins/new?template={template_id}").text
    assert 'value="Lịch phun thuốc"' in begun
    assert "Chiều ngày …" in begun
    gone = post(client, f"/templates/{template_id}/forget")
    assert "template=" not in client.get(gone.headers["Location"]).text


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_missing(console: Console) -> None:
    client = console.client("operator")
    for path in ("/templates/new", f"/templates/{template_sharing.write(console).id}/edit"):
        answer = post(client, path, {**FORM, "name": " ", "area": COMMUNE})
        assert answer.status_code == 422
        assert "Cần điền mục này" in answer.text
        assert 'value="Lịch phun thuốc"' in answer.text


def test_a_shared_template_is_seen_below_with_its_origin_until_it_is_taken_back(console: Console) -> None:
    template = template_sharing.write(console, PROVINCE)
    editor, operator = console.client("editor"), console.client("operator")
    assert "Lịch tiêm phòng dại" not in operator.get("/templates").text
    assert operator.get(f"/bulletins/new?template={template.id}").status_code == 404
    form: dict[str, object] = {"kind": "template", "subject": template.id, "area": DISTRICT, "back": "/templates"}
    answer = post(editor, "/shares", form)
    assert answer.headers["Location"] == f"/templates?area={PROVINCE}"
    page = operator.get("/templates").text
    assert "Của Bình Thuận" in page
    assert console.actor("editor").name in page
    assert f"/templates/{template.id}/edit" not in page
    assert "Lịch tiêm phòng dại" in operator.get(f"/bulletins/new?template={template.id}").text
    assert console.client("far-operator").get(f"/bulletins/new?template={template.id}").status_code == 404
    listed = editor.get(f"/templates?area={PROVINCE}").text
    (share_id,) = {part.split("/")[0] for part in listed.split('action="/shares/')[1:]}
    post(editor, f"/shares/{share_id}/take-back")
    assert "Lịch tiêm phòng dại" not in operator.get("/templates").text
    with console.context.uow() as uow:
        assert [each.name for each in events_of(uow.session, share_id)] == ["share.taken_back", "share.made"]


def test_what_an_area_has_already_is_said_and_leads_back(console: Console) -> None:
    editor = console.client("editor")
    answer = post(
        editor, "/shares", {"kind": "voice", "subject": PROVINCE, "area": COMMUNE, "back": f"/phrases?area={PROVINCE}"}
    )
    assert answer.headers["Location"] == f"/phrases?area={PROVINCE}"
    assert "Mũi Né đã dùng được, không cần chia sẻ." in editor.get(answer.headers["Location"]).text
    away = post(editor, "/shares", {"kind": "voice", "subject": PROVINCE, "area": COMMUNE, "back": "//evil.example/"})
    assert away.headers["Location"] == "/"


def test_a_shared_voice_is_seen_where_it_speaks_and_where_it_is_from(console: Console) -> None:
    record(console, "Tin bão", COMMUNE)
    record(console, "Tin lũ", PROVINCE)
    editor, far = console.client("editor"), console.client("far-operator")
    assert "Cấp trên của nơi này" in far.get("/phrases").text
    assert "Mũi Né" not in far.get("/phrases").text
    post(editor, "/shares", {"kind": "voice", "subject": COMMUNE, "area": FAR_COMMUNE})
    page = far.get("/phrases").text
    assert "Mũi Né" in page
    assert f"{console.actor('editor').name} chia sẻ với" in page
    own = editor.get(f"/phrases?area={COMMUNE}").text
    assert "Thôi chia sẻ" in own
    # People without the right see neither the form nor a button to withdraw.
    assert "Thôi chia sẻ" not in console.client("operator").get(f"/phrases?area={COMMUNE}").text


def test_an_editor_of_one_place_shares_with_no_other(console: Console) -> None:
    template = template_sharing.write(console, COMMUNE_2)
    far = console.client("far-operator")
    assert post(far, "/shares", {"kind": "template", "subject": template.id, "area": FAR_COMMUNE}).status_code == 403
    held = template_sharing.share(console, COMMUNE, COMMUNE_2, kind=ShareKind.VOICE)
    assert post(far, f"/shares/{held.id}/take-back").status_code == 403
    assert post(console.client("editor"), "/shares/none/take-back").status_code == 404


def test_a_template_with_empty_dots_is_not_submitted_and_the_place_is_named(console: Console) -> None:
    draft = bulletins.write(console, "Thông báo cắt điện ngày ...", text="Cắt điện từ ... đến 17 giờ ở thôn Một.")
    ready = bulletins.make_sound(console, draft)
    client = console.client("editor")
    answer = post(client, f"/bulletins/{ready.id}/submit", {"version": ready.version})
    assert answer.status_code == 422
    assert "cắt điện ngày ▁▁▁" in answer.text
    assert "Cắt điện từ ▁▁▁ đến 17 giờ" in answer.text
    form = {"text": "Cắt điện từ ... đến 17 giờ", "language": "vi"}
    assert "1 chỗ chưa điền" in post(client, "/bulletins/spoken", form).text
