"""A place for servers that the servers' account may enter (pytest's own folders are closed to it)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import places, servers
from bootstrap.binaries import Binaries


@pytest.fixture(scope="package")
def state() -> Iterator[Path]:
    """The state of bootstraps that are told TONGJIAO_STATE, apart from this checkout's own."""
    own = places.state_directory()
    servers.programs(own)
    with places.throwaway_directory(own) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGJIAO_STATE", str(folder))
        for name in ("DATABASE_URL", "WORKER_DATABASE_URL", "MIGRATION_URL", "REDIS_URL"):  # of ./run test
            patch.delenv(name, raising=False)
        apart = places.state_directory()
        for copy in own.glob("programs-*"):  # 37 MB need not be copied again
            (apart / copy.name).symlink_to(copy)
        yield apart


@pytest.fixture(scope="package")
def programs(state: Path) -> Binaries:
    return servers.programs(state)
