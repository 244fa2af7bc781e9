"""Draws the colour-shape pictures: six classes, 32 x 32 x 3, random colours, places, sizes and noise, from a seed."""

import numpy as np

CLASSES = ["circle", "square", "triangle", "cross", "ring", "stripes"]
SIZE = 32


def picture(kind: str, rng: np.random.Generator) -> np.ndarray:
    """One picture [32, 32, 3], float32 in 0..1."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    cx, cy = rng.uniform(11, 21, 2)
    r = rng.uniform(6, 10)
    turn = rng.uniform(-0.35, 0.35)
    dx = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    dy = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)
    distance = np.hypot(dx, dy)
    box = np.maximum(np.abs(dx), np.abs(dy)) < r
    mask = {
        "circle": distance < r,
        "square": box,
        "triangle": (dy < r * 0.8) & (dy > -r + 2 * np.abs(dx) * 0.9),
        "cross": box & ((np.abs(dx) < r * 0.3) | (np.abs(dy) < r * 0.3)),
        "ring": (distance < r) & (distance > r * 0.58),
        "stripes": box & (np.floor((dy + r) / 2.6) % 2 == 0),
    }[kind]
    back = rng.uniform(0, 1, 3)
    front = rng.uniform(0, 1, 3)
    while np.abs(front - back).sum() < 0.9:
        front = rng.uniform(0, 1, 3)
    image = np.where(mask[..., None], front, back)
    image = image + rng.normal(0, 0.06, image.shape) + (x[..., None] - 16) * rng.uniform(-0.006, 0.006)
    return np.clip(image, 0, 1).astype(np.float32)


def make(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns images [N, 32, 32, 3] and labels [N]."""
    rng = np.random.default_rng(seed)
    images = [picture(kind, rng) for kind in CLASSES for _ in range(per_class)]
    return np.stack(images), np.repeat(np.arange(len(CLASSES)), per_class)
