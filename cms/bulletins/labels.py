"""Words of bulletins: facts compared, refused papers, and the reasons for which a length is not possible."""

from broadcast.bulletins.cues import NoCut
from broadcast.bulletins.transcripts import FactKind
from cms.platform.web import formats
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from province.errors import Problem

_SECOND_MS = 1000


FACT: dict[str, LabelText] = {
    FactKind.HOUR: __("Time of day"),
    FactKind.DATE: __("Date"),
    FactKind.PLACE: __("Place"),
    FactKind.FIGURE: __("Figure or amount"),
}
WHY_NOT: dict[NoCut, LabelText] = {
    NoCut.RELAYED: __("This bulletin relays another broadcaster's programme: change the length in the bulletin."),
    NoCut.SPOKEN: __("A voice reads the whole text, it is not cut off. To have it shorter, edit the text."),
    NoCut.UNMEASURED: __("The sound is not made yet, so its length is not known. Wait until it is, then look again."),
    NoCut.SUBMITTED: __("The bulletin waits for approval. Take it back for editing, then it can be shortened."),
    NoCut.NOT_YOURS: __("You may not edit this bulletin. Ask its author to shorten it."),
    NoCut.FROZEN: __("It is about to air and cannot be edited now. Shorten it when it has aired."),
    NoCut.TOO_LITTLE: __("Too little of the bulletin would be left. Choose another way."),
}


def _longer(problem: Problem) -> str:
    longest = formats.duration(int(problem.detail["longest_ms"]) // _SECOND_MS * _SECOND_MS)
    return _("The recording lasts for %(length)s only. Enter less.", length=longest)


def _shorter(problem: Problem) -> str:
    shortest = formats.duration(-(-int(problem.detail["shortest_ms"]) // _SECOND_MS) * _SECOND_MS)
    return _("The shortest is %(length)s. Enter more.", length=shortest)


FIELDS: dict[str, LabelText] = {"genre": __("Kind of item"), "transcript": __("What the recording says")}
PROBLEMS: dict[str, Sentence] = {
    "GENRE_UNKNOWN": __("There is no such kind of item. Choose one of the list."),
    "VERSION_LANGUAGE": __("There is a version in this language already. Choose another language."),
    "PAPER_FORMAT": __("This is neither a DOCX nor a PDF. Save an older DOC as DOCX first, then choose it."),
    "PAPER_SIZE": __("The file is too large. Choose one of at most 20 MB, without pictures if possible."),
    "PAPER_PAGES": __("The paper has more than 60 pages. Take the pages that are to be announced."),
    "PAPER_LOCKED": __("The file is locked by a password. Choose one without."),
    "PAPER_SCANNED": __(
        "There is no text in the file: it is scanned, or a picture. Ask for the file it was printed from, or type it."
    ),
    "PAPER_BROKEN": __("The file could not be read. Open it, save it anew, then choose it again."),
    "PAPER_BUSY": __("Other papers are being read. Choose it again in a few seconds."),
    "LONGER_THAN_RECORDING": _longer,
    "LENGTH_TOO_SHORT": _shorter,
    "TOO_LARGE_TO_KEEP": __("Draft not saved: it is too long. It is kept on this computer; shorten the text."),
    "TOO_MANY_UNFINISHED": __(
        "Draft not saved: you have %(max)s unfinished bulletins already. Save or discard one of them, in the list of "
        "bulletins."
    ),
    "SIGNATURE_TOO_LARGE": __("This file is too large to be a detached signature."),
    "SIGNATURE_NO_ANCHORS": __(
        "The server trusts no certificate yet. Ask the administrator of the server to name those to be trusted."
    ),
    "SIGNATURE_NOT_CMS": __("This file is no digital signature in CMS/PKCS#7 (.p7s)."),
    "SIGNATURE_NOT_DETACHED": __("The signature holds the document itself. Sign again, detached."),
    "SIGNATURE_ONE_SIGNER": __("The file has to have exactly one signer."),
    "SIGNATURE_TIME": __(
        "The time in the signature is not between the approval and now. Check the clock of the signing computer."
    ),
    "SIGNATURE_BROKEN": __(
        "The signature cannot be verified: it is damaged, or uses an algorithm that is no longer safe."
    ),
    "SIGNATURE_OTHER_DOCUMENT": __(
        "The signature is of another document. Download this approval's document and sign again."
    ),
    "SIGNATURE_OTHER_PAPER": __(
        "This is not the PDF that was downloaded here with a signature added to it. Download it again and sign that "
        "very file: not printed, scanned, converted or saved anew."
    ),
    "SIGNATURE_CHANGED_PAPER": __(
        "Besides the signature, something else was changed in the PDF. Download it again and only sign it."
    ),
    "SIGNATURE_CERTIFICATE_TIME": __("The certificate was not valid at the time of signing."),
    "SIGNATURE_REVOKED": __("The certificate was revoked."),
    "SIGNATURE_UNTRUSTED": __(
        "The certificate was issued by nobody whom the server trusts, or may not be used to sign."
    ),
    **{f"NO_CUT_{reason.name}": sentence for reason, sentence in WHY_NOT.items()},
}
