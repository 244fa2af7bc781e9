"""Trains a definition with real Keras on the bundled digits, for scripts/train-sample.mjs.

    python scripts/train-sample.py SOURCE EPOCHS SEED        (needs keras 3 with TensorFlow, and pillow)

SOURCE is executed; its `model` is trained as its own `compile` says, on values / 255, in batches of 32 (Keras's default).
Prints one line of JSON an epoch: `{"epoch", "loss", "accuracy", "valLoss", "valAccuracy"}`.
"""

import json
import os
import runpy
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras
import numpy as np
from PIL import Image

DIGITS = Path(__file__).resolve().parents[1] / "media" / "digits"


def part(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 28, 28, 1] in 0..1 and labels [N] of the sheet that the program brings along."""
    pixels = np.asarray(Image.open(DIGITS / f"{name}.png")).reshape(-1, 28, 28, 1)
    labels = np.fromfile(DIGITS / f"{name}.labels.bin", dtype=np.uint8)
    return pixels.astype(np.float32) / 255, labels


def main() -> None:
    source, epochs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    keras.utils.set_random_seed(seed)
    model = runpy.run_path(source)["model"]
    history = model.fit(*part("train"), epochs=epochs, validation_data=part("validation"), verbose=0).history
    for epoch in range(epochs):
        report = {
            "epoch": epoch + 1,
            "loss": history["loss"][epoch],
            "accuracy": history["accuracy"][epoch],
            "valLoss": history["val_loss"][epoch],
            "valAccuracy": history["val_accuracy"][epoch],
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
