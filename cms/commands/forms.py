"""Form of a remote command: fields as typed, and their conversion to ``Asking``."""

import re
from dataclasses import dataclass

from cms.commands.service.batch_preview import REASON_MAX, Asking, DeviceSelection
from cms.platform.web import area_picker, request_context
from cms.platform.web.typed_form import TypedForm, chosen, entry, ticked
from devices.commands.model import Arguments, CommandKind
from devices.model import DeviceId, DeviceKind
from province.areas import AreaTree
from province.errors import InvalidError, Problem
from province.people import Action

_IDS_MAX = 60_000
_BETWEEN = re.compile(r"[\s,;]+")
_DIGITS_MAX = 4
DOUBT = {"yes": True, "no": False}
ONLINE = {"": None, "yes": True, "no": False}


@dataclass(frozen=True)
class ActingForm(TypedForm):
    """Form of a command batch. ``key`` becomes the id of a new batch; ``shown`` is the mark of the preview seen."""

    kind: str = entry(CommandKind.RESYNC.value)
    volume: str = entry()
    is_audible: bool = ticked(sent_as="audible")
    doubt: str = entry()
    reason: str = entry(most=REASON_MAX + 1)
    ids: str = entry(most=_IDS_MAX)
    areas: tuple[str, ...] = chosen()
    of_kind: str = entry()
    online: str = entry()
    key: str = entry()
    shown: str = entry()


def read(form: ActingForm, tree: AreaTree, *device_ids: DeviceId) -> Asking:
    """Convert the form. Raise InvalidError with every field that cannot be read.

    ``device_ids``: the devices of a page that is about one device; else those typed.
    """
    if form.kind not in set(CommandKind):
        raise InvalidError([Problem("kind", "MISSING")])
    kind = CommandKind(form.kind)
    volume_pct = None
    if kind is CommandKind.VOLUME:
        volume_pct = _per_cent(form.volume)
    alerts_pass = kind is CommandKind.QUARANTINE and not key_in_doubt(form.doubt)
    areas = (
        area_picker.targets_of(form.areas, tree, request_context.today(), Action.DEVICE_MANAGE).areas
        if form.areas
        else ()
    )
    named = device_ids or tuple(DeviceId(name) for name in _BETWEEN.split(form.ids) if name)
    return Asking(
        kind,
        Arguments(volume_pct, form.is_audible and kind is CommandKind.SELFTEST, alerts_pass),
        DeviceSelection(
            areas,
            named,
            DeviceKind(form.of_kind) if form.of_kind in set(DeviceKind) else None,
            ONLINE.get(form.online),
        ),
        form.reason,
    )


def key_in_doubt(answer: str) -> bool:
    """Return whether somebody else may have the device's key. Raises InvalidError if the form does not say."""
    if answer not in DOUBT:
        raise InvalidError([Problem("doubt", "DOUBT_MISSING")])
    return DOUBT[answer]


def _per_cent(text: str) -> int | None:
    """Read a percentage; None if empty, and -1 if it is not a number, so that the rules refuse it as out of range."""
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else -1
