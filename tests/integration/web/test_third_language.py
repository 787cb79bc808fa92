"""A language of the screens is one catalogue: no code names it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms import translations
from cms.platform.web import catalogue
from tests.console import Console
from tests.public_room import PAGE

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Đăng nhập"
msgstr "Se connecter"

msgid "Các xã"
msgstr ""

msgid "Không ai nói câu này"
msgstr "Personne ne dit cela"
"""


@pytest.fixture
def french(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for path in translations.FOLDER.glob("*.po"):
        shutil.copy(path, tmp_path)
    (tmp_path / "fr.po").write_text(HEAD, encoding="utf-8")
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    _forget()
    yield
    _forget()


def _forget() -> None:
    translations.languages.cache_clear()
    translations.translations.cache_clear()


@pytest.mark.usefixtures("french")
def test_a_catalogue_is_all_that_a_third_language_needs(console: Console) -> None:
    client = console.app.test_client()
    page = client.get("/sign-in", headers={"Accept-Language": "fr-FR,fr"}).text
    assert '<html lang="fr">' in page
    assert "Se connecter" in page
    assert [tag for tag in ("vi", "en", "fr") if f'name="language" value="{tag}"' in page] == ["vi", "en"]
    assert '<button class="plain" name="language" value="fr" lang="fr">Français</button>' in client.get("/sign-in").text


@pytest.mark.usefixtures("french")
def test_public_pages_offer_it_and_keep_it_in_their_links(console: Console) -> None:
    page = console.app.test_client().get(f"{PAGE}?lang=fr").text
    assert '<html lang="fr">' in page
    assert 'hreflang="vi"' in page
    assert 'hreflang="en"' in page
    assert 'href="/cong-khai/?lang=fr"' in page


@pytest.mark.usefixtures("french")
def test_its_gaps_and_leftovers_are_known() -> None:
    found = catalogue.gaps("fr")
    assert "Các xã" in found
    assert "Đăng xuất" in found
    assert "Đăng nhập" not in found
    assert "unused: Không ai nói câu này" in found


def test_a_translation_without_a_figure_of_its_message_is_a_gap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (translations.FOLDER / "en.po").read_text(encoding="utf-8")
    broken = text.replace('msgstr "Volume %(n)s %%."', 'msgstr "Volume %%."')
    assert broken != text
    (tmp_path / "en.po").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    assert catalogue.gaps("en") == ["Âm lượng %(n)s %%."]


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        translations.translations("tlh")
