"""Payloads and what they mean to handlers: JSON as values, everything else as bytes."""

from __future__ import annotations

import json
from json import decoder, encoder
from typing import Any, Callable, Dict, Tuple

from .protocol import BYTES, JSON, Buffer, ProtocolError

_BYTES_META = json.dumps({"content_type": BYTES}).encode()
_JSON_META = json.dumps({"content_type": JSON}).encode()


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


_to_text = _encoder()
_decoder = decoder.JSONDecoder()
_scan: Callable[[str, int], Tuple[Any, int]] = getattr(_decoder, "scan_once")  # noqa: B009


def to_json(value: Any) -> bytes:
    """Returns a value as JSON. TypeError, ValueError and RecursionError say that it cannot be done."""
    return _to_text(value).encode()


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
    """Returns the metadata and the payload of what a handler gave. TypeError says that it is neither bytes nor JSON."""
    if isinstance(value, (bytes, bytearray)):
        return _BYTES_META, value
    if isinstance(value, memoryview):
        return _BYTES_META, value.tobytes()
    try:
        return b"", _to_text(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"{what} is neither bytes nor JSON: {error}") from error


def explicit(meta: bytes) -> bytes:
    """Returns the metadata of a payload that says that it is JSON, too."""
    return meta or _JSON_META


def body(field: str, text: Buffer) -> Dict[str, Any]:
    """Returns a JSON object that the protocol itself defines."""
    try:
        value = from_json(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(field, str(error), "a JSON object", text) from None
    if not isinstance(value, dict):
        raise ProtocolError(field, type(value).__name__, "a JSON object", text)
    return value


def json_bytes(value: Any) -> bytes:
    """Returns the JSON of what this package has to say: ASCII, as words may hold surrogates that UTF-8 cannot."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")
