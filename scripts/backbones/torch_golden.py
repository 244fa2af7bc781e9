"""Writes what real torchvision says about its classifiers.

    python scripts/backbones/torch_golden.py     # needs torch and torchvision 0.15

Writes test/fixtures/backbones/torchvision.json: for each classifier, all its parameters, those without the last layer, its
floating buffers, and the shapes that come out of its convolutions at odd and even input sizes, by PyTorch's own rules of shapes (the device "meta").
"""

import hashlib
import json
import os
import warnings

warnings.filterwarnings("ignore")

import torch
import torchvision
from torch import nn
from torchvision import models

OUT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "fixtures", "backbones", "torchvision.json"
)

NAMES = [name for name in models.list_models(module=models) if not name.startswith(("vit_", "swin_", "maxvit_"))]
SIZES = [(224, 224), (193, 256), (127, 129)]

# The attribute that is replaced for another task.
HEADS = ("fc", "classifier", "head")


def shapes(model, size):
    """What leaves the network, and a digest of what leaves each convolution, in the order of the calls."""
    left = []
    hooks = [
        module.register_forward_hook(lambda _module, _inputs, output: left.append(list(output.shape)[1:]))
        for module in model.modules()
        if isinstance(module, nn.Conv2d)
    ]
    with torch.no_grad():
        output = model(torch.zeros(1, 3, *size, device="meta"))
    for hook in hooks:
        hook.remove()
    lines = "\n".join(json.dumps(shape, separators=(",", ":")) for shape in left)
    digest = hashlib.sha256(lines.encode()).hexdigest()[:16]
    return {"size": list(size), "output": list(output.shape)[1:], "convolutions": len(left), "digest": digest}


def main():
    for name in dir(nn.init):
        if name.endswith("_") and not name.startswith("_"):
            setattr(nn.init, name, lambda tensor, *args, **options: tensor)
    networks = {}
    for name in NAMES:
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        model = models.get_model(name, weights=None, **options).eval()
        head = next(getattr(model, head) for head in HEADS if hasattr(model, head))
        params = sum(weight.numel() for weight in model.parameters())
        made = [shapes(model.to("meta"), size) for size in SIZES]
        networks[name] = {
            "params": params,
            "withoutHead": params - sum(weight.numel() for weight in head.parameters()),
            "buffers": sum(value.numel() for value in model.buffers() if value.is_floating_point()),
            "shapes": made,
        }
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump({"torchvision": torchvision.__version__.split("+")[0], "networks": networks}, file, indent=1)
        file.write("\n")


main()
