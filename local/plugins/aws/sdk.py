"""What pulumi_aws says of a resource type, read from its source.

Importing the SDK's modules takes seconds each; the one class in question parses in milliseconds.
"""

import ast
import functools
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class Scalar:
    """A plain value: str, bool, int, float, Asset, Archive, or Any."""

    name: str


@dataclass(frozen=True)
class Many:
    """A list or a map of one type."""

    of: "Type"
    keyed: bool


@dataclass(frozen=True)
class Choice:
    """An enum: the values that AWS knows."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True)
class Either:
    """One of several types."""

    options: tuple["Type", ...]


@dataclass(frozen=True)
class Nested:
    """An object of a class of its own, in a module's `_inputs.py`."""

    module: str
    name: str


Type: TypeAlias = Scalar | Many | Choice | Either | Nested


@dataclass(frozen=True)
class Property:
    """One input, by its name in Pulumi's protocol."""

    name: str
    python: str
    type: Type
    required: bool


Shape: TypeAlias = Mapping[str, Property]


def folder() -> Path:
    """Return the SDK's folder."""
    found = util.find_spec("pulumi_aws")
    assert found is not None, "pulumi_aws is a dependency"  # noqa: S101 - the lock file has it
    assert found.origin is not None  # noqa: S101 - a package has a file
    return Path(found.origin).parent


@functools.cache
def inputs(token: str) -> Shape | None:
    """Return the inputs of a resource type by its token, or None where the SDK has no such type."""
    file = _file(token)
    if file is None:
        return None
    name = token.rsplit(":", 1)[1]
    # Where a nested object has the usual name already, the generator puts `Init` before `Args`.
    own = f"{name}InitArgs" if f"{name}InitArgs" in _spans(file) else f"{name}Args"
    return _shape(_module(token), file, own)


@functools.cache
def outputs(token: str) -> frozenset[str]:
    """Name the outputs of a resource type that the SDK has."""
    file = _file(token)
    if file is None:
        return frozenset()
    source = _spans(file)[token.rsplit(":", 1)[1]]
    return frozenset(name for name, _ in _getters(source))


@functools.cache
def nested(shape: Nested) -> Shape:
    """Return the properties of a nested object."""
    return _shape(shape.module, folder() / shape.module / "_inputs.py", shape.name)


def _module(token: str) -> str:
    """Return the Python module of a token, such as `lambda_` of `aws:lambda/function:Function`."""
    module = token.split(":")[1].split("/", maxsplit=1)[0].lower()
    return f"{module}_" if keyword.iskeyword(module) else "" if module == "index" else module


@functools.cache
def _file(token: str) -> Path | None:
    """Find the file in which a type's classes stand."""
    parts = token.split(":")
    if len(parts) != 3 or "/" not in parts[1]:  # noqa: PLR2004 - package, module, class
        return None
    where = folder() / _module(token)
    words = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", parts[1].split("/")[1]).lower()
    guessed = where / f"{words}.py"
    mark = f"'{token}',"
    if guessed.exists() and mark in guessed.read_text():
        return guessed
    return next((each for each in where.glob("[a-z]*.py") if mark in each.read_text()), None)


@functools.cache
def _spans(file: Path) -> Mapping[str, str]:
    """Cut a generated file into the source of its classes."""
    text = file.read_text()
    starts = list(re.finditer(r"^class (\w+)", text, re.MULTILINE))
    ends = [*(each.start() for each in starts[1:]), len(text)]
    return {each[1]: text[each.start() : end] for each, end in zip(starts, ends, strict=True)}


_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\n'
    r'(?:    @_utilities\.deprecated\("""(?:[^"]|"(?!""))*"""\)\n)?'
    r"    def (\w+)\(self\)"
)


def _getters(source: str) -> Iterator[tuple[str, str]]:
    """Yield each property of a class by Pulumi's name and Python's."""
    for found in _GETTER.finditer(source):
        yield found[1] or found[2], found[2]


def _parsed(source: str) -> ast.ClassDef:
    # What stands between two classes, such as the next one's decorator, is not indented.
    lines = source.splitlines()
    kept = [lines[0], *(each for each in lines[1:] if not each or each[0].isspace())]
    made = ast.parse("\n".join(kept)).body[0]
    assert isinstance(made, ast.ClassDef)  # noqa: S101 - cut at its own first line
    return made


def _shape(module: str, file: Path, name: str) -> Shape:
    source = _spans(file)[name]
    names = {python: pulumi for pulumi, python in _getters(source)}
    # Only the signature is parsed; the properties come after it and are most of the class.
    made = _parsed(source.partition("\n    @")[0])
    init = next(e for e in made.body if isinstance(e, ast.FunctionDef) and e.name == "__init__")
    found: dict[str, Property] = {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        assert argument.annotation is not None  # noqa: S101 - the generator annotates all
        pulumi = names[argument.arg]
        kind = _type(module, argument.annotation)
        found[pulumi] = Property(pulumi, argument.arg, kind, required=default is None)
    return found


def _type(module: str, node: ast.expr) -> Type:
    """Return the type that an annotation of the SDK's generator says."""
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer in ("pulumi.Input", "Optional"):
            return _type(module, inner[0])
        if outer in ("Sequence", "Mapping"):
            return Many(_type(module, inner[-1]), keyed=outer == "Mapping")
        options = tuple(_type(module, each) for each in inner if _is_plain(each))
        return options[0] if len(options) == 1 else Either(options)
    text = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
    return _named(module, str(text))


def _is_plain(node: ast.expr) -> bool:
    """Leave out of a union what is the same on the wire: a class as a dict or as an output."""
    text = str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)
    return not (text.endswith("ArgsDict") or text.startswith("outputs."))


def _named(module: str, name: str) -> Type:
    plain = name.removeprefix("_builtins.").removeprefix("pulumi.")
    if plain in ("str", "bool", "int", "float", "Asset", "Archive", "Any"):
        return Scalar(plain)
    if plain == "InputType" or "." in plain:
        prefix, _, plain = plain.rpartition(".")
        module = prefix.removeprefix("_")
    if plain.endswith("Args"):
        return Nested("" if module == "_root" else module, plain)
    return _enum(module, plain)


@functools.cache
def _enum(module: str, name: str) -> Type:
    for each in (folder() / module / "_enums.py", folder() / "_enums.py"):
        if each.exists() and name in _spans(each):
            body = _parsed(_spans(each)[name]).body
            values = [e.value.value for e in body if isinstance(e, ast.Assign)
                      and isinstance(e.value, ast.Constant)]  # fmt: skip
            return Choice(name, frozenset(str(value) for value in values))
    return Scalar("Any")
