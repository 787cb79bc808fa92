"""Help: the manuals in the console, by task and by screen, and the first steps of newcomers."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.help",
    screens=(Screens("", ("views.first_steps", "views.pages")),),
    search=((N_("Help"), "views.pages:find"),),
)
