import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../../src/source/analyze';

const recipe = (text: string) => analyzeSource({ kind: 'file', text, language: 'python' }).models[0]?.training;

describe('what code says about training', () => {
  it('reads the words of the sample', () => {
    const text = readFileSync(path.resolve(__dirname, '../../../samples/digits_cnn.py'), 'utf8');
    const line = text.split('\n').findIndex((one) => one.includes('compile('));
    expect(recipe(text)).toMatchObject({
      optimizer: { value: { name: 'adam', parameters: {} }, line },
      loss: { value: { name: 'sparse_categorical_crossentropy' }, line },
      metrics: { value: ['accuracy'], line },
      epochs: null
    });
  });

  it('reads constructors, constants, callbacks and data sets, with their lines; what needs running is null', () => {
    const found = recipe(`import tensorflow as tf
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping
EPOCHS = 7
(x, y), test = tf.keras.datasets.fashion_mnist.load_data()
model = tf.keras.Sequential([tf.keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
model.compile(
    optimizer=tf.keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
history = model.fit(x, y, 64, epochs=EPOCHS * 2, validation_split=float(input()),
    callbacks=[EarlyStopping(patience=3, restore_best_weights=True)])
`);
    expect(found).toEqual({
      optimizer: {
        value: { name: 'SGD', parameters: { learning_rate: 0.05, momentum: 0.9, nesterov: true }, unread: [] },
        line: 7
      },
      loss: {
        value: { name: 'SparseCategoricalCrossentropy', parameters: { from_logits: true }, unread: [] },
        line: 8
      },
      metrics: null,
      epochs: { value: 14, line: 10 },
      batchSize: { value: 64, line: 10 },
      validationSplit: { value: null, line: 10 },
      shuffle: null,
      earlyStopping: {
        value: { name: 'EarlyStopping', parameters: { patience: 3, restore_best_weights: true }, unread: [] },
        line: 11
      },
      reduceOnPlateau: null,
      data: { value: 'fashion_mnist', line: 4 },
      compileCall: { startLine: 6, startColumn: 0, endLine: 9, endColumn: 1 },
      fitCall: { startLine: 10, startColumn: 10, endLine: 11, endColumn: 69 },
      classWeights: null,
      schedule: null
    });
  });

  it('reads what a function that nothing calls does with the model of the module', () => {
    const found = recipe(`import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
def train(images, labels):
    model.compile(optimizer="sgd", loss="mse")
    return model.fit(images, labels, batch_size=8, epochs=3)
`);
    expect(found).toMatchObject({
      optimizer: { value: { name: 'sgd' }, line: 3 },
      batchSize: { value: 8, line: 4 },
      epochs: { value: 3, line: 4 }
    });
  });

  it('says nothing where the code says nothing', () => {
    expect(recipe('import keras\nm = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n')).toBeUndefined();
  });
});
