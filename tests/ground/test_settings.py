"""A process with a missing, wrong or dangerous setting does not start, and says which without its value (F-17)."""

import json
import subprocess
import sys
from base64 import b64encode

import pytest

from app.settings import BadSettings, load_settings

LOAD = "from app.settings import load_settings; load_settings(); print('started')"
KEY, OTHER = b64encode(b"k" * 32).decode(), b64encode(b"l" * 32).decode()
PLANTED = "PLANTED-SECRET"
GOOD = {
    "TONGJIAO_ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql://app:PLANTED-SECRET@127.0.0.1/tongjiao",
    "WORKER_DATABASE_URL": "postgresql://worker:PLANTED-SECRET@127.0.0.1/tongjiao",
    "REDIS_URL": "redis://:PLANTED-SECRET@127.0.0.1/0",
    "TONGJIAO_VAULT_KEYS": json.dumps({"1": KEY}),
    "TONGJIAO_LOOKUP_KEY": OTHER,
}
REQUIRED = sorted(GOOD)
BAD = [
    ("TONGJIAO_ENVIRONMENT", "staging"),
    ("DATABASE_URL", f"sqlite:///{PLANTED}"),
    ("WORKER_DATABASE_URL", PLANTED),
    ("KEYS_DATABASE_URL", PLANTED),
    ("MIGRATION_URL", f"mysql://{PLANTED}"),
    ("REDIS_URL", f"http://{PLANTED}"),
    ("TONGJIAO_VAULT_KEYS", PLANTED),
    ("TONGJIAO_VAULT_KEYS", "{}"),
    ("TONGJIAO_VAULT_KEYS", '{"1": 5}'),
    ("TONGJIAO_VAULT_KEYS", f'{{"{PLANTED}": "{KEY}"}}'),
    ("TONGJIAO_VAULT_KEYS", json.dumps({"1": b64encode(b"PLANTED-SECRET too short").decode()})),
    ("TONGJIAO_VAULT_KEYS", json.dumps({"1": KEY, "2": KEY})),
    ("TONGJIAO_LOOKUP_KEY", PLANTED),
    ("TONGJIAO_LOOKUP_KEY", KEY),
    ("TONGJIAO_POOL_SIZE", "0"),
    ("TONGJIAO_POOL_SIZE", PLANTED),
    ("TONGJIAO_POOL_WAIT_SECONDS", "0"),
    ("TONGJIAO_SESSION_HOURS", "1000"),
    ("TONGJIAO_SIGN_IN_ATTEMPTS_PER_MINUTE", "0"),
    ("TONGJIAO_BODY_LIMIT_BYTES", "1"),
    ("TONGJIAO_EMBEDDED", "perhaps"),
    ("RETENTION_DATABASE_URL", PLANTED),
    ("TONGJIAO_OBJECTS_URL", f"http://{PLANTED}"),
    ("TONGJIAO_OBJECTS_URL", f"s3://{PLANTED}"),
    ("TONGJIAO_OBJECTS_ENDPOINT", f"ftp://{PLANTED}"),
    ("TONGJIAO_DOCUMENT_DAYS", "1"),
]


def load(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LOAD]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)


def test_good_settings_load_and_a_missing_one_of_each_kind_is_named() -> None:
    assert load(GOOD).stdout == "started\n"
    refused = load({})
    assert refused.returncode != 0 and refused.stdout == ""
    for name in REQUIRED:
        assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_development_provider_never_starts_in_production() -> None:
    refused = load({**GOOD, "TONGJIAO_ENVIRONMENT": "production"})
    assert refused.returncode != 0 and "TONGJIAO_IDENTITY_PROVIDER" in refused.stderr
    assert load({**GOOD, "TONGJIAO_ENVIRONMENT": "production", "TONGJIAO_IDENTITY_PROVIDER": "oidc"}).returncode == 0


SMS = {
    "TONGJIAO_SMS_URL": "http://127.0.0.1:9000",
    "TONGJIAO_SMS_KEY": "key",
    "TONGJIAO_SMS_SECRET": f"{PLANTED} of sms",
}


def test_the_sms_settings_are_all_there_or_none_and_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for known, good in {**GOOD, **SMS}.items():
        monkeypatch.setenv(known, good)
    assert load_settings().sms_url == SMS["TONGJIAO_SMS_URL"]
    for name in SMS:
        monkeypatch.setenv(name, "")
        with pytest.raises(BadSettings, match="TONGJIAO_SMS_SECRET") as refused:
            load_settings()
        assert PLANTED not in str(refused.value)
        monkeypatch.setenv(name, SMS[name])
    for name in SMS:
        monkeypatch.setenv(name, "")
    assert load_settings().sms_url is None


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda value: value[:40])
def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for known, good in GOOD.items():
        monkeypatch.setenv(known, good)
    for optional in ("KEYS_DATABASE_URL", "MIGRATION_URL"):
        monkeypatch.delenv(optional, raising=False)
    load_settings()
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    said = str(refused.value)
    assert name in said and PLANTED not in said and KEY not in said and OTHER not in said
