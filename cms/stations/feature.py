"""Stations, their programmes and offers."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.stations",
    menu=(MenuEntry("web.stations", N_("Stations"), Action.STATION_READ, 100, "station", work=Action.PROGRAMME_TAKE),),
    screens=(Screens("web.stations", ("views.offers", "views.portal", "views.stations")),),
    template_words=(("station_words", "labels"),),
    api=("api.days", "api.offers", "api.stations"),
    problem_words=("labels:PROBLEMS",),
    outbox="messages.outbox:handlers",
    commands=(("station", "cli.station:station"),),
)
