"""Page of the design system: every piece of the console in every state, for administrators and tests."""

from flask import render_template

from cms.platform.web import area_picker, messages, request_context
from cms.platform.web.area_picker import AreaNode
from cms.platform.web.request_context import pages
from province.areas import AreaId
from province.people import Action

COLOURS = (
    *("ink", "ink-soft", "paper", "card", "sunken", "line", "line-strong", "brand", "brand-tint", "fill"),
    *("good", "good-tint", "wait", "wait-tint", "bad", "bad-tint", "unknown", "unknown-tint", "live", "drill"),
    "practice",
)
ICONS = (
    *("today", "bulletin", "approve", "calendar", "device", "alert", "more", "stop", "live", "report", "feedback"),
    *("station", "why", "audit", "search", "person", "leave", "close", "undo", "add", "place", "grip"),
    *("good", "wait", "bad", "unknown"),
)


@pages.get("/design")
def components() -> str:
    """Show every piece; the data are examples."""
    request_context.call().require(Action.USER_MANAGE, (), messages.tree())
    leaves = tuple(
        AreaNode(AreaId(f"example-{n}"), area.name, area.kind, ticked=n == 1, open=False, leaves=1)
        for n, area in enumerate(area_picker.outermost_first(Action.AREA_READ)[:4])
    )
    return render_template("components.html", colours=COLOURS, icons=ICONS, nodes=leaves)
