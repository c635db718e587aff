"""One request at a time: the main thread reads it, runs it and answers it. This is the fastest way to serve."""

from __future__ import annotations

from collections import deque
from typing import Deque, List, Optional

from .channel import Channel
from .frame import Frame
from .gate import SignalGate
from .job import SESSION_REQUEST, Job, Refusal, RequestDecoder, current
from .protocol import CHUNK, CREDIT, EXPORT, IMPORT, REQUEST, Abort, ProtocolError, unexpected
from .runner import Runner, Services, exit_for


class Serial:
    """Serial serves plain handlers on the main thread."""

    def __init__(self, channel: Channel, decoder: RequestDecoder, services: Services, abort: Abort) -> None:
        self.exit_error: Optional[BaseException] = None
        """Raised by a handler to end the process."""
        self._channel = channel
        self._decoder = decoder
        self._services = services
        self._abort = abort
        self._gate = SignalGate()
        self._runner = Runner(services, self._gate, self._receive)
        self._newest = 0  # id of the last request that was read
        self._served = 0  # id of the request that has been read and not been answered, 0 if there is none
        self._postponed: Deque[Frame] = deque()  # EXPORT and IMPORT that came during a request
        self._stopping = False
        channel.end_when(lambda: self._stopping or self.exit_error is not None)

    @property
    def in_flight(self) -> int:
        """How many requests have been read and not been answered."""
        return 1 if self._served else 0

    def begun(self) -> List[int]:
        """Returns the ids of the requests that have been begun and not been answered."""
        served = self._served
        return [served] if served else []

    def serve(self) -> None:
        """Serves until the pool has sent the stop, and all has been answered."""
        receive = self._channel.receive
        while self.exit_error is None:
            frame = receive()
            if frame is None:
                return
            if frame.type == REQUEST and frame.id:
                self._serve(frame)
            else:
                self._accept(frame)
            while self._postponed:
                job = Job(self._postponed.popleft(), SESSION_REQUEST, None)
                self._channel.send(*self._services.answers.session_request(job, self._gate.call))

    def cancel(self, job_id: int) -> None:
        """Cancels a request, also one that has not been read yet."""
        self._gate.cancel(job_id)

    def stop(self) -> None:
        """Ends serve when all that has arrived is answered."""
        self._stopping = True
        self._channel.wake()

    def fail(self, error: BaseException) -> None:
        """Ends serve when what runs is answered, from any thread, because an error is to end the process."""
        self.exit_error = exit_for(error)
        self._channel.wake()

    def _serve(self, frame: Frame) -> None:
        """Runs one request, and answers it."""
        self._newest = self._served = frame.id
        try:
            job = self._decoder.decode(frame)
        except Refusal as refusal:
            answer = self._services.answers.refused(frame.id, refusal)
        else:
            job.gate = self._gate
            current.concurrent.set(job)
            answer = self._runner.run(job)
            current.concurrent.set(None)
            if job.exit_error is not None:
                self.exit_error = job.exit_error
        self._channel.send(*answer)
        self._served = 0  # after the answer: for the pool, a request that is neither here nor answered is lost

    def _accept(self, frame: Frame) -> None:
        """Takes a frame that is no REQUEST."""
        if frame.type in (EXPORT, IMPORT):
            self._newest = frame.id
            self._postponed.append(frame)
        elif frame.type not in (CHUNK, CREDIT) or frame.id > self._newest:
            raise unexpected(frame.type, frame.id, "REQUEST, EXPORT, IMPORT")

    def _receive(self, job: Job) -> Frame:
        """Reads on during a request, for the next frame of its streams. A cancellation ends the waiting."""
        while True:
            if not self._channel.buffered():
                self._gate.call(job, self._channel.poll)
            frame = self._read()
            if frame.id == job.id and frame.type in (CHUNK, CREDIT):
                return frame
            self._accept(frame)

    def _read(self) -> Frame:
        """Reads a frame. The end of the connection, or an error on it, ends the process."""
        try:
            frame = self._channel.receive()
        except (ProtocolError, OSError) as error:
            self._abort(error)  # at once: the handler might catch it
        if frame is None:
            self._abort(None)
        return frame
