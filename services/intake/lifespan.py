"""Resources and background work of a running intake service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libraries.documents.model import Limits
from services.intake.accounts.limits import Limited, defaults
from services.intake.evidence.lifespan import evidence_at_work
from services.intake.imports.filing import Filer
from services.intake.imports.progress import FILE_IMPORT
from services.intake.jobs import background
from services.intake.parsing.readers import Readers
from services.intake.public_notices.confirmation import Confirmer
from services.intake.public_notices.letters import Letters
from services.intake.public_notices.submission import Limits as NoticeLimits
from services.intake.public_notices.submission import Taker
from services.intake.reports.coalescer import FilingCoalescer
from services.intake.reports.endpoints import answers
from services.intake.reports.filing import Examiner
from services.intake.reports.marketplaces import Marketplaces
from services.intake.reports.notifiers import NOTICE_MAIL
from services.intake.resources import Resources, Service
from services.intake.service_levels.estimates import Estimates, measure, service_levels
from services.intake.settings import Settings
from services.intake.standing.standing_cache import Standings
from services.intake.subscribers import answer_time, clocks, standing_lasts
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.loops import end, forever
from shared.runtime.sealing import KeyFile, Sealer


@asynccontextmanager
async def at_work(service: Service) -> AsyncIterator[None]:
    """Open the filing coalescer, and go on measuring service levels."""
    settings = service.settings
    clocks.cache_clear()
    answer_time.cache_clear()
    standing_lasts.cache_clear()
    estimates = Estimates(clocks())
    marketplaces = Marketplaces.of(settings.marketplaces)
    standings = Standings(service.database, service.clock, seconds=settings.standing_seconds)
    examiner = Examiner(marketplaces, estimates)
    limits = defaults(settings)
    background.at_once[FILE_IMPORT] = settings.import_workers
    async with evidence_at_work(service) as room:
        resources = service.resources = Resources(
            limits,
            FilingCoalescer(
                service.database,
                service.clock,
                examiner,
                standings,
                at_once=settings.filings_at_once,
                batches=settings.filing_batches,
                limits=limits,
                write_answer=answers.filed,
            ),
            Filer(examiner, standings, limits),
            Readers(_limits(settings), marketplaces.urls, at_once=settings.document_readers),
            Confirmer(examiner, standings, service.cursor_key, limits[Limited.OPEN_REPORTS]),
            Taker(
                marketplaces,
                NoticeLimits(settings.notices_per_address, settings.notices_per_email, settings.notice_hours),
                service.cursor_key,
            ),
            room,
            EvidenceLinks.of(settings),
            _letters(service, settings),
        )
        measuring = asyncio.create_task(_measure(service, settings, estimates))
        try:
            yield
        finally:
            await end([measuring])
            await resources.readers.end()


def _letters(service: Service, settings: Settings) -> Letters | None:
    """Return the sender of letters; none, and then such jobs wait, where there is no key to seal with."""
    background.at_once[NOTICE_MAIL] = 0 if settings.mail_seal_keys is None else 1  # in the order of their causes
    if settings.mail_seal_keys is None:
        return None
    return Letters(Sealer(KeyFile(settings.mail_seal_keys)), settings.public_url, service.cursor_key)


def _limits(settings: Settings) -> Limits:
    return Limits(
        seconds=settings.document_seconds,
        memory=settings.document_memory,
        pages=settings.document_pages,
        parts=settings.document_parts,
    )


async def _measure(service: Service, settings: Settings, estimates: Estimates) -> None:
    """Measure service levels now and then: a twentieth of the time at most, however much there is to look at."""
    took = 0.0

    async def step() -> bool:
        nonlocal took
        started = asyncio.get_running_loop().time()
        async with service.database.transaction() as session:
            await measure(session, sample=settings.levels_sample, least=settings.levels_least, now=service.clock.now())
            estimates.learn(await service_levels(session))
        took = asyncio.get_running_loop().time() - started
        return False

    async def pause() -> None:
        await asyncio.sleep(max(settings.levels_seconds, 20 * took))

    await forever("service levels", step, pause=pause)
