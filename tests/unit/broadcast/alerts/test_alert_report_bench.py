from click.testing import CliRunner

from bench.alert_report import alert_report


def test_the_bench_finds_the_figures_within_their_limits() -> None:
    done = CliRunner().invoke(alert_report, ["--shapes", "1", "--json"])
    assert done.exit_code == 0, done.output
    assert "heard_share_error_max" in done.output
