"""create_app(): the only assembler of the HTTP service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import generate_latest
from sqlalchemy import text

import app.accounts.routes
import app.applications.routes
import app.bureau.routes
import app.casework.routes
import app.documents.routes
import app.invitations.routes
import app.jobs.routes
import app.messages.routes
import app.offers.routes
import app.rounds.routes
import app.schools.routes
from app import logs, problems
from app.accounts.identity import provider_of
from app.cache import Cache
from app.database import Database, make_engine
from app.documents.intake import Intake
from app.edge import REGISTRY, Edge, install_errors
from app.objects import Objects
from app.settings import Settings, load_settings
from app.vault import Vault

DESCRIPTION = (
    "同城同教：县域学位分配与入学服务。Student placement and admissions for a county's education bureau. "
    "Errors are RFC 9457 problems with a stable `code`, in Chinese or English by Accept-Language."
)
UNBOUND = text(
    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind = 'r')"
    " FROM pg_roles r WHERE rolname = current_user"
)
ROUTERS = (
    app.accounts.routes.router,
    app.schools.routes.router,
    app.applications.routes.router,
    app.casework.routes.router,
    app.documents.routes.router,
    app.invitations.routes.router,
    app.rounds.routes.router,
    app.offers.routes.router,
    app.bureau.routes.router,
    app.jobs.routes.router,
    app.messages.routes.router,
)


@asynccontextmanager
async def holding(service: FastAPI) -> AsyncIterator[None]:
    """What the service holds while it runs; refuses to run on a database that may lose what it acknowledged."""
    settings: Settings = service.state.settings
    service.state.database = Database(
        make_engine(settings.database_url, settings.pool_size, settings.pool_wait_seconds)
    )
    service.state.intake = Intake(Objects.of(settings), settings.document_days)
    service.state.cache = Cache(settings.redis_url, service.state.vault.lookup("cache", "limits"))
    logs.configure()  # again, because a server that was started meanwhile has set up loggers of its own
    try:
        await refuse_unsafe_database(service.state.database)
        yield
    finally:
        await service.state.cache.close()
        await service.state.database.engine.dispose()


async def refuse_unsafe_database(database: Database) -> None:
    """With fsync or synchronous_commit off an acknowledged application can be lost (F-02); a role that row-level
    security does not bind, or that owns tables and could unbind itself, sees every child."""
    async with database.transaction() as session:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            if (await session.execute(text(f"SHOW {name}"))).scalar_one() == "off":
                raise SystemExit(f"cannot start: the database runs with {name} off")
        if (await session.execute(UNBOUND)).scalar_one():
            raise SystemExit("cannot start: the role of DATABASE_URL owns tables or bypasses row-level security")


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service under these settings (by default those of the environment)."""
    settings = settings or load_settings()
    logs.configure()
    service = FastAPI(title="Tongjiao 同教", version="0.1.0", description=DESCRIPTION, lifespan=holding)
    service.state.settings = settings
    service.state.vault = Vault.of(settings)
    service.state.identity = provider_of(settings)
    api = APIRouter(prefix="/api/v1", responses=problems.responses())
    for router in ROUTERS:
        api.include_router(router)
    service.include_router(api)
    service.include_router(health)
    _describe_problems(service)
    install_errors(service)
    service.add_middleware(Edge, body_limit=settings.body_limit_bytes, streamed=(app.documents.routes.STREAMED,))
    return service


def _describe_problems(service: FastAPI) -> None:
    """Put the Problem's shape where the responses refer to it; FastAPI's own error shapes are not what is answered."""
    plain = service.openapi

    def described() -> dict[str, Any]:
        said = plain()
        shapes: dict[str, Any] = said["components"]["schemas"]
        shapes.pop("HTTPValidationError", None)
        shapes.pop("ValidationError", None)
        shapes.update(problems.shapes())
        return said

    service.openapi = described  # type: ignore[method-assign]


health = APIRouter(tags=["operations"])


@health.get("/healthz", operation_id="is_alive")
async def is_alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@health.get("/readyz", operation_id="is_ready")
async def is_ready(request: Request) -> JSONResponse:
    """The database answers; the cache is told but not required, because nothing depends on it."""
    database: Database = request.app.state.database
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
    cache = "answers" if await request.app.state.cache.alive() else "does not answer"
    return JSONResponse({"status": "ready", "database": "answers", "cache": cache})


@health.get("/metrics", operation_id="metrics")
async def metrics() -> Response:
    """Counts and times by route, in Prometheus' text format."""
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4")
