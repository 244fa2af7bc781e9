// Time from text to results for a 1,000-line file of each framework, warm: `node bench/source.mjs`. Budget: 16 ms.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(path.join(os.tmpdir(), 'convlens-bench-'));
const outfile = path.join(folder, 'analyze.cjs');
const contents = ['source/analyze', 'core/summarize', 'checks/check', 'checks/sourceText']
  .map((name) => `export * from './src/${name}';`)
  .join('\n');
const stdin = { contents, resolveDir: path.join(import.meta.dirname, '..'), loader: 'ts' };
await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile, logLevel: 'error' });
const { analyzeSource, summarize, check, SourceText } = (await import(pathToFileURL(outfile).href)).default;

const keras = (name) => `
def make_${name}(width=16, classes=10):
    """A small network of its own."""
    inputs = keras.Input(shape=(32, 32, 3))
    x = layers.Rescaling(1. / 255)(inputs)
    for i in range(3):
        x = layers.Conv2D(width * 2 ** i, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))

${name} = make_${name}()
${name}.compile(optimizer="adam", loss="categorical_crossentropy")
`;
const torch = (name) => `
class Block_${name}(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)


class Net_${name}(nn.Module):
    def __init__(self, width=16, classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.Sequential(*[Block_${name}(width * 2 ** i, width * 2 ** (i + 1)) for i in range(3)])
        self.head = nn.Linear(width * 8 * 4 * 4, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.stem(x)))
        return self.head(torch.flatten(x, 1))
`;
const script = (name) => `
function make_${name}(width = 16, classes = 10) {
  const input = tf.input({ shape: [32, 32, 3] });
  let x = input;
  for (let i = 0; i < 3; i++) {
    x = tf.layers.conv2d({ filters: width * 2 ** i, kernelSize: 3, padding: 'same', useBias: false }).apply(x);
    x = tf.layers.batchNormalization().apply(x);
    x = tf.layers.reLU().apply(x);
    x = tf.layers.maxPooling2d({ poolSize: 2 }).apply(x);
  }
  x = tf.layers.globalAveragePooling2d({}).apply(x);
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: classes }).apply(x) });
}

const ${name} = make_${name}();
`;
const report = (i) => `
def report_${i}(history, path="out_${i}.png"):
    accuracy = history["accuracy"]
    for epoch, value in enumerate(accuracy):
        print("epoch", epoch, "accuracy", value * 100, "%")
    figure = plt.figure(figsize=(8, 4))
    plt.plot(accuracy, label="training")
    plt.savefig(path)
    return figure
`;
const draw = (i) => `
function draw_${i}(history, place = 'out_${i}') {
  const accuracy = history.accuracy;
  accuracy.forEach((value, epoch) => {
    console.log('epoch', epoch, 'accuracy', value * 100, '%');
  });
  const canvas = document.getElementById(place);
  const context = canvas.getContext('2d');
  context.fillText(String(accuracy.length), 8, 4);
  return canvas;
}
`;

/** Warm median and 95th percentile in milliseconds. */
const told = (list) => {
  const warm = list.slice(20).sort((a, b) => a - b);
  const at = (share) => warm[Math.floor(share * (warm.length - 1))].toFixed(1);
  return `warm median ${at(0.5)} ms, p95 ${at(0.95)} ms`;
};

const kinds = [
  [
    'Keras',
    'python',
    'import keras\nfrom keras import layers\nimport matplotlib.pyplot as plt\n',
    keras,
    report,
    '  #'
  ],
  ['PyTorch', 'python', 'import torch\nfrom torch import nn\nimport torch.nn.functional as F\n', torch, report, '  #'],
  ['TensorFlow.js', 'javascript', "import * as tf from '@tensorflow/tfjs';\n", script, draw, '  //']
];
for (const [name, language, head, model, filler, comment] of kinds) {
  let text = head;
  for (let i = 0; text.split('\n').length < 1000; i++) text += i % 8 === 0 ? model(`net${i}`) : filler(i);
  const middle = text.indexOf('\n', text.length / 2);
  const times = [];
  const checkTimes = [];
  let found;
  for (let i = 0; i < 60; i++) {
    // Another text each time, as after a keystroke.
    const edited = `${text.slice(0, middle)}${comment} ${i}${text.slice(middle)}`;
    const start = performance.now();
    found = analyzeSource({ kind: 'file', language, text: edited });
    times.push(performance.now() - start);
    // What the diagnostics need beside it: the summaries that hints and hovers need too, and the checks.
    const after = performance.now();
    const inputs = found.definitions.map(({ key, model }) => ({ key, model, summary: summarize(model) }));
    check(inputs, SourceText.ofFile(edited, language));
    checkTimes.push(performance.now() - after);
  }
  console.log(
    `${name}: ${found.models.length} models, ${text.split('\n').length} lines, complete ${found.complete}\n` +
      `  analysis: first ${times[0].toFixed(1)} ms; ${told(times)}\n` +
      `  summaries and checks: ${told(checkTimes)}\n` +
      `  all together: ${told(times.map((time, i) => time + checkTimes[i]))} (budget 16 ms)`
  );
}
rmSync(folder, { recursive: true });
