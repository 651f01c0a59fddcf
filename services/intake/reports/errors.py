"""What reports are refused with."""

from shared.runtime.errors import NotFound


class ReportNotFound(NotFound):
    """There is no such report of the caller's."""

    code = "report_not_found"
    title = "There is no such report"
