"""Text boards: pictures and screens."""

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.boards",
    screens=(
        Screens("web.bulletins", ("views.boards",)),
        Screens("web.devices", ("views.screens",)),
    ),
    api=("api",),
)
