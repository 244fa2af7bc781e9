// What the analysis says against what was executed or printed.
import { stripVTControlCharacters } from 'node:util';
import { readFileSync } from 'node:fs';

/**
 * @returns `checked`: numbers of totals and layer shapes that had a truth; `wrong`: totals and shapes that differ, and
 * `falseErrors`: errors the analysis sees in what runs, both in words
 */
export function contradictions({ framework, file, root, definitions, analysis, truth, analyze, modelsOf }) {
  const report = { checked: { totals: 0, shapes: 0, printed: 0, models: 0 }, wrong: [], falseErrors: [] };
  if (truth !== null && framework !== 'pytorch') layersModels(analysis, truth, report);
  if (truth !== null && framework === 'pytorch') {
    for (const definition of definitions)
      modules({ definition, file, root, analysis, truth, analyze, modelsOf }, report);
  }
  if (file.endsWith('.ipynb')) printed(file, analysis, report);
  return report;
}

/** Models of Keras and TensorFlow.js, joined by the place of their constructor. */
function layersModels(analysis, truth, report) {
  for (const model of analysis.definitions) {
    if (model.framework === 'pytorch') continue;
    const same = truth.models.filter(
      (one) =>
        one.total !== null &&
        one.places.some(({ cell, line }) => cell === model.place.cell && line === model.place.line)
    );
    if (same.length === 0) continue;
    report.checked.models++;
    if (model.errors.length > 0)
      report.falseErrors.push(`${model.key}: it runs, but the analysis says: ${model.errors[0]}`);
    if (model.total !== null) {
      report.checked.totals++;
      if (!same.some(({ total }) => total === model.total))
        report.wrong.push(
          `${model.key}: ${model.total} parameters, in truth ${same.map(({ total }) => total).join(' or ')}`
        );
    }
    const candidates = same.filter(
      ({ total, layers }) => total === model.total && layers.length === model.layers.length
    );
    const [best] = candidates
      .map((one) => differences(model.layers, one.layers))
      .sort((a, b) => a.wrong.length - b.wrong.length);
    if (best === undefined) {
      if (model.total !== null && same.some(({ total }) => total === model.total))
        report.wrong.push(
          `${model.key}: ${model.layers.length} layers, in truth ${same.map(({ layers }) => layers.length).join(' or ')}`
        );
      continue;
    }
    report.checked.shapes += best.compared;
    if (best.wrong.length > 0) report.wrong.push(`${model.key}: ${best.wrong.slice(0, 3).join('; ')}`);
  }
}

/** Rows without a pair of the same shape and parameters on the other side; branches may be listed in another order. */
function differences(rows, truths) {
  const left = [...truths];
  const wrong = [];
  let compared = 0;
  const known = rows.filter(({ shape, params }) => shape !== null && params !== null);
  // What is known in full finds its pair first; an open size fits any.
  for (const row of [...known].sort((a, b) => openSizes(a) - openSizes(b))) {
    compared++;
    const at = left.findIndex((one) => one.params === row.params && one.shape !== null && fits(row.shape, one.shape));
    if (at >= 0) left.splice(at, 1);
    else wrong.push(`${row.name} ${text(row)}, in truth ${left.slice(0, 3).map(text).join(' or ')}`);
  }
  return { compared, wrong };
}

const openSizes = ({ shape }) => shape.filter((size) => size === null).length;

/** Whether a shape is that of the truth wherever it says a size; the batch aside. */
const fits = (shape, truth) =>
  shape.length === truth.length && shape.every((size, i) => i === 0 || size === null || size === truth[i]);

// A class may have several names (`MaxPool2D`): what counts is what leaves the layer and what it learns.
const text = ({ shape, params }) => `${JSON.stringify(shape?.slice(1) ?? null)}:${params}`;

/** Modules of PyTorch, joined by class; shapes with the input sizes that the executed network took. */
function modules({ definition, file, root, analysis, truth, analyze, modelsOf }, report) {
  // An object whose constructor raised an error was made in part only: what it counts is no truth.
  const failed = new Set(truth.errors.flatMap((error) => /^(\w+)\(\): /.exec(error)?.[1] ?? []));
  const whole = truth.modules.filter((one) => one.runs.length > 0 || !failed.has(one.class));
  const made = whole.filter((one) =>
    definition.kind === 'class'
      ? one.class === definition.name
      : one.places.some(({ cell, line }) => cell === definition.cell && line === definition.line)
  );
  const found = modelsOf(definition, analysis).filter(({ total }) => total !== null);
  if (made.length === 0 || found.length === 0) return;
  report.checked.models++;
  for (const model of found) {
    report.checked.totals++;
    if (!made.some(({ total }) => total === model.total))
      report.wrong.push(
        `${model.key}: ${model.total} parameters, in truth ${[...new Set(made.map(({ total }) => total))].join(' or ')}`
      );
  }
  const sizes = [...new Set(made.flatMap(({ runs }) => runs.map(({ input }) => JSON.stringify(input))))].slice(0, 2);
  for (const size of sizes) {
    const again = modelsOf(definition, analyze(file, root, {}, JSON.parse(size).slice(1)));
    for (const model of again) {
      if (model.total === null) continue;
      const runs = made
        .filter(({ total }) => total === model.total)
        .flatMap((one) => one.runs.filter(({ input }) => JSON.stringify(input) === size));
      if (runs.length === 0) continue;
      if (model.errors.length > 0)
        report.falseErrors.push(`${model.key} of ${size}: it runs, but the analysis says: ${model.errors[0]}`);
      const [best] = runs.map((run) => byName(model, run.layers)).sort((a, b) => a.wrong.length - b.wrong.length);
      report.checked.shapes += best.compared;
      if (best.wrong.length > 0) report.wrong.push(`${model.key} of ${size}: ${best.wrong.slice(0, 3).join('; ')}`);
    }
  }
}

/** A module that is called several times has the shape of any of its calls. */
function byName(model, layers) {
  const wrong = [];
  let compared = 0;
  for (const { name, shape } of model.layers) {
    const truths = layers.filter((one) => one.name === name);
    if (truths.length === 0 || shape === null) continue;
    compared++;
    if (!truths.some((one) => fits(shape, one.shape)))
      wrong.push(`${name} ${JSON.stringify(shape)}, in truth ${JSON.stringify(truths[0].shape)}`);
  }
  return { compared, wrong };
}

/** Summaries in a notebook's outputs: `model.summary()` against the models of that name. */
function printed(file, analysis, report) {
  JSON.parse(readFileSync(file, 'utf8')).cells.forEach((cell, index) => {
    if (cell.cell_type !== 'code') return;
    const code = [cell.source].flat().join('');
    const names = [...code.matchAll(/^\s*(\w+)\.summary\(/gm)].map(([, name]) => name);
    const output = (cell.outputs ?? [])
      .map((one) => [one.text ?? one.data?.['text/plain'] ?? ''].flat().join(''))
      .join('\n');
    const plain = stripVTControlCharacters(output);
    const totals = [...plain.matchAll(/^\s*Total params:\s*([\d,]+)/gm)].map(([, count]) =>
      Number(count.replaceAll(',', ''))
    );
    const optimizer = [...plain.matchAll(/^\s*Optimizer params:\s*([\d,]+)/gm)].map(([, count]) =>
      Number(count.replaceAll(',', ''))
    );
    names.slice(0, totals.length).forEach((name, i) => {
      const before = analysis.definitions.filter(
        (one) => one.key.replace(/@\d+$/, '') === name && one.place.cell !== null && one.place.cell <= index
      );
      const last = before[before.length - 1];
      if (last === undefined || last.total === null) return;
      report.checked.printed++;
      const truth = totals[i] - (optimizer.length === totals.length ? optimizer[i] : 0);
      if (last.total !== truth)
        report.wrong.push(`${last.key}: ${last.total} parameters, cell ${index} printed ${truth}`);
    });
  });
}
