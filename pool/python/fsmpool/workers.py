"""The worker as its author sees it: commands, hooks, run."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Optional, TypeVar, overload

from . import descriptors
from .command import Command, Hook, ImportHook, blame, unwrapped
from .errors import Cancelled, Fatal, Retryable
from .patched import patched

Function = TypeVar("Function", bound=Callable[..., Any])


class Worker:
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
        self.id = ""
        self.config: Any = {}
        self.version: Optional[str] = None
        self._commands: Dict[str, Command] = {}
        self._hooks: Dict[str, Hook] = {}
        self._outlet: Optional[Callable[[bytes], bool]] = None  # of log records, while there is a pool

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
        return self._hook("start", function, 0, may_be_async=True)

    def health(self, function: Function) -> Function:
        """Asks function(), now and then, whether the worker is healthy: None or a true value says so.

        It runs on a thread of its own, also while a handler runs, and must not block.
        """
        return self._hook("health", function, 0)

    def shutdown(self, function: Function) -> Function:
        """Runs function() after the last request of a worker that the pool stops politely. It may be async."""
        return self._hook("shutdown", function, 0, may_be_async=True)

    def export_session(self, function: Function) -> Function:
        """Has function(session) return what the session is made of, as JSON or bytes, so that it can live on elsewhere.

        Without the two hooks a session is exported as JSON; it is an error if it would not come back as it was.
        """
        return self._hook("export_session", function, 1)

    def import_session(self, function: Function) -> Function:
        """Has function(snapshot) return the session that an export_session, perhaps of another process, returned.

        What it returns becomes ctx.session. With a second parameter, function(snapshot, version), it also gets the label of
        the version of the worker's code that wrote the snapshot, which may be an older or a newer one; None if it is not known.
        """
        return self._add_hook("import_session", function, ImportHook(function))

    def run(self, *, slots: int = 1) -> None:
        """Serves the pool until it says stop, then exits the process. Call it last.

        In a process that multiprocessing starts with "spawn" or "forkserver", which imports this
        program again, it returns at once.

        slots is how many requests the worker serves at once. With one, sync handlers run on the main
        thread. With more they run on threads. Async handlers always run on an event loop, which has a
        thread of its own; a worker that has any runs its sync handlers on threads too.
        """
        if not isinstance(slots, int) or slots < 1:
            raise ValueError(f"fsmpool: slots={slots!r}: allowed is 1 or more")
        if _imported_again():
            return
        for complaint in (patched(), self._unpaired()):
            if complaint:
                print(f"fsmpool: {complaint}", file=sys.stderr)
                sys.exit(2)
        if descriptors.by_hand is not None:
            from . import byhand

            sys.exit(byhand.serve(self, slots))
        from .server import Server, preload

        if descriptors.fork_server is not None:
            from . import forkserver

            preload(self, slots)
            descriptors.claimed = forkserver.run(descriptors.fork_server)  # returns in each worker that it forks
        if isinstance(descriptors.claimed, str):
            print(f"fsmpool: {descriptors.claimed}", file=sys.stderr)
            sys.exit(2)
        sys.exit(Server(self, slots, *descriptors.claimed[:2]).run())

    def _add(self, name: str, function: Function) -> Function:
        if name in self._commands:
            blame(unwrapped(function), f"cannot be added: command {name!r} exists already", ValueError)
        self._commands[name] = Command(function)
        return function

    def _hook(self, name: str, function: Function, arguments: int, may_be_async: bool = False) -> Function:
        return self._add_hook(name, function, Hook(name, function, arguments, may_be_async))

    def _add_hook(self, name: str, function: Function, hook: Hook) -> Function:
        if name in self._hooks:
            blame(hook.function, f"cannot be added: {self._hooks[name].where} is the {name} hook already", ValueError)
        self._hooks[name] = hook
        return function

    def _unpaired(self) -> str:
        """Returns what is wrong if there is one of the two hooks of sessions without the other."""
        export, restore = self._hooks.get("export_session"), self._hooks.get("import_session")
        if (export is None) == (restore is None):
            return ""
        there, missing = ("export", "import") if export is not None else ("import", "export")
        hook = self._hooks[f"{there}_session"]
        return f"{hook.where} is an {there}_session hook without an {missing}_session hook: allowed are both or none"

    def _asynchronous(self) -> bool:
        """Whether any code of the author needs an event loop."""
        commands = any(command.asynchronous for command in self._commands.values())
        return commands or any(hook.asynchronous for hook in self._hooks.values())


def _imported_again() -> bool:
    """Whether multiprocessing imports the program, for a child that it has started and not forked.

    The attribute is what multiprocessing itself looks at to refuse to start children meanwhile.
    """
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and getattr(processes.current_process(), "_inheriting", False)
