/** `convlens train`: trains what a file defines, epoch by epoch, with checkpoints. */
import path from 'node:path';
import { networkEnds } from '../analyses/networkEnds';
import type { Model } from '../core/model';
import { createEngine } from '../engine/select';
import { finalActivationOf } from '../engine/finalActivation';
import { engineFromEnvironment } from '../protocol/workerEnvironment';
import { closeParts, openChoice } from '../training/run/choice';
import { drive } from '../training/run/drive';
import { RunFolder } from '../training/run/folder';
import type { DataChoice, TrainingForm } from '../training/run/form';
import { formDefaults } from '../training/run/formDefaults';
import type { RunRecord } from '../training/run/record';
import type { Ending, EpochReport } from '../training/run/report';
import { dialectOf } from '../training/run/runSettings';
import { architectureOf, setUp, trainableModel } from '../training/run/setUp';
import type { Trainer } from '../training/run/trainer';
import { trainingData, type TrainingData } from '../training/run/trainingData';
import { lossWarnings } from '../training/run/warnings';
import { onlyFile, readArguments, type Arguments } from './arguments';
import { BadInput, orFail } from './failure';
import { openOneModel } from './openModels';
import { chooseData } from './trainData';
import { demandWritable, outputOf, weightsOf, writeOutput, type Output } from './trainOutput';
import { epochJson, epochRow, heading } from './trainText';

/** @throws {BadInput} */
export async function trainCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('train', words, {
    data: 'text',
    epochs: 'text',
    seed: 'text',
    out: 'text',
    output: 'text',
    model: 'text',
    resume: 'flag'
  });
  const file = onlyFile('train', args);
  // Before anything is said about the data: bad words are answered by one line.
  wholeNumber(args, 'epochs', 1);
  wholeNumber(args, 'seed', 0);
  const output = outputOf(args);
  const { model, close } = await openOneModel(file, args.value('model'));
  try {
    if (output !== null) await demandWritable(model, output);
    await train(model, file, args, output);
    return '';
  } finally {
    close();
  }
}

async function train(model: Model, file: string, args: Arguments, output: Output | null): Promise<void> {
  const folder = folderOf(args);
  const kept = await keptRun(folder, args, model, file);
  const ends = orFail(networkEnds(model, model.classNames));
  const choice =
    kept !== null && args.value('data') === undefined ? kept.choice : chooseData(model, ends, args.value('data'), file);
  const parts = orFail(await openChoice(choice));
  try {
    const sharing = { validationShare: 0.2, examples: null, seed: 1 };
    const first = orFail(await trainingData(parts, ends, kept?.summary.form ?? sharing));
    const form = kept === null ? formOf(model, first, args) : goingOn(kept.summary.form, args, file);
    const data = kept === null ? orFail(await trainingData(parts, ends, form)) : first;
    await run(model, choice, data, form, folder, kept, args, output);
  } finally {
    closeParts(parts);
  }
}

async function run(
  model: Model,
  choice: DataChoice,
  data: TrainingData,
  form: TrainingForm,
  folder: RunFolder | null,
  kept: RunRecord | null,
  args: Arguments,
  output: Output | null
): Promise<void> {
  for (const warning of data.warnings) process.stderr.write(`warning: ${warning}\n`);
  const metrics = kept === null ? (model.training?.metrics?.value ?? null) : kept.metrics;
  const engine = await createEngine(engineFromEnvironment(process.env));
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const { network, trainer, settings } = orFail(
      await setUp(engine, model, data, form, { metrics, signal: interrupt.signal })
    );
    if (kept !== null && folder !== null) await restore(folder, kept, trainer);
    const metricNames = settings.metrics.map(({ name }) => name);
    const record: RunRecord = {
      version: 1,
      choice,
      architecture: architectureOf(model),
      metrics,
      summary: {
        run: folder === null ? model.name : path.basename(folder.path),
        model: model.name,
        data: data.title,
        status: 'running',
        startedAt: kept?.summary.startedAt ?? new Date().toISOString(),
        metricNames,
        epochs: kept?.summary.epochs ?? [],
        ending: null,
        form,
        engine: engine.name
      }
    };
    process.stderr.write(
      `${model.name} on ${data.title}: ${data.train.members.length} training, ${data.validation?.members.length ?? 0} validation examples, ${engine.name}\n`
    );
    const accuracy = metricNames.indexOf('accuracy');
    const tell = (report: EpochReport): void => {
      const line = args.json ? epochJson(report, accuracy, engine.name) : epochRow(report, metricNames);
      process.stdout.write(`${line}\n`);
    };
    if (!args.json) process.stdout.write(`${heading(metricNames)}\n`);
    // Between steps only: Node must be able to see the signal.
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const ended = await drive(trainer, record, folder, { signal: interrupt.signal, turn, onEpoch: tell });
    const weights = weightsOf(network);
    network.dispose();
    conclude(ended, folder);
    // What a stopped run has learned is saved too: the file says what it is, the checkpoints go further.
    if (output !== null) await writeOutput(trainableModel(model, form), form.seed, weights, output);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    engine.dispose();
  }
}

/** @throws {BadInput} where the run ended badly */
function conclude({ summary }: RunRecord, folder: RunFolder | null): void {
  const { status, ending, epochs } = summary;
  if (status === 'stopped') {
    const again = folder === null ? 'nothing was kept, because --out was not given' : '--resume goes on';
    process.stderr.write(`stopped after epoch ${epochs.length}; ${again}\n`);
  }
  if (ending === null) return;
  if (ending.kind === 'early') process.stderr.write(`stopped early after epoch ${ending.epoch}${bestWords(ending)}\n`);
  if (ending.kind === 'stopped')
    throw new BadInput(`${summary.model}: training stops at ${ending.layer}: ${ending.reason}`);
  if (ending.kind === 'diverged') {
    const where = ending.layer === null ? 'in the loss' : `first in the ${ending.what} of ${ending.layer}`;
    throw new BadInput(
      `${summary.model}: after ${ending.step} steps the loss is no number any more, ${where}. Try a tenth of the learning rate, or limit the gradients (clipnorm=1).`
    );
  }
}

const bestWords = ({ bestEpoch }: Extract<Ending, { kind: 'early' }>): string =>
  bestEpoch === null ? '' : `, epoch ${bestEpoch} was best`;

function folderOf(args: Arguments): RunFolder | null {
  const out = args.value('out');
  if (out === undefined && args.has('resume')) {
    throw new BadInput(
      'convlens train: --resume needs --out, the folder of the run to go on with. See convlens --help.'
    );
  }
  return out === undefined ? null : new RunFolder(path.resolve(out));
}

/** The run in the folder, with `--resume`. @throws {BadInput} where there is none, or one that would be written over */
async function keptRun(
  folder: RunFolder | null,
  args: Arguments,
  model: Model,
  file: string
): Promise<RunRecord | null> {
  if (folder === null) return null;
  const record = await folder.readRecord();
  if (!args.has('resume')) {
    if (!record.ok && (await folder.epochs()).length === 0) return null;
    throw new BadInput(`${folder.path}: holds a run already. Give --resume to go on with it, or another --out.`);
  }
  const kept = orFail(record);
  if (kept.architecture !== architectureOf(model)) {
    throw new BadInput(
      `${file}: its layers are not those of the run in ${folder.path}. Give the file of that run, or start a new one.`
    );
  }
  return kept;
}

async function restore(folder: RunFolder, kept: RunRecord, trainer: Trainer): Promise<void> {
  const epoch = kept.summary.epochs.length;
  orFail(trainer.restore(orFail(await folder.readEpoch(epoch))));
  await folder.forgetAfter(epoch);
}

function formOf(model: Model, data: TrainingData, args: Arguments): TrainingForm {
  const ends = finalActivationOf(model, 0);
  const classes = data.answer.kind === 'classes';
  const outputs = classes ? data.classNames.length : 1;
  const filled = formDefaults({
    dialect: dialectOf(model),
    recipe: model.training ?? null,
    answers: data.answer.kind,
    classes: classes ? data.classNames.length : 0,
    outputs,
    ends,
    hasWeights: model.weightsOrigin.kind !== 'none'
  });
  for (const [field, origin] of Object.entries(filled.origins)) {
    if (origin.kind !== 'asked') continue;
    const line = origin.line === null ? '' : ` (line ${origin.line + 1})`;
    const why = origin.reason === undefined ? '' : `: ${origin.reason}`;
    process.stderr.write(`note: ${field} cannot be read from the code${line}${why}; the default is used\n`);
  }
  const form = {
    ...filled.form,
    epochs: wholeNumber(args, 'epochs', 1) ?? filled.form.epochs,
    seed: wholeNumber(args, 'seed', 0) ?? filled.form.seed
  };
  for (const warning of lossWarnings(form, ends, outputs, classes)) process.stderr.write(`warning: ${warning}\n`);
  return form;
}

/** The settings of the kept run, for more epochs where that is asked. @throws {BadInput} for another seed */
function goingOn(form: TrainingForm, args: Arguments, file: string): TrainingForm {
  const seed = wholeNumber(args, 'seed', 0);
  if (seed !== null && seed !== form.seed) {
    throw new BadInput(`${file}: the run was begun with --seed ${form.seed}. Leave --seed out, or start a new run.`);
  }
  return { ...form, epochs: wholeNumber(args, 'epochs', 1) ?? form.epochs };
}

function wholeNumber(args: Arguments, name: string, least: number): number | null {
  const text = args.value(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new BadInput(`convlens train: --${name} needs a whole number from ${least}. See convlens --help.`);
}
