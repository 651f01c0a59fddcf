"""The contracts as partners install them: a wheel named `marque_contracts` that needs Pydantic and nothing of ours."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.wheels import built

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "shared" / "contracts"

_USE = """
import sys
import marque_contracts.events as events
from marque_contracts.asyncapi import document
from marque_contracts.codes import Severity
from marque_contracts.event import party_events, registry
from marque_contracts.ids import RightId
from marque_contracts.schemas import published, schemas

assert RightId("rgt_01h455vb4pex5vsknk084sn02q").uuid.version == 7
assert events.RightExpired.name in registry and Severity("p0")
assert published() == schemas() and len(document()["channels"]) == len(party_events())
ours = sorted(name for name in sys.modules if name.partition(".")[0] in {"shared", "services", "libraries", "gateway"})
assert not ours, ours
print(len(registry))
"""


def _copy(folder: Path) -> Path:
    return Path(shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    return built(_copy(folder / "source"), folder / "built")


def test_the_wheel_holds_the_contracts_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if ".dist-info/" not in name]
    modules = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if "build" not in path.parts}
    schemas = {f"published/{path.name}" for path in (SOURCE / "published").glob("*.json")}
    assert set(names) == {f"marque_contracts/{name}" for name in modules | schemas | {"py.typed"}}


def test_the_wheel_works_where_nothing_of_marque_is(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "site")
    # Pydantic and what it needs, as a partner has them; nothing of this checkout is on the path.
    libraries = sysconfig.get_paths()["purelib"]
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = [{str(tmp_path / 'site')!r}, {libraries!r}]\n{_USE}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 20


def test_inside_the_contracts_imports_are_relative() -> None:
    for path in SOURCE.rglob("*.py"):
        assert "import shared" not in path.read_text(encoding="utf-8"), path
        assert "from shared" not in path.read_text(encoding="utf-8"), path
