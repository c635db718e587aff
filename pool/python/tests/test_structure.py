"""The structure of the package: which module imports which, and what each line of it may touch of another module.

Annotations are checked for being there. Whether they are true is checked by a type checker only.
"""

import ast
import os
import unittest

import peer

PACKAGE = os.path.join(peer.ROOM, "fsmpool")

LAYERS = """
    errors protocol version process signature
    frame payload roundtrip descriptors
    failure channel stream shared
    command handshake
    registry session
    job
    gate context eventloop answer log control
    runner
    threads serial
    loop
    parallel
    server
    stdio forkserver
    main
    workers
    __init__
"""
"""The modules, from the bottom to the top: each imports modules that come before it, wherever the import is written."""

FOREIGN = {"_current_frames", "_exit", "_replace"}
"""Names of the standard library that are public although they look private."""


def parsed():
    """Returns the syntax trees of the package by the name of the module."""
    trees = {}
    for name in sorted(os.listdir(PACKAGE)):
        if name.endswith(".py"):
            with open(os.path.join(PACKAGE, name), encoding="utf-8") as file:
                trees[name[:-3]] = ast.parse(file.read())
    return trees


def imports(tree):
    """Returns the modules of the package that a module imports: at its top, in functions, and for type checkers."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.update([node.module] if node.module else [alias.name for alias in node.names])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fsmpool":
            found.add("__init__")
        elif isinstance(node, ast.Import):
            found.update("__init__" for alias in node.names if alias.name.split(".")[0] == "fsmpool")
    return found


def upward(trees, order):
    """Returns the imports of modules that do not come before the importing one."""
    return [
        f"{name} imports {other}"
        for name, tree in trees.items()
        for other in sorted(imports(tree))
        if order.index(other) >= order.index(name)
    ]


def private(name):
    return name.startswith("_") and not name.endswith("__")


def defined(tree):
    """Returns the names that a module gives to things, attributes included."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Dict):
            names.update(key.value for key in node.keys if isinstance(key, ast.Constant))  # of __slots__
    return names


def intrusions(tree):
    """Returns where a module uses a private name that it does not define itself."""
    own = defined(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found += [f"line {node.lineno}: {alias.name}" for alias in node.names if private(alias.name)]
        elif isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in own:
            if node.attr not in FOREIGN:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def wirings(tree):
    """Returns where a module sets an attribute of a part that an object holds, as in self.part.hook = function."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Attribute):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            targets = [target for target in node.targets if isinstance(target, ast.Attribute)]
            found += [f"line {node.lineno}: {ast.unparse(target)}" for target in targets]
    return found


def functions(tree):
    """Yields the functions and methods of a module, without those inside functions, and whether each is a method."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, False
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield part, True


def undocumented(tree):
    """Returns what has no docstring, of the module, its classes and its functions. Python's own methods need none."""
    found = [] if ast.get_docstring(tree) else ["the module"]
    found += [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not ast.get_docstring(node)]
    for function, _ in functions(tree):
        special = function.name.startswith("__") and function.name.endswith("__")
        overload = any(ast.unparse(decorator) == "overload" for decorator in function.decorator_list)
        if not (special or overload or ast.get_docstring(function)):
            found.append(function.name)
    return found


def unannotated(tree):
    """Returns the functions that say nothing of the type of a parameter or of the result."""
    found = []
    for function, method in functions(tree):
        parameters = function.args.posonlyargs + function.args.args
        bound = method and "staticmethod" not in map(ast.unparse, function.decorator_list)
        parameters = parameters[1 if bound else 0 :] + function.args.kwonlyargs
        parameters += [more for more in (function.args.vararg, function.args.kwarg) if more]
        if function.returns is None or any(parameter.annotation is None for parameter in parameters):
            found.append(function.name)
    return found


class Package(unittest.TestCase):
    def test_modules_import_in_one_direction(self):
        trees, order = parsed(), LAYERS.split()
        self.assertEqual(sorted(trees), sorted(order), "the layers and the files differ")
        self.assertEqual(upward(trees, order), [])

    def test_each_module_keeps_to_the_rules(self):
        for rule in intrusions, wirings, undocumented, unannotated:
            for name, tree in parsed().items():
                with self.subTest(rule.__name__, module=name):
                    self.assertEqual(rule(tree), [])


class Rules(unittest.TestCase):
    """What the rules find in code that breaks them."""

    def test_an_import_upwards_is_found_wherever_it_is_written(self):
        for text in (
            "from .high import x",
            "from . import high",
            "def f():\n    from .high import x",
            "if TYPE_CHECKING:\n    from .high import x",
            "from .low import x",
        ):
            with self.subTest(text):
                self.assertEqual(len(upward({"low": ast.parse(text)}, ["low", "high"])), 1)
        self.assertEqual(upward({"high": ast.parse("from .low import x\nimport os")}, ["low", "high"]), [])

    def test_an_import_of_the_package_itself_is_one_upwards(self):
        for text in "import fsmpool", "import fsmpool.low", "from fsmpool import worker":
            with self.subTest(text):
                self.assertEqual(upward({"low": ast.parse(text)}, ["low", "__init__"]), ["low imports __init__"])

    def test_each_rule_finds_what_breaks_it(self):
        for rule, text, count in (
            (intrusions, "from .low import _x", 1),
            (intrusions, "def f(worker):\n    return worker._hooks", 1),
            (intrusions, "class A:\n    def f(self, other):\n        self._x = 1\n        return other._x", 0),
            (wirings, "class A:\n    def f(self):\n        self.control.on_cancel = self.cancel", 1),
            (wirings, "def f(channel):\n    channel.over = lambda: True", 1),
            (wirings, "class A:\n    def f(self, job):\n        self.x = 1\n        job.begun = True", 0),
            (undocumented, "'A module.'\nclass A:\n    def f(self): ...", 2),
            (undocumented, "'A module.'\nclass A:\n    'A class.'\n    def __init__(self): ...", 0),
            (unannotated, "def f(x) -> None: ...", 1),
            (unannotated, "def f(x: int): ...", 1),
            (unannotated, "class A:\n    def f(self, *rest: int, **more) -> int: ...", 1),
            (unannotated, "class A:\n    def f(self, x: int, *, y: int) -> int: ...", 0),
        ):
            with self.subTest(rule.__name__, text=text):
                self.assertEqual(len(rule(ast.parse(text))), count)


if __name__ == "__main__":
    unittest.main()
