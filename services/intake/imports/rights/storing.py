"""A portfolio into the vault: the rows that nothing speaks against with one statement, the others given back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.intake.accounts.limits import Limited, take_room
from services.intake.evidence import references
from services.intake.imports.rights import statements
from services.intake.imports.rights.designations import Designations, Number
from services.intake.imports.rights.examination import MOST_ERRORS, Outcome, RowWrong, given_in
from services.intake.imports.rows import Row
from services.intake.vault.originals import ORIGINALS, evidence_of, pictures_of
from services.intake.vault.rights import columns_of, snapshot
from services.intake.vault.tables import Right
from shared.contracts.codes import RightState
from shared.contracts.ids import AccountId, EvidenceId, RightId
from shared.contracts.registration_numbers import normal_form
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.statements import Connection

_AT_ONCE = 50


class Portfolio:
    """The rights of one file, examined."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self._sound: list[tuple[Row, Any]] = []

    @classmethod
    async def of(cls, rows: Sequence[Row], fields: Sequence[str | None], defaults: Mapping[str, str]) -> "Portfolio":
        """Hold each row to the rules. Whoever files a report meanwhile does not wait for all of them."""
        portfolio = cls()
        for place, row in enumerate(rows):
            try:
                portfolio._sound.append((row, given_in(row, fields, defaults)))
            except RowWrong as wrong:
                portfolio.outcome.refused.append((row, wrong.found))
            if place % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return portfolio

    async def put_in_vault(
        self, connection: Connection, account_id: AccountId, *, limits: Mapping[Limited, int], now: datetime
    ) -> Outcome:
        """In the caller's transaction: rights that are new become pending ones, what repeats one is refused.

        Raises `LimitReached` where the account may not have all of them.
        """
        await Lock.RIGHTS_OF_ACCOUNT.take(connection, account_id)
        await self._refuse_unfit_evidence(connection, account_id, now)
        keys = [number[2] for _, given in self._sound if (number := _number(given))]
        known: dict[Number, str] = {
            (row.type, row.office, row.number_key): f"your right {row.id}"
            for row in await statements.RIGHTS_BY_NUMBER.all(connection, account_id=account_id, number_keys=keys)
        }
        one_each = Designations(known)
        for row, given in self._sound:
            one_each.add(row, given, _number(given))
        self.outcome.refused += one_each.refused
        made: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        shown: list[tuple[EvidenceId, str]] = []
        for place, registration in enumerate(one_each.registrations):
            if place % _AT_ONCE == 0:
                await asyncio.sleep(0)
            right = _right(registration.right, account_id, now)
            made.append(right.model_dump())
            kept.append(snapshot(right).model_dump(mode="json"))
            shown += [(evidence_id, right.id) for evidence_id in evidence_of(right.details).values()]
            self.outcome.created.append((registration.row.number, RightId(right.id)))
            self.outcome.merged += [(number, RightId(right.id)) for number in registration.further]
        if made:
            await statements.ADD_RIGHTS.run(connection, rights=made, versions=kept, now=now)
            await references.keep(connection, shown, now=now)
            await take_room(connection, account_id, Limited.RIGHTS, len(made), limits)
        self.outcome.refused.sort(key=lambda one: one[0].number)
        self.outcome.merged.sort()
        return self.outcome

    async def _refuse_unfit_evidence(self, connection: Connection, account_id: AccountId, now: datetime) -> None:
        """Refuse rows with evidence that is not the account's, or where only an image shows the right, no image."""
        originals = [given.model_dump(include=set(ORIGINALS)) for _, given in self._sound]
        evidence_ids = [one for shown in originals for one in evidence_of(shown).values()]
        if not evidence_ids:
            return
        await references.name(connection, evidence_ids, account_id=account_id, now=now)
        there = await references.at_hand(connection, evidence_ids, account_id=account_id, owner=None)
        sound, self._sound = self._sound, []
        for (row, given), shown in zip(sound, originals, strict=True):
            wrong = references.unfit(evidence_of(shown), there, images=pictures_of(shown))[:MOST_ERRORS]
            if wrong:
                self.outcome.refused.append((row, [(one.pointer, one.code, one.message) for one in wrong]))
            else:
                self._sound.append((row, given))


def _number(given: Any) -> Number | None:
    number = given.registration_number
    return (given.type.value, given.office, normal_form(given.office, given.type, number)) if number else None


def _right(given: Any, account_id: AccountId, now: datetime) -> Right:
    return Right(
        id=new_id(RightId), account_id=account_id, type=given.type.value, state=RightState.PENDING.value, version=1,
        **columns_of(given), created_at=now, updated_at=now,
    )  # fmt: skip
