"""Content on S3, chosen by settings alone, served to devices by the front of a running server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms import bootstrap
from cms.platform.settings import Settings
from cms.platform.web import security
from media.s3 import S3ContentStore
from tests.integration.front.webs import Webs, open_webs
from tests.object_server import ACCESS_KEY, SECRET_KEY, ObjectServer

DATA = b"OggS" + os.urandom(199_996)


@pytest.fixture
def webs(object_server: ObjectServer, tmp_path: Path) -> Iterator[Webs]:
    access, home = object_server.access(), tmp_path / "loa"
    (home / "keys").mkdir(parents=True, mode=0o700)
    (home / "keys" / bootstrap.S3_KEY_FILE).write_text(f"{SECRET_KEY}\n")
    with open_webs(
        home,
        s3_endpoint=access.endpoint,
        s3_bucket=access.bucket,
        s3_access_key=ACCESS_KEY,
        s3_timeout_s=3.0,
        upload_disk_min_mb=0,
    ) as found:
        yield found


def reasons(webs: Webs) -> list[str]:
    token = security.metrics_token(webs.context.settings.keys_dir)
    answer = webs.get("/health/ready", Authorization=f"Bearer {token}")
    return [each["code"] for each in answer.json()["reasons"]]


def test_a_device_fetches_what_another_host_stored_also_while_the_bucket_is_away(
    webs: Webs, object_server: ObjectServer, tmp_path: Path
) -> None:
    chosen = {"home": tmp_path / "worker", "s3_secret_key": SECRET_KEY, "s3_timeout_s": 20.0}
    elsewhere = bootstrap.content_store_of(Settings.model_validate(webs.context.settings.model_dump() | chosen))
    assert isinstance(webs.context.content, S3ContentStore)
    sha256, later = elsewhere.put_bytes(DATA), elsewhere.put_bytes(b"later")
    assert "CONTENT_AWAY" not in reasons(webs)

    whole = webs.get(f"/content/{sha256}?as=mp3")
    assert (whole.status, whole.data, whole.headers["Content-Type"]) == (200, DATA, "audio/mpeg")
    assert "immutable" in whole.headers["Cache-Control"]
    assert "X-Accel-Redirect" not in whole.headers
    part = webs.get(f"/content/{sha256}", Range="bytes=100-199")
    assert (part.status, part.data, part.headers["Content-Range"]) == (206, DATA[100:200], "bytes 100-199/200000")
    assert webs.get(f"/content/{sha256}", If_None_Match=whole.headers["ETag"]).status == 304
    assert webs.get(f"/content/{'0' * 64}").status == 404

    with object_server.frozen():
        assert webs.get(f"/content/{sha256}").data == DATA
        refused = webs.get(f"/content/{later}")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "15")
        assert "CONTENT_AWAY" in reasons(webs)
    assert not webs.context.settings.content_dir.exists()
