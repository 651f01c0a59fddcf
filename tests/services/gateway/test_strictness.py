"""The gateway's own endpoints are as strict as those of the services behind it."""

from tests.services.gateway.conftest import RunningGateway
from tests.strictness import found_wrong, wrong_bodies, wrong_parameters


async def test_a_parameter_that_is_unknown_repeated_or_unsound_is_named(gateway: RunningGateway) -> None:
    requests = wrong_parameters(gateway.application.own.openapi())
    wrong, made = await found_wrong([gateway.operator], requests, head_is_read_first=True)
    assert made > 50
    assert not wrong, "\n".join(wrong)


async def test_a_body_that_is_not_plain_json_is_refused(gateway: RunningGateway) -> None:
    wrong, made = await found_wrong([gateway.operator], wrong_bodies(gateway.application.own.openapi()))
    assert made > 20
    assert not wrong, "\n".join(wrong)


async def test_accounts_are_listed_by_several_kinds(gateway: RunningGateway) -> None:
    brand, vendor = await gateway.account("brand"), await gateway.account("vendor")
    await gateway.account("regulator")
    answer = await gateway.operator.get("/v1/accounts?kind=brand&kind=vendor")
    assert [account["id"] for account in answer.json()["data"]] == [vendor["id"], brand["id"]]
