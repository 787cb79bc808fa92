"""Tickets of technicians."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.tickets",
    tabs=(MenuTab("web.devices", "web.work", N_("Tickets"), Action.DEVICE_READ, 10),),
    screens=(Screens("web.work", ("forms", "views.tickets", "views.work_list")),),
    template_words=(("ticket_words", "labels"),),
    api=("api",),
    state_words=(("/tickets", "labels:STATE"), ("/faults", "labels:STATE")),
)
