"""A small digit classifier: convolution, batch norm, pooling, dropout, dense.

Open this file beside the ConvLens panel: every layer line below is one row of the film strip.
"""

import keras
from keras import layers

NUM_CLASSES = 10

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Conv2D(32, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(NUM_CLASSES, activation="softmax"),
    ],
    name="digits_cnn",
)

# The rate falls to nearly nothing within five epochs of 6,000 digits: batch norm's moving statistics can catch up with the weights.
rate = keras.optimizers.schedules.CosineDecay(0.003, decay_steps=1880, alpha=0.02)
model.compile(
    optimizer=keras.optimizers.Adam(rate),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)


def train(images, labels):
    """Images of shape (N, 28, 28, 1) with values from 0 to 1. Small batches: many steps from few digits."""
    return model.fit(images, labels, batch_size=16, epochs=5, validation_split=0.2)
