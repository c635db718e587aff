"""Payloads in memory that the pool and the worker share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional

from .frame import REGION
from .protocol import Buffer, ProtocolError

if TYPE_CHECKING:
    import mmap


class Memory:
    """Memory holds two regions for each slot, for the payload of a request and for that of its answer.

    The constructor maps the descriptor that the pool sent, if it sent one and it can be mapped, and closes it. regions
    is what WELCOME says of them: {"size": bytes of a region, "from": bytes of the smallest payload to put there}.
    """

    def __init__(self, descriptor: Optional[int], regions: Any, slots: int) -> None:
        self.mapped = False
        """Whether there are regions."""
        self._map: Optional[mmap.mmap] = None
        self._size = 0  # bytes of a region
        self._from = 0  # bytes of the smallest payload that goes through memory
        self._slots = slots
        if descriptor is None:
            return
        try:
            self._map = self._mapped(descriptor, regions)
            self.mapped = True
        except (ImportError, KeyError, TypeError, ValueError, OSError):
            pass  # READY tells the pool
        finally:
            os.close(descriptor)

    def _mapped(self, descriptor: int, regions: Any) -> "mmap.mmap":
        """Maps the regions of all slots."""
        import mmap  # few workers have shared memory

        self._size, self._from = regions["size"], regions["from"]
        return mmap.mmap(descriptor, 2 * self._slots * self._size)

    def request(self, region: Buffer) -> memoryview:
        """Returns the payload of a request, which stays until the request is answered."""
        slot, size = REGION.unpack(region)
        if self._map is None or slot >= self._slots or size > self._size:
            raise ProtocolError("shared", f"slot {slot}, {size} bytes", f"{self._slots} slots of {self._size} bytes")
        begin = 2 * slot * self._size
        return memoryview(self._map)[begin : begin + size]

    def answer(self, slot: Optional[int], payload: Buffer) -> Optional[bytes]:
        """Puts the payload of an answer there and returns where, or None if it has to take the socket."""
        size = len(payload)
        if self._map is None or size < self._from or size > self._size:
            return None
        if slot is None and self._slots == 1:
            slot = 0
        if slot is None or not 0 <= slot < self._slots:
            return None
        begin = (2 * slot + 1) * self._size
        self._map[begin : begin + size] = payload if isinstance(payload, bytes) else bytes(payload)
        return REGION.pack(slot, size)
