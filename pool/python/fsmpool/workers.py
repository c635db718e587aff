"""The worker as its author sees it: commands, hooks, run."""

from __future__ import annotations

from typing import Any, Callable, TypeVar, overload

from . import main
from .command import blame, unwrapped
from .errors import Cancelled, Fatal, Retryable
from .registry import Identity, Registry

Function = TypeVar("Function", bound=Callable[..., Any])


class Worker(Identity):
    """The commands and hooks of a worker, and what the pool told it about itself.

    id       unique over the life of the pool
    config   what the pool was configured to tell its workers; an empty dict if nothing
    version  the label that the pool has for the version of this code; None if it has told none

    They are known from the start hook on.
    """

    Fatal = Fatal
    Retryable = Retryable
    Cancelled = Cancelled

    def __init__(self) -> None:
        super().__init__()
        self._registry = Registry(self)

    @overload
    def command(self, name_or_function: Function) -> Function: ...

    @overload
    def command(self, name_or_function: str) -> Callable[[Function], Function]: ...

    def command(self, name_or_function: Any) -> Any:
        """Makes a callable a command, under its own name or under the given one.

        It is called with the arguments of the request and, if it has a parameter for it, a
        Context. It may be async. What it returns decides: an awaitable is awaited; a generator,
        async or not, answers with a stream, each item of which is sent when it is there, to
        callers who ask for a stream; others get a list.
        """
        if isinstance(name_or_function, str):
            return lambda function: self._add(name_or_function, function)
        name = getattr(unwrapped(name_or_function), "__name__", None)
        if not isinstance(name, str):
            blame(name_or_function, "has no name of its own: give it one, worker.command(NAME)(...)")
        return self._add(name, name_or_function)

    def start(self, function: Function) -> Function:
        """Runs function() before the worker is ready. If it raises, the worker does not start. It may be async."""
        self._registry.add_hook("start", function, 0, may_be_async=True)
        return function

    def health(self, function: Function) -> Function:
        """Asks function(), now and then, whether the worker is healthy: None or a true value means yes.

        It runs on a thread of its own, also while a handler runs, and must not block.
        """
        self._registry.add_hook("health", function, 0)
        return function

    def shutdown(self, function: Function) -> Function:
        """Runs function() after the last request of a worker that the pool stops politely. It may be async."""
        self._registry.add_hook("shutdown", function, 0, may_be_async=True)
        return function

    def export_session(self, function: Function) -> Function:
        """Calls function(session), which returns the state of the session as JSON or bytes, to move or to copy it.

        Without the two hooks a session is exported as JSON; it is an error if it would not come back as it was.
        """
        self._registry.add_hook("export_session", function, 1)
        return function

    def import_session(self, function: Function) -> Function:
        """Calls function(snapshot), which returns the session that was exported, perhaps by another process.

        What it returns becomes ctx.session. With a second parameter, function(snapshot, version), it also gets the
        label of the version of the worker's code that wrote the snapshot, which may be an older or a newer one; None
        if it is not known.
        """
        self._registry.add_import_hook(function)
        return function

    def run(self, *, slots: int = 1) -> None:
        """Serves the pool until it sends the stop, then exits the process. Call it last.

        In a process that multiprocessing starts with "spawn" or "forkserver", which imports this
        program again, it returns at once.

        slots is how many requests the worker serves at once. With one, sync handlers run on the main
        thread. With more they run on threads. Async handlers always run on an event loop, which has a
        thread of its own; a worker that has any runs its sync handlers on threads too.
        """
        main.run(self._registry, slots)

    def _add(self, name: str, function: Function) -> Function:
        """Adds a command, and returns the function as a decorator does."""
        self._registry.add_command(name, function)
        return function
