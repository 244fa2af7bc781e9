/** Whether a layer's weights in a file are those that a layer of the code needs, weight by weight. */
import { expectedWeights, type ExpectedWeight } from '../../core/expectedWeights';
import type { Framework, LayerNode } from '../../core/model';
import type { Shape } from '../../core/shape';
import { elementCount, type KernelLayout, type TensorRef, type WeightRole } from '../../core/tensor';
import { t } from '../../core/texts';

export interface LayerFit {
  readonly status: 'matched' | 'differs' | 'refused' | 'unknown';
  /** In words; `null` where everything fits. */
  readonly reason: string | null;
  /** The file's tensors in the roles that the code gives them; empty where they do not fit. */
  readonly weights: readonly TensorRef[];
}

/** A layer of the code with what it needs. */
export interface NeededLayer {
  readonly layer: LayerNode;
  /** What its first call reads; `null` where that is not known. */
  readonly input: Shape | null;
  /** `null`: the code does not tell. */
  readonly expected: readonly ExpectedWeight[] | null;
}

const IDLE: ReadonlySet<WeightRole> = new Set(['optimizer', 'seed', 'count']);

/** Tensors that a layer computes with. */
export const computing = (layer: LayerNode): TensorRef[] =>
  layer.weights.filter((ref) => !IDLE.has(ref.role) && ref.dtype !== 'string');

/** What PyTorch's own names of weights can be. */
const TORCH_WORDS: readonly (readonly [RegExp, readonly WeightRole[]])[] = [
  [/^weight$/, ['kernel', 'depthwiseKernel', 'gamma', 'alpha', 'embeddings']],
  [/^bias$/, ['bias', 'beta']],
  [/^running_mean$/, ['movingMean']],
  [/^running_var$/, ['movingVariance']],
  [/^weight_ih_/, ['kernel']],
  [/^weight_hh_/, ['recurrentKernel']],
  [/^bias_(ih|hh)_/, ['bias']]
];

const torchRoles = (name: string): readonly WeightRole[] => {
  const word = name.slice(name.lastIndexOf('.') + 1);
  return TORCH_WORDS.find(([pattern]) => pattern.test(word))?.[1] ?? [];
};

/** Keras and TensorFlow.js keep weights alike. */
export const familyOf = (framework: Framework): 'keras' | 'pytorch' => (framework === 'pytorch' ? 'pytorch' : 'keras');

const alike = (a: WeightRole, b: WeightRole): boolean =>
  a === b || [a, b].every((role) => role === 'kernel' || role === 'depthwiseKernel');

interface Paired {
  readonly pairs: readonly (readonly [ExpectedWeight, TensorRef])[];
  readonly missing: readonly ExpectedWeight[];
  readonly surplus: readonly TensorRef[];
}

/** Each weight that is needed with the tensor that can be it: by PyTorch's names, by Keras's order, else by role. */
function pair(expected: readonly ExpectedWeight[], tensors: readonly TensorRef[], framework: Framework): Paired {
  const left = [...tensors];
  const pairs: (readonly [ExpectedWeight, TensorRef])[] = [];
  const missing: ExpectedWeight[] = [];
  const torch = familyOf(framework) === 'pytorch';
  const byPosition = !torch && tensors.length === expected.length;
  for (const weight of expected) {
    const at = byPosition
      ? 0
      : left.findIndex(({ name, role }) =>
          torch ? torchRoles(name).includes(weight.role) : role === 'other' || alike(role, weight.role)
        );
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found === undefined) missing.push(weight);
    else pairs.push([weight, found]);
  }
  return { pairs, missing, surplus: left };
}

/** The axis order in which a framework's file keeps what the core writes in Keras's order. */
function layoutIn(weight: ExpectedWeight, ref: TensorRef, framework: Framework): KernelLayout {
  if (familyOf(framework) === 'pytorch') {
    const torch: Partial<Record<KernelLayout, KernelLayout>> = { HWIO: 'OIHW', HWIM: 'OIHW', HWOI: 'IOHW', IO: 'OI' };
    return torch[weight.layout] ?? weight.layout;
  }
  // Kernels that Theano's users saved; and a depthwise kernel, which a grouped convolution of PyTorch reads too.
  return weight.layout !== 'none' && weight.layout !== 'IO' && (ref.layout === 'OIHW' || ref.layout === 'HWIM')
    ? ref.layout
    : weight.layout;
}

/** The needed shape in the file's axis order. */
function shapeIn(weight: ExpectedWeight, layout: KernelLayout, torch: boolean): readonly number[] {
  const { shape } = weight;
  if (layout === weight.layout || shape.length < 2) return shape;
  const space = shape.slice(0, -2);
  const [a = 1, b = 1] = shape.slice(-2);
  if (weight.layout === 'HWIM') return torch ? [a * b, 1, ...space] : [b, a, ...space];
  if (weight.layout === 'HWOI' && layout === 'OIHW') return [a, b, ...space];
  return layout === 'OI' ? [b, a] : [b, a, ...space];
}

const sizes = (shape: readonly number[]) => (shape.length === 0 ? t('one number') : shape.join(' × '));

/** The role in the words of the file's framework: `weight`, `running_mean`, `moving_mean`. */
function roleWords(role: WeightRole): string {
  return role.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

interface Checked {
  readonly reason: string | null;
  readonly ref: TensorRef;
}

function check(weight: ExpectedWeight, ref: TensorRef, framework: Framework): Checked {
  const torch = familyOf(framework) === 'pytorch';
  const layout = layoutIn(weight, ref, framework);
  // [S…, C, M] and [S…, 1, C M] are the same numbers in the same order.
  if (layout === 'HWIM' && weight.layout === 'HWIO') {
    const merged = [...ref.shape.slice(0, -2), 1, elementCount(ref.shape.slice(-2))];
    return check(weight, { ...ref, shape: merged, layout: 'HWIO' }, framework);
  }
  const needed = shapeIn(weight, layout, torch);
  const fits = needed.length === ref.shape.length && needed.every((size, axis) => size === ref.shape[axis]);
  const reason = fits
    ? null
    : t('its {0} is {1} in the file, the code needs {2}', roleWords(weight.role), sizes(ref.shape), sizes(needed));
  return { reason, ref: { ...ref, role: weight.role, layout } };
}

/** Input channels as the file's kernel has them, for code that does not know its input. */
function withFileChannels({ layer }: NeededLayer, file: LayerNode, framework: Framework): NeededLayer['expected'] {
  const [first] = computing(file);
  if (first === undefined) return null;
  const torch = familyOf(framework) === 'pytorch';
  const { kind } = layer;
  const groups = 'groups' in kind && kind.kind !== 'groupNorm' ? kind.groups : 1;
  const channels =
    first.shape.length < 2
      ? first.shape[0]
      : torch || first.layout === 'OIHW'
        ? first.shape[kind.kind === 'convTranspose' ? 0 : 1]
        : first.shape.at(kind.kind === 'convTranspose' ? -1 : -2);
  if (channels === undefined) return null;
  const declared = kind.kind === 'conv' ? channels * groups : channels;
  return expectedWeights({ ...layer, declaredFeatures: [declared] }, null, framework);
}

const unfit = (status: 'differs' | 'refused' | 'unknown', reason: string): LayerFit => ({
  status,
  reason,
  weights: []
});

/**
 * @param codeFramework whose rules the code follows
 * @param fileFramework whose order the file's numbers have
 */
export function fitLayer(
  needed: NeededLayer,
  file: LayerNode,
  codeFramework: Framework,
  fileFramework: Framework
): LayerFit {
  const tensors = computing(file);
  const expected = needed.expected ?? withFileChannels(needed, file, codeFramework);
  if (expected === null) return unfit('unknown', t('the code does not tell which weights this layer needs'));
  const foreign = familyOf(codeFramework) !== familyOf(fileFramework);
  const { pairs, missing, surplus } = pair(expected, tensors, fileFramework);
  const checked = pairs.map(([weight, ref]) => check(weight, ref, fileFramework));
  const reasons = [
    ...missing.map(({ role }) => t('the file holds no {0} for it', roleWords(role))),
    ...checked.flatMap(({ reason }) => (reason === null ? [] : [reason])),
    ...surplus.map((ref) => t('the file holds {0}, which the code has no use for', ref.name))
  ];
  if (reasons.length > 0) return unfit('differs', reasons.join('; '));
  if (foreign && needed.layer.kind.kind === 'recurrent') {
    return unfit('refused', t('Keras and PyTorch order the gates and biases of recurrent layers differently'));
  }
  // Counters come along: they are the layer's, and no pass reads them.
  const idle = file.weights.filter((ref) => ref.role === 'count');
  return { status: 'matched', reason: null, weights: [...checked.map(({ ref }) => ref), ...idle] };
}
