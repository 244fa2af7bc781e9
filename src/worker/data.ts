/** The data sets a session can be asked about, and their pictures as batches for its network. */
import { guessPreprocessing } from '../analyses/inputs';
import { elementCount, type DenseTensor } from '../core/tensor';
import type { DataSet } from '../data/dataSet';
import { digitsFolder, readDigits } from '../data/digits';
import { readImageFolder } from '../data/imageFolder';
import { matchLabels } from '../data/labelMatch';
import { hasLightBorder } from '../images/border';
import { preprocess, visibleInput } from '../images/preprocess';
import type { DataSetInfo } from '../protocol/dataSets';
import type { InputPort } from '../protocol/requests';
import type { Pixels } from '../protocol/values';
import { sampleSet } from './inputs';
import { inputFailure, valueOf } from './problem';
import type { Session } from './session';
import { t } from '../core/texts';

/** Pictures of a data set as one batch, with what is known about them. */
export interface DataBatch {
  /** `[N, H, W, C]`, or channels first where the model says so. */
  readonly inputs: DenseTensor;
  readonly indices: readonly number[];
  /** The network's output index of each picture's class; `null` where unknown. */
  readonly labels: readonly (number | null)[];
  readonly previews: readonly Pixels[];
  /** Pictures that could not be read, named. */
  readonly skipped: readonly string[];
}

export class DataSets {
  private readonly folders = new Map<string, DataSet>();
  private digits: DataSet | null = null;

  /** Those that fit, best first. */
  async list(session: Session): Promise<DataSetInfo[]> {
    const infos: DataSetInfo[] = [];
    for (const set of await this.fitting(session)) infos.push(describe(set, session));
    return infos;
  }

  async addFolder(session: Session, path: string): Promise<DataSetInfo> {
    pictureInput(session);
    const set = valueOf(await readImageFolder(path));
    this.folders.set(set.id, set);
    return describe(set, session);
  }

  /** @param id `null`: the best fitting one. @throws {RequestFailure} where there is none */
  async get(session: Session, id: string | null): Promise<DataSet> {
    const sets = await this.fitting(session);
    const set = id === null ? sets[0] : sets.find((one) => one.id === id);
    if (set === undefined)
      throw inputFailure('data', t('there is no fitting data set'), t('Choose a folder of pictures'));
    return set;
  }

  /**
   * @param indices of the data set; pictures that cannot be read are left out and named in `skipped`
   * @throws {RequestFailure} where none is left
   */
  async batch(session: Session, set: DataSet, indices: readonly number[], signal?: AbortSignal): Promise<DataBatch> {
    const { port, at } = pictureInput(session);
    const known = matchLabels(set.classNames, outputsOf(session), session.labels?.names ?? null);
    const rows: Float32Array[] = [];
    const used: number[] = [];
    const labels: (number | null)[] = [];
    const previews: Pixels[] = [];
    const skipped: string[] = [];
    const fixed = { ...port, ...sizeOf(session, at, port) };
    let shape: readonly number[] = [];
    for (const index of indices) {
      signal?.throwIfAborted();
      const image = await set.image(index);
      if (!image.ok) {
        skipped.push(`${image.error.file}: ${image.error.problem}`);
        continue;
      }
      const chosen = session.inputs.get(at);
      const preprocessing =
        chosen !== undefined && chosen.image !== null
          ? { ...chosen.prepared.preprocessing, invert: guessInvert(session, port, image.value) }
          : guessPreprocessing(session.model, port, hasLightBorder(image.value)).preprocessing;
      const row = preprocess(image.value, fixed, preprocessing);
      const seen = visibleInput(image.value, fixed, preprocessing);
      shape = row.shape.slice(1);
      rows.push(row.data);
      used.push(index);
      previews.push({ width: seen.width, height: seen.height, rgba: seen.data });
      const label = set.label(index);
      labels.push(label === null ? null : (known?.[label] ?? null));
    }
    if (rows.length === 0)
      throw inputFailure(set.title, t('no picture of it can be read'), t('Choose another data set'));
    const size = elementCount(shape);
    const data = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      data.set(row, i * size);
    });
    return { inputs: { shape: [rows.length, ...shape], data }, indices: used, labels, previews, skipped };
  }

  private async fitting(session: Session): Promise<DataSet[]> {
    const port = session.ports[0];
    if (session.ports.length !== 1 || port?.role !== 'image') return [];
    const sets: DataSet[] = [...this.folders.values()].reverse();
    if (port.channels === 1 && (port.height ?? 28) <= 64) {
      this.digits ??= valueOf(await readDigits(digitsFolder(), 'validation'));
      sets.push(this.digits);
    }
    const samples = await sampleSet(port);
    if (samples.size > 0) sets.push(samples);
    return sets;
  }
}

/** Evenly spread indices, so that every class of a sorted data set is there. */
export function spreadIndices(size: number, count: number): number[] {
  const taken = Math.min(size, count);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * size) / taken));
}

function describe(set: DataSet, session: Session): DataSetInfo {
  const outputs = outputsOf(session);
  const labelled = matchLabels(set.classNames, outputs, session.labels?.names ?? null) !== null;
  const reason = !labelled
    ? t('its classes are not those of the network: answers are compared with each other, not with the truth')
    : session.labels !== null
      ? t('its classes are those of the network by name')
      : t("its {0} classes are taken as the network's outputs in the same order", outputs);
  return { id: set.id, title: set.title, size: set.size, classNames: set.classNames, labelled, reason };
}

/** Number of classes of the first output; 0 where unknown. */
function outputsOf(session: Session): number {
  return session.opened.summary.outputs[0]?.shape?.at(-1) ?? 0;
}

function pictureInput(session: Session): { port: InputPort; at: number } {
  const [port] = session.ports;
  if (session.ports.length !== 1 || port?.role !== 'image') {
    throw inputFailure(
      session.model.name,
      t('does not read one picture'),
      t('Data sets of pictures fit picture inputs')
    );
  }
  return { port, at: 0 };
}

/** A batch needs one size: the one set now, where the model leaves it open. */
function sizeOf(session: Session, at: number, port: InputPort): { height: number; width: number } {
  const set = session.inputs.get(at)?.tensor.shape.slice(1) ?? [];
  const [height, width] = port.channelsFirst ? set.slice(1) : set;
  return { height: port.height ?? height ?? 224, width: port.width ?? width ?? 224 };
}

function guessInvert(session: Session, port: InputPort, image: Parameters<typeof hasLightBorder>[0]): boolean {
  return guessPreprocessing(session.model, port, hasLightBorder(image)).preprocessing.invert;
}
