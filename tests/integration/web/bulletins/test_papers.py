"""Official papers on the screens: read into an unfinished bulletin, kept with it, and fetched by its readers."""

from __future__ import annotations

import io

from cms.bulletins.repository.papers import BulletinPapers
from tests.builders import bulletins
from tests.console import COMMUNE, Console, post
from tests.integration.web.bulletins.test_editor import FORM
from tests.unit.bulletins.test_paper_text import NOTICE

ONCE: dict[str, object] = {"s-1-kind": "once", "s-1-at": "11:40", "s-1-move-on": [], "s-1-move-to": []}


def test_a_paper_becomes_a_draft_and_stays_with_the_bulletin(console: Console) -> None:
    client = console.client("editor")
    assert "Lấy từ văn bản" in client.get("/bulletins/new").text
    assert "DOCX" in client.get("/bulletins/from-paper").text
    answer = post(client, "/bulletins/from-paper", {"paper": (io.BytesIO(NOTICE), "TB 45.docx")})
    assert answer.status_code == 302, answer.text
    html = client.get(answer.headers["Location"]).text
    for said in ("Thông báo cắt điện", "Cắt điện từ 7 giờ.", 'value="45/TB-UBND"', 'value="28/11/2026"', "TB 45.docx"):
        assert said in html, said
    bulletin_id = answer.headers["Location"].rsplit("=", 1)[1]
    sealed = html.partition('name="paper_sha256" value="')[2].partition('"')[0]
    paper = {"paper_number": "45/TB-UBND", "paper_date": "28/11/2026", "paper_issuer": "UBND phường Mũi Né"}
    form = {**FORM, **ONCE, "areas": [COMMUNE], "draft": bulletin_id, "paper_file": "TB 45.docx", **paper}
    saved = post(client, "/bulletins/new", {**form, "paper_sha256": sealed})
    assert saved.status_code == 302, saved.text

    for path in ("", "/check", "/edit"):
        page = client.get(f"/bulletins/{bulletin_id}{path}").text
        assert "45/TB-UBND" in page
        assert "UBND phường Mũi Né" in page
    with client.get(f"/bulletins/{bulletin_id}/paper") as fetched:
        assert fetched.data == NOTICE
        assert fetched.headers["Content-Disposition"].startswith("attachment")

    # A hash that we did not sign changes nothing; a wrong date is said at its field.
    other = console.context.content.put_bytes(bulletins.wav())
    version = str(bulletins.stored(console, bulletin_id).version)
    edit = {**form, "version": version, "paper_sha256": other, "paper_file": "khac.docx"}
    assert post(client, f"/bulletins/{bulletin_id}/edit", edit).status_code == 302
    with client.get(f"/bulletins/{bulletin_id}/paper") as kept:
        assert kept.data == NOTICE
    wrong = {**edit, "version": str(bulletins.stored(console, bulletin_id).version), "paper_date": "31/2/2026"}
    assert 'id="paper_date-error-1"' in post(client, f"/bulletins/{bulletin_id}/edit", wrong).text
    emptied = {**wrong, "paper_number": "x" * 70, "paper_date": ""}
    assert 'id="paper_number-error-1"' in post(client, f"/bulletins/{bulletin_id}/edit", emptied).text


def test_a_bulletin_without_a_paper_has_none_to_fetch(console: Console) -> None:
    draft = bulletins.write(console)
    client = console.client("editor")
    assert client.get(f"/bulletins/{draft.id}/paper").status_code == 404
    with console.context.uow.reading() as uow:
        assert uow[BulletinPapers].find(draft.id) is None


def test_a_wrong_file_is_refused_at_its_field(console: Console) -> None:
    client = console.client("editor")
    nothing = post(client, "/bulletins/from-paper")
    assert nothing.status_code == 422
    assert 'id="paper-error-1"' in nothing.text
    answer = post(client, "/bulletins/from-paper", {"paper": (io.BytesIO(b"MZ"), "prog.exe")})
    assert answer.status_code == 422
    assert "không phải là tệp DOCX hay PDF" in answer.text
