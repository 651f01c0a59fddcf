"""Errors of reports."""

from shared.runtime.errors import NotFound


class ReportNotFound(NotFound):
    """The caller has no report with this id."""

    code = "report_not_found"
    title = "Report not found"
