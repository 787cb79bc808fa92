"""Accessibility violations of a page, as axe-core finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

_AXE: Final = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
_NODES_SHOWN: Final = 3


# Rules of less impact are not run. Filtered in the page: transferring axe's whole report takes as long as the check.
_ASK: Final = """(() => {
  const told = ["serious", "critical"];
  const left = axe._audit.rules.filter((rule) => !told.includes(rule.impact));
  const rules = Object.fromEntries(left.map((rule) => [rule.id, { enabled: false }]));
  return axe.run({ rules, resultTypes: ["violations"], selectors: false, preload: false }).then(({ violations }) =>
    violations.filter((each) => told.includes(each.impact)).flatMap((each) =>
      each.nodes.slice(0, %d).map((node) =>
        `${each.id}: ${node.html.slice(0, 200)} ${node.any.length ? node.any[0].message : ""}`)));
})()"""


def equip(page: Page) -> None:
    """Have every document of the page begin with axe: for many checks half as dear as sending it to each."""
    page.add_init_script(_AXE.read_text())


def shut_out(page: Page) -> list[str]:
    """Return the serious and critical violations, each with its elements."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE.read_text())
    found: list[str] = page.evaluate(_ASK % _NODES_SHOWN)
    return found
