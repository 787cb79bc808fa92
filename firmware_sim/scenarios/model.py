"""Scenario: faults of every kind, with their targets and times."""

from firmware_sim.scenarios import device_faults as device
from firmware_sim.scenarios import firmware_faults as firmware
from firmware_sim.scenarios.fault import Strict

AnyFault = (
    device.MainsCut
    | device.SpeakerOpen
    | device.SpeakerShort
    | device.SpeakerEarth
    | device.AmplifierHot
    | device.SilentPlayback
    | device.DiskFull
    | device.DiskReadOnly
    | device.DoorOpen
    | device.OldBattery
    | device.HalfOpenLink
    | device.NatTimeout
    | device.BadNetwork
    | device.Duplicates
    | device.WeakSignal
    | device.CorruptDownload
    | device.SlowServer
    | device.BrokerDown
    | device.ServerDown
    | device.CertificateEnds
    | device.DataUsed
    | firmware.ClockSkew
    | firmware.BadFirmware
    | firmware.ClonedCertificate
    | firmware.CryingBaby
    | firmware.Malformed
    | firmware.Seconds
    | firmware.OldProtocol
    | firmware.Replay
    | firmware.Trespass
)
OF_LOUDSPEAKERS = (
    device.SpeakerOpen,
    device.SpeakerShort,
    device.SpeakerEarth,
    device.AmplifierHot,
    device.SilentPlayback,
)
"""Faults of devices with a loudspeaker: a board or a station's machine is not drawn for them."""
OF_CONNECTED = (
    firmware.Trespass,
    firmware.Malformed,
    firmware.Replay,
    firmware.ClonedCertificate,
    device.CertificateEnds,
)
"""Faults that stay unnoticed on a device that is off or out of reach at their begin: others are drawn first."""


class Scenario(Strict, frozen=True):
    """Scenario. ``lasts``: its length; faults still active then end, and the fleet has time to report."""

    name: str
    lasts: str
    faults: tuple[AnyFault, ...]
