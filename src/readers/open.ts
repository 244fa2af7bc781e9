/** Opening a model file of any kind: what it is, is found from its first bytes, never from its name alone. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import type { Model } from '../core/model';
import { fail, ok, type InputProblem, type Result } from '../core/result';
import { fileSource, readRange, type ReadCounter } from '../files/byteSource';
import { Hdf5File } from './hdf5/hdf5File';
import { parseJson } from './json';
import { readHdf5Model } from './kerasH5';
import { openKerasJson, requireArchitecture } from './kerasJson';
import { isShardIndex, openShardedWeights } from './kerasShards';
import { openKerasV3, type OpenedModel } from './kerasV3';
import { damaged, FileProblem, refused } from '../files/problem';
import { isSafetensorsIndex, openSafetensors, openSafetensorsIndex } from './safetensors';
import { sniffFormat } from './sniff';
import { openTfjsLayers } from './tfjsLayers';
import { openTorchStream, openTorchZip, torchPrefix } from './torch/torchFile';
import { openZip } from '../files/zipArchive';
import { t } from '../core/texts';

export { sniffFormat } from './sniff';

export interface OpenedFile {
  readonly model: Model;
  /** All files the model is made of, to watch for changes. */
  readonly files: readonly string[];
  /** Ends access to the file; tensors cannot be read afterwards. */
  close(): void;
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Counts what is read, for measurements. */
  readonly counter?: ReadCounter | undefined;
}

const LARGEST_JSON = 256 * 2 ** 20;

/**
 * Opens a model file and reads its structure; tensors are read when they are asked for.
 * Every fault of the file is a value, one line each. Only an abort throws (the signal's reason).
 */
export async function openModelFile(path: string, options: OpenOptions = {}): Promise<Result<OpenedFile>> {
  const file = basename(path);
  try {
    options.signal?.throwIfAborted();
    return ok(await openByFormat(path, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    return fail(problemOf(file, error));
  }
}

async function openByFormat(path: string, { signal, counter }: OpenOptions): Promise<OpenedModel> {
  const stats = statSync(path);
  if (stats.isDirectory()) throw new FileProblem(t('it is a folder'), t('Choose the model file inside it'));
  if (!stats.isFile()) throw new FileProblem(t('it is not a regular file'), t('Choose a model file'));
  const sniffed = sniffFormat(path);
  switch (sniffed) {
    case 'hdf5': {
      const file = await Hdf5File.open(fileSource(path, 0, undefined, counter));
      try {
        return { model: readHdf5Model(file, path), files: [path], close: () => file.close() };
      } catch (error) {
        file.close();
        throw error;
      }
    }
    case 'zip': {
      const archive = await openZip(path, counter);
      const prefix = archive.entries.has('config.json') ? null : torchPrefix(archive);
      return prefix === null ? openKerasV3(path, archive, signal) : openTorchZip(path, archive, prefix);
    }
    case 'pickle':
      return openTorchStream(path, counter);
    case 'safetensors':
      return openSafetensors(path, counter);
    case 'json':
      return openJson(path, counter);
  }
}

async function openJson(path: string, counter: ReadCounter | undefined): Promise<OpenedModel> {
  const source = fileSource(path);
  let text: string;
  try {
    if (source.size > LARGEST_JSON) throw refused(t('the JSON file is larger than 256 MiB'));
    text = new TextDecoder().decode(readRange(source, 0, source.size));
  } finally {
    source.close();
  }
  const json = parseJson(text, t('the file'));
  if (fieldOf(json, 'modelTopology') !== undefined) return openTfjsLayers(path, json);
  if (isSafetensorsIndex(json)) return openSafetensorsIndex(path, json, counter);
  if (isShardIndex(json)) return openShardedWeights(path, json, counter);
  // json.dumps(model.to_json()) leaves the architecture as a string inside the JSON.
  const inner = typeof json === 'string' ? parseJson(json, t('the file')) : json;
  requireArchitecture(inner);
  return openKerasJson(path, inner);
}

function problemOf(file: string, error: unknown): InputProblem {
  if (error instanceof FileProblem) return { file, problem: error.problem, remedy: error.remedy };
  const code = fieldOf(error, 'code');
  if (code === 'ENOENT') return { file, problem: t('there is no such file'), remedy: t('Check the path') };
  if (code === 'EACCES' || code === 'EPERM') {
    return { file, problem: t('it may not be read'), remedy: t('Change its permissions') };
  }
  const known = damaged(t('the file is damaged'));
  return { file, problem: known.problem, remedy: known.remedy };
}
