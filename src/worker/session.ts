/** One open model: its layers, its inputs, its labels, its network on the engine. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { assumedLabels } from '../analyses/builtinLabels';
import { allLayers } from '../analyses/layers';
import { withFreshWeights } from '../analyses/freshModel';
import { inputPorts } from '../analyses/inputs';
import { joinWeights } from '../analyses/join/joinWeights';
import type { LayerNode, Model } from '../core/model';
import type { Shape } from '../core/shape';
import { problemLine } from '../core/result';
import { summarize } from '../core/summarize';
import type { DenseTensor } from '../core/tensor';
import type { PreparedNetwork } from '../engine/engine';
import type { PreparedInput } from '../protocol/inputs';
import type { InputPort, OpenedModel, WeightsSource } from '../protocol/requests';
import type { LabelsInUse } from '../protocol/running';
import type { RgbaImage } from '../images/types';
import { openModelFile } from '../readers/open';
import { inputFailure, valueOf } from './problem';
import { t } from '../core/texts';

export interface GivenInput {
  readonly prepared: PreparedInput;
  readonly tensor: DenseTensor;
  /** The picture before preprocessing; `null` for arrays. */
  readonly image: RgbaImage | null;
}

export interface Session {
  readonly id: string;
  readonly key: string;
  readonly file: string | null;
  /** With fresh weights where the origin has none. */
  readonly model: Model;
  /** Layers with the weights that training here began with; `null` where it holds none trained here. */
  readonly start: ReadonlyMap<string, LayerNode> | null;
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly ports: readonly InputPort[];
  readonly opened: OpenedModel;
  readonly inputs: Map<number, GivenInput>;
  labels: LabelsInUse | null;
  network: PreparedNetwork | null;
  /** Counts passes; values of older ones are gone. */
  run: number;
  /** The session whose network this one shares; `null` for one of its own. */
  readonly twinOf: string | null;
  /** The session with which this one ends; `null` for one that stands alone. */
  readonly ownedBy: string | null;
  close(): void;
}

const freshSeed = 1;

export class Sessions {
  private readonly byId = new Map<string, Session>();
  private next = 1;

  /** @throws {RequestFailure} for an id that is not open. */
  get(id: string): Session {
    const session = this.byId.get(id);
    if (session === undefined) throw inputFailure('model', t('is not open any more'), t('Open it again'));
    return session;
  }

  /** Opens a file, or gives the session whose file has the same path, size and time of change. */
  async openFile(file: string, signal: AbortSignal): Promise<Session> {
    const path = resolve(file);
    const facts = await stat(path).catch(() => null);
    if (facts === null) throw inputFailure(file, t('cannot be found'), t('Check the path'));
    const key = `${path}|${String(facts.mtimeMs)}|${String(facts.size)}`;
    for (const session of this.byId.values()) if (session.key === key && facts.isFile()) return session;
    const opened = valueOf(await openModelFile(path, { signal }));
    const session = this.add(opened.model, key, path, freshSeed, () => {
      opened.close();
    });
    return withAssumedLabels(session);
  }

  /**
   * Opens a file for another session, with which it ends; one that is open already by this path stays apart.
   * The class names are the owner's where the file states none.
   */
  async openKept(path: string, owner: Session, signal: AbortSignal): Promise<Session> {
    const opened = valueOf(await openModelFile(path, { signal }));
    const key = `kept ${String(this.next)} ${path}`;
    const release = (): void => {
      opened.close();
    };
    const session = this.add(opened.model, key, path, freshSeed, release, owner.id);
    session.labels ??= owner.labels;
    return session;
  }

  openDefinition(model: Model, seed: number, release: () => void = () => undefined): Session {
    return this.add(model, `definition ${String(this.next)}`, null, seed, release);
  }

  /** A definition with the weights of a file as far as they fit; a file that cannot be read is told in a notice. */
  async openWithWeights(model: Model, seed: number, weights: WeightsSource, signal: AbortSignal): Promise<Session> {
    const file = await openModelFile(weights.file, { signal });
    if (!file.ok) {
      const notice = { code: 'weights-unread', message: problemLine(file.error) };
      return this.openDefinition({ ...model, notices: [...model.notices, notice] }, seed);
    }
    const facts = await stat(weights.file).catch(() => null);
    const older = facts !== null && weights.codeChanged !== null && facts.mtimeMs < weights.codeChanged;
    const { model: joined } = joinWeights(model, file.value.model, basename(weights.file), older);
    return withAssumedLabels(this.openDefinition(joined, seed, () => file.value.close()));
  }

  newId(): string {
    return `m${String(this.next++)}`;
  }

  /** Takes in a session made elsewhere. */
  adopt(session: Session): Session {
    this.byId.set(session.id, session);
    return session;
  }

  /**
   * The session goes on with other weights in the same layers: inputs and labels stay, every value and network made with
   * the old ones goes. Twins share the old network, so they end.
   * @param start the same network with the weights that training began with
   */
  replaceModel(session: Session, model: Model, start: Model): void {
    session.network?.dispose();
    session.network = null;
    for (const [other, twin] of this.byId) if (twin.twinOf === session.id) this.byId.delete(other);
    const next: Session = {
      ...session,
      model,
      layers: allLayers(model.root),
      start: allLayers(start.root),
      opened: { ...session.opened, summary: summarize(model) },
      // Values of passes before this one are gone.
      run: session.run + 1,
      // Another content than the file's: opening the file again must not give this session.
      key: `${session.key} trained ${String(session.run + 1)}`,
      close: () => {
        next.network?.dispose();
        next.network = null;
        session.close();
      }
    };
    this.byId.set(session.id, next);
  }

  /** A session and those that end with it. @throws {RequestFailure} for an id that is not open */
  endingWith(id: string): readonly Session[] {
    return [this.get(id), ...[...this.byId.values()].filter(({ ownedBy }) => ownedBy === id)];
  }

  close(id: string): void {
    const session = this.byId.get(id);
    this.byId.delete(id);
    session?.close();
    // Twins share the network that has just gone.
    for (const [other, twin] of this.byId) if (twin.twinOf === id) this.byId.delete(other);
    for (const [other, owned] of this.byId) if (owned.ownedBy === id) this.close(other);
  }

  private add(
    model: Model,
    key: string,
    file: string | null,
    seed: number,
    release: () => void,
    ownedBy: string | null = null
  ): Session {
    const id = this.newId();
    const runnable = model.weightsOrigin.kind === 'none' ? withFreshWeights(model, seed) : model;
    const ports = inputPorts(runnable);
    const session: Session = {
      id,
      key,
      file,
      model: runnable,
      layers: allLayers(runnable.root),
      start: null,
      ports,
      opened: { model: id, file, summary: summarize(runnable), inputs: ports },
      inputs: new Map(),
      labels: model.classNames === null ? null : { names: model.classNames, assumed: t('the file states them') },
      network: null,
      run: 0,
      twinOf: null,
      ownedBy,
      close: () => {
        session.network?.dispose();
        session.network = null;
        release();
      }
    };
    this.byId.set(id, session);
    return session;
  }
}

/** Names of classes that are as good as certain, for trained weights. */
async function withAssumedLabels(session: Session): Promise<Session> {
  const assumed = await assumedLabels(session.model, session.opened.summary);
  if (assumed !== null) session.labels ??= { names: assumed.names, assumed: assumed.reason };
  return session;
}

/** @throws {RequestFailure} for a layer the model does not have. */
export function layerOf(session: Session, id: string): LayerNode {
  const layer = session.layers.get(id);
  if (layer === undefined)
    throw inputFailure(session.file ?? session.model.name, t('has no layer {0}', id), t('Choose another'));
  return layer;
}

/** Shapes of the inputs now set, by input name, for what the model leaves open. */
export function givenShapes(session: Session): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  session.ports.forEach((port, i) => {
    const given = session.inputs.get(i);
    if (given !== undefined) shapes.set(port.name, given.tensor.shape);
  });
  return shapes;
}
