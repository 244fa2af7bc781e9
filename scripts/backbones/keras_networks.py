"""Records how the networks of keras.applications are wired, for networks that source code names.

    python scripts/backbones/keras_networks.py [NAME...]     # needs tensorflow 2.16 with Keras 3, and brotli

Writes media/backbones/keras.txt.br: a first line of JSON that lists the networks with their parameters, then one line
of JSON for each variant of each network. Nothing is downloaded: the networks are built without weights, and the code
that would load them is replaced.

A line is {"rows": [...], "tails": {"top": [...], "none": [...], "avg": [...], "max": [...]}}: what all four endings of
one variant share, and the four endings. A row is [class, name, attributes, inputs]; inputs are places of rows, counted
through the ending. A number as a name stands for the automatic name of that place within its class. Attributes that
have Keras's default value are left out. {"$": "classes"} stands for the argument of that name, {"$": "pad", "kernel": k}
for the padding that depends on whether the size of the input is odd (`imagenet_utils.correct_pad`), and a name
that begins with "@" for the name of the model in the place of the "@".

Finished networks are kept in .convlens/backbones, so that a run that is interrupted goes on where it stopped.
"""

import inspect
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import brotli
import keras
from keras.src.applications import imagenet_utils
from keras.src.backend.common import variables
from keras.src.models import functional
from keras.src.ops import operation
from keras.src.utils import file_utils

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KEPT = os.path.join(ROOT, ".convlens", "backbones")
OUT = os.path.join(ROOT, "media", "backbones", "keras.txt.br")

NAMES = sorted(name for name, value in vars(keras.applications).items() if inspect.isfunction(value))

# Arguments that change the wiring, with the values recorded.
VARIANTS = {
    "MobileNet": {"alpha": [1.0, 0.25, 0.5, 0.75]},
    "MobileNetV2": {"alpha": [1.0, 0.35, 0.5, 0.75, 1.3, 1.4]},
    "MobileNetV3Small": {"alpha": [1.0, 0.75], "minimalistic": [False, True], "include_preprocessing": [True, False]},
    "MobileNetV3Large": {"alpha": [1.0, 0.75], "minimalistic": [False, True], "include_preprocessing": [True, False]},
}
for name in NAMES:
    if name.startswith("EfficientNetB"):
        VARIANTS[name] = {"weights": [None, "imagenet"]}
    elif name.startswith("EfficientNetV2B"):
        VARIANTS[name] = {"include_preprocessing": [True, False], "colour": [True, False]}
    elif name.startswith("ConvNeXt"):
        VARIANTS[name] = {"include_preprocessing": [True, False], "colour": [True, False]}
    elif name.startswith("EfficientNetV2"):
        VARIANTS[name] = {"include_preprocessing": [True, False]}

# Input sizes at which there are weights, where it is more than the default one.
SIZES = {"MobileNet": [128, 160, 192, 224], "MobileNetV2": [96, 128, 160, 192, 224]}

automatic = {}
pending_pad = []


def auto_name(prefix):
    """In the place of Keras's own: names that say that they are automatic, numbered for each network anew."""
    count = automatic.get(prefix, 0)
    automatic[prefix] = count + 1
    return f"~{prefix}~{count}"


def watch_padding():
    original = imagenet_utils.correct_pad
    first = keras.layers.ZeroPadding2D.__init__

    def correct_pad(inputs, kernel_size):
        # Square windows, given as one number or as two.
        pending_pad.append(kernel_size if isinstance(kernel_size, int) else kernel_size[0])
        return original(inputs, kernel_size)

    def __init__(self, *args, **kwargs):
        first(self, *args, **kwargs)
        self.backbone_kernel = pending_pad.pop() if pending_pad else None

    imagenet_utils.correct_pad = correct_pad
    keras.layers.ZeroPadding2D.__init__ = __init__


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            config = {k: plain(v) for k, v in (value["config"] or {}).items() if v is not None}
            return {"class_name": value["class_name"], "config": config}
        return {key: plain(item) for key, item in value.items()}
    return value


DEFAULTS = {}


def defaults_of(cls):
    if cls not in DEFAULTS:
        DEFAULTS[cls] = {}
        if cls is not keras.Sequential:
            names = [
                name for name, p in inspect.signature(cls.__init__).parameters.items() if p.default is inspect.Parameter.empty
            ]
            probe = {"activation": "relu", "rate": 0.5, "scale": 1.0, "init_values": 0.0, "target_shape": (1,)}
            needed = {name: probe.get(name, 1) for name in names if name not in ("self", "kwargs", "args")}
            DEFAULTS[cls] = {
                key: value for key, value in cls(**needed).get_config().items() if key not in needed
            }
    return DEFAULTS[cls]


def attributes_of(layer):
    if isinstance(layer, keras.Sequential):
        return {"layers": [[type(one).__name__, name_of(one), attributes_of(one)] for one in layer.layers]}
    config = layer.get_config()
    defaults = defaults_of(type(layer))
    kept = {}
    for key, value in config.items():
        if key in ("name", "dtype", "trainable", "data_format", "value_range"):
            continue
        # The default of a pooling layer's strides is its window.
        is_default = key in defaults and plain(defaults[key]) == plain(value) and "pool_size" not in config
        if is_default:
            continue
        kept[key] = plain(value)
    kernel = getattr(layer, "backbone_kernel", None)
    if kernel is not None:
        kept["padding"] = {"$": "pad", "kernel": kernel}
    return kept


def name_of(layer, model_name=None):
    if layer.name.startswith("~"):
        return int(layer.name.split("~")[-1])
    if model_name is not None and layer.name.startswith(model_name + "_"):
        return "@" + layer.name[len(model_name) :]
    return layer.name


def rows_of(model):
    operations = list(model.operations)
    place = {op: at for at, op in enumerate(operations)}
    rows = []
    named_after = model.name if model.name.startswith("convnext") else None
    for op in operations:
        (node,) = op._inbound_nodes[:1] if not isinstance(op, keras.Model) else [used_node(op, model)]
        inputs = [place[tensor._keras_history.operation] for tensor in node.input_tensors]
        if isinstance(op, keras.layers.InputLayer):
            attributes = {}
        elif isinstance(op, keras.layers.Layer):
            attributes = attributes_of(op)
        else:
            attributes = arithmetic(op, node)
        name = name_of(op, named_after)
        if "layers" in attributes and named_after is not None:
            attributes["layers"] = [
                [kind, "@" + inner[len(named_after) :] if inner.startswith(named_after) else inner, config]
                for kind, inner, config in attributes["layers"]
            ]
        rows.append([type(op).__name__, name, attributes, inputs])
    return rows


def used_node(op, model):
    """The node of a nested Sequential that this model made, not the one of its own construction."""
    inside = set(model.operations)
    for node in op._inbound_nodes:
        if all(tensor._keras_history.operation in inside for tensor in node.input_tensors):
            return node
    raise AssertionError(op.name)


def arithmetic(op, node):
    """An operator: between two tensors it is the layer of the same name, with a number it is `scale` and `offset`."""
    numbers = [value for value in node.arguments.args if isinstance(value, (int, float))]
    if not numbers and len(node.input_tensors) == 2:
        return {}
    (number,) = numbers
    tensor_first = not isinstance(node.arguments.args[0], (int, float))
    known = {"Add": (1.0, number), "Multiply": (number, 0.0)}
    if tensor_first:
        known["Subtract"] = (1.0, -number)
        known["TrueDivide"] = (1.0 / number, 0.0)
    scale, offset = known[type(op).__name__]
    return {"scale": scale, "offset": offset}


def build(name, **arguments):
    automatic.clear()
    pending_pad.clear()
    with keras.StatelessScope():
        return getattr(keras.applications, name)(**arguments)


def mark(rows, marks):
    for row in rows:
        row[2] = {key: marked(key, value, marks) for key, value in row[2].items()}
    return rows


def marked(key, value, marks):
    for argument, (keys, recorded) in marks.items():
        if key in keys and value == recorded:
            return {"$": argument}
        if key in keys and value == [recorded]:
            return [{"$": argument}]
    return value


def variant_of(name, choice, parameters):
    arguments = {key: value for key, value in choice.items() if key != "colour"}
    arguments.setdefault("weights", None)
    shape = {} if choice.get("colour", True) else {"input_shape": (parameters["default_size"],) * 2 + (4,)}
    whole = build(name, **arguments, **shape, include_top=True)
    pooled = build(name, **arguments, **shape, include_top=False, pooling="avg")
    endings = {"top": rows_of(whole), "avg": rows_of(pooled)}
    endings["none"], endings["max"] = unpooled(endings["avg"])
    shared = 0
    while all(shared < len(rows) and rows[shared] == endings["top"][shared] for rows in endings.values()):
        shared += 1
    marks = {"classes": (("units", "filters", "target_shape"), 1000), "classifier_activation": (("activation",), "softmax")}
    if "dropout" in parameters["names"]:
        marks["dropout"] = (("rate",), parameters["names"]["dropout"])
    if "dropout_rate" in parameters["names"]:
        marks["dropout_rate"] = (("rate",), parameters["names"]["dropout_rate"])
    body = endings["top"][:shared]
    if "depth_multiplier" in parameters["names"]:
        for row in body:
            if row[0] == "DepthwiseConv2D":
                row[2]["depth_multiplier"] = {"$": "depth_multiplier"}
    tails = {ending: mark(rows[shared:], marks if ending == "top" else {}) for ending, rows in endings.items()}
    return {"rows": body, "tails": tails}, whole, pooled


def unpooled(rows):
    """The ending without pooling, and the one with the largest value: the layers differ in nothing else."""
    at = max(at for at, row in enumerate(rows) if row[0] == "GlobalAveragePooling2D")
    assert at >= len(rows) - 2
    before, [_, name, attributes, inputs], after = rows[:at], rows[at], rows[at + 1 :]
    most = ["GlobalMaxPooling2D", "max_pool" if name == "avg_pool" else name, attributes, inputs]
    skipped = [[*row[:3], [at - 1 if place == at else place for place in row[3]]] for row in after]
    return [*before, *skipped], [*before, most, *after]


def network(name):
    function = getattr(keras.applications, name)
    signature = inspect.signature(function).parameters
    seen = {}
    original = imagenet_utils.obtain_input_shape

    def obtain_input_shape(input_shape, default_size, min_size, **rest):
        seen.update(default_size=default_size, min_size=min_size)
        return original(input_shape, default_size=default_size, min_size=min_size, **rest)

    imagenet_utils.obtain_input_shape = obtain_input_shape
    names = {key: p.default for key, p in signature.items() if p.default is not inspect.Parameter.empty}
    parameters = {"default_size": 224, "names": names}
    choices = [{}]
    for key, values in VARIANTS.get(name, {}).items():
        choices = [{**choice, key: value} for choice in choices for value in values]
    lines = {}
    for choice in choices:
        if not choice.get("include_preprocessing", True) and not choice.get("colour", True):
            continue
        if choice.get("minimalistic") and choice.get("alpha") != 1.0:
            continue
        key = ",".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={json.dumps(v)}" for k, v in choice.items())
        lines[key], whole, pooled = variant_of(name, choice, parameters)
        if len(lines) == 1:
            parameters["default_size"] = seen.get("default_size", 224)
            top, bare, default_name = whole.input_shape[1:], pooled.input_shape[1:], whole.name
    imagenet_utils.obtain_input_shape = original
    return {
        "name": default_name,
        "parameters": [[key, None if p.default is inspect.Parameter.empty else p.default] for key, p in signature.items()],
        "required": [key for key, p in signature.items() if p.default is inspect.Parameter.empty],
        "input": {"top": list(top), "bare": list(bare)},
        "sizes": SIZES.get(name, [parameters["default_size"]] if "default_size" in seen else []),
        "least": seen.get("min_size", 32),
        "variants": list(VARIANTS.get(name, {})),
        "lines": lines,
    }


def main():
    # The scope would fill all weights at its end.
    variables.initialize_all_variables = lambda: None
    operation.auto_name = auto_name
    file_utils.get_file = lambda *args, **kwargs: ""
    functional.Functional.load_weights = lambda self, path: None
    watch_padding()
    os.makedirs(KEPT, exist_ok=True)
    for name in sys.argv[1:] or NAMES:
        path = os.path.join(KEPT, f"keras-{name}.json")
        if not os.path.exists(path) or sys.argv[1:]:
            made = network(name)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(made, file)
            print(name, {key: len(line["rows"]) for key, line in made["lines"].items()}, flush=True)
    write()


def write():
    head, lines = {}, []
    for name in NAMES:
        path = os.path.join(KEPT, f"keras-{name}.json")
        if not os.path.exists(path):
            print(f"{name} is not recorded yet; nothing is written", file=sys.stderr)
            return
        with open(path, encoding="utf-8") as file:
            made = json.load(file)
        places = {}
        for key, line in made.pop("lines").items():
            lines.append(json.dumps(line, separators=(",", ":")))
            places[key] = len(lines)
        head[name] = {**made, "lines": places}
    first = json.dumps({"keras": keras.__version__, "networks": head}, separators=(",", ":"))
    text = "\n".join([first, *lines]) + "\n"
    with open(OUT, "wb") as file:
        file.write(brotli.compress(text.encode(), quality=11, lgwin=24))
    print(f"{len(text)} characters, {os.path.getsize(OUT)} bytes")


main()
