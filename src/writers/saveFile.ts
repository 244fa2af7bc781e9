/** A model written to disk and read back before it counts as saved: the very bytes, with equal weights. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Graph, LayerNode, Model } from '../core/model';
import { fail, ok, type InputProblem, type Result } from '../core/result';
import type { NumericArray, TensorRef, WeightRole } from '../core/tensor';
import { t } from '../core/texts';
import { saveModel, type SaveFormat } from './saveModel';
import { tensorsIn } from './formats/safetensorsValues';
import { valuesOf, type WeightValues } from './weightValues';
import { writeFiles } from './writeFiles';

/** Opens a model file: the program's own readers, which this folder does not know. */
export type Reopen = (path: string) => Promise<Result<{ readonly model: Model; close(): void }>>;

export interface SavedFiles {
  /** The first one is the one to open. */
  readonly paths: readonly string[];
  /** What the person should know. */
  readonly notices: readonly string[];
}

/** Nothing computes with these, and some formats leave them out. */
const NOT_COMPARED: ReadonlySet<WeightRole> = new Set(['other', 'seed', 'count', 'optimizer']);

/**
 * Writes a model where nothing of an older file is lost before the new one is whole and has been read back.
 * @param model with its weights @param weights values in place of its own
 * @returns the problem where the format cannot say what the model does, the place cannot be written, or what was written
 * does not read as what was meant
 */
export async function saveFile(
  model: Model,
  weights: WeightValues,
  format: SaveFormat,
  path: string,
  reopen: Reopen
): Promise<Result<SavedFiles>> {
  const saved = await saveModel(model, weights, format, basename(path));
  if (!saved.ok) return saved;
  const { files, notices } = saved.value;
  try {
    const trial = await mkdtemp(join(tmpdir(), 'convlens-save-'));
    try {
      const [first = ''] = await writeFiles(trial, files);
      const problem = await differs(model, weights, format, first, reopen);
      if (problem !== null) {
        return fail({ file: path, problem, remedy: t('Choose another format; this is a fault of the program') });
      }
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
    return ok({ paths: await writeFiles(dirname(path), files), notices });
  } catch (error) {
    return fail(unwritable(path, error));
  }
}

function unwritable(path: string, error: unknown): InputProblem {
  const reason = error instanceof Error ? error.message : String(error);
  return { file: path, problem: t('cannot be written ({0})', reason), remedy: t('Choose another place') };
}

async function differs(
  model: Model,
  weights: WeightValues,
  format: SaveFormat,
  path: string,
  reopen: Reopen
): Promise<string | null> {
  const own = await digests(model, weights);
  if (format === 'safetensors') {
    const found = tensorsIn(await readFile(path)).map(({ shape, values }) => digest('', shape, values));
    const wanted = new Set(found);
    const missing = own.find(({ plain }) => !wanted.has(plain));
    return missing === undefined ? null : t('{0} was not written as it is', missing.name);
  }
  const again = await reopen(path);
  if (!again.ok) return t('what was written cannot be read again: {0}', again.error.problem);
  try {
    const written = (await digests(again.value.model, () => undefined)).map(({ full }) => full);
    for (const { full, name } of own) {
      const at = written.indexOf(full);
      if (at < 0) return t('{0} was not written as it is', name);
      written.splice(at, 1);
    }
    return null;
  } finally {
    again.value.close();
  }
}

interface Digest {
  readonly name: string;
  /** Of role, shape and values; formats may give layers other names. */
  readonly full: string;
  /** Of shape and values alone. */
  readonly plain: string;
}

async function digests(model: Model, weights: WeightValues): Promise<Digest[]> {
  const found: Digest[] = [];
  for (const layer of allLayers(model.root, new Set())) {
    for (const [index, ref] of layer.weights.entries()) {
      if (!isCompared(ref)) continue;
      const values = await valuesOf(layer, index, weights);
      found.push({
        name: `${layer.name}/${ref.role}`,
        full: digest(`${layer.kind.kind} ${ref.role}`, ref.shape, values),
        plain: digest('', ref.shape, values)
      });
    }
  }
  return found;
}

const isCompared = ({ role, dtype }: TensorRef): boolean => !NOT_COMPARED.has(role) && dtype !== 'string';

/** As float32, which every format here holds. */
function digest(role: string, shape: readonly number[], values: NumericArray): string {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return createHash('sha256').update(`${role} [${shape.join()}] `).update(bytes).digest('hex');
}

function* allLayers(graph: Graph, seen: Set<string>): Generator<LayerNode> {
  for (const layer of graph.layers.values()) {
    if (seen.has(layer.id)) continue;
    seen.add(layer.id);
    yield layer;
    if (layer.kind.kind === 'model') yield* allLayers(layer.kind.graph, seen);
  }
}
