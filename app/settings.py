"""One settings class; nothing else reads the environment. A process with bad settings does not start."""

import base64
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretBytes, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

DEVELOPMENT_PROVIDER = "development"


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class BadSettings(SystemExit):
    """Raised instead of starting; its text names each setting and the reason, never a value."""


def _key(text: Any) -> bytes:
    if isinstance(text, str):
        try:
            text = base64.b64decode(text, validate=True)
        except ValueError:
            text = b""
    if not isinstance(text, bytes) or len(text) != 32:
        raise ValueError("must be 32 bytes in base64")
    return text


def _absent_if_empty(text: Any) -> Any:
    """A container file gives what nobody has set as an empty text."""
    return None if text == "" else text


IfGiven = BeforeValidator(_absent_if_empty)
Key = Annotated[SecretBytes, BeforeValidator(_key)]
PostgresUrl = Annotated[str, StringConstraints(pattern="^postgresql://")]


class Settings(BaseSettings):
    """Names in the environment: DATABASE_URL, WORKER_DATABASE_URL, KEYS_DATABASE_URL, RETENTION_DATABASE_URL,
    MIGRATION_URL, REDIS_URL and TONGJIAO_*."""

    model_config = SettingsConfigDict(
        env_prefix="TONGJIAO_", env_file=None, hide_input_in_errors=True, populate_by_name=True
    )

    environment: Environment
    database_url: PostgresUrl = Field(validation_alias="DATABASE_URL", repr=False)
    worker_database_url: PostgresUrl = Field(validation_alias="WORKER_DATABASE_URL", repr=False)
    keys_database_url: PostgresUrl | None = Field(default=None, validation_alias="KEYS_DATABASE_URL", repr=False)
    migration_url: PostgresUrl | None = Field(default=None, validation_alias="MIGRATION_URL", repr=False)
    redis_url: str = Field(validation_alias="REDIS_URL", pattern="^(rediss?|unix)://", repr=False)
    vault_keys: dict[int, Key] = Field(min_length=1)
    lookup_key: Key
    identity_provider: str = DEVELOPMENT_PROVIDER
    embedded: bool = False
    session_hours: int = Field(default=12, ge=1, le=72)
    pool_size: int = Field(default=10, ge=1, le=200)
    pool_wait_seconds: float = Field(default=1.0, gt=0, le=30)
    sign_in_attempts_per_minute: int = Field(default=20, ge=1)
    body_limit_bytes: int = Field(default=1_000_000, ge=10_000)
    # Where documents are kept, file:///folder or s3://bucket/folder; without it none are taken.
    objects_url: Annotated[str | None, IfGiven] = Field(default=None, pattern="^(file:///|s3://)[!-~]+$")
    objects_endpoint: Annotated[str | None, IfGiven] = Field(default=None, pattern="^https?://[!-~]+$", repr=False)
    objects_region: str = Field(default="us-east-1", pattern="^[a-z0-9-]{1,40}$")
    objects_key: Annotated[str | None, IfGiven] = Field(default=None, pattern="^[!-~]{1,200}$", repr=False)
    objects_secret: Annotated[SecretStr | None, IfGiven] = Field(default=None, min_length=8)
    document_days: int = Field(default=365, ge=30, le=3650)
    retention_database_url: PostgresUrl | None = Field(
        default=None, validation_alias="RETENTION_DATABASE_URL", repr=False
    )
    # Without a URL messages stay in the portal's inbox; which hosts are allowed where, see app.gateways.sms.
    sms_url: Annotated[str | None, IfGiven] = Field(default=None, repr=False)
    sms_key: Annotated[str | None, IfGiven] = Field(default=None, pattern="^[!-~]{1,100}$", repr=False)
    sms_secret: Annotated[SecretStr | None, IfGiven] = Field(default=None, min_length=16)
    # The provincial data platform; without a URL no register is asked, and papers are looked at by persons.
    registers_url: Annotated[str | None, IfGiven] = Field(default=None, repr=False)
    registers_key: Annotated[str | None, IfGiven] = Field(default=None, pattern="^[!-~]{1,100}$", repr=False)
    registers_secret: Annotated[SecretStr | None, IfGiven] = Field(default=None, min_length=16)
    registers_public_key: Annotated[Key | None, IfGiven] = None

    @model_validator(mode="after")
    def _keys_differ(self) -> "Settings":
        keys = [key.get_secret_value() for key in (*self.vault_keys.values(), self.lookup_key)]
        if len(set(keys)) < len(keys):
            raise ValueError("TONGJIAO_VAULT_KEYS and TONGJIAO_LOOKUP_KEY: every key must differ from the others")
        return self

    @model_validator(mode="after")
    def _sms_is_whole(self) -> "Settings":
        given = [setting is not None for setting in (self.sms_url, self.sms_key, self.sms_secret)]
        if any(given) and not all(given):
            raise ValueError("TONGJIAO_SMS_URL, TONGJIAO_SMS_KEY and TONGJIAO_SMS_SECRET belong together")
        return self

    @model_validator(mode="after")
    def _objects_are_whole(self) -> "Settings":
        keys = self.objects_key is not None and self.objects_secret is not None
        if (self.objects_url or "").startswith("s3:") and not keys:
            raise ValueError(
                "TONGJIAO_OBJECTS_URL: with s3 TONGJIAO_OBJECTS_KEY and TONGJIAO_OBJECTS_SECRET are needed"
            )
        plain = (self.objects_endpoint or "").startswith("http:")
        if self.environment is Environment.PRODUCTION and plain:
            raise ValueError("TONGJIAO_OBJECTS_ENDPOINT: must be https in production")
        return self

    @model_validator(mode="after")
    def _registers_are_whole(self) -> "Settings":
        names = ("registers_url", "registers_key", "registers_secret", "registers_public_key")
        if len({getattr(self, name) is None for name in names}) > 1:
            raise ValueError(f"{', '.join(f'TONGJIAO_{name.upper()}' for name in names)} belong together")
        return self

    @model_validator(mode="after")
    def _production_is_guarded(self) -> "Settings":
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
    except SettingsError as error:
        # Its words name the field in quotes; what it could not read is in its cause alone.
        field = str(error).partition('"')[2].partition('"')[0]
        raise BadSettings(f"cannot start: {_name((field,))}: must be JSON") from None
    except ValidationError as error:
        reasons = [
            f"{_name(e['loc'])}: {e['msg'].removeprefix('Value error, ')}"
            if e["loc"]
            else e["msg"].removeprefix("Value error, ")
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise BadSettings("cannot start: " + "; ".join(reasons)) from None
