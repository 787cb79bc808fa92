"""Fleet in real time into which a scenario's faults are injected from its start on."""

from collections.abc import Iterable, Sequence

from bench.fault_injection.flash import FailingDisk
from bench.fault_injection.real_time import InjectedDevice, InjectedFleet
from bench.scenarios.fault import End, SharedFault
from bench.scenarios.injection import ScenarioStage
from bench.scenarios.reader import Scenario
from firmware_sim.host.device import SimulatedDevice
from firmware_sim.host.fleet import Fleet
from firmware_sim.host.fleet_options import FleetOptions
from firmware_sim.network.fetch import FetchPool
from firmware_sim.network.link import Crowd
from firmware_sim.provisioning.bundle import Bundle


class ScenarioFleet(Fleet):
    """Fleet whose devices and links have the faults of a scenario, timed from the start."""

    def __init__(self, options: FleetOptions, scenario: Scenario) -> None:
        super().__init__(options)
        self._scenario = scenario

    def start(self, bundles: Iterable[Bundle], pool: FetchPool, crowd: Crowd) -> Sequence[InjectedDevice]:
        """Make the devices with fault injection, and schedule the scenario."""

        def make(device: InjectedDevice, bundle: Bundle) -> SimulatedDevice:
            flash = FailingDisk(self.options.flash / device.name, device.wear)
            return self.make_device(
                bundle, pool, crowd, name=device.name, flash=flash, physics=device.physics, hooks=device.hooks
            )

        fleet = InjectedFleet(
            make=make,
            physics=self.physics,
            start=lambda device: self.live(device.run()),
            flash=self.options.flash,
            log=self.options.out / "scenario.jsonl",
            seed=self.options.seed,
        )
        devices = [fleet.add(bundle) for bundle in bundles]
        ScenarioStage(self._scenario, fleet, for_all=_not_from_here).set_up()
        return devices


def _not_from_here(fault: SharedFault) -> End:
    """Reject a fault of shared infrastructure, which ``reader.in_real_time`` has refused already."""
    raise TypeError(fault)
