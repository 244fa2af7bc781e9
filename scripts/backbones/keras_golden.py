"""Writes what real Keras says about its networks, for calls with many kinds of arguments.

    python scripts/backbones/keras_golden.py     # needs tensorflow 2.16 with Keras 3

Writes test/fixtures/backbones/keras.json: for each call of keras.applications, the name of the model, its parameters, its
output shape, and the first 16 digits of the SHA-256 of all layers as "name class shape parameters", one a line. The
networks are built without values for their weights. Finished calls are kept in .convlens/backbones.
"""

import hashlib
import inspect
import json
import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras.src.backend.common import variables
from keras.src.models import functional
from keras.src.utils import file_utils

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OUT = os.path.join(ROOT, "test", "fixtures", "backbones", "keras.json")
KEPT = os.path.join(ROOT, ".convlens", "backbones", "keras-golden.json")

NAMES = sorted(name for name, value in vars(keras.applications).items() if inspect.isfunction(value))

def calls():
    for name in NAMES:
        yield f"{name}(weights=None)"
        yield f"{name}(weights=None, include_top=False, input_shape=(197, 197, 3), pooling='max')"
    for name in ("VGG16", "MobileNet", "MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0", "ResNet50V2"):
        yield f"{name}(weights=None, classes=7, classifier_activation='sigmoid', input_shape=(97, 96, 1))"
    for name in ("ConvNeXtTiny", "DenseNet121", "InceptionV3", "NASNetMobile", "Xception", "EfficientNetV2S"):
        yield f"{name}(weights=None, classes=12, classifier_activation=None, input_shape=(129, 131, 4))"
    for alpha in (0.25, 0.5, 0.75):
        yield f"MobileNet(weights=None, alpha={alpha}, input_shape=(128, 128, 3), dropout=0.3, depth_multiplier=2, include_top=True)"
    for alpha in (0.35, 0.5, 0.75, 1.3, 1.4):
        yield f"MobileNetV2((96, 97, 3), {alpha}, weights=None, include_top=False)"
    for name in ("MobileNetV3Small", "MobileNetV3Large"):
        yield f"{name}(weights=None, alpha=0.75, input_shape=(225, 161, 3), include_preprocessing=False, dropout_rate=0.4)"
        yield f"{name}(weights=None, minimalistic=True, input_shape=(64, 33, 3), include_top=False, pooling='avg')"
        yield f"{name}(weights=None, minimalistic=True, include_preprocessing=False, classes=5)"
    for name in ("ConvNeXtSmall", "EfficientNetV2B1", "EfficientNetV2M"):
        yield f"{name}(weights=None, include_preprocessing=False, include_top=False, input_shape=(65, 65, 3))"
        yield f"{name}(weights=None, include_top=False, pooling='avg', name='mine')"
    for name in NAMES:
        if name.startswith("EfficientNetB"):
            yield f"{name}()"
    yield "EfficientNetB1(include_top=False, input_shape=(65, 66, 3), weights='imagenet', pooling='max')"
    yield "ResNet50(include_top=False, weights='imagenet', input_shape=(224, 224, 3))"
    yield "MobileNetV2(include_top=False, input_shape=(150, 150, 3))"
    yield "MobileNet(input_shape=(192, 192, 3), alpha=0.5)"
    for name in NAMES:
        yield f"{name}(weights=None, include_top=False)"
        yield f"{name}(weights=None, include_top=False, input_shape=(160, 224, 3), pooling='avg')"


def facts(call):
    keras.backend.clear_session()
    with keras.StatelessScope():
        model = eval(call, vars(keras.applications))
    lines = []
    for layer in model._operations:
        shape = json.dumps(shape_of_use(layer, model), separators=(",", ":"))
        params = layer.count_params() if isinstance(layer, keras.layers.Layer) else 0
        lines.append(f"{layer.name} {type(layer).__name__} {shape} {params}")
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_variables)
    return {
        "name": model.name,
        "params": model.count_params(),
        "trainable": trainable,
        "output": [None if size is None else int(size) for size in model.output_shape],
        "layers": len(lines),
        "digest": digest,
    }


def shape_of_use(layer, model):
    """Of the use in this model: a nested Sequential was also built by itself."""
    inside = set(model.operations)
    for node in layer._inbound_nodes:
        if all(tensor._keras_history.operation in inside for tensor in node.input_tensors):
            return [None if size is None else int(size) for size in node.outputs[0].shape]
    raise AssertionError(layer.name)


def main():
    # The scope would fill all weights at its end.
    variables.initialize_all_variables = lambda: None
    file_utils.get_file = lambda *args, **kwargs: ""
    functional.Functional.load_weights = lambda self, path: None
    os.makedirs(os.path.dirname(KEPT), exist_ok=True)
    kept = {}
    if os.path.exists(KEPT):
        with open(KEPT, encoding="utf-8") as file:
            kept = json.load(file)
    for call in calls():
        if call in kept:
            continue
        kept[call] = facts(call)
        with open(KEPT + ".part", "w", encoding="utf-8") as file:
            json.dump(kept, file)
        os.replace(KEPT + ".part", KEPT)
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump({"keras": keras.__version__, "calls": {call: kept[call] for call in calls()}}, file, indent=1)
        file.write("\n")


main()
