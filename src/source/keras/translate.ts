/** A layer of the source as a canonical kind: what is not known makes it opaque, unless the shape does not depend on it. */
import { t } from '../../core/texts';
import { kerasLayer } from '../../core/keras/kerasLayer';
import type { LayerKind } from '../../core/layerKind';
import type { Graph, Initializer } from '../../core/model';
import type { DataFormat } from '../../core/shape';
import { Unknown } from '../interpreter/values';
import { plainOf } from './plain';
import type { LayerValue } from './values';

export interface KerasSettings {
  version: 1 | 2 | 3;
  dataFormat: DataFormat;
  /** Bilinear upsampling without half-pixel centres (TensorFlow.js). */
  asymmetricResize?: boolean;
}

export interface TranslatedLayer {
  readonly kind: LayerKind;
  readonly initializers: ReadonlyMap<string, Initializer>;
  readonly config: ReadonlyMap<string, unknown>;
  /** Attributes that are not known but do not matter to shapes and counts, in words. */
  readonly remarks: readonly string[];
}

/** Attributes without influence on shapes, counts and inference: left out where they are not known. */
const HARMLESS =
  /^(name|trainable|dtype|seed|weights|momentum|input_shape|batch_input_shape|input_dim|.*_(initializer|regularizer|constraint))$/;

/** @param inner for wrappers: the wrapped layer's kind and graph */
export function translateLayer(
  layer: LayerValue,
  settings: KerasSettings,
  inner?: { readonly kind: LayerKind; readonly graph: Graph }
): TranslatedLayer {
  const config = new Map<string, unknown>();
  const remarks: string[] = [];
  let opaque: string | null = layer.rest === null ? null : t('its arguments are not all known: {0}', layer.rest.reason);
  let unknownActivation: string | null = null;
  let unknownRate: string | null = null;
  for (const [name, value] of layer.attributes) {
    if (name === 'layer' && inner !== undefined) continue;
    const plain = plainOf(value);
    if (!(plain instanceof Unknown)) config.set(name, plain);
    else if (layer.className === 'Lambda') continue;
    else if (HARMLESS.test(name)) remarks.push(t('{0} is not known: {1}', name, plain.reason));
    else if (/activation$/.test(name) && layer.className !== 'Activation') unknownActivation = plain.reason;
    else if (name === 'rate' || name === 'p') unknownRate = plain.reason;
    else opaque ??= t('{0} is not known: {1}', name, plain.reason);
  }
  const done = (kind: LayerKind, initializers: ReadonlyMap<string, Initializer> = new Map()): TranslatedLayer => ({
    kind,
    initializers,
    config,
    remarks
  });
  if (layer.fixedKind !== null) return done(layer.fixedKind);
  if (opaque !== null) return done({ kind: 'opaque', reason: opaque });
  if (unknownRate !== null && /Dropout/.test(layer.className)) {
    // At inference dropout is the identity whatever its rate.
    remarks.push(t('rate is not known: {0}', unknownRate));
    return done({ kind: 'identity' });
  }
  const { kind, initializers } = kerasLayer(layer.className, config, {
    version: settings.version,
    origin: 'source',
    defaultDataFormat: settings.dataFormat,
    asymmetricResize: settings.asymmetricResize,
    inner
  });
  if (unknownActivation === null) return done(kind, initializers);
  remarks.push(t('activation is not known: {0}', unknownActivation));
  return 'activation' in kind
    ? done({ ...kind, activation: { name: 'unknown', sourceName: 'custom' } }, initializers)
    : done(kind, initializers);
}
