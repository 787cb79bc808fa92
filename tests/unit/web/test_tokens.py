"""Tokens of the design: contrast in every mode, and the files that they name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cms.platform.web.components import COLOURS, ICONS

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "cms" / "platform" / "web"
TOKENS = (WEB / "static" / "tokens.css").read_text()
TEXT, EDGE = 4.5, 3.0
"""WCAG 2.2: least contrast of text, and of what must be seen without being read."""
MODES = {
    "light": [""],
    "dark": ["", "screen and (prefers-color-scheme: dark)"],
    "contrast": ["", "(prefers-contrast: more)"],
    "dark-contrast": [
        *("", "screen and (prefers-color-scheme: dark)", "(prefers-contrast: more)"),
        "screen and (prefers-contrast: more) and (prefers-color-scheme: dark)",
    ],
}
PAIRS = [
    *[
        ("ink", ground)
        for ground in ("paper", "card", "sunken", "sea", "brand-tint", "good-tint", "wait-tint", "bad-tint")
    ],
    *[("ink-soft", ground) for ground in ("paper", "card", "brand-tint", "good-tint", "wait-tint", "bad-tint")],
    *[("brand", ground) for ground in ("paper", "card", "brand-tint", "good-tint", "wait-tint", "bad-tint")],
    *[(state, f"{state}-tint") for state in ("good", "wait", "bad", "unknown")],
    *[(state, "card") for state in ("good", "wait", "bad", "live-ink")],
    *[("on-fill", ground) for ground in ("fill", "fill-hover", "live", "live-dark", "drill", "drill-dark", "practice")],
    *[("on-fill", level) for level in ("l1", "l2", "l3")],
    ("ink", "sea"),
    ("on-chrome", "chrome"),
    ("focus-on-chrome", "chrome"),
]
EDGES = [("line-strong", "card"), ("line-strong", "paper"), ("focus", "card"), ("focus", "paper")]


def colours_of(mode: str) -> dict[str, str]:
    """Return the colour of each token in this mode, as the cascade gives it."""
    found: dict[str, str] = {}
    for condition in MODES[mode]:
        for block in re.findall(_block(condition), TOKENS):
            found |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block))
    return found


def _block(condition: str) -> str:
    return rf"(?s)@media {re.escape(condition)} \{{\n  :root \{{(.*?)\}}" if condition else r"(?sm)^:root \{(.*?)^\}"


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", MODES)
def test_every_pair_of_text_and_ground_can_be_read(mode: str) -> None:
    known = colours_of(mode)
    weak = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in PAIRS}
    assert {pair: value for pair, value in weak.items() if value < TEXT} == {}


@pytest.mark.parametrize("mode", MODES)
def test_edges_of_fields_and_of_the_focus_can_be_seen(mode: str) -> None:
    known = colours_of(mode)
    weak = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in EDGES}
    assert {pair: value for pair, value in weak.items() if value < EDGE} == {}


def test_a_mode_changes_only_tokens_that_there_are() -> None:
    assert {mode: set(colours_of(mode)) - set(colours_of("light")) for mode in MODES} == {mode: set() for mode in MODES}


def test_the_typeface_is_asked_for_in_the_version_that_is_installed() -> None:
    version = json.loads((ROOT / "package.json").read_text())["dependencies"]["@fontsource/be-vietnam-pro"]
    preloaded = re.findall(r"v='([\d.]+)'", (WEB / "templates" / "_look.html").read_text())
    assert {*re.findall(r"woff2\?v=([\d.]+)", TOKENS), *preloaded} == {version}


def test_every_token_in_use_is_declared() -> None:
    sheets = [path.read_text() for path in (WEB / "static").glob("*.css")]
    used = {name for sheet in sheets for name in re.findall(r"var\(--([a-z0-9_-]+)\)", sheet)}
    declared = {name for sheet in sheets for name in re.findall(r"--([a-z0-9_-]+):", sheet)}
    assert used - declared == set()
    assert set(COLOURS) <= declared


def test_every_icon_in_use_is_in_the_sprite_and_on_the_page_of_the_design() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (WEB / "static" / "icons.svg").read_text()))
    templates = [path.read_text() for path in (ROOT / "cms").rglob("*.html")]
    used = {name for text in templates for name in re.findall(r"icon\('([a-z]+)'\)", text)}
    assert used - drawn == set()
    assert drawn == set(ICONS)


def test_no_screen_uses_the_browser_s_own_fields_for_dates_and_times() -> None:
    native = re.compile(r"""<input[^>]*type=["'](date|time|datetime-local|month|week)["']""")
    assert [path.name for path in (ROOT / "cms").rglob("*.html") if native.search(path.read_text())] == []
