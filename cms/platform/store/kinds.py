"""Kinds of outbox rows and of jobs, and names of the queues: without the libraries that carry them."""

from enum import StrEnum
from typing import Final

QUEUE: Final = "loa.jobs"
URGENT_QUEUE: Final = "loa.urgent"
"""Jobs that an alert waits for. A worker of its own takes them: no half-hour recording delays them, and none of those
that yield the processor to other programs begins one."""


class OutboxKind(StrEnum):
    """Kinds of outbox rows. The message is made and signed when it is sent, never stored signed.

    PLAN: replan this area · MANIFEST: publish this area's manifest · DESIRED: publish this device's ·
    CANCEL: cancel the occurrences in ``payload`` in this area · RECEIPT: confirm that a device's records are stored ·
    ALERT: send the order · ALERT_END: withdraw the order · STOP: silence what the stop names ·
    STATIONS: send the stations this CAP document · PROGRAMME: send them this programme ·
    RECEIVER: send this device all that is meant for it as a station's receiver, and clear the rest ·
    LIVE: open or close the loudspeakers for this live address, or have them sound what was recorded for it ·
    REVOCATION: update the broker's revocation lists, and end this device's connection (empty: no connection) ·
    INSTALL: send a device its image, or withdraw it · UNKNOWN_END: end an order that only devices know ·
    CANARY: send the canary an alert of its own · LOCAL_ORDERS: send a device what may be raised there.
    """

    PLAN = "plan"
    MANIFEST = "manifest"
    DESIRED = "desired"
    CANCEL = "cancel"
    RECEIPT = "receipt"
    ALERT = "alert"
    ALERT_END = "alert_end"
    STOP = "stop"
    STATIONS = "stations"
    LIVE = "live"
    PROGRAMME = "programme"
    RECEIVER = "receiver"
    REVOCATION = "revocation"
    INSTALL = "install"
    UNKNOWN_END = "unknown_end"
    CANARY = "canary"
    LOCAL_ORDERS = "local_orders"


class JobKind(StrEnum):
    """Kinds of background jobs; ``subject_id`` is the id of the bulletin, alert, phrase, chime and so on.

    Jobs of an alert go before others: the speech that its approval waits for, then PREPARE_ALERT_SOUND, the one of its
    later rounds and of what may follow it. Then come those for which somebody waits at the screen.
    """

    MAKE_SOUND = "make_sound"
    MAKE_ALERT_SOUND = "make_alert_sound"
    PREPARE_ALERT_SOUND = "prepare_alert_sound"
    MAKE_LOCAL_SPEECH = "make_local_speech"
    CHECK_PHRASE = "check_phrase"
    MAKE_CHIME = "make_chime"
    MAKE_ADDRESS = "make_address"
    COUNT_FIGURES = "count_figures"
    MAKE_REPORT = "make_report"
    MAKE_ALERT_REPORT = "make_alert_report"
    MAKE_PROGRAMME = "make_programme"
    MAKE_OFFER = "make_offer"
    MAKE_LISTENING_TEST = "make_listening_test"
    MAKE_PREVIEW = "make_preview"
