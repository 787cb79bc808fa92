"""Waits for state that no element of a page shows: the state of a player, the ink on a canvas."""

from __future__ import annotations

import re
from time import monotonic
from typing import Final

from playwright.sync_api import FloatRect, Locator, Page
from playwright.sync_api import TimeoutError as NotYetError

# On a free machine the wait is short; one that runs all tests at a time may take this long.
DEADLINE_MS: Final = 120_000
LOOK_MS: Final = 1_000
SETTLED: Final = "!document.querySelector('[hx-trigger=load], .htmx-request, #timeline:empty')"
TWO_FRAMES: Final = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
INKED: Final = """(() => {
  const canvas = document.querySelector("canvas");
  if (!canvas) return false;  // the page is on its way
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part) => part > 0);
})()"""


def until(page: Page, condition: str) -> None:
    """Wait until the JavaScript expression holds, evaluated before each frame.

    Playwright's own ``wait_for_function`` evaluates text each time, which the console's content security policy
    forbids; under that policy it only finds conditions that hold at once. An element that has not arrived yet, as on a
    slow line, is one that does not hold yet.
    """
    page.evaluate(
        f"""() => new Promise((resolve, reject) => {{
          const last = performance.now() + {DEADLINE_MS};
          let missing = "";
          const holds = () => {{
            try {{ return {condition}; }} catch (error) {{ missing = `: ${{error}}`; return false; }}
          }};
          const look = () => {{
            if (holds()) resolve();
            else if (performance.now() > last) reject(new Error(`never held${{missing}}`));
            else requestAnimationFrame(look);
          }};
          look();
        }})"""
    )


def at_rest(page: Page, target: Locator) -> FloatRect:
    """Return the box of an element once it has been at one place for ten frames: a pointer would miss a moving one."""
    last_s = monotonic() + DEADLINE_MS / 1000
    box = None
    while box is None or box != target.bounding_box():
        assert monotonic() < last_s, "never at rest"
        box = target.bounding_box()
        page.evaluate(
            """() => new Promise((resolve) => {
              let frames = 10;
              const look = () => (frames-- > 0 ? requestAnimationFrame(look) : resolve());
              look();
            })"""
        )
    return box


def found_anew(page: Page, target: Locator) -> Locator:
    """Reload the page until the element shows, and return it."""
    last_s = monotonic() + DEADLINE_MS / 1000
    while True:
        try:
            target.wait_for(timeout=LOOK_MS)
        except NotYetError:
            if monotonic() > last_s:
                raise
            page.reload()
        else:
            return target


def recorded_for_two_seconds(of: str) -> re.Pattern[str]:
    """Return the pattern of a recorder's display from two seconds on: polling may miss any single second."""
    return re.compile(rf"0:(0[2-9]|[1-5]\d) / {of}")
