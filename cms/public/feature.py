"""Public pages and open data."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.public",
    screens=(
        Screens(
            "",
            (
                *("views.feedback", "views.feeds", "views.following", "views.open_data", "views.pages"),
                *("views.past_alerts", "views.sharing"),
            ),
        ),
    ),
    public_pages="views.request_context:public",
)
