/** `convlens predict`: what the network says about a picture. */
import { readFile } from 'node:fs/promises';
import { assumedLabels, builtinLabels, classCounts } from '../analyses/builtinLabels';
import { parseLabels } from '../analyses/labels';
import { areProbabilities, topValues } from '../analyses/outputs';
import { shortValue } from '../core/format';
import { summarize } from '../core/summarize';
import { onlyFile, readArguments, required } from './arguments';
import { BadInput, orFail } from './failure';
import { openOneModel } from './openModels';
import { runModel } from './runModel';

/** @throws {BadInput} */
export async function predictCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('predict', words, {
    weights: 'text',
    image: 'text',
    top: 'text',
    model: 'text',
    labels: 'text'
  });
  const file = onlyFile('predict', args);
  const image = required('predict', args, 'image');
  const count = Number(args.value('top') ?? '5');
  if (!Number.isInteger(count) || count < 1) throw new BadInput('convlens predict: --top needs a whole number from 1.');
  const { model, close } = await openOneModel(file, args.value('model'), args.value('weights'));
  try {
    const { result, engine, preprocessing } = await runModel(model, file, image);
    if (result.stoppedAt !== null) {
      throw new BadInput(`${file}: the pass stops at ${result.stoppedAt.layer}: ${result.stoppedAt.reason}.`);
    }
    const summary = summarize(model);
    const names = summary.outputs;
    const given = args.value('labels');
    const assumed = given === undefined && model.classNames === null ? await assumedLabels(model, summary) : null;
    const labels = given === undefined ? (assumed?.names ?? model.classNames) : await readLabels(given);
    const fits = given === undefined || labels === null || outputsFit(labels.length, classCounts(model, summary));
    if (!fits) throw new BadInput(`${given ?? ''}: ${labels?.length ?? 0} class names fit no output of the network.`);
    const outputs = result.outputs.map(({ shape, data }, index) => ({
      name: names[index]?.name ?? `output ${index}`,
      shape,
      probabilities: areProbabilities(data),
      top: topValues(data, labels, count)
    }));
    if (args.json) {
      return JSON.stringify({ outputs, engine, ms: result.milliseconds, preprocessing, weights: model.weightsOrigin });
    }
    const random = model.weightsOrigin.kind === 'none' ? 'The weights are random: these are no predictions.\n' : '';
    const named = assumed === null ? '' : `\nclass names: ${assumed.id} (${assumed.reason})`;
    const lines = outputs.flatMap(({ name, top }) => [
      `${name}:`,
      ...top.map(({ index, label, value }) => `  ${label ?? `class ${index}`}  ${shortValue(value, 4)}`)
    ]);
    return `${random}${lines.join('\n')}\n${engine}, ${result.milliseconds.toFixed(1)} ms, input ${preprocessing}${named}`;
  } finally {
    close();
  }
}

const outputsFit = (given: number, counts: readonly (number | null)[]) =>
  counts.includes(given) || counts.includes(null);

/** A file of names, or the name of a built-in list. @throws {BadInput} */
async function readLabels(given: string): Promise<readonly string[]> {
  const text = await readFile(given, 'utf8').catch(() => null);
  return orFail(text === null ? await builtinLabels(given) : parseLabels(text, given));
}
