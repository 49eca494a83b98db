"""One settings class; nothing else reads the environment. A process with bad settings does not start."""

import base64
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretBytes, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_PROVIDER = "development"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class BadSettings(SystemExit):
    """Raised instead of starting; its text names each setting and the reason, never a value."""


def _key(text: Any) -> bytes:
    if isinstance(text, bytes):
        return text
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base64")
    return key


Key = Annotated[SecretBytes, BeforeValidator(_key)]


class Settings(BaseSettings):
    """Names in the environment: DATABASE_URL, WORKER_DATABASE_URL, MIGRATION_URL, REDIS_URL and TONGJIAO_*."""

    model_config = SettingsConfigDict(
        env_prefix="TONGJIAO_", env_file=None, hide_input_in_errors=True, populate_by_name=True
    )

    environment: Environment
    database_url: str = Field(validation_alias="DATABASE_URL", repr=False)
    worker_database_url: str = Field(validation_alias="WORKER_DATABASE_URL", repr=False)
    migration_url: str | None = Field(default=None, validation_alias="MIGRATION_URL", repr=False)
    redis_url: str = Field(validation_alias="REDIS_URL", repr=False)
    vault_keys: dict[int, Key]
    lookup_key: Key
    identity_provider: str = DEVELOPMENT_PROVIDER
    embedded: bool = False
    session_hours: int = Field(default=12, ge=1, le=72)
    pool_size: int = Field(default=10, ge=1, le=200)
    pool_wait_seconds: float = Field(default=1.0, gt=0, le=30)
    sign_in_attempts_per_minute: int = Field(default=20, ge=1)
    body_limit_bytes: int = Field(default=1_000_000, ge=10_000)

    @model_validator(mode="after")
    def _production_is_guarded(self) -> "Settings":
        if not self.vault_keys:
            raise ValueError("TONGJIAO_VAULT_KEYS must hold at least one key")
        if self.environment is Environment.PRODUCTION and self.identity_provider == DEVELOPMENT_PROVIDER:
            raise ValueError("TONGJIAO_IDENTITY_PROVIDER: the development provider cannot start in production")
        return self


def _name(location: tuple[int | str, ...]) -> str:
    first = str(location[0]) if location else "settings"
    return first if first.isupper() else f"TONGJIAO_{first.upper()}"


def load_settings() -> Settings:
    """The settings of this process; raises BadSettings naming each setting that is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        reasons = [
            f"{_name(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" if e["loc"] else e["msg"]
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise BadSettings("cannot start: " + "; ".join(reasons)) from None
