"""Waiting for what a page shows on no element: the state of a player, the ink on a canvas."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

DEADLINE_MS: Final = 20_000
INKED: Final = """(() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part) => part > 0);
})()"""


def until(page: Page, condition: str) -> None:
    """Until the JavaScript expression holds, asked before each frame.

    Playwright's own ``wait_for_function`` evaluates text again for every look, which the console's content security
    policy forbids: there it can only find what holds at once.
    """
    page.evaluate(
        f"""() => new Promise((resolve, reject) => {{
          const last = performance.now() + {DEADLINE_MS};
          const look = () => {{
            if ({condition}) resolve();
            else if (performance.now() > last) reject(new Error("never held"));
            else requestAnimationFrame(look);
          }};
          look();
        }})"""
    )
