"""Payloads as the values that handlers get and return: JSON as values, everything else as bytes."""

from __future__ import annotations

import json
from json import decoder, encoder
from typing import Any, Callable, Dict, Iterator, NoReturn, Optional, Tuple

from .protocol import BYTES, JSON, Buffer, ProtocolError

_BYTES_META = json.dumps({"content_type": BYTES}).encode()
_JSON_META = json.dumps({"content_type": JSON}).encode()
_STEP = 40  # characters of a key in a path
_DEPTH = 20  # steps of a path


def _encoder() -> Callable[[Any], str]:
    """Returns what json.JSONEncoder.encode does, without the encoder that it makes anew for every call."""
    plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    quote = getattr(encoder, "encode_basestring")  # noqa: B009 - known to no type checker
    chunks = make(None, plain.default, quote, None, ":", ",", False, False, False)
    join = "".join
    return lambda value: join(chunks(value, 0))


def _refuse(constant: str) -> NoReturn:
    """Refuses NaN and the infinities."""
    raise ValueError(f"{constant} is not JSON")


_to_text = _encoder()
_to_ascii = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode
_decoder = decoder.JSONDecoder(parse_constant=_refuse)  # which allows NaN and Infinity by default
_scan: Callable[[str, int], Tuple[Any, int]] = getattr(_decoder, "scan_once")  # noqa: B009


def to_json(value: Any) -> bytes:
    """Returns a value as JSON. TypeError, ValueError and RecursionError say that it cannot be done."""
    try:
        return _to_text(value).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can hold it as an escape, UTF-8 cannot
        return _to_ascii(value).encode("ascii")


def from_json(text: Buffer) -> Any:
    """Returns the value of a JSON text. ValueError and RecursionError say that it is none."""
    words = str(text, "utf-8")
    try:
        value, end = _scan(words, 0)
        if end == len(words):
            return value
    except StopIteration:
        pass
    return _decoder.decode(words)  # white space around it, or an error with words


def decode_payload(content_type: str, payload: Buffer) -> Any:
    """Returns what a handler gets. ValueError and RecursionError say that the payload is not what it says it is."""
    if content_type != JSON:
        return bytes(payload)
    return from_json(payload) if len(payload) else None


def encode_payload(what: str, value: Any) -> Tuple[bytes, Buffer]:
    """Returns the metadata and the payload of a value. TypeError names the part that is neither bytes nor JSON."""
    if isinstance(value, (bytes, bytearray)):
        return _BYTES_META, value
    if isinstance(value, memoryview):
        return _BYTES_META, value.tobytes()
    try:
        return b"", to_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        path, reason = _culprit(value, str(error))
        raise TypeError(f"{what}{path} is neither bytes nor JSON: {reason}") from error


def step(key: Any) -> str:
    """Returns one step of the path to a part of a value: [3] or ['name'], shortened."""
    try:
        text = repr(key) if type(key) in (str, int) else f"{type(key).__name__} key"
    except ValueError:  # an int with more digits than Python writes
        text = "int key"
    return f"[{text if len(text) <= _STEP else text[:_STEP] + '...'}]"


def _culprit(value: Any, reason: str) -> Tuple[str, str]:
    """Returns the path to the innermost part that cannot be encoded, and why it cannot."""
    path, above = "", {id(value)}
    while len(above) <= _DEPTH:
        for key, part in _parts(value):
            try:
                to_json(part)
            except (TypeError, ValueError, RecursionError) as error:
                if id(part) in above:
                    return path, f"{step(key)} refers back to what holds it"
                path, reason, value = path + step(key), str(error), part
                above.add(id(part))
                break
        else:
            return path, reason
    return "", reason  # too deep for a path to be of use


def _parts(value: Any) -> Iterator[Tuple[Any, Any]]:
    """Returns the parts of a dict, a list or a tuple, each with its key."""
    if isinstance(value, dict):
        return iter(value.items())
    return enumerate(value) if isinstance(value, (list, tuple)) else iter(())


def explicit(meta: bytes) -> bytes:
    """Returns the metadata of a payload with its content type, also if that is JSON."""
    return meta or _JSON_META


def marked(meta: bytes, **words: str) -> bytes:
    """Returns the metadata of a payload with more to say about it."""
    return json_bytes({**body("metadata", explicit(meta)), **words})


def body(field: str, text: Buffer) -> Dict[str, Any]:
    """Returns a JSON object that the protocol itself defines."""
    try:
        value = from_json(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(field, str(error), "a JSON object", text) from None
    if not isinstance(value, dict):
        raise ProtocolError(field, type(value).__name__, "a JSON object", text)
    return value


def label(words: Dict[str, Any]) -> Optional[str]:
    """Returns the label of the version of the author's code that such an object names; None if it names none."""
    version = words.get("code_version")
    return version if isinstance(version, str) and version else None


def json_bytes(value: Any) -> bytes:
    """Returns the JSON of a message of this package: ASCII, as texts may hold surrogates, which UTF-8 cannot encode."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")
