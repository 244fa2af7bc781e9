"""Opens the model files that this program has saved with real Keras and compares predictions.

    python scripts/verify-export.py FOLDER        (needs keras 3 with a backend; safetensors where it is installed)

FOLDER holds `cases.json`, `values.bin` (little-endian float32) and the saved files. A case is
`{"title", "file", "inputs": [{"shape", "offset"}], "outputs": [...]}`; a case of weights alone has `"tensors":
{name: {"shape", "offset"}}` in place of inputs and outputs. One line of JSON is printed for each case: `{"title", "worst",
"allowed"}` or `{"title", "problem"}`. The exit status is 0 where every case agrees to 1e-5 of the largest value.

A TensorFlow.js `model.json` holds the topology of Keras 2, which Keras 3 reads in HDF5 files; its reader of those is given
the topology, and each layer its weights.
"""
import json
import os
import pathlib
import struct
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras
import numpy as np
from keras.src.legacy.saving import saving_utils

TOLERANCE = 1e-5


def for_keras_3(model_config):
    """Keras 3 counts the uses of a nested model from 0 where TensorFlow.js and Keras 2 begin with 1."""
    config = model_config["config"]
    layers = config["layers"]
    if len(config.get("output_layers", [])) == 1:
        # A list of one output would stay a list.
        config["output_layers"] = config["output_layers"][0]
    nested = {layer["config"]["name"] for layer in layers if layer["class_name"] == "Functional"}
    for layer in layers:
        for node in layer.get("inbound_nodes", []):
            for pointer in node:
                if pointer[0] in nested:
                    pointer[1] -= 1
        held = layer["config"].get("layer")
        if held:
            # Keras 3 wants to be told where the class of an inner layer comes from.
            held["module"] = "keras.src.models.functional" if held["class_name"] == "Functional" else "keras.layers"
            held["registered_name"] = None
        inner = layer if layer["class_name"] == "Functional" else held
        if inner and inner["class_name"] == "Functional":
            for_keras_3(inner)


def weights_of(path, manifest):
    for group in manifest:
        stream = b"".join((path.parent / name).read_bytes() for name in group["paths"])
        at = 0
        for weight in group["weights"]:
            dtype = np.dtype(weight["dtype"]).newbyteorder("<")
            count = int(np.prod(weight["shape"], dtype=np.int64))
            yield weight["name"], np.frombuffer(stream, dtype, count, at).reshape(weight["shape"])
            at += count * dtype.itemsize
        assert at == len(stream), "the manifest and the shards differ in length"


def open_tfjs(path):
    described = json.loads(path.read_text())
    assert described["format"] == "layers-model"
    model_config = described["modelTopology"]["model_config"]
    for_keras_3(model_config)
    model = saving_utils.model_from_config(model_config)
    wanted = list(weights_of(path, described["weightsManifest"]))
    owners = dict(leaves(model))
    by_layer = {}
    for name, values in wanted:
        by_layer.setdefault(name.split("/")[0], []).append((name, values))
    assert set(by_layer) <= set(owners), f"weights of no layer: {set(by_layer) - set(owners)}"
    for name, layer in owners.items():
        own = by_layer.get(name, [])
        assert len(own) == len(layer.weights), f"{name}: {len(own)} weights, expected {len(layer.weights)}"
        # Keras's own order is that of the manifest; only the last word of the name can be compared.
        for variable, (full, _) in zip(layer.weights, own):
            ours, theirs = full.split("/")[-1], variable.name
            assert ours == theirs or {ours, theirs} == {"depthwise_kernel", "kernel"}, f"{full} is {theirs}"
        layer.set_weights([values for _, values in own])
    return model


def leaves(model):
    for layer in model.layers:
        inner = getattr(layer, "layer", None)
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        elif inner is not None and hasattr(inner, "layers"):
            yield from leaves(inner)
        else:
            yield (inner.name if type(layer).__name__ == "TimeDistributed" else layer.name), layer


def open_model(path):
    return open_tfjs(path) if path.suffix == ".json" else keras.models.load_model(path, compile=False)


def difference(outputs, expected):
    """The largest difference as a share of what is allowed."""
    assert len(outputs) == len(expected), f"{len(outputs)} outputs, expected {len(expected)}"
    worst, allowed = 0.0, TOLERANCE
    for output, wanted in zip(outputs, expected):
        output = np.asarray(output, dtype="float64")
        assert output.shape == wanted.shape, f"an output has shape {output.shape}, expected {wanted.shape}"
        assert np.array_equal(np.isfinite(output), np.isfinite(wanted)), "one side is not finite"
        finite = np.isfinite(wanted)
        largest = max(1.0, float(np.abs(wanted[finite]).max(initial=0)))
        gap = float(np.abs(output - wanted)[finite].max(initial=0))
        if gap / (TOLERANCE * largest) > worst / allowed:
            worst, allowed = gap, TOLERANCE * largest
    return worst, allowed


def read_safetensors(path):
    try:
        from safetensors.numpy import load_file

        return load_file(path)
    except ImportError:
        data = path.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        kinds = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
        return {
            name: np.frombuffer(data[8 + length :][slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(
                entry["shape"]
            )
            for name, entry in header.items()
        }


def check(case, folder, value):
    path = folder / case["file"]
    if "tensors" in case:
        found = read_safetensors(path)
        assert set(found) == set(case["tensors"]), f"{set(found) ^ set(case['tensors'])}"
        names = sorted(found)
        return difference([found[name] for name in names], [value(case["tensors"][name]) for name in names])
    keras.backend.clear_session()
    model = open_model(path)
    inputs = [value(stored).astype(tensor.dtype) for stored, tensor in zip(case["inputs"], model.inputs)]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return difference([keras.ops.convert_to_numpy(output) for output in outputs], [value(o) for o in case["outputs"]])


def main(folder):
    floats = np.fromfile(folder / "values.bin", dtype="<f4")

    def value(stored):
        count = int(np.prod(stored["shape"], dtype=np.int64))
        return floats[stored["offset"] : stored["offset"] + count].reshape(stored["shape"])

    wrong = 0
    for case in json.loads((folder / "cases.json").read_text()):
        try:
            worst, allowed = check(case, folder, value)
            result = {"title": case["title"], "worst": worst, "allowed": allowed}
            wrong += worst > allowed
        except Exception as error:  # every fault is this case's result
            result = {"title": case["title"], "problem": f"{type(error).__name__}: {error}"[:2000]}
            wrong += 1
        print(json.dumps(result), flush=True)
    return 0 if wrong == 0 else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
