"""Search over everything a person may open: each feature finds its own things, the menu is searched here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, render_template, request, url_for

from cms.platform.clean_text import folded
from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, MenuTab
from cms.platform.web.languages import _
from cms.platform.web.menu import Menu
from cms.platform.web.request_context import can_anywhere, pages

EXTENSION = "loa-search"
HITS = 6
"""Hits of a kind: whoever wants more has the list with its filters."""
WORDS_MIN, WORDS_MAX = 2, 60


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing found. ``detail`` distinguishes it from others of its name."""

    label: str
    href: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    heading: str
    find: Callable[[str], Sequence[SearchHit]]


def install(app: Flask, menu: Menu, features: Sequence[Feature]) -> None:
    app.extensions[EXTENSION] = (
        _Source(N_("Pages"), lambda words: _pages(menu, words)),
        *(_Source(heading, feature.resolve(name)) for feature in features for heading, name in feature.search),
    )


@pages.get("/search")
def search() -> str:
    """Show what the words find, by kind; nothing for a single letter."""
    words = " ".join(request.args.get("q", "").split())[:WORDS_MAX]
    sources: Sequence[_Source] = current_app.extensions[EXTENSION] if len(words) >= WORDS_MIN else ()
    found = [(_(source.heading), hits) for source in sources if (hits := source.find(words)[:HITS])]
    return render_template("search.html", q=words, found=found, is_asked=len(words) >= WORDS_MIN)


def _pages(menu: Menu, words: str) -> Sequence[SearchHit]:
    wanted = folded(words)
    screens: list[MenuEntry | MenuTab] = [*menu.entries, *menu.tabs]
    shown = [(_(each.label), each.endpoint) for each in screens if can_anywhere(each.action)]
    return [SearchHit(label, url_for(endpoint)) for label, endpoint in shown if wanted in folded(label)]
