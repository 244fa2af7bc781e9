"""Finds the CNN definitions of the chosen Python files in their syntax trees: what the analysis is asked to resolve.

    python3 scripts/evaluate/definitions.py OUT          # writes OUT/definitions.json

The rule is in README.md under "What counts". Independent of the analysis under test; nothing is executed. A definition has
its place (`cell` for notebooks, zero-based lines, `end` inclusive): of the constructor call, or of the whole class.
"""

import ast
import functools
import json
import pathlib
import re
import sys

from sample import BACKBONES, TORCHVISION, blanked

CONVOLUTION = re.compile(
    rf"^((Conv|Convolution)[123]D(Transpose)?|(Separable|Depthwise)Conv[12]D|{BACKBONES}|Conv(Transpose)?[123]d|{TORCHVISION})$"
)


def read(path):
    """The code of a file as one program, and the cell and first line of each part."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix != ".ipynb":
        return text, [(0, None)]
    parts, lines, code = [], 0, []
    for index, cell in enumerate(json.loads(text)["cells"]):
        if cell["cell_type"] != "code":
            continue
        source = blanked("".join(cell["source"]))
        parts.append((lines, index))
        code.append(source)
        lines += source.count("\n") + 1
    return "\n".join(code), parts


def name_of(node):
    """`keras.layers.Conv2D` of a callee or a base; empty where it is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = name_of(node.value)
        return f"{left}.{node.attr}" if left else node.attr
    return ""


class File:
    """One program: its imports, classes, functions and CNN definitions."""

    def __init__(self, code, framework):
        self.tree = ast.parse(code)
        self.framework = framework
        self.aliases = {}
        self.classes = {}
        self.functions = {}
        self.parents = {}
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.Import):
                for one in node.names:
                    self.aliases[one.asname or one.name.split(".")[0]] = (
                        one.name if one.asname else one.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for one in node.names:
                    self.aliases[one.asname or one.name] = f"{node.module or ''}.{one.name}"
            elif isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, node)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions.setdefault(node.name, node)

    def full(self, node):
        """The dotted name behind the imports: `tensorflow.keras.layers.Conv2D`."""
        head, _, rest = name_of(node).partition(".")
        head = self.aliases.get(head, head)
        return f"{head}.{rest}" if rest else head

    def library(self, dotted):
        if dotted.startswith("torch"):
            return "pytorch"
        return "keras" if "keras" in dotted else self.framework

    # Whether code makes a convolution

    def convolves(self, node, scope, seen=frozenset()):
        """A convolution or backbone is called in `node`, by a helper or class of the file it mentions, or by what its names were given."""
        return any(self.makes(one, scope, seen) for one in ast.walk(node))

    def makes(self, one, scope, seen):
        if isinstance(one, ast.Call) and CONVOLUTION.match(name_of(one.func).rpartition(".")[2]):
            return True
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load):
            helper = (
                self.functions.get(one.attr) if isinstance(one.value, ast.Name) and one.value.id == "self" else None
            )
            return helper is not None and self.inside(helper, seen)
        if not isinstance(one, ast.Name) or not isinstance(one.ctx, ast.Load):
            return False
        known = self.functions.get(one.id) or self.classes.get(one.id)
        if known is not None:
            return self.inside(known, seen)
        key = (one.id, scope)
        return key not in seen and any(
            self.convolves(value, scope, seen | {key}) for value in self.given(scope).get(one.id, ())
        )

    def inside(self, definition, seen=frozenset()):
        return definition not in seen and self.convolves(definition, definition, seen | {definition})

    @functools.cache
    def given(self, scope):
        """What each name of a scope is assigned, not looking into functions and classes in it."""
        found = {}
        for node in self.own(scope):
            targets, value = [], getattr(node, "value", None)
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
                targets = [node.target]
            elif isinstance(node, ast.For):
                targets, value = [node.target], node.iter
            for name in (name for target in targets for name in ast.walk(target)):
                if isinstance(name, ast.Name) and value is not None:
                    found.setdefault(name.id, []).append(value)
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("add", "append")
            ):
                base = name_of(node.func.value).partition(".")[0]
                found.setdefault(base, []).extend(node.args)
        return found

    def own(self, scope):
        stack = list(scope.body)
        while stack:
            node = stack.pop()
            yield node
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                stack.extend(ast.iter_child_nodes(node))

    def scope_of(self, node):
        while not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            node = self.parents[node]
        return node

    # Definitions

    def definitions(self):
        yield from self.class_definitions()
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Call):
                continue
            dotted = self.full(node.func)
            last = dotted.rpartition(".")[2]
            if last not in ("Sequential", "Model") or last in self.classes or self.library(dotted) != self.framework:
                continue
            if self.in_class(node) or (self.framework == "pytorch" and last == "Model"):
                continue
            if self.is_cnn(node, last):
                yield {"kind": last, "name": self.target_of(node), "node": node}

    def is_cnn(self, node, last):
        scope = self.scope_of(node)
        if node.args or node.keywords:
            return any(
                self.convolves(one, scope) for one in [*node.args, *(keyword.value for keyword in node.keywords)]
            )
        return last == "Sequential" and self.added(node, scope)

    def added(self, node, scope):
        """An empty `Sequential()`: a convolution is added before its name is given anew."""
        name = self.target_of(node)
        again = [
            one.lineno
            for one in self.own(scope)
            if isinstance(one, ast.Assign)
            and one.lineno > node.lineno
            and any(name_of(target) == name for target in one.targets)
        ]
        end = min(again, default=sys.maxsize)
        for one in self.own(scope):
            if not isinstance(one, ast.Call) or not node.lineno <= one.lineno < end:
                continue
            is_add = isinstance(one.func, ast.Attribute) and one.func.attr == "add" and name_of(one.func.value) == name
            passed = any(name_of(argument) == name for argument in one.args)
            if is_add and any(self.convolves(argument, scope) for argument in one.args):
                return True
            if passed and self.convolves(one.func, scope):
                return True
        return False

    def target_of(self, node):
        parent = self.parents.get(node)
        if isinstance(parent, ast.Assign):
            return name_of(parent.targets[0])
        return ""

    def in_class(self, node):
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.ClassDef) and (
                self.derives(node) or any(name_of(base).endswith("Layer") for base in node.bases)
            ):
                return True
        return False

    @functools.cache
    def derives(self, node):
        """Whether a class is a network of the framework, by way of other classes of the file too."""
        for base in node.bases:
            dotted = self.full(base)
            last = dotted.rpartition(".")[2]
            own = self.classes.get(last)
            if own is not None and own is not node:
                if self.derives(own):
                    return True
            elif self.framework == "pytorch" and last in ("Module", "LightningModule"):
                return True
            elif self.framework == "keras" and last == "Model" and self.library(dotted) == "keras":
                return True
        return False

    def class_definitions(self):
        networks = {name: node for name, node in self.classes.items() if self.derives(node)}
        parts = self.arguments()
        for other in networks.values():
            mentioned = {one.id for one in ast.walk(other) if isinstance(one, ast.Name)}
            parts |= {name for name in networks if name in mentioned and networks[name] is not other}
        for name, node in networks.items():
            if name not in parts and self.inside(node):
                yield {"kind": "class", "name": name, "node": node}

    def arguments(self):
        """Classes handed to others: `ResNet(BasicBlock, [2, 2, 2, 2])`."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and name_of(node.func) != "super":
                for one in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    if isinstance(one, ast.Name):
                        found.add(one.id)
            elif isinstance(node, ast.ClassDef):
                found |= {name_of(base) for base in node.bases}
        return found


def parts_elsewhere(repository, path, names):
    """Names of classes that a network of another file of the repository mentions: blocks of that one."""
    found = set()
    for other in repository.rglob("*.py"):
        if other == path:
            continue
        try:
            text = other.read_text(encoding="utf-8-sig")
            if not any(name in text for name in names) or not re.search(r"\b(Module|Model)\)", text):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.ClassDef) and node.name not in names:
                    inside = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                    inside |= {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
                    found |= names & inside
        except (OSError, ValueError, SyntaxError, RecursionError):
            continue
    return found


def placed(node, parts):
    def at(line):
        first, cell = max((one for one in parts if one[0] <= line), key=lambda one: one[0])
        return line - first, cell

    start, cell = at(node.lineno - 1)
    end, _ = at(node.end_lineno - 1)
    return {"cell": cell, "line": start, "end": end}


def main(out):
    rows = [
        line.split("\t")
        for line in pathlib.Path(__file__).with_name("files.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    found = {}
    for framework, _, place in rows:
        if framework == "tfjs":
            continue
        repository, rest = place.split("@", 1)
        root = out / "repos" / repository.replace("/", "+", 1)
        path = root / rest.split(":", 1)[1]
        code, parts = read(path)
        file = File(code, framework)
        definitions = list(file.definitions())
        classes = {one["name"] for one in definitions if one["kind"] == "class"}
        blocks = parts_elsewhere(root, path, classes) if classes else set()
        found[place] = [
            {"kind": one["kind"], "name": one["name"], **placed(one["node"], parts)}
            for one in definitions
            if one["kind"] != "class" or one["name"] not in blocks
        ]
    (out / "definitions.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(sum(map(len, found.values())), "definitions in", sum(map(bool, found.values())), "files")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
