"""Whatever fits the published document, and whatever does not: no 5xx, no answer outside it, nothing bad accepted."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from tests.live import LivePlatform

pytestmark = [pytest.mark.platform, pytest.mark.xdist_group("platform")]
EXAMPLES = 8


@pytest.fixture(scope="session")
def document(platform: LivePlatform) -> Any:
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=GenerationConfig())))
    return schemathesis.openapi.from_url(f"{platform.base_url}/openapi.json", config=config)


api = schemathesis.pytest.from_fixture("document")


@api.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_to_its_document(case: schemathesis.Case, platform: LivePlatform) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {platform.keys['admin']}"}, timeout=60)
