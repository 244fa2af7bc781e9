"""Writes the convolutional classifiers of torchvision.models as plain PyTorch code, for networks that source code names.

    python scripts/backbones/torch_networks.py     # needs torch, torchvision 0.15 and brotli

Writes media/backbones/torchvision.txt.br: a first line of JSON ({"torchvision": version, "networks": {name: {"line": n,
"aux": whether it has auxiliary classifiers}}}), then one line of JSON for each network: a string of Python. The code is
generated from the modules that torchvision builds and from what torch.fx records of each one's own forward function, so
that the tree of attributes and the wiring are the library's. `Network(num_classes, aux)` is the network itself.
"""

import collections
import json
import operator
import os
import warnings

warnings.filterwarnings("ignore")

import brotli
import torch
import torch.fx
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision import models

OUT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "media", "backbones", "torchvision.txt.br"
)

# Attention networks are no convolutional networks.
NAMES = [name for name in models.list_models(module=models) if not name.startswith(("vit_", "swin_", "maxvit_"))]

# A number of classes that is no other size in any network.
CLASSES = 9973

FUNCTIONS = {
    torch.flatten: "torch.flatten",
    torch.cat: "torch.cat",
    torch.permute: "torch.permute",
    torch.transpose: "torch.transpose",
    F.relu: "F.relu",
    F.adaptive_avg_pool2d: "F.adaptive_avg_pool2d",
    F.avg_pool2d: "F.avg_pool2d",
    F.max_pool2d: "F.max_pool2d",
}
OPERATORS = {operator.add: "+", operator.mul: "*", operator.floordiv: "//"}

# Modules of torchvision whose own code says it better than a record of what it does.
WRITTEN = {
    "LayerNorm2d": [
        "class LayerNorm2d(nn.LayerNorm):",
        "    def forward(self, x):",
        "        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)",
    ],
    "Permute": [
        "class Permute(nn.Module):",
        "    def __init__(self, dims):",
        "        super().__init__()",
        "        self.dims = dims",
        "    def forward(self, x):",
        "        return torch.permute(x, self.dims)",
    ],
}

ARGUMENTS = {
    nn.Conv2d: ["in_channels", "out_channels", "kernel_size", "stride=(1, 1)", "padding=(0, 0)", "dilation=(1, 1)", "groups=1"],
    nn.BatchNorm2d: ["num_features", "eps=1e-05", "momentum=0.1"],
    nn.Linear: ["in_features", "out_features"],
    nn.MaxPool2d: ["kernel_size", "stride", "padding=0", "dilation=1", "ceil_mode=False"],
    nn.AvgPool2d: ["kernel_size", "stride", "padding=0", "ceil_mode=False"],
    nn.AdaptiveAvgPool2d: ["output_size"],
    nn.Dropout: ["p"],
    nn.LayerNorm: ["normalized_shape", "eps=1e-05"],
    nn.Flatten: ["start_dim=1", "end_dim=-1"],
    nn.ReLU: [],
    nn.ReLU6: [],
    nn.SiLU: [],
    nn.GELU: [],
    nn.Sigmoid: [],
    nn.Hardswish: [],
    nn.Hardsigmoid: [],
}


@torch.fx.wrap
def joined(features):
    return torch.cat(features, 1)


def dense_layer(self, input):
    """`_DenseLayer.forward` for a list of inputs, without the questions of types that fx cannot record."""
    return self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(joined(input)))))))


class Tracer(torch.fx.Tracer):
    """Records one module's own forward; its parts are calls, not looked into."""

    def is_leaf_module(self, module, name):
        return True

    def iter(self, value):
        pieces = {"chunk": 2, "size": 4}[value.node.target]
        return iter([value[i] for i in range(pieces)])


def code(value):
    if isinstance(value, torch.fx.Node):
        return value.name
    if isinstance(value, (list, torch.fx.immutable_collections.immutable_list)):
        return "[" + ", ".join(code(one) for one in value) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{code(one)}, " for one in value) + ")"
    return "num_classes" if value == CLASSES and not isinstance(value, bool) else repr(value)


class Writer:
    def __init__(self):
        self.classes = collections.OrderedDict()
        self.written = []

    def module(self, module):
        """An expression that makes the module."""
        kind = type(module)
        if kind in ARGUMENTS:
            return self.leaf(module, ARGUMENTS[kind], f"nn.{kind.__name__}")
        name = kind.__name__
        if name == "StochasticDepth":
            return f"StochasticDepth({module.p!r}, {module.mode!r})"
        if name in WRITTEN:
            if name not in self.written:
                self.written.append(name)
            given = tuple(module.dims) if name == "Permute" else module.normalized_shape
            return f"Permute({code(given)})" if name == "Permute" else f"LayerNorm2d({code(given)}, eps={module.eps!r})"
        if isinstance(module, nn.Sequential) and kind.forward is nn.Sequential.forward:
            parts = list(module.named_children())
            if all(key == str(at) for at, (key, _) in enumerate(parts)):
                return "nn.Sequential(" + ", ".join(self.module(part) for _, part in parts) + ")"
            pairs = ", ".join(f"({key!r}, {self.module(part)})" for key, part in parts)
            return f"nn.Sequential(OrderedDict([{pairs}]))"
        return self.composite(module)

    def leaf(self, module, arguments, name):
        given = []
        for argument in arguments:
            key, _, default = argument.partition("=")
            value = getattr(module, key)
            if default == "":
                given.append(code(value))
            elif code(value).replace(" ", "").replace(",)", ")") != default.replace(" ", ""):
                given.append(f"{key}={code(value)}")
        if hasattr(module, "bias") and module.bias is None:
            given.append("bias=False")
        if isinstance(module, nn.AvgPool2d):
            assert module.count_include_pad and module.divisor_override is None
        return f"{name}({', '.join(given)})"

    def composite(self, module, name=None):
        stem = type(module).__name__.lstrip("_")
        lines = ["        super().__init__()"]
        for key, parameter in module._parameters.items():
            lines.append(f"        self.{key} = nn.Parameter(torch.ones({', '.join(map(str, parameter.shape))}))")
        for key, part in module.named_children():
            indent = "        "
            if name is not None and key.lower().startswith("aux"):
                lines.append("        if aux:")
                indent += "    "
            lines.append(f"{indent}self.{key} = {self.module(part)}")
        for buffer in module._buffers:
            raise AssertionError(f"{stem} keeps {buffer}")
        body = lines + self.forward(module)
        # One class for all modules that are alike.
        if name is None:
            key = (stem, tuple(body))
            if key not in self.classes:
                count = sum(1 for other, _ in self.classes if other == stem)
                self.classes[key] = stem if count == 0 else f"{stem}{count + 1}"
                name = self.classes[key]
                takes = "self, num_classes" if any("num_classes" in line for line in body) else "self"
                self.classes[key] = (name, [f"class {name}(nn.Module):", f"    def __init__({takes}):", *body])
            name, text = self.classes[key]
            return f"{name}(num_classes)" if "num_classes" in text[1] else f"{name}()"
        return [f"class {name}(nn.Module):", "    def __init__(self, num_classes, aux):", *body]

    def forward(self, module):
        lines, replaced = [], {}

        def text(value):
            if isinstance(value, torch.fx.Node):
                return replaced.get(value.name, value.name)
            if isinstance(value, (list, tuple)):
                inner = ", ".join(text(one) for one in value)
                return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
            return code(value)

        for node in Tracer().trace(module).nodes:
            arguments = ", ".join([text(one) for one in node.args] + [f"{key}={text(one)}" for key, one in node.kwargs.items()])
            if node.op == "placeholder":
                lines.append(f"    def forward(self, {node.name}):")
                continue
            if node.op == "output":
                lines.append(f"        return {arguments}")
                continue
            if node.op == "call_module":
                made = f"self.{node.target}({arguments})"
                if node.target.split(".")[0].isdigit():
                    raise AssertionError(node.target)
            elif node.op == "get_attr":
                replaced[node.name] = f"self.{node.target}"
                continue
            elif node.op == "call_method":
                first, *rest = node.args
                given = ", ".join([text(one) for one in rest] + [f"{key}={text(one)}" for key, one in node.kwargs.items()])
                made = f"{text(first)}.{node.target}({given})"
            elif node.target in OPERATORS:
                left, right = node.args
                made = f"{text(left)} {OPERATORS[node.target]} {text(right)}"
            elif node.target is operator.getitem:
                made = f"{text(node.args[0])}[{text(node.args[1])}]"
            elif node.target is joined:
                made = f"torch.cat({arguments}, 1)"
            else:
                name = FUNCTIONS[node.target]
                made = f"{name}({arguments})"
            lines.append(f"        {node.name} = {made}")
        return lines


def network(name):
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    module = models.get_model(name, weights=None, num_classes=CLASSES, **options).eval()
    writer = Writer()
    top = writer.composite(module, "Network")
    lines = [
        "import torch",
        "import torch.nn.functional as F",
        "from collections import OrderedDict",
        "from torch import nn",
        "from torchvision.ops import StochasticDepth",
    ]
    for written in writer.written:
        lines += WRITTEN[written]
    for _, text in writer.classes.values():
        lines += text
    return "\n".join([*lines, *top]) + "\n", hasattr(module, "aux_logits")


def main():
    for name in dir(nn.init):
        if name.endswith("_") and not name.startswith("_"):
            setattr(nn.init, name, lambda tensor, *args, **options: tensor)
    models.densenet._DenseLayer.forward = dense_layer
    head, lines = {}, []
    for name in NAMES:
        text, aux = network(name)
        lines.append(json.dumps(text))
        head[name] = {"line": len(lines), "aux": aux}
    first = json.dumps({"torchvision": torchvision.__version__.split("+")[0], "networks": head}, separators=(",", ":"))
    text = "\n".join([first, *lines]) + "\n"
    with open(OUT, "wb") as file:
        file.write(brotli.compress(text.encode(), quality=11, lgwin=24))
    print(f"{len(NAMES)} networks, {len(text)} characters, {os.path.getsize(OUT)} bytes")


main()
