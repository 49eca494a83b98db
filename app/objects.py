"""Large sealed contents beside the database: a local folder, or any store that speaks the S3 protocol.

What is kept here is sealed before it comes; names are random and say nothing. A store that does not answer is told
as unreachable, so that the caller is asked to come back.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from app.settings import Settings

AT_ONCE = 500


class Unreachable(ConnectionError):
    """The store did not do what it was asked; whether an object stands there now is not known."""


class Objects:
    """Objects by name. `folder` is where a local store keeps them."""

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        self._store, self._folder = store, folder

    @classmethod
    def of(cls, settings: Settings) -> "Objects | None":
        """The store of TONGJIAO_OBJECTS_URL, or None where there is no such setting."""
        if settings.objects_url is None:
            return None
        parts = urlsplit(settings.objects_url)
        if parts.scheme == "file":
            folder = Path(url2pathname(parts.path))
            return cls(LocalStore(prefix=folder, mkdir=True), folder)
        secret = settings.objects_secret
        assert settings.objects_key is not None and secret is not None  # the settings hold this
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            endpoint=settings.objects_endpoint,
            region=settings.objects_region,
            access_key_id=settings.objects_key,
            secret_access_key=secret.get_secret_value(),
            virtual_hosted_style_request=False,
            client_options={
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=15),
                "allow_http": (settings.objects_endpoint or "").startswith("http://"),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        )
        return cls(store)

    async def put(self, name: str, content: bytes) -> None:
        """Keep an object whole and for good, or raise Unreachable."""
        try:
            await obstore.put_async(self._store, name, content, use_multipart=False)
            if self._folder is not None:
                # The library renames into place and leaves it to the system when that reaches the disk.
                await asyncio.to_thread(_sync, self._folder, name)
        except (BaseError, OSError) as error:
            raise Unreachable("put") from error

    async def get(self, name: str) -> bytes | None:
        """An object, or None where there is none of this name; raises Unreachable."""
        try:
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise Unreachable("get") from error

    async def delete(self, name: str) -> None:
        """Delete an object; one that is not there is no error. Raises Unreachable."""
        try:
            await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise Unreachable("delete") from error

    async def listed(self, under: str) -> AsyncIterator[list[tuple[str, datetime]]]:
        """Every object under a folder, some hundreds at a time, with the store's time of its making."""
        try:
            async for page in obstore.list(self._store, prefix=under, chunk_size=AT_ONCE):
                yield [(held["path"], held["last_modified"]) for held in page]
        except (BaseError, OSError) as error:
            raise Unreachable("list") from error

    async def folders(self) -> list[str]:
        """The first part of every name; raises Unreachable."""
        try:
            found = await obstore.list_with_delimiter_async(self._store)
        except (BaseError, OSError) as error:
            raise Unreachable("list") from error
        return sorted(str(prefix).rstrip("/") for prefix in found["common_prefixes"])


def _sync(folder: Path, name: str) -> None:
    """The file and every folder down to it, on the disk."""
    path = folder / name
    while path != folder.parent:
        held = os.open(path, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
        path = path.parent
