"""`python -m tools.check_deploy`: looks over `deploy/`, as far as that can be done without a container engine."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from deploy.local import nats
from deploy.local.platform import ROOT
from tools import deployment

COMPOSE = ROOT / "deploy" / "compose.yaml"
NATS = ROOT / "deploy" / "nats" / "nats.conf"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


def main() -> int:
    compose = yaml.safe_load(COMPOSE.read_text())
    wrong = [
        *stale(),
        *waits_for_nothing(compose),
        *volumes_missing(compose),
        *files_missing(),
        *nats_refuses(),
        *engine_refuses(),
    ]
    for line in wrong:
        print(f"deploy: {line}")
    return 1 if wrong else 0


def stale() -> list[str]:
    """Check that generated deployment files are as they would be made now."""
    return [
        f"{path.relative_to(ROOT)} is not what deploy/services.yaml and the events say; run `make schemas`"
        for path, text in deployment.files().items()
        if path.read_text(encoding="utf-8") != text
    ]


def waits_for_nothing(compose: dict[str, Any]) -> list[str]:
    found = compose["services"]
    return [
        f"compose.yaml: {name} waits for {other}, which is not there"
        for name, service in found.items()
        for other in service.get("depends_on", {})
        if other not in found
    ]


def volumes_missing(compose: dict[str, Any]) -> list[str]:
    wrong = []
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            there = (COMPOSE.parent / source).exists() if source.startswith(".") else source in compose["volumes"]
            if not there:
                wrong.append(f"compose.yaml: {name} mounts {source}, which is not there")
    return wrong


def files_missing() -> list[str]:
    """Check that all the Dockerfile copies exists, and that `.dockerignore` lets it through."""
    wrong = []
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for line in DOCKERFILE.read_text().splitlines():
        if copied := re.match(r"COPY (?!--from)(.*) \S+$", line):
            for source in copied[1].split():
                if not (ROOT / source).exists():
                    wrong.append(f"Dockerfile copies {source}, which is not there")
                if f"!{source.split('/')[0]}" not in let_through:
                    wrong.append(f".dockerignore hides {source}, which the Dockerfile copies")
    return wrong


def nats_refuses() -> list[str]:
    """The server's own check of its configuration."""
    names = re.findall(r"\$(MARQUE_\w+)", NATS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "nats.conf"
        copy.write_text(NATS.read_text().replace('"/data"', f'"{folder}/data"'))
        environment = {**os.environ, **dict.fromkeys(names, "checked")}
        done = subprocess.run(
            [nats.program(), "-t", "-c", copy], capture_output=True, text=True, env=environment, check=False
        )
    return [] if done.returncode == 0 else [f"nats.conf: {(done.stderr or done.stdout).strip()}"]


def engine_refuses() -> list[str]:
    """`docker compose config`, where there is such a client; it needs no engine."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return []
    names = re.findall(r"\$\{(MARQUE_\w+)", COMPOSE.read_text())
    environment = {**os.environ, **dict.fromkeys(names, "checked"), "MARQUE_PORT": "8080"}
    done = subprocess.run(
        [docker, "compose", "-f", COMPOSE, "config", "--quiet"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return [] if done.returncode == 0 else [f"compose.yaml: {done.stderr.strip()}"]


if __name__ == "__main__":
    sys.exit(main())
