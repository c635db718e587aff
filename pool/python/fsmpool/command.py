"""Handlers: what kind of function each is, and how it wants to be called."""

from __future__ import annotations

from typing import Any, Callable, Tuple

# Flags of a code object, as in inspect, whose import would double the time that this package takes.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


class Command:
    """A handler, called with as much as it wants to know."""

    __slots__ = ("function", "wants_context", "asynchronous", "generates")

    def __init__(self, function: Callable[..., Any]) -> None:
        wants, flags = _signature(function)
        if wants not in (1, 2):
            raise TypeError(f"fsmpool: {function.__name__} needs {wants} arguments: allowed are (args) and (args, ctx)")
        self.function = function
        self.wants_context = wants == 2
        self.asynchronous = bool(flags & (_COROUTINE | _ASYNC_GENERATOR))
        self.generates = bool(flags & (_GENERATOR | _ASYNC_GENERATOR))


class Hook:
    """A function that the worker calls beside its commands."""

    __slots__ = ("function", "asynchronous")

    def __init__(self, name: str, function: Callable[..., Any], arguments: int, may_be_async: bool) -> None:
        wants, flags = _signature(function)
        if wants != arguments:
            raise TypeError(f"fsmpool: {function.__name__} needs {wants} arguments: a {name} hook gets {arguments}")
        if flags & (_GENERATOR | _ASYNC_GENERATOR) or (flags & _COROUTINE and not may_be_async):
            allowed = "a plain or an async function" if may_be_async else "a plain function"
            raise TypeError(f"fsmpool: {function.__name__} cannot be a {name} hook: allowed is {allowed}")
        self.function = function
        self.asynchronous = bool(flags & _COROUTINE)


def _signature(function: Any) -> Tuple[int, int]:
    """Counts the arguments that a function has to get, and returns the flags of it and of what it wraps."""
    flags = 0
    while True:
        code = getattr(function, "__code__", None)
        if code is None:
            allowed = "functions and methods, async and generators too"
            raise TypeError(f"fsmpool: {function!r} is no handler: allowed are {allowed}")
        flags |= code.co_flags
        if not hasattr(function, "__wrapped__"):  # set by functools.wraps
            break
        function = function.__wrapped__
    bound = hasattr(function, "__self__")
    return code.co_argcount - len(function.__defaults__ or ()) - bound, flags
