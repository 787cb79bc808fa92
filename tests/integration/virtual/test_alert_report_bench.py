from click.testing import CliRunner

from bench.alert_report import alert_report


def test_reports_and_forecasts_of_drawn_shapes_are_what_the_street_knows() -> None:
    done = CliRunner().invoke(alert_report, ["--shapes", "2", "--loudspeakers", "12", "--province", "0"])
    assert done.exit_code == 0, done.output
    for figure in ("covered_share_error_max", "report_after_end_max", "forecast_people_share_error_max"):
        assert figure in done.output
