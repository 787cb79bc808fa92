"""Firmware images and roll-outs."""

from __future__ import annotations

from cms.platform.feature import N_, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.firmware",
    tabs=(MenuTab("web.devices", "web.firmware", N_("Phần mềm"), Action.DEVICE_MANAGE, 70),),
    screens=(Screens("web.firmware", ("views",)),),
    api=("api.firmware",),
)
