"""Messages for stations: the publishers of every protocol over which something is pushed to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, of_subject
from cms.platform.store.kinds import OutboxKind
from cms.stations.messages.alerts import StationPublisher
from cms.stations.messages.programmes import ProgrammePublisher
from cms.stations.messages.receivers import ReceiverPublisher
from devices.model import Device


class StationMessages:
    """Publishers over one session, which sees one moment."""

    def __init__(self, means: OutboxMeans) -> None:
        keyring = means.context.keyring
        self._documents = StationPublisher(means.session, keyring, means.context.content)
        self._programmes = ProgrammePublisher(means.session, keyring)

    @property
    def by_kind(self) -> Mapping[OutboxKind, OutboxHandler]:
        """Handlers of the rows about what stations are told."""
        return {
            OutboxKind.STATIONS: of_subject(self._documents.letters),
            OutboxKind.PROGRAMME: of_subject(self._programmes.letters),
            OutboxKind.RECEIVER: of_subject(ReceiverPublisher(self._documents, self._programmes).letters),
        }

    def missed(self, station: Device, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the notices for a station's receiver that has just reconnected."""
        return [*self._documents.missed(station, now), *self._programmes.missed(station, now)]


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handlers of rows about what stations are told."""
    return StationMessages(means).by_kind
