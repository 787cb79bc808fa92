"""``loa chaos-revoke`` in small: real broker, real gateway."""

from __future__ import annotations

from click.testing import CliRunner

from bench.chaos import revocation
from bench.chaos.revocation import chaos_revoke
from tests.programs import forked_by_supervisor


@forked_by_supervisor(revocation)
def test_nobody_else_is_thrown_off_by_a_revocation_and_a_new_gateway() -> None:
    result = CliRunner().invoke(chaos_revoke, ["--rounds", "2", "--devices", "2", "--hold-s", "1.5"])
    assert result.exit_code == 0, result.output
    assert "2 rounds" in result.output
    assert "0 thrown off, 0 expelled by its expiry list, 0 revoked ones back" in result.output
