"""What a service knows of its migrations without Alembic is what Alembic would record."""

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory
from alembic.util import to_tuple

from deploy.registry import names, services
from shared.runtime.migrate import _config
from shared.runtime.revisions import heads


@pytest.mark.parametrize("service", names())
def test_the_newest_revisions_are_those_that_alembic_would_record(service: str) -> None:
    scripts = ScriptDirectory.from_config(_config(service, ""))
    implied = {name for revision in scripts.walk_revisions() for name in to_tuple(revision.dependencies, ())}
    assert heads(service) == set(scripts.get_heads()) - implied
    assert len(heads(service)) == 2, "the runtime's and the service's own"


def test_no_service_loads_alembic() -> None:
    modules = [service.app.partition(":")[0] for service in services()]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules}]; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
