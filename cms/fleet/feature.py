"""Fleet: devices, registration and claims."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.fleet",
    menu=(
        MenuEntry(
            "web.devices", N_("Devices"), Action.DEVICE_READ, 50, "device", is_main=True, work=Action.DEVICE_MANAGE
        ),
    ),
    tabs=(
        MenuTab("web.devices", "web.devices", N_("List"), Action.DEVICE_READ, 30),
        MenuTab("web.devices", "web.device_map", N_("Map"), Action.DEVICE_READ, 40),
        MenuTab("web.devices", "web.fleet", N_("The whole fleet"), Action.DEVICE_READ, 50),
        MenuTab("web.devices", "web.registrations", N_("New boxes"), Action.DEVICE_MANAGE, 60),
    ),
    screens=(
        Screens("web.devices", ("views.devices", "views.lifecycle")),
        Screens("web.fleet", ("views.overview",)),
        Screens("web.registrations", ("views.claims", "views.registrations")),
    ),
    template_words=(("device_words", "labels.devices"), ("lifecycle_words", "labels.lifecycle")),
    search=((N_("Devices"), "views.search:found_in_fleet"),),
    api=("api.filters", "api.lifecycle"),
    problem_words=("labels.lifecycle:PROBLEMS",),
    outbox="messages:handlers",
    commands=(("devices", "cli:devices"),),
)
