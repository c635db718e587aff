"""The comparison of a value with what its encoding is decoded to."""

from __future__ import annotations

import marshal
from itertools import zip_longest
from typing import Any

from .payload import step

_CONTENT = 2  # version of marshal whose bytes depend on content and exact types only, not on how objects are shared
_SHOWN = 60  # characters of a value in a message
_MISSING = object()


def difference(value: Any, back: Any, name: str) -> str:
    """Returns the first difference between a value and what its encoding was decoded to, empty if there is none.

    Types have to be the same, not only equal: True is not 1, a tuple no list, an OrderedDict no dict. That a list or
    dict is held at two places is no difference: it comes back as two that are equal. The message begins with the path to
    the difference, which begins with name.
    """
    try:
        if type(value) is not type(back) or not _same(value, back):
            return _first(name, value, back)
        return ""
    except RecursionError:
        return f"{name} is nested too deeply to be compared"


def renamed_key(value: Any, _back: Any, name: str) -> str:
    """Returns the first key in a value that JSON makes another one of, empty if there is none.

    This is what is left to compare where a hook of the author makes a state of what comes back: the hook knows which of
    its lists was a tuple, but of the keys 7 and '7' only one comes back.
    """
    level = [(name, value)]
    while level:
        following = []
        for path, part in level:
            if isinstance(part, dict):
                for key, inner in part.items():
                    if not isinstance(key, str):
                        return f"{path}: a key {_typed(key)} would come back as a string"
                    if _contains(inner):
                        following.append((path + step(key), inner))
            elif isinstance(part, (list, tuple)):
                following.extend((path + step(index), inner) for index, inner in enumerate(part) if _contains(inner))
        level = following
    return ""


def _contains(value: Any) -> bool:
    """Whether JSON makes an object or an array of a value."""
    return isinstance(value, (dict, list, tuple))


def _same(value: Any, back: Any) -> bool:
    """Compares what is in two values of one type, by exact types, the bits of floats and the order of keys.

    False may be wrong.
    """
    try:
        return marshal.dumps(value, _CONTENT) == marshal.dumps(back, _CONTENT)
    except ValueError:  # a type that marshal does not know, such as a subclass of dict; or more than 2000 levels
        return False


def _first(path: str, value: Any, back: Any) -> str:
    """Returns the first difference, found step by step, empty if there is none."""
    if type(value) is not type(back):
        return f"{path}: {_typed(value)} would come back as {_typed(back)}"
    if type(value) is dict:
        for key, other in zip_longest(value, back, fillvalue=_MISSING):
            if type(key) is not type(other) or key != other:
                return f"{path}: a key {_typed(key)} would come back as {_text(other)}"
        pairs = ((step(key), part, back[key]) for key, part in value.items())
    elif type(value) is list:
        pairs = ((step(index), part, back[index]) for index, part in enumerate(value))
    else:
        return "" if _same(value, back) else f"{path}: {_text(value)} would come back as {_text(back)}"
    for key, part, other in pairs:
        found = _first(path + key, part, other)
        if found:
            return found
    return ""


def _typed(value: Any) -> str:
    """Returns a value and its type, for a message."""
    return f"{_text(value)} ({type(value).__name__})" if value is not _MISSING else "nothing"


def _text(value: Any) -> str:
    """Returns a short repr on one line, whatever the author's __repr__ does."""
    if value is _MISSING:
        return "nothing"
    try:
        text = " ".join(repr(value).split())
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
