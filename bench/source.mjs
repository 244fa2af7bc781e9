// Time from text to results for a 1,000-line file, warm: `node bench/source.mjs`. Budget: 16 ms.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync(path.join(os.tmpdir(), 'convlens-bench-'));
const outfile = path.join(folder, 'analyze.mjs');
const contents = ['source/analyze', 'core/summarize', 'checks/check', 'checks/sourceText']
  .map((name) => `export * from './src/${name}';`)
  .join('\n');
const stdin = { contents, resolveDir: path.join(import.meta.dirname, '..'), loader: 'ts' };
await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
const { analyzeSource, summarize, check, SourceText } = await import(pathToFileURL(outfile).href);

const model = (name) => `
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
const filler = (i) => `
def report_${i}(history, path="out_${i}.png"):
    accuracy = history["accuracy"]
    for epoch, value in enumerate(accuracy):
        print("epoch", epoch, "accuracy", value * 100, "%")
    figure = plt.figure(figsize=(8, 4))
    plt.plot(accuracy, label="training")
    plt.savefig(path)
    return figure
`;
let text = 'import keras\nfrom keras import layers\nimport matplotlib.pyplot as plt\n';
for (let i = 0; text.split('\n').length < 1000; i++) text += i % 8 === 0 ? model(`net${i}`) : filler(i);

const middle = text.indexOf('\n', text.length / 2);
const times = [];
const checkTimes = [];
for (let i = 0; i < 60; i++) {
  // Another text each time, as after a keystroke.
  const edited = text.slice(0, middle) + `  # ${i}` + text.slice(middle);
  const start = performance.now();
  const analysis = analyzeSource({ kind: 'file', language: 'python', text: edited });
  times.push(performance.now() - start);
  // What the diagnostics need beside it: the summaries that hints and hovers need too, and the checks.
  const after = performance.now();
  const inputs = analysis.definitions.map(({ key, model }) => ({ key, model, summary: summarize(model) }));
  check(inputs, SourceText.ofFile(edited));
  checkTimes.push(performance.now() - after);
  if (i === 0)
    console.log(`${analysis.models.length} models, ${text.split('\n').length} lines, complete ${analysis.complete}`);
}
rmSync(folder, { recursive: true });
/** Warm median and 95th percentile in milliseconds. */
const told = (list) => {
  const warm = list.slice(20).sort((a, b) => a - b);
  const at = (share) => warm[Math.floor(share * (warm.length - 1))].toFixed(1);
  return `warm median ${at(0.5)} ms, p95 ${at(0.95)} ms`;
};
console.log(`analysis: first ${times[0].toFixed(1)} ms; ${told(times)}`);
console.log(`summaries and checks: ${told(checkTimes)}`);
console.log(`all together: ${told(times.map((time, i) => time + checkTimes[i]))} (budget 16 ms)`);
