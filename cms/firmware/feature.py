"""Firmware images and roll-outs."""

from __future__ import annotations

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.firmware",
    tabs=(MenuTab("web.devices", "web.firmware", N_("Firmware"), Action.DEVICE_MANAGE, 70),),
    screens=(Screens("web.firmware", ("views",)),),
    api=("api.firmware",),
)
