"""Reports and figures."""

from __future__ import annotations

from cms.platform.feature import NC_, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.reports",
    menu=(
        MenuEntry(
            "web.reports", NC_("nhiều", "Báo cáo"), Action.DELIVERY_READ, 60, label_function="views.files:menu_label"
        ),
    ),
    screens=(Screens("web.reports", ("views.files", "views.reports")),),
    api=("api",),
)
