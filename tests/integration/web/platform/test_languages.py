"""A language of the screens is one catalogue: no code names it."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms import translations
from scripts import catalogue
from tests.builders.public_pages import PAGE
from tests.console import Console

VIETNAMESE = re.compile("[ăđơư\u0300-\u036f]", re.IGNORECASE)
HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Sign in"
msgstr "Se connecter"

msgid "Communes"
msgstr ""

msgid "Nobody says this"
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
    assert (
        '<button class="plain" name="language" value="fr" lang="fr"><span class="words">Français</span>'
        in client.get("/sign-in").text
    )


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
    assert "Communes" in found
    assert "Sign out" in found
    assert "Sign in" not in found
    assert "unused: Nobody says this" in found


def test_a_translation_without_a_figure_of_its_message_is_a_gap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (translations.FOLDER / "vi.po").read_text(encoding="utf-8")
    broken = text.replace('msgstr "Âm lượng %(n)s %%."', 'msgstr "Âm lượng %%."')
    assert broken != text
    (tmp_path / "vi.po").write_text(broken, encoding="utf-8")
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    assert catalogue.gaps("vi") == ["Volume %(n)s %%."]


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        translations.translations("tlh")


def test_message_ids_are_english() -> None:
    said = (message.id for message in catalogue.said())
    ids = {form for each in said for form in ([each] if isinstance(each, str) else each)}
    assert len(ids) > 3000
    assert {each for each in ids if VIETNAMESE.search(unicodedata.normalize("NFD", each))} == set()


def test_vietnamese_letters_are_known_by_their_marks() -> None:
    assert all(VIETNAMESE.search(unicodedata.normalize("NFD", each)) for each in ("Đài", "tắt", "hủy", "ơ", "ư"))
    assert not VIETNAMESE.search(unicodedata.normalize("NFD", "Stop 95 % … “now” · ▲"))


@pytest.mark.parametrize("language", translations.languages())
def test_every_sentence_has_its_translation_and_none_is_left_over(language: str) -> None:
    assert catalogue.gaps(language) == []


@pytest.mark.parametrize("language", translations.languages())
def test_renewing_a_complete_catalogue_changes_nothing(
    language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / f"{language}.po"
    before = (translations.FOLDER / copy.name).read_bytes()
    copy.write_bytes(before)
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    catalogue.renew(language)
    assert copy.read_bytes() == before
