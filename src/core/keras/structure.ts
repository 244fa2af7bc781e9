/** Inputs, shape changes, merges, embeddings, recurrent and random image layers of Keras. */
import type { MergeOperation } from '../layerKind';
import type { Dim } from '../shape';
import { activationOf } from './activations';
import { AttributeProblem, type Attributes } from './attributes';
import type { KerasContext, Translator } from './context';
import { t } from '../texts';

function dims(attributes: Attributes, name: string): Dim[] | null {
  const value = attributes.raw(name);
  if (value === undefined || value === null) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((size) => {
    if (size === null) return null;
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw attributes.problem(name, 'a shape');
    return size;
  });
}

/** `batch_shape` (Keras 3) or `batch_input_shape` (1, 2) hold the batch axis, `shape` and `input_shape` do not. */
export function inputShapeOf(attributes: Attributes): Dim[] | null {
  const whole = dims(attributes, 'batch_shape') ?? dims(attributes, 'batch_input_shape');
  if (whole !== null) return whole;
  const rest = dims(attributes, 'shape') ?? dims(attributes, 'input_shape');
  return rest === null ? null : [attributes.numberOrNull('batch_size'), ...rest];
}

const input: Translator = (attributes) => {
  const shape = inputShapeOf(attributes);
  if (shape === null) throw attributes.problem('batch_shape', 'a shape');
  const dtype = attributes.raw('dtype') ?? attributes.raw('input_dtype');
  return { kind: 'input', shape, dtype: typeof dtype === 'string' ? dtype : 'float32' };
};

const flatten: Translator = (attributes, context) => ({
  kind: 'flatten',
  channelsLastOrder: context.version > 1 && attributes.dataFormat() === 'channelsFirst',
  startAxis: 1,
  endAxis: -1
});

const merge =
  (operation: MergeOperation): Translator =>
  () => ({ kind: 'merge', operation });

function dotAxes(attributes: Attributes, name: string, fallback?: number): [number, number] {
  const [first, second, ...more] = attributes.integers(name, fallback === undefined ? undefined : [fallback]).flat();
  if (first === undefined || more.length > 0) throw attributes.problem(name, t('one or two axes'));
  return [first, second ?? first];
}

const MERGE_MODES: ReadonlyMap<string, MergeOperation> = new Map([
  ['sum', 'add'],
  ['mul', 'multiply'],
  ['ave', 'average'],
  ['max', 'maximum'],
  ['min', 'minimum']
]);

/** Keras 1's one merging layer. */
const legacyMerge: Translator = (attributes) => {
  const mode = attributes.text('mode', 'sum');
  const operation = MERGE_MODES.get(mode);
  if (operation !== undefined) return { kind: 'merge', operation };
  if (mode === 'concat') return { kind: 'concat', axis: attributes.axis('concat_axis', -1) };
  if (mode === 'dot' || mode === 'cos') {
    const nested = attributes.raw('dot_axes');
    // The form [[1], [2]] is as old as Theano's tensordot.
    const flat = new Map([['dot_axes', Array.isArray(nested) ? nested.flat() : nested]]);
    const axes = dotAxes(attributes.with(flat), 'dot_axes', -1);
    return { kind: 'dot', axes, normalize: mode === 'cos' };
  }
  throw new AttributeProblem(t('Merge with a function of its own carries Python code, which is never run'));
};

function recurrent(cell: 'simple' | 'lstm' | 'gru', fused = false): Translator {
  return (attributes, context) => {
    if (attributes.boolean('return_state', false)) {
      throw new AttributeProblem(t('a recurrent layer that also returns its state is not supported'));
    }
    const recent = context.version === 3 || context.origin === 'source';
    return {
      kind: 'recurrent',
      cell,
      units: attributes.size('units', undefined, 1),
      useBias: attributes.boolean('use_bias', true),
      returnSequences: attributes.boolean('return_sequences', false),
      bidirectional: null,
      goBackwards: attributes.boolean('go_backwards', false),
      activation: activationOf(attributes.raw('activation') ?? 'tanh', context.version),
      recurrentActivation: activationOf(
        attributes.raw('recurrent_activation') ?? (recent || fused ? 'sigmoid' : 'hard_sigmoid'),
        context.version
      ),
      resetAfter: attributes.boolean('reset_after', fused || recent)
    };
  };
}

/** Layers that change images at random while training and pass them on at inference. */
const AUGMENTATIONS = [
  ...'Flip Rotation Zoom Contrast Brightness Translation Height Width Hue Saturation ColorJitter ColorDegeneration'
    .split(' ')
    .map((what) => `Random${what}`),
  ...'Grayscale Invert Posterization Sharpness Shear Erasing Perspective ElasticTransform GaussianBlur'
    .split(' ')
    .map((what) => `Random${what}`),
  'MixUp',
  'CutMix',
  'RandAugment',
  'AugMix'
];

function augmentation(operation: string): Translator {
  return (attributes) => ({
    kind: 'augmentation',
    operation,
    size: operation === 'RandomCrop' ? [attributes.size('height'), attributes.size('width')] : null,
    parameters: attributes.numbersByName()
  });
}

const masking: Translator = (attributes) => {
  if (attributes.number('mask_value', 0) === 0) return { kind: 'identity' };
  throw new AttributeProblem(t('Masking with a value other than 0 changes the values, which is not supported'));
};

/** Dimensions of Reshape: an unknown size, which only source text can leave open, counts as computed. */
const reshape: Translator = (attributes) => {
  const name = attributes.has('target_shape') ? 'target_shape' : 'dims';
  return { kind: 'reshape', target: attributes.integers(name) };
};

export const STRUCTURE: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ['InputLayer', input],
  ['Input', input],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['Permute', (attributes) => ({ kind: 'permute', axes: attributes.integers('dims') })],
  ['RepeatVector', (attributes) => ({ kind: 'repeatVector', times: attributes.size('n', undefined, 1) })],
  ['Add', merge('add')],
  ['Subtract', merge('subtract')],
  ['Multiply', merge('multiply')],
  ['Average', merge('average')],
  ['Maximum', merge('maximum')],
  ['Minimum', merge('minimum')],
  ['Concatenate', (attributes) => ({ kind: 'concat', axis: attributes.axis('axis', -1) })],
  [
    'Dot',
    (attributes) => ({
      kind: 'dot',
      axes: dotAxes(attributes, 'axes'),
      normalize: attributes.boolean('normalize', false)
    })
  ],
  ['Merge', legacyMerge],
  [
    'Embedding',
    (attributes) => ({
      kind: 'embedding',
      inputDim: attributes.size('input_dim', undefined, 1),
      outputDim: attributes.size('output_dim', undefined, 1)
    })
  ],
  ['SimpleRNN', recurrent('simple')],
  ['LSTM', recurrent('lstm')],
  ['GRU', recurrent('gru')],
  ['CuDNNLSTM', recurrent('lstm', true)],
  ['CuDNNGRU', recurrent('gru', true)],
  ['Identity', () => ({ kind: 'identity' })],
  ['ActivityRegularization', () => ({ kind: 'identity' })],
  ['Masking', masking],
  ...[...AUGMENTATIONS, 'RandomCrop'].map((name) => [name, augmentation(name)] as const)
]);

/** `PReLU`: one slope for each element, or shared along some axes. */
export const prelu: Translator = (attributes) => ({
  kind: 'prelu',
  sharedAxes: attributes.has('shared_axes') ? attributes.integers('shared_axes') : [],
  parameters: 'elementwise'
});

/** Whether the wrapped layer's kind can stand for a Bidirectional wrapper. */
export function bidirectional(attributes: Attributes, context: KerasContext) {
  const inner = context.inner?.kind;
  if (inner?.kind !== 'recurrent') throw new AttributeProblem(t('Bidirectional around a layer that is not supported'));
  const mode = attributes.raw('merge_mode') === undefined ? 'concat' : attributes.raw('merge_mode');
  if (mode !== 'concat' && mode !== 'sum' && mode !== 'mul' && mode !== 'ave') {
    throw attributes.problem('merge_mode', t('concat, sum, mul or ave'));
  }
  return { ...inner, bidirectional: mode } as const;
}
