"""The client as partners install it: a wheel with all that is made, which needs httpx and attrs and nothing of ours."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.wheels import built
from tools.clients import CLIENT

_USE = """
import sys
sys.path.insert(0, sys.argv[1])
import marque_client
from marque_client.core.api.reports import file_report
from marque_client.partner.commands import main
assert marque_client.__file__.startswith(sys.argv[1]), marque_client.__file__
ours = sorted(name for name in sys.modules if name.partition(".")[0] in {"shared", "services", "libraries", "gateway"})
assert not ours, ours
main(["--help"])
"""


def test_the_wheel_of_a_source_distribution_is_whole_and_stands_alone(tmp_path: Path) -> None:
    wheel = built(CLIENT, tmp_path)  # a source distribution first, and the wheel of that
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "marque_client/core/api/reports/file_report.py", "marque_client/core/models/report_in.py",
        "marque_client/sync/client.py", "marque_client/aio/client.py", "marque_client/py.typed",
    } <= names  # fmt: skip
    assert {name.partition("/")[0] for name in names} == {"marque_client", "marque_client-0.1.0.dist-info"}
    used = subprocess.run(
        [sys.executable, "-I", "-c", _USE, str(wheel)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert used.returncode == 0, used.stderr
    assert "There is no test mode yet" in used.stdout
