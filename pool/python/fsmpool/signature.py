"""The parameters of callables, seen from the outermost callable, which is the one that is called."""

from __future__ import annotations

import functools
from types import CodeType
from typing import Any, Callable, NamedTuple, Optional, Sequence, Tuple

# Flags of a code object, as in inspect, whose import would double the time that this package takes.
_VARARGS, _VARKEYWORDS, _GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x04, 0x08, 0x20, 0x80, 0x200

NONE, POSITIONAL, KEYWORD = range(3)
"""How a callable gets its second argument."""


class Extra(NamedTuple):
    """Extra is a second argument, which a callable of the author need not take."""

    first: str
    """What the first argument is called."""
    names: Tuple[str, ...]
    """Of a parameter that has a default, or is keyword-only, and is for the second argument."""
    rest: int
    """How *args alone gets it."""


CONTEXT = Extra("args", ("ctx", "context"), POSITIONAL)
"""The Context of a handler."""

VERSION = Extra("snapshot", ("version",), NONE)
"""The version of an import_session hook. What is behind *args may take the snapshot alone."""


class Shape(NamedTuple):
    """Shape is the parameters of a callable."""

    names: Tuple[str, ...]
    """Of those that are given by position."""
    required: int
    """How many of them have no default."""
    keywords: Tuple[str, ...]
    """Of those that are keyword-only."""
    needed: Tuple[str, ...]
    """Keyword-only ones without a default."""
    rest: bool
    """Whether there is *args."""
    others: bool
    """Whether there is **kwargs."""

    def takes(self, count: int) -> bool:
        """Whether a call with so many arguments is allowed."""
        return self.required <= count and (self.rest or count <= len(self.names)) and not self.needed


def shape_of(function: Any) -> Shape:
    """Returns the parameters of the callable itself, not of what it wraps."""
    plain = getattr(function, "__func__", function)  # of a method
    code = getattr(plain, "__code__", None)
    if type(code) is not CodeType:
        return _inspected(function)
    count = code.co_argcount
    names = code.co_varnames[:count]
    required = count - len(plain.__defaults__ or ())
    if plain is not function and count:  # its self is bound
        names, required = names[1:], max(0, required - 1)
    keywords = code.co_varnames[count : count + code.co_kwonlyargcount]
    return _shape(names, required, keywords, tuple(plain.__kwdefaults__ or ()), code.co_flags)


def _shape(names: Tuple[str, ...], required: int, keywords: Tuple[str, ...], given: Sequence[str], flags: int) -> Shape:
    """Returns the shape that the fields of a code object describe."""
    needed = tuple(name for name in keywords if name not in given)
    return Shape(names, required, keywords, needed, bool(flags & _VARARGS), bool(flags & _VARKEYWORDS))


def _without_self(shape: Shape) -> Shape:
    """Returns the parameters of a method whose object is known."""
    return shape._replace(names=shape.names[1:], required=max(0, shape.required - 1))


def _inspected(function: Any, follow: bool = False) -> Shape:
    """Returns the parameters of what is no Python function: a partial, an object with __call__, a builtin, a class."""
    import inspect

    if isinstance(inspect.getattr_static(type(function), "__call__", None), staticmethod):  # older versions of inspect err
        return shape_of(function.__call__)
    try:
        parameters = inspect.signature(function, follow_wrapped=follow).parameters.values()
    except (TypeError, ValueError):
        wrapped = getattr(function, "__wrapped__", None)  # of a functools.lru_cache
        if wrapped is None:
            return Shape(("args",), 1, (), (), False, False)
        shape = shape_of(wrapped)
        return _without_self(shape) if hasattr(function, "__self__") and not hasattr(wrapped, "__self__") else shape
    kinds = inspect.Parameter
    positional = [p for p in parameters if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    keywords = [p for p in parameters if p.kind is kinds.KEYWORD_ONLY]
    return Shape(
        tuple(p.name for p in positional),
        sum(p.default is p.empty for p in positional),
        tuple(p.name for p in keywords),
        tuple(p.name for p in keywords if p.default is p.empty),
        any(p.kind is kinds.VAR_POSITIONAL for p in parameters),
        any(p.kind is kinds.VAR_KEYWORD for p in parameters),
    )


def extra_of(function: Any, extra: Extra) -> Optional[int]:
    """Returns how a callable gets the second argument; None if it can be called neither with one nor with two."""
    shape = shape_of(function)
    if shape.rest:
        wrapped = _wrapped(function)
        if wrapped is not None:
            return _passed_on(shape, wrapped, extra)
    return _extra(shape, extra)


def _extra(shape: Shape, extra: Extra) -> Optional[int]:
    """Returns how a callable of that shape gets the second argument; None if it takes neither one nor two."""
    needed = [name for name in shape.needed if name not in extra.names]
    if needed or shape.required > 2 or not (shape.names or shape.rest):
        return None
    if shape.required == 2 and not shape.needed:
        return POSITIONAL
    if any(name in extra.names for name in shape.keywords):
        return None if shape.required == 2 else KEYWORD
    if len(shape.names) > 1:
        return POSITIONAL if shape.names[1] in extra.names else NONE
    return extra.rest if shape.rest else NONE


def _wrapped(function: Any) -> Optional[Shape]:
    """Returns the parameters of the function behind a decorator with *args, if that is known."""
    if hasattr(function, "__wrapped__"):  # set by functools.wraps
        inner = function.__wrapped__
        while hasattr(inner, "__wrapped__"):
            inner = inner.__wrapped__
        shape = shape_of(inner)
        if hasattr(function, "__self__") and not hasattr(inner, "__self__"):  # a method that was decorated
            return _without_self(shape)
        return shape
    if isinstance(function, functools.partial):
        shape = _inspected(function, follow=True)
        return None if shape.rest else shape
    return None


def _passed_on(outer: Shape, inner: Shape, extra: Extra) -> Optional[int]:
    """Returns how the second argument gets to a function through a decorator, which may add arguments of its own."""
    if any(name in extra.names for name in inner.keywords):
        return KEYWORD if outer.others or any(name in extra.names for name in outer.keywords) else NONE
    if any(name in extra.names for name in inner.names):
        return POSITIONAL
    if inner.rest or len(inner.names) < 2:
        return _extra(inner, extra)
    return POSITIONAL if inner.required == 2 and inner.names[1] != extra.first else NONE


def origin(function: Any) -> Any:
    """Returns the function that a call runs first; the callable itself if that is none of Python's."""
    while isinstance(function, functools.partial):
        function = function.func
    plain = getattr(function, "__func__", function)
    if not hasattr(plain, "__code__") and not isinstance(plain, type):
        plain = getattr(type(plain), "__call__", plain)
        plain = getattr(plain, "__func__", plain)
    return plain


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine or an async generator, as far as that can be known before."""
    return bool(_flags(function) & (_COROUTINE | _ASYNC_GENERATOR))


def is_generator(function: Callable[..., Any]) -> bool:
    """Whether calling it gives a generator, async or not, as far as that can be known before."""
    return bool(_flags(function) & (_GENERATOR | _ASYNC_GENERATOR))


def _flags(function: Callable[..., Any]) -> int:
    """Returns the flags of the code that a call runs first."""
    flags = getattr(getattr(origin(function), "__code__", None), "co_flags", 0)
    return flags if type(flags) is int else 0


def site(function: Any) -> Tuple[str, int, str]:
    """Returns file, line and name of a callable, for messages; no file if it is none of Python's."""
    name = getattr(function, "__name__", None) or getattr(origin(function), "__qualname__", type(function).__name__)
    source = origin(function)
    code = getattr(source, "__code__", None) or getattr(getattr(function, "__wrapped__", None), "__code__", None)
    if type(code) is not CodeType:
        return "", 0, str(name)
    return code.co_filename, code.co_firstlineno, str(name)
