/**
 * One Keras layer, given as its class and attributes, as a canonical kind. Files and source text share this: it knows the
 * classes of Keras 1 to 3 and TensorFlow.js and nothing about where the attributes come from.
 */
import type { LayerKind } from '../layerKind';
import type { Initializer } from '../model';
import { activationLayer } from './activations';
import { AttributeProblem, Attributes } from './attributes';
import type { KerasContext, Translator } from './context';
import { CONVOLUTIONS } from './convolutions';
import { initializersOf } from './initializers';
import { modernAttributes, modernClass } from './legacy';
import { REGULARISING } from './regular';
import { SPATIAL } from './spatial';
import { STRUCTURE, bidirectional, prelu } from './structure';
import { t } from '../texts';

export interface KerasLayer {
  readonly kind: LayerKind;
  readonly initializers: ReadonlyMap<string, Initializer>;
}

const TRANSLATORS: ReadonlyMap<string, Translator> = new Map([
  ...CONVOLUTIONS,
  ...SPATIAL,
  ...REGULARISING,
  ...STRUCTURE,
  ['PReLU', prelu]
]);

/** Classes that hold another layer in their `layer` attribute; the caller translates it and passes it as `inner`. */
export const WRAPPERS: ReadonlySet<string> = new Set(['TimeDistributed', 'Bidirectional', 'SpectralNormalization']);

/** Known classes that are shown but not run, and why. */
const KNOWN_OPAQUE: ReadonlyMap<string, () => string> = new Map([
  ['Lambda', () => t('Lambda carries Python code, which is never decoded or run')],
  ['TFOpLambda', unknownOperation],
  ['TensorFlowOpLayer', unknownOperation],
  ['SlicingOpLambda', () => t('slicing is not one of the layers this program knows')]
]);

function unknownOperation(): string {
  return t('a TensorFlow operation that is not one of the layers this program knows');
}

const UNSUPPORTED = new Set(
  (
    'LocallyConnected1D LocallyConnected2D LocallyConnected3D ConvLSTM1D ConvLSTM2D ConvLSTM3D ConvRecurrent2D RNN StackedRNNCells ' +
    'MaxoutDense Highway SReLU ParametricSoftplus Attention AdditiveAttention MultiHeadAttention GroupQueryAttention EinsumDense ' +
    'Discretization Hashing StringLookup IntegerLookup TextVectorization CategoryEncoding HashedCrossing MelSpectrogram STFTSpectrogram ' +
    'Solarization AutoContrast Equalization Pipeline MaxNumBoundingBoxes JaxLayer FlaxLayer TorchModuleWrapper TFSMLayer Wrapper'
  ).split(' ')
);

function translate(className: string, attributes: Attributes, context: KerasContext): LayerKind {
  const activation = activationLayer(className, attributes, context.version);
  if (activation !== null) return { kind: 'activation', activation };
  const translator = TRANSLATORS.get(className);
  if (translator !== undefined) return translator(attributes, context);
  if (WRAPPERS.has(className)) return wrapper(className, attributes, context);
  const reason = KNOWN_OPAQUE.get(className);
  if (reason !== undefined) return { kind: 'opaque', reason: reason() };
  return {
    kind: 'opaque',
    reason: UNSUPPORTED.has(className)
      ? t('{0} is known to Keras but not supported here', className)
      : t('{0} is not a Keras layer this program knows', className)
  };
}

function wrapper(className: string, attributes: Attributes, context: KerasContext): LayerKind {
  const inner = context.inner;
  if (inner === undefined) return { kind: 'opaque', reason: t('the layer inside {0} is not known', className) };
  if (className === 'Bidirectional') return bidirectional(attributes, context);
  // Spectral normalization changes the kernel while training only; at inference the stored kernel is used as it is.
  if (className === 'SpectralNormalization') return inner.kind;
  if (inner.kind.kind === 'opaque') return inner.kind;
  return { kind: 'model', graph: inner.graph, timeDistributed: true };
}

/**
 * Translates one layer. An unknown class, or an attribute that makes no sense, gives the kind `opaque` with the reason;
 * nothing is thrown.
 * @param attributes by snake_case name, in any Keras version's spelling; values are numbers, words, booleans, `null` for
 * `None`, arrays, and plain objects or maps for serialised objects
 */
export function kerasLayer(
  className: string,
  attributes: ReadonlyMap<string, unknown>,
  context: KerasContext
): KerasLayer {
  const modern = modernClass(className);
  const given = new Attributes(modernAttributes(modern, attributes), context.defaultDataFormat);
  try {
    const kind = translate(modern, given, context);
    return { kind, initializers: initializersOf(kind.kind, given) };
  } catch (error) {
    if (!(error instanceof AttributeProblem)) throw error;
    return { kind: { kind: 'opaque', reason: `${className}: ${error.message}` }, initializers: new Map() };
  }
}

/** Whether the class is one this program knows by name, supported or not. */
export function isKerasClass(className: string): boolean {
  const modern = modernClass(className);
  const probe = new Attributes(new Map());
  return (
    TRANSLATORS.has(modern) ||
    WRAPPERS.has(modern) ||
    KNOWN_OPAQUE.has(modern) ||
    UNSUPPORTED.has(modern) ||
    isActivationClass(modern, probe)
  );
}

function isActivationClass(className: string, probe: Attributes): boolean {
  return activationLayer(className, probe, 3) !== null;
}
