"""Files of a version of an alert's report, as responses: the paper, the content, and the signature over both."""

from typing import Final

from flask import Response, send_file

from cms.alert_reports.model import AlertReport
from cms.platform.clean_text import hyphenated
from media.ports import ContentStore
from province.errors import NotFoundError

MEDIA: Final = {"pdf": "application/pdf", "json": "application/json", "jws": "application/jose"}
_NAME_MOST: Final = 60


def sent_file(content: ContentStore, report: AlertReport | None, form: str, headline: str) -> Response:
    """Send a file of a version. Raises NotFoundError: there is no such version, or no such form."""
    if report is None or form not in MEDIA:
        raise NotFoundError("report", form)
    about = hyphenated(headline)[:_NAME_MOST]
    name = f"ho-so-canh-bao-{about}-{report.version}.{form}"
    if form == "jws":
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(report.signature, mimetype=MEDIA[form], headers=headers)
    with content.local_file(report.pdf_sha256 if form == "pdf" else report.json_sha256) as path:
        return send_file(path, mimetype=MEDIA[form], as_attachment=True, download_name=name)
