import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.local.platform import ROOT
from tools import bootstrap, package_index, uv_tool

CLEAN = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine where nothing is set up."""
    for name in CLEAN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def index(folder: Path, *, page: str | None = None, spoil: bool = False) -> str:
    """An index of files with uv for a few machines and in a few versions; its address."""
    (folder / "uv").mkdir(parents=True)
    links = []
    for version, kind in (
        ("0.9.1", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("0.10.0", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("0.10.0", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"),
        ("0.10.0", "musllinux_1_1_x86_64"),
        ("0.10.0", "macosx_11_0_arm64"),
        ("0.10.0", "macosx_10_12_x86_64"),
        ("0.11.0rc1", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
    ):
        name = f"uv-{version}-py3-none-{kind}.whl"
        with zipfile.ZipFile(folder / "uv" / name, "w") as wheel:
            wheel.writestr(f"uv-{version}.data/scripts/uv", f"#!/bin/sh\necho uv {version} {kind}\n")
        sha256 = hashlib.sha256((folder / "uv" / name).read_bytes()).hexdigest()
        links.append(f'<a href="{name}#sha256={"0" * 64 if spoil else sha256}">{name}</a>')
    links.append('<a href="uv-0.12.0-py3-none-any.whl#sha256=00" data-yanked="broken">withdrawn</a>')
    (folder / "uv" / "index.html").write_text(page or "\n".join(links))
    return folder.as_uri()


@pytest.fixture
def files_as_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads `<address>/` from its index.html, as a web server does."""
    get = package_index._get
    monkeypatch.setattr(package_index, "_get", lambda url: get(url + "index.html" if url.endswith("/") else url))


def test_what_is_configured_for_uv_counts_before_what_is_configured_for_pip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert package_index.configured() is None
    (tmp_path / "config/pip").mkdir(parents=True)
    (tmp_path / "config/pip/pip.conf").write_text("[global]\nindex-url = https://pip.example/simple\ncert = /pip.pem\n")
    assert package_index.configured() == "https://pip.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip-env.example/simple")
    assert package_index.configured() == "https://pip-env.example/simple"
    (tmp_path / "config/uv").mkdir()
    (tmp_path / "config/uv/uv.toml").write_text('[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n')
    assert package_index.configured() == "https://uv.example/simple"
    monkeypatch.setenv("UV_INDEX_URL", "https://uv-old.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv-env.example/simple")
    assert package_index.configured() == "https://uv-env.example/simple"


def test_certificates_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CERT", str(bundle))
    assert package_index.certificates() == str(bundle)


@pytest.mark.usefixtures("files_as_index")
@pytest.mark.parametrize(
    ("system", "machine", "libc", "expected"),
    [
        ("linux", "x86_64", "glibc", "uv 0.10.0 manylinux_2_17_x86_64"),
        ("linux", "x86_64", "", "uv 0.10.0 musllinux_1_1_x86_64"),
        ("linux", "aarch64", "glibc", "uv 0.10.0 manylinux_2_17_aarch64"),
        ("darwin", "arm64", "", "uv 0.10.0 macosx_11_0_arm64"),
        ("darwin", "x86_64", "", "uv 0.10.0 macosx_10_12_x86_64"),
    ],
)
def test_the_newest_final_uv_for_this_machine_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, machine: str, libc: str, expected: str
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", index(tmp_path / "index"))
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    tools = tmp_path / "tools"
    tools.mkdir()
    uv_tool.by_download(tools)
    monkeypatch.undo()
    assert subprocess.check_output([tools / "bin/uv"], text=True).startswith(expected)
    assert stat.S_IMODE((tools / "bin/uv").stat().st_mode) == 0o755
    assert [path.name for path in tools.iterdir()] == ["bin"]


@pytest.mark.usefixtures("files_as_index")
def test_a_uv_that_is_not_what_the_index_says_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", index(tmp_path / "index", spoil=True))
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(ValueError, match="sha256"):
        uv_tool.by_download(tmp_path)
    assert not (tmp_path / "bin/uv").exists()


def test_the_json_page_of_an_index_is_read_too() -> None:
    files = [
        {"filename": "uv-1.0.0-py3-none-any.whl", "url": "../f/uv.whl", "hashes": {"sha256": "ab"}},
        {"filename": "uv-1.0.1-py3-none-any.whl", "url": "/g/uv.whl", "hashes": {"sha256": "cd"}, "yanked": "broken"},
        {"filename": "uv-1.0.0.tar.gz", "url": "../f/uv.tar.gz", "hashes": {"sha256": "ef"}},
    ]
    found = package_index._from_json(json.dumps({"files": files}).encode(), "https://index.example/simple/uv/")
    assert found == [package_index.Wheel("uv-1.0.0-py3-none-any.whl", "https://index.example/simple/f/uv.whl", "ab")]


def test_a_password_in_the_address_is_sent_as_one() -> None:
    parts = urlsplit("https://me:p%40ss@index.example/simple")
    assert package_index._log_in(parts) == "me:p@ss"


def test_an_old_or_broken_uv_on_the_path_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for words in ("echo uv 0.4.9", "exit 127", "echo hello"):
        uv = tmp_path / "uv"
        uv.write_text(f"#!/bin/sh\n{words}\n")
        uv.chmod(0o755)
        assert uv_tool.version(uv) < uv_tool.OLDEST
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ours = tmp_path / "tools/bin/uv"
    ours.parent.mkdir(parents=True)
    ours.write_text("#!/bin/sh\necho 'uv 0.99.0 (abc 2026-01-01)'\n")
    ours.chmod(0o755)
    assert uv_tool.find_or_get(tmp_path / "tools") == ours


def test_a_machine_that_reaches_no_index_is_told_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(uv_tool.NoUvError, match="install it from") as raised:
        uv_tool.find_or_get(tmp_path / "tools")
    assert "\n" not in str(raised.value)


def test_nothing_is_installed_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed: list[Path] = []

    def install(_: Path, lock: Path, venv: Path) -> None:
        python = tmp_path / ".venv/bin/python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        installed.append(lock)

    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "install", install)
    monkeypatch.setattr(uv_tool, "find_or_get", lambda _: Path("uv"))
    lock = tmp_path / "requirements.lock"
    lock.write_text("one==1")
    assert bootstrap.main() == bootstrap.main() == 0
    assert len(installed) == 1
    lock.write_text("one==2")
    assert bootstrap.main() == 0
    assert len(installed) == 2


def test_the_bootstrap_needs_nothing_but_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, '.'); import tools.bootstrap"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, cwd=ROOT)
