"""Steps of training in PyTorch on one thread, for bench/training.mjs: for each line read (a network's name), the processor's
milliseconds of each of five steps as one line of JSON."""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


def block(inputs, outputs, **options):
    return [nn.Conv2d(inputs, outputs, 3, **options), nn.ReLU(), nn.BatchNorm2d(outputs)]


NETS = {
    "digits": [
        *block(1, 16), nn.MaxPool2d(2), nn.Dropout(0.25), *block(16, 32), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(800, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10),
    ],
    "four convolutions": [
        *block(1, 32, padding=1), *block(32, 32, padding=1), nn.MaxPool2d(2), nn.Dropout(0.25),
        *block(32, 64, padding=1), *block(64, 64, padding=1), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    ],
}  # fmt: skip
trained = {}
for name, layers in NETS.items():
    model = nn.Sequential(*layers)
    trained[name] = model, torch.optim.Adam(model.parameters()), torch.rand(32, 1, 28, 28), torch.arange(32) % 10
print("ready", flush=True)
for line in sys.stdin:
    model, optimizer, images, classes = trained[line.strip()]
    times = []
    for _ in range(5):
        start = time.process_time()
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), classes).backward()
        optimizer.step()
        times.append(1000 * (time.process_time() - start))
    print(json.dumps(times), flush=True)
