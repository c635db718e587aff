"""One request at a time: the main thread reads it, runs it and answers it, which is the fastest there is."""

from __future__ import annotations

from collections import deque
from typing import Deque, List, Optional

from .channel import Channel
from .control import Abort
from .frame import Frame
from .gate import SignalGate
from .job import ERRAND, Intake, Job, Refusal, current
from .protocol import CHUNK, CREDIT, EXPORT, IMPORT, REQUEST, ProtocolError, unexpected
from .runner import Desk, Runner, exit_for


class Serial:
    """Serves plain handlers on the main thread."""

    def __init__(self, channel: Channel, intake: Intake, desk: Desk, abort: Abort) -> None:
        self.left: Optional[BaseException] = None
        """What a handler raised to end the process."""
        self._channel = channel
        self._intake = intake
        self._desk = desk
        self._abort = abort
        self._gate = SignalGate()
        self._runner = Runner(desk, self._gate, self._receive)
        self._newest = 0  # id of the last request that was read
        self._served = 0  # id of the request that has been read and not been answered, 0 if there is none
        self._later: Deque[Frame] = deque()  # errands that came during a request
        self._stopping = False
        channel.over = lambda: self._stopping or self.left is not None

    @property
    def in_flight(self) -> int:
        """How many requests have been read and not been answered."""
        return 1 if self._served else 0

    def begun(self) -> List[int]:
        """Returns the ids of the requests that have been begun and not been answered."""
        served = self._served
        return [served] if served else []

    def serve(self) -> None:
        """Serves until the pool has said stop, and all has been answered."""
        receive = self._channel.receive
        while self.left is None:
            frame = receive()
            if frame is None:
                return
            if frame.type == REQUEST and frame.id:
                self._serve(frame)
            else:
                self._accept(frame)
            while self._later:
                errand = Job(self._later.popleft(), ERRAND, None)
                self._channel.send(*self._desk.answers.errand(errand, self._gate.call))

    def cancel(self, job_id: int) -> None:
        """Cancels a request, also one that has not been read yet."""
        self._gate.cancel(job_id)

    def stop(self) -> None:
        """Ends serve when all that has arrived is answered."""
        self._stopping = True
        self._channel.wake()

    def fail(self, error: BaseException) -> None:
        """Ends serve when what runs is answered, from any thread: the process is to end, and why."""
        self.left = exit_for(error)
        self._channel.wake()

    def _serve(self, frame: Frame) -> None:
        self._newest = self._served = frame.id
        try:
            job = self._intake.job(frame)
        except Refusal as refusal:
            answer = self._desk.answers.refused(frame.id, refusal)
        else:
            job.gate = self._gate
            current.concurrent.set(job)
            answer = self._runner.run(job)
            current.concurrent.set(None)
            if job.left is not None:
                self.left = job.left
        self._channel.send(*answer)
        self._served = 0  # not before: the pool takes a request for lost that is in neither place

    def _accept(self, frame: Frame) -> None:
        """Takes a frame that is no REQUEST."""
        if frame.type in (EXPORT, IMPORT):
            self._newest = frame.id
            self._later.append(frame)
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
        try:
            frame = self._channel.receive()
        except (ProtocolError, OSError) as error:
            self._abort(error)  # at once: the handler might catch it
        if frame is None:
            self._abort(None)
        return frame
