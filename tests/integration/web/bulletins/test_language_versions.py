"""A bulletin in several languages: linked, marked when another changes, shown together to the approver."""

from __future__ import annotations

from broadcast.bulletins.model import BulletinId
from cms.bulletins.repository.language_versions import LanguageVersions
from tests.builders import bulletins
from tests.console import COMMUNE, Console, post
from tests.integration.web.bulletins.test_editor import saved, write

ONCE: dict[str, object] = {
    "areas": [COMMUNE],
    "s-1-kind": "once",
    "s-1-at": "11:20",
    "s-1-move-on": [],
    "s-1-move-to": [],
}


def outdated(console: Console, bulletin_id: BulletinId) -> bool:
    with console.context.uow.reading() as uow:
        return uow[LanguageVersions].get(bulletin_id).outdated_at is not None


def test_a_version_is_written_compared_and_approved_beside_the_other(console: Console) -> None:
    client = console.client("editor")
    source = bulletins.write(console, "Tiêm phòng dại")
    form = client.get(f"/bulletins/new?version_of={source.id}").text
    assert f'name="version_of" value="{source.id}"' in form
    assert source.text in form
    english = {"title": "Rabies vaccination", "text": "Bring your dogs.", "language": "en", "version_of": source.id}
    made = saved(console, write(client, **{**ONCE, **english}))
    for page, other in ((source, "Tiếng Anh: Rabies vaccination"), (made, "Tiếng Việt: Tiêm phòng dại")):
        assert other in client.get(f"/bulletins/{page.id}").text

    bulletins.edit(console, bulletins.again(console, source), text="Hoãn tiêm sang thứ ba.")
    assert (outdated(console, source.id), outdated(console, made.id)) == (False, True)
    assert "có thể đã cũ" in client.get(f"/bulletins/{source.id}").text
    sent = bulletins.submit(console, bulletins.make_sound(console, bulletins.again(console, made)))
    approving = console.client("approver").get(f"/bulletins/{sent.id}/approval").text
    assert "Hoãn tiêm sang thứ ba." in approving
    assert "có thể đã cũ" in approving

    assert post(client, f"/bulletins/{made.id}/version").status_code == 302
    assert post(client, f"/bulletins/{made.id}/version").status_code == 302
    assert not outdated(console, made.id)


def test_a_changed_translation_is_up_to_date_and_marks_nothing(console: Console) -> None:
    client = console.client("editor")
    source = bulletins.write(console)
    made = saved(console, write(client, **{**ONCE, "language": "en", "version_of": source.id}))
    bulletins.edit(console, bulletins.again(console, source), title="Tiêm phòng dại đợt 2")
    bulletins.edit(console, bulletins.again(console, made), text="Second round")
    assert (outdated(console, source.id), outdated(console, made.id)) == (False, False)
    bulletins.edit(console, bulletins.again(console, made), topic="other")
    assert not outdated(console, source.id)


def test_a_language_has_one_version_and_a_stranger_cannot_link_to_what_they_may_not_read(console: Console) -> None:
    client = console.client("editor")
    source = bulletins.write(console)
    same = write(client, **{**ONCE, "language": "vi", "version_of": source.id})
    assert same.status_code == 422
    assert "Đã có bản" in same.text
    first = saved(console, write(client, **{**ONCE, "language": "en", "version_of": source.id}))
    again = write(client, **{**ONCE, "language": "en", "version_of": first.id})
    assert again.status_code == 422
    third = saved(console, write(client, **{**ONCE, "language": "zh", "version_of": first.id}))
    assert client.get(f"/bulletins/{third.id}").text.count("Tiêm phòng dại") > 1
    far = post(console.client("far-operator"), f"/bulletins/{source.id}/version")
    assert far.status_code == 404
    assert post(client, f"/bulletins/{bulletins.write(console).id}/version").status_code == 404
