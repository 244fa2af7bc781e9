"""A small colour-image network with a skip connection: which shape is in the picture?"""

import keras
from keras import layers

CLASSES = ["circle", "square", "triangle", "cross", "ring", "stripes"]

inputs = keras.Input(shape=(32, 32, 3), name="picture")
x = layers.Conv2D(24, 3, padding="same", activation="relu", name="edges")(inputs)
x = layers.MaxPooling2D(name="pool1")(x)
shortcut = layers.Conv2D(32, 1, padding="same", name="shortcut")(x)
x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="conv2")(x)
x = layers.BatchNormalization(name="norm2")(x)
x = layers.ReLU(name="relu2")(x)
x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="conv3")(x)
x = layers.BatchNormalization(name="norm3")(x)
x = layers.Add(name="merge")([x, shortcut])
x = layers.ReLU(name="relu3")(x)
x = layers.MaxPooling2D(name="pool2")(x)
x = layers.SeparableConv2D(48, 3, padding="same", activation="relu", name="separable")(x)
x = layers.GlobalAveragePooling2D(name="average")(x)
x = layers.Dropout(0.3, name="dropout")(x)
outputs = layers.Dense(len(CLASSES), activation="softmax", name="shape")(x)

model = keras.Model(inputs, outputs, name="shapes_cnn")
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
