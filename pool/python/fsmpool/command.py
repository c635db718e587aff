"""Handlers and hooks: how callables of the author are called, and which are refused."""

from __future__ import annotations

import os
from typing import Any, Callable, NoReturn, Optional

from .failure import raise_at
from .signature import CONTEXT, KEYWORD, POSITIONAL, VERSION, extra_of, is_async, is_generator, shape_of, site

_ALLOWED = "allowed are (args) and (args, ctx)"


class Command:
    """Command is a handler, called with as many arguments as it has parameters for."""

    __slots__ = ("asynchronous", "function", "wants_context")

    def __init__(self, function: Callable[..., Any]) -> None:
        function = unwrapped(function)
        if shape_of(function).names[:1] == ("self",):
            blame(function, "is a method without its object: register the bound one, worker.command(OBJECT.METHOD)")
        how = extra_of(function, CONTEXT)
        if how is None:
            blame(function, f"{_needs(function)}: {_ALLOWED}")
        self.function: Callable[..., Any] = function
        if how == KEYWORD:
            self.function = _by_keyword(function)
        self.wants_context = how in (POSITIONAL, KEYWORD)
        self.asynchronous = is_async(function)
        """Whether it runs on the event loop. What it returns decides how it is answered."""


class Hook:
    """Hook is a function that the worker calls beside its commands."""

    __slots__ = ("asynchronous", "function")

    def __init__(self, name: str, function: Callable[..., Any], arguments: int, may_be_async: bool) -> None:
        function = unwrapped(function)
        self._check_arguments(name, function, arguments)
        asynchronous = is_async(function)
        if is_generator(function) or (asynchronous and not may_be_async):
            allowed = "a plain or an async function" if may_be_async else "a plain function"
            blame(function, f"cannot be a {name} hook: allowed is {allowed}")
        self.function = function
        self.asynchronous = asynchronous

    def _check_arguments(self, name: str, function: Callable[..., Any], arguments: int) -> None:
        """Refuses a function that cannot be called with so many arguments."""
        if not shape_of(function).takes(arguments):
            blame(function, f"{_needs(function)}: a {name} hook gets {arguments}")

    @property
    def name(self) -> str:
        """Name of the function."""
        return site(self.function)[2]

    @property
    def where(self) -> str:
        """Name, file and line of the function."""
        return described(self.function)


class ImportHook(Hook):
    """ImportHook is the import_session hook, called with as many arguments as it has parameters for."""

    __slots__ = ("_version",)

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__("import_session", function, 1, may_be_async=False)
        self._version = extra_of(self.function, VERSION)

    def _check_arguments(self, name: str, function: Callable[..., Any], arguments: int) -> None:
        """Refuses a function that can be called neither with a snapshot nor with a snapshot and a version."""
        if shape_of(function).names[:1] == ("self",):
            needed = "register the bound one, worker.import_session(OBJECT.METHOD)"
            blame(function, f"is a method without its object: {needed}")
        if extra_of(function, VERSION) is None:
            blame(function, f"{_needs(function)}: allowed are (snapshot) and (snapshot, version)")

    def restore(self, snapshot: Any, version: Optional[str]) -> Any:
        """Returns the state that the hook makes of a snapshot, which that version of the worker's code wrote."""
        if self._version == POSITIONAL:
            return self.function(snapshot, version)
        if self._version == KEYWORD:
            return self.function(snapshot, version=version)
        return self.function(snapshot)


def unwrapped(function: Any) -> Any:
    """Returns the function of a staticmethod, which Python 3.9 cannot call; TypeError if it is no callable."""
    function = function.__func__ if isinstance(function, staticmethod) else function
    if not callable(function):
        raise TypeError(f"fsmpool: {function!r} cannot be called: {_ALLOWED}")
    return function


def described(function: Any) -> str:
    """Returns the name of a callable, and where it is defined."""
    filename, line, name = site(function)
    return f"{name} ({os.path.basename(filename)}:{line})" if filename else name


def blame(function: Any, complaint: str, kind: Callable[[str], Exception] = TypeError) -> NoReturn:
    """Raises an error about a callable of the author, with a traceback that ends where it is defined."""
    error = kind(f"fsmpool: {described(function)} {complaint}")
    filename, line, name = site(function)
    if filename:
        raise_at(error, filename, line, name)
    raise error


def _needs(function: Any) -> str:
    """Returns which arguments a callable needs."""
    shape = shape_of(function)
    if shape.needed:
        return f"needs the keyword-only {', '.join(shape.needed)}"
    count = shape.required if shape.required or shape.rest else len(shape.names)
    return f"needs {count} arguments"


def _by_keyword(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Returns a function that passes the context on by keyword."""
    return lambda args, ctx: function(args, ctx=ctx)
