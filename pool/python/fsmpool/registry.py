"""The registry of a worker: its commands, its hooks, and what the pool tells it about itself."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from .command import Command, Hook, ImportHook, blame, unwrapped


class Identity:
    """Identity is what the pool tells a worker about itself, known from the start hook on.

    id       unique over the life of the pool
    config   what the pool was configured to tell its workers; an empty dict if nothing
    version  the label that the pool has for the version of this code; None if it has none
    """

    def __init__(self) -> None:
        self.id = ""
        self.config: Any = {}
        self.version: Optional[str] = None


class Registry:
    """Registry holds the commands by name, the hooks by kind, and the identity of one worker.

    The author's program fills it before run; afterwards it is only read.
    """

    def __init__(self, identity: Identity) -> None:
        self.commands: Dict[str, Command] = {}
        self.hooks: Dict[str, Hook] = {}
        self._identity = identity

    def introduce(self, worker_id: str, config: Any, version: Optional[str]) -> None:
        """Fills in the identity, which the handshake has brought."""
        identity = self._identity
        identity.id, identity.config, identity.version = worker_id, {} if config is None else config, version

    def add_command(self, name: str, function: Callable[..., Any]) -> None:
        """Adds a command. ValueError says that the name is taken."""
        if name in self.commands:
            blame(unwrapped(function), f"cannot be added: command {name!r} exists already", ValueError)
        self.commands[name] = Command(function)

    def add_hook(self, name: str, function: Callable[..., Any], arguments: int, may_be_async: bool = False) -> None:
        """Adds a hook that is called with so many arguments. ValueError says that there is one of the kind."""
        self._add_hook(name, Hook(name, function, arguments, may_be_async))

    def add_import_hook(self, function: Callable[..., Any]) -> None:
        """Adds the import_session hook. ValueError says that there is one."""
        self._add_hook("import_session", ImportHook(function))

    def _add_hook(self, name: str, hook: Hook) -> None:
        """Adds a hook of any kind."""
        if name in self.hooks:
            blame(hook.function, f"cannot be added: {self.hooks[name].where} is the {name} hook already", ValueError)
        self.hooks[name] = hook

    @property
    def asynchronous(self) -> bool:
        """Whether a command or a hook needs an event loop."""
        commands = any(command.asynchronous for command in self.commands.values())
        return commands or any(hook.asynchronous for hook in self.hooks.values())

    def unpaired(self) -> str:
        """Returns what is wrong if there is one of the two session hooks without the other; empty otherwise."""
        export, restore = self.hooks.get("export_session"), self.hooks.get("import_session")
        if (export is None) == (restore is None):
            return ""
        there, missing = ("export", "import") if export is not None else ("import", "export")
        hook = self.hooks[f"{there}_session"]
        return f"{hook.where} is an {there}_session hook without an {missing}_session hook: allowed are both or none"
