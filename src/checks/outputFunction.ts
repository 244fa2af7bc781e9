/** The last layer's function against the loss: softmax twice, softmax missing, sigmoid where classes exclude each other. */
import { t } from '../core/texts';
import { ownName, writtenArgument } from './argumentNames';
import { removeArgument, setArgument } from './edits';
import type { Fix, Remark } from './finding';
import { lossOf, placeOfLoss, type Loss } from './loss';
import { outputOf, type Output } from './output';
import { quoted } from './shapes';
import { spotOf } from './spot';
import type { Subject } from './subject';

/** Functions after which numbers are probabilities. */
const PROBABILITIES = new Set(['softmax', 'sigmoid', 'hardSigmoid']);

/** Softmax in the model and again in the loss. */
export function* probabilitiesAsLogits(subject: Subject): Iterable<Remark> {
  const [loss, output] = [lossOf(subject), outputOf(subject)];
  if (loss?.fromLogits !== true || output === null || !PROBABILITIES.has(output.activation)) return;
  const { layer } = output.activationUse;
  yield {
    message: t('{0} already applies {1}, and the loss applies it again.', layer.name, output.activation),
    reason: t(
      'The loss takes raw numbers and makes probabilities of them itself. Twice applied, even a sure answer looks unsure, and learning is slow.'
    ),
    range: spotOf(subject, layer, 'activation'),
    layer: layer.id,
    fixes: [...lossTakes(subject, false), ...withoutFunction(subject, output)]
  };
}

/** Raw numbers where the loss expects probabilities. */
export function* logitsAsProbabilities(subject: Subject): Iterable<Remark> {
  const [loss, output] = [lossOf(subject), outputOf(subject)];
  if (loss?.fromLogits !== false || output === null || output.activation !== 'linear') return;
  const wanted = loss.family === 'binary' || output.units === 1 ? 'sigmoid' : 'softmax';
  const { layer } = output.use;
  yield {
    message: t('{0} gives raw numbers, but {1} expects probabilities.', layer.name, loss.name),
    reason: t(
      'Without {0} the numbers may be negative or larger than 1; the loss cuts them off, and little is learned. Either the model or the loss (from_logits=True) has to apply it.',
      wanted
    ),
    range: spotOf(subject, layer),
    layer: layer.id,
    fixes: [...withFunction(subject, output, wanted), ...lossTakes(subject, true)]
  };
}

/** Several sigmoids are several yes or no questions; a class is one of many. */
export function* sigmoidForClasses(subject: Subject): Iterable<Remark> {
  const [loss, output] = [lossOf(subject), outputOf(subject)];
  if (loss === null || output === null || loss.family === 'binary' || output.activation !== 'sigmoid') return;
  const { layer } = output.activationUse;
  const single = output.units === 1;
  yield {
    message: single
      ? t('{0} gives one number, but {1} compares the answers of several classes.', layer.name, loss.name)
      : t(
          '{0} answers each of {1} classes by its own sigmoid, but {2} expects shares of one whole.',
          layer.name,
          output.units,
          loss.name
        ),
    reason: single
      ? t('For a question of yes or no the loss is binary_crossentropy.')
      : t(
          'With softmax the classes compete and their probabilities add up to 1; sigmoids belong to binary_crossentropy.'
        ),
    range: spotOf(subject, layer, 'activation'),
    layer: layer.id,
    fixes: single ? [] : withFunction(subject, output, 'softmax')
  };
}

/** One softmax alone is always 1. */
export function* softmaxOfOne(subject: Subject): Iterable<Remark> {
  const output = subject.isPart ? null : outputOf(subject);
  if (output === null || output.units !== 1 || output.activation !== 'softmax' || output.shape.length !== 2) return;
  const { layer } = output.activationUse;
  yield {
    message: t('{0} applies softmax to a single number: the answer is always 1.', layer.name),
    reason: t('Softmax divides by the sum over all answers. For one question of yes or no the function is sigmoid.'),
    range: spotOf(subject, layer, 'activation'),
    layer: layer.id,
    fixes: withFunction(subject, output, 'sigmoid')
  };
}

/** Sets the activation argument; layers of PyTorch have none. */
function withFunction(subject: Subject, { activationUse: { layer } }: Output, name: string): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(layer);
  const own = ownName(model.framework, layer, 'activation');
  const has = layer.kind.kind === 'dense' || layer.kind.kind === 'conv' || layer.sourceType === 'Activation';
  if (text === null || call === null || own === null || !has || call.args.some(({ unpacks }) => unpacks)) return [];
  const written = writtenArgument(model.framework, layer, call, 'activation');
  const value = quoted(subject, name);
  return [
    { title: t('Set {0} to {1}', own, value), preferred: true, edits: [setArgument(text, call, own, written, value)] }
  ];
}

function withoutFunction(subject: Subject, { activationUse: { layer } }: Output): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(layer);
  if (text === null || call === null || layer.kind.kind === 'activation') return [];
  const written = writtenArgument(model.framework, layer, call, 'activation');
  // Taking out an argument given by its place would move the others.
  if (written === null || written.name === null) return [];
  return [
    {
      title: t('Remove {0}', text.slice(written.whole)),
      preferred: false,
      edits: [removeArgument(text, call, written)]
    }
  ];
}

/** Tells the loss whether it gets raw numbers. */
function lossTakes(subject: Subject, logits: boolean): readonly Fix[] {
  const { model } = subject;
  const loss = lossOf(subject);
  if (loss === null || model.framework !== 'keras') return [];
  const title = t('Set {0} to {1}', 'from_logits', logits ? 'True' : 'False');
  const make = (range: ReturnType<typeof placeOfLoss>, by: string): readonly Fix[] =>
    range === null ? [] : [{ title, preferred: !logits, edits: [{ range, text: by }] }];
  if (!logits) return make(placeOfLoss(subject, /\bfrom_logits\s*=\s*True\b/g), 'from_logits=False');
  const given = placeOfLoss(subject, /\bfrom_logits\s*=\s*False\b/g);
  if (given !== null) return make(given, 'from_logits=True');
  const empty = placeOfLoss(subject, new RegExp(`\\b${loss.name}\\(\\s*\\)`, 'g'));
  if (empty !== null) return make(empty, `${loss.name}(from_logits=True)`);
  const word = placeOfLoss(subject, new RegExp(`(['"])${loss.name}\\1`, 'g'));
  const prefix = lossModule(subject);
  return prefix === null ? [] : make(word, `${prefix}.${className(loss)}(from_logits=True)`);
}

function className({ family }: Loss): string {
  return {
    sparse: 'SparseCategoricalCrossentropy',
    categorical: 'CategoricalCrossentropy',
    binary: 'BinaryCrossentropy'
  }[family];
}

/** How this text reaches `keras.losses`; `null` where it does not import it whole. */
function lossModule({ text }: Subject): string | null {
  const code = text?.whole ?? '';
  const keras =
    /^\s*import\s+(?:keras|tensorflow\.keras\s+as\s+keras)\s*$|^\s*from\s+tensorflow\s+import\s+[^\n#]*\bkeras\b/m;
  if (keras.test(code)) return 'keras.losses';
  const tensorflow = /^\s*import\s+tensorflow(?:\s+as\s+(\w+))?\s*$/m.exec(code);
  return tensorflow === null ? null : `${tensorflow[1] ?? 'tensorflow'}.keras.losses`;
}
