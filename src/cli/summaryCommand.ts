/** `convlens summary`: the layer table. */
import type { Model } from '../core/model';
import type { Shape } from '../core/shape';
import { summarize } from '../core/summarize';
import type { LayerRow, ModelSummary } from '../core/summary';
import { onlyFile, readArguments, readShape } from './arguments';
import { BadInput } from './failure';
import { openModels, openWithWeights } from './openModels';
import { summaryText } from './summaryText';

/** @throws {BadInput} */
export async function summaryCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('summary', words, {
    model: 'text',
    'input-shape': 'text',
    set: 'list',
    weights: 'text'
  });
  const file = onlyFile('summary', args);
  const weights = args.value('weights');
  const settings = args.values('set');
  const given = args.value('input-shape');
  const shape = given === undefined ? null : readShape(given);
  const { models, close } =
    weights === undefined
      ? await openModels(file, settings, shape?.slice(1) ?? null)
      : await openWithWeights(file, weights, settings);
  try {
    const name = args.value('model');
    const chosen = name === undefined ? models : models.filter((model) => model.name === name);
    if (chosen.length === 0) {
      const names = models.map((model) => model.name).join(', ');
      throw new BadInput(`${file}: no model named ${name ?? ''}. It has: ${names}.`);
    }
    const summaries = chosen.map((model) => summarize(model, { inputShapes: shapesFor(model, shape) }));
    if (!args.json) return summaries.map(summaryText).join('\n\n');
    return JSON.stringify({ format: summaries[0]?.format, models: summaries.map(portable) });
  } finally {
    close();
  }
}

/** The given shape for every input of the model. */
function shapesFor(model: Model, shape: Shape | null): ReadonlyMap<string, Shape> | undefined {
  if (shape === null) return undefined;
  const named = new Map<string, Shape>();
  for (const { call } of model.root.inputs) {
    const layer = model.root.layers.get(model.root.calls[call]?.layer ?? '');
    if (layer !== undefined) named.set(layer.name, shape);
  }
  return named;
}

/** What the contract promises: the layers the framework's own summary lists. */
function portable(summary: ModelSummary): object {
  return { ...summary, layers: listed(summary.layers) };
}

function listed(rows: readonly LayerRow[]): object[] {
  return rows
    .filter((row) => row.listed)
    .map((row) => ({ ...row, layers: row.layers === null ? undefined : listed(row.layers) }));
}
