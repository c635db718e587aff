"""The stream that comes with a request, as its handler reads it."""

from __future__ import annotations

from typing import Any, AsyncIterator, Awaitable, Callable, Iterator


class Chunks:
    """The stream that came with a request: an iterator of values, or of bytes, for plain and for async handlers."""

    def __init__(self, take: Callable[[], Any]) -> None:
        self._take = take

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._take()  # raises StopIteration at the end

    def __aiter__(self) -> AsyncIterator[Any]:
        raise TypeError("fsmpool: a plain handler reads ctx.chunks with for")


class AsyncChunks(Chunks):
    """What Chunks is to an async handler."""

    def __init__(self, take: Callable[[], Awaitable[Any]]) -> None:
        self._take = take

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("fsmpool: an async handler reads ctx.chunks with async for")

    def __next__(self) -> Any:
        raise TypeError("fsmpool: an async handler reads ctx.chunks with async for")

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        return await self._take()  # raises StopAsyncIteration at the end
