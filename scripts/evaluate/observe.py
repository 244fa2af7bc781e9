"""Runs one file and keeps every network that it, or its functions and classes with their default arguments, makes."""

import ast
import inspect
import json
import sys
import time

import standins
from definitions import blanked

#: Sides of square inputs to try on a PyTorch network, and how many that fit are kept.
SIDES, KEPT = (32, 28, 64, 224, 227, 96, 128, 48, 299, 256), 2
#: For all networks of a file.
SHAPES_SECONDS = 15


class Observer:
    def __init__(self, framework, path, root):
        self.framework, self.path = framework, path
        self.errors, self.models, self.modules = [], [], []
        self.cells = {}
        sys.path[:0] = [str(path.parent), str(root)]
        sys.argv = [str(path)]
        own = {one.stem for one in path.parent.iterdir()} | {one.stem for one in root.iterdir()}
        own |= {one.parent.name for one in root.rglob("*.py")}
        standins.install(own - {"keras", "tensorflow", "torch", "torchvision"})
        self.watch()

    def watch(self):
        """Keeps what `Layer.__init__` and `Module.__init__` are called on, and from where in the file."""
        import keras
        import torch

        layer_init, module_init = keras.layers.Layer.__init__, torch.nn.Module.__init__

        def of_layer(layer, *arguments, **named):
            layer_init(layer, *arguments, **named)
            if isinstance(layer, keras.Model):
                self.models.append((layer, self.places(), len(self.errors)))

        def of_module(module, *arguments, **named):
            module_init(module, *arguments, **named)
            if type(module).__module__ == "__main__" or isinstance(module, torch.nn.Sequential):
                self.modules.append((module, self.places(), len(self.errors)))

        keras.layers.Layer.__init__ = of_layer
        torch.nn.Module.__init__ = of_module

    def places(self):
        """Where in the file this comes from, innermost first: zero-based lines."""
        found = []
        frame = sys._getframe(2)  # noqa: SLF001
        while frame is not None:
            if frame.f_code.co_filename in self.cells:
                found.append({"cell": self.cells[frame.f_code.co_filename], "line": frame.f_lineno - 1})
            frame = frame.f_back
        return found

    def run(self):
        """Top-level statements one by one: one that fails (no data, no screen) does not end the file."""
        self.names = {"__name__": "__main__", "__file__": str(self.path)}
        main = type(sys)("__main__")
        self.names = vars(main)
        self.names["__file__"] = str(self.path)
        sys.modules["__main__"] = main
        text = self.path.read_text(encoding="utf-8-sig")
        if self.path.suffix != ".ipynb":
            self.statements(text, None)
        else:
            for index, cell in enumerate(json.loads(text)["cells"]):
                if cell["cell_type"] == "code":
                    self.statements(blanked("".join(cell["source"])), index)
        self.uncalled()

    def statements(self, code, cell):
        name = str(self.path) if cell is None else f"{self.path} cell {cell}"
        self.cells[name] = cell
        for statement in ast.parse(code).body:
            try:
                exec(compile(ast.Module([statement], []), name, "exec"), self.names)  # noqa: S102
            except SystemExit:
                return
            except TimeoutError:
                raise
            except BaseException as error:  # noqa: BLE001
                self.errors.append(f"line {statement.lineno}: {type(error).__name__}: {str(error)[:200]}")

    def uncalled(self):
        """Functions and networks' classes with their default arguments."""
        import keras
        import torch

        made = {type(one) for one, *_ in self.modules + self.models}
        for value in list(self.names.values()):
            own = getattr(value, "__module__", None) == "__main__"
            network = (
                isinstance(value, type) and issubclass(value, (torch.nn.Module, keras.Model)) and value not in made
            )
            if not own or not (inspect.isfunction(value) or network):
                continue
            try:
                needed = [
                    one
                    for one in inspect.signature(value).parameters.values()
                    if one.default is one.empty
                    and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
                ]
                if not needed and (network or self.builds(value)):
                    value()
            except TimeoutError:
                raise
            except BaseException as error:  # noqa: BLE001
                self.errors.append(f"{value.__name__}(): {type(error).__name__}: {str(error)[:200]}")

    def builds(self, function):
        """Whether a function mentions a network, or another function of the file that does."""
        wanted = {name for name, one in self.names.items() if isinstance(one, type) and hasattr(one, "parameters")}
        wanted |= {"Sequential", "Model"}
        seen, open_ = set(), [function]
        while open_:
            code = open_.pop().__code__
            if code in seen:
                continue
            seen.add(code)
            if wanted & set(code.co_names):
                return True
            open_ += [one for one in map(self.names.get, code.co_names) if inspect.isfunction(one)]
        return False

    def found(self):
        return {
            "errors": self.errors,
            "models": [one for one in map(self.keras_model, self.models) if one is not None],
            "modules": self.torch_modules(),
        }

    def keras_model(self, kept):
        model, places, errors = kept
        try:
            return {
                "class": type(model).__name__,
                "name": model.name,
                "places": places,
                "errorsBefore": errors,
                "total": model.count_params() if model.built and model.weights is not None else None,
                "layers": [
                    {
                        "name": layer.name,
                        "type": type(layer).__name__,
                        "shape": shape_of(layer),
                        "params": layer.count_params(),
                    }
                    for layer in model.layers
                ],
            }
        except Exception:  # noqa: BLE001  (not built, or built in part)
            return None

    def torch_modules(self):
        parts = {id(part) for module, *_ in self.modules for part in list(module.modules())[1:]}
        found = []
        for module, places, errors in self.modules:
            if id(module) in parts or not list(module.parameters()):
                continue
            same = next((one for one in found if one["module"] is module), None)
            if same is not None:
                continue
            total = sum(parameter.numel() for parameter in module.parameters())
            found.append(
                {
                    "module": module,
                    "class": type(module).__name__,
                    "places": places,
                    "errorsBefore": errors,
                    "total": total,
                    "runs": [],
                }
            )
        end = time.monotonic() + SHAPES_SECONDS
        for one in found:
            if time.monotonic() < end:
                one["runs"] = runs_of(one["module"], end)
        return [{key: value for key, value in one.items() if key != "module"} for one in found]


def shape_of(layer):
    """Of the layer's first call; `None` where it was not called or has several outputs."""
    try:
        shape = layer.output.shape
        return [size if size is None else int(size) for size in shape]
    except Exception:  # noqa: BLE001
        return None


def runs_of(module, end):
    """The shapes that leave each leaf, for the first input sizes the network takes."""
    import torch

    first = next(
        (one for one in module.modules() if isinstance(one, (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d))), None
    )
    if first is None:
        return []
    axes = {torch.nn.Conv1d: 1, torch.nn.Conv2d: 2, torch.nn.Conv3d: 3}[
        next(one for one in type(first).__mro__ if one in (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d))
    ]
    module.eval()
    runs = []
    for side in SIDES:
        layers, hooks = [], []
        for name, part in module.named_modules():
            if name and not list(part.children()):
                hooks.append(part.register_forward_hook(keeper(layers, name)))
        size = [2, first.in_channels, *[side] * axes]
        try:
            with torch.no_grad():
                module(torch.zeros(*size))
            runs.append({"input": [None, *size[1:]], "layers": layers})
        except TimeoutError:
            break
        except Exception:  # noqa: BLE001  (this size does not fit)
            pass
        finally:
            for hook in hooks:
                hook.remove()
        if len(runs) == KEPT or time.monotonic() > end:
            break
    return runs


def keeper(layers, name):
    def keep(_, __, output):
        if hasattr(output, "shape"):
            layers.append({"name": name, "shape": list(output.shape)})

    return keep
