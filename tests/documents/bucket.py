"""A little server that speaks as much of the S3 protocol as documents need, over a socket: PUT, GET, deleting
by list, and lists in pages of two. It does not look at signatures, but at whether there is one, and can be told to
fail."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET = "fictitious-bucket"
LIST = (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>{bucket}</Name><KeyCount>{count}</KeyCount><IsTruncated>{more}</IsTruncated>{next}{entries}"
    "</ListBucketResult>"
)
ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>&quot;e&quot;</ETag>"
    "<Size>{size}</Size></Contents>"
)

DELETED = '<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}</DeleteResult>'


@dataclass
class Bucket:
    """`objects` by name, each with the time that a list tells of it; `asked`: methods and names, in order."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    at: str = "2026-01-01T00:00:00.000Z"
    asked: list[tuple[str, str]] = field(default_factory=list)
    failing: bool = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.decode().split(" ", 2)
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                signed = re.search(rb"(?i)authorization: AWS4-HMAC-SHA256 Credential=fict-key/", head)
                status, answer = self.answer(method, target, body) if signed else (403, b"")
                sent = b"" if method == "HEAD" else answer
                kept = f'ETag: "e"\r\nLast-Modified: {formatdate(usegmt=True)}\r\n'
                writer.write(f"HTTP/1.1 {status} X\r\n{kept}Content-Length: {len(answer)}\r\n\r\n".encode() + sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(target)
        name = unquote(parts.path).removeprefix(f"/{BUCKET}").strip("/")
        self.asked.append((method, name))
        if self.failing:
            return 503, b""
        if method == "PUT":
            self.objects[name] = body
            return 200, b""
        if method == "POST" and urlsplit(target).query == "delete":
            gone = [key.decode() for key in re.findall(rb"<Key>([^<]+)</Key>", body)]
            for key in gone:
                self.objects.pop(key, None)
            return 200, DELETED.format("".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)).encode()
        if method == "GET" and not name:
            return 200, self.page({key: values[0] for key, values in parse_qs(parts.query).items()})
        return (200, self.objects[name]) if name in self.objects else (404, b"")

    def page(self, query: dict[str, str]) -> bytes:
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        names = sorted(name for name in self.objects if name.startswith(prefix) and name > after)
        if "delimiter" in query:
            folders = sorted({name.removeprefix(prefix).partition("/")[0] for name in names if "/" in name})
            entries = "".join(
                f"<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>" for folder in folders
            )
            return LIST.format(bucket=BUCKET, count=len(folders), more="false", next="", entries=entries).encode()
        shown, more = names[:2], len(names) > 2
        entries = "".join(ENTRY.format(key=name, at=self.at, size=len(self.objects[name])) for name in shown)
        token = f"<NextContinuationToken>{shown[-1]}</NextContinuationToken>" if more else ""
        found = LIST.format(bucket=BUCKET, count=len(shown), more=str(more).lower(), next=token, entries=entries)
        return found.encode()


@asynccontextmanager
async def bucket() -> AsyncIterator[Bucket]:
    held = Bucket()
    server = await asyncio.start_server(held.serve, "127.0.0.1", 0)
    held.port = server.sockets[0].getsockname()[1]
    yield held
    server.close()
