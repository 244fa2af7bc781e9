/**
 * `.safetensors`: eight bytes with the length of the header, the header in JSON, the values. After the format's
 * description at https://github.com/huggingface/safetensors#format.
 */
import type { Graph, Model } from '../../core/model';
import type { NumericArray, TensorRef, WeightRole } from '../../core/tensor';
import { t } from '../../core/texts';
import { CannotWrite } from '../cannotWrite';
import { valuesOf, type WeightValues } from '../weightValues';
import { littleEndian } from './littleEndian';
import type { SavedModel } from './saved';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const NOT_WEIGHTS: ReadonlySet<WeightRole> = new Set(['optimizer', 'seed']);

/** A weight's values in the element type it is kept in; what was widened when read stays wide. */
function stored(values: NumericArray, ref: TensorRef): { dtype: string; bytes: Uint8Array } {
  if (ref.dtype === 'int64' || ref.dtype === 'uint64') {
    return { dtype: 'I64', bytes: littleEndian(BigInt64Array.from(values, (value) => BigInt(Math.round(value)))) };
  }
  if (values instanceof Int32Array) return { dtype: 'I32', bytes: littleEndian(values) };
  if (values instanceof Float64Array) return { dtype: 'F64', bytes: littleEndian(values) };
  return { dtype: 'F32', bytes: littleEndian(values instanceof Float32Array ? values : Float32Array.from(values)) };
}

/**
 * PyTorch's own names (`features.0.weight`), without the place that a checkpoint kept them at; for others the layer's path and
 * what the weight is.
 */
function nameOf(model: Model, layer: string, ref: TensorRef, taken: ReadonlyMap<string, unknown>): string {
  const own = ref.name.split('/').at(-1)?.replace(/:\d+$/, '') ?? '';
  const word = /^\d*$/.test(own) ? ref.role.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : own;
  const module = `${layer}.${ref.name.split('.').at(-1) ?? ''}`;
  const torchName = ref.name.endsWith(`.${module}`) ? module : ref.name;
  const wanted = model.framework === 'pytorch' ? torchName : `${layer}/${word}`;
  let name = wanted;
  for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}

/** The weights alone, in the origin's own axis order. @throws {CannotWrite} where there are none */
export async function safetensors(model: Model, weights: WeightValues, file: string): Promise<SavedModel> {
  const entries = new Map<string, Entry>();
  const pieces: Uint8Array[] = [];
  let at = 0;
  const seen = new Set<string>();
  const visit = async (graph: Graph): Promise<void> => {
    for (const layer of graph.layers.values()) {
      if (seen.has(layer.id)) continue;
      seen.add(layer.id);
      if (layer.kind.kind === 'model') await visit(layer.kind.graph);
      for (const [index, ref] of layer.weights.entries()) {
        if (NOT_WEIGHTS.has(ref.role) || ref.dtype === 'string') continue;
        const { dtype, bytes } = stored(await valuesOf(layer, index, weights), ref);
        const name = nameOf(model, layer.id, ref, entries);
        entries.set(name, { dtype, shape: ref.shape, data_offsets: [at, at + bytes.length] });
        pieces.push(bytes);
        at += bytes.length;
      }
    }
  };
  await visit(model.root);
  if (entries.size === 0) throw new CannotWrite(model.name, t('the model holds no weights'));
  const origin = model.framework === 'pytorch' ? { format: 'pt' } : { format: model.framework };
  const header = Buffer.from(JSON.stringify({ __metadata__: origin, ...Object.fromEntries(entries) }), 'utf8');
  // Spaces bring the values to an address that is a multiple of eight.
  const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return { files: [{ name: file, bytes: Buffer.concat([length, padded, ...pieces]) }], notices: [] };
}
