"""Help: the manuals in the console, by task and by screen."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.help",
    screens=(Screens("", ("views.pages",)),),
    search=((N_("Help"), "views.pages:find"),),
)
