/** How firm an answer is: the same input under many draws of weight noise, beside as many dropout masks. */
import { addNoise, countOf, drawNoise, readLearned, type WeightValues } from '../../analyses/attribution/shaken';
import { answerSpread } from '../../analyses/attribution/spread';
import type { KindName } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import type { Experiment } from '../../engine/experiment';
import type { HandlerContext } from '../../protocol/rpc';
import type { ShakenAnswers, WhyRequests } from '../../protocol/why';
import { inputsOf, type Runner } from '../running';
import type { Session } from '../session';
import { plainOutput, targetValues } from './explain';

type Params = WhyRequests['shakeWeights']['params'];

const drawsAtMost = 500;
/** Weights and one draw of noise are held between requests up to this many numbers (64 MB each). */
const heldAtMost = 16_000_000;
/** Spreads so far are sent this often, in milliseconds. */
const sendEvery = 120;
const DROPOUTS: ReadonlySet<KindName> = new Set(['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise']);

export function droppingLayers(session: Session): LayerNode[] {
  return [...session.layers.values()].filter(({ kind }) => DROPOUTS.has(kind.kind));
}

/** What a slider over sigma need not do again. */
interface Held {
  readonly learned: WeightValues;
  readonly seed: number;
  /** The noise of the first draw. */
  readonly first: WeightValues;
}

interface HeldMasks {
  readonly inputs: readonly unknown[];
  readonly asked: string;
  readonly answers: readonly Float32Array[];
}

export function shaker(runner: Runner) {
  const held = new WeakMap<Session, Held>();
  const heldMasks = new WeakMap<Session, HeldMasks>();

  const weightsOf = async (session: Session, seed: number, signal: AbortSignal): Promise<Held> => {
    const known = held.get(session);
    if (known?.seed === seed) return known;
    const learned = known?.learned ?? (await readLearned(session.layers.values(), signal));
    const own = { learned, seed, first: await drawNoise(learned, seed, signal) };
    if (countOf(learned) <= heldAtMost) held.set(session, own);
    return own;
  };

  /** Draw by draw, noise and masks in turn; the same seeds give the same draws. */
  return async (session: Session, params: Params, context: HandlerContext): Promise<ShakenAnswers> => {
    const { sigma, measure, seed, output } = params;
    const count = Math.max(1, Math.min(drawsAtMost, Math.round(params.draws)));
    const still = targetValues(session, await plainOutput(session, output, runner, context));
    const labels = session.labels?.names.length === still.length ? session.labels.names : null;
    const { learned, first } = await weightsOf(session, seed, context.signal);
    const dropping = droppingLayers(session);
    const modes = new Map(dropping.map(({ id }) => [id, 'train'] as const));
    const answer = async (experiment: Experiment, draw: number): Promise<Float32Array> => {
      const outputs = await runner.outputs(session, { experiment, seed: seed + draw }, context);
      const value = outputs[output];
      return value === undefined ? new Float32Array() : targetValues(session, value);
    };
    const asked = `${String(output)} ${String(seed)} ${String(count)}`;
    const inputs = inputsOf(session);
    const known = heldMasks.get(session);
    const ready = known?.asked === asked && known.inputs.every((one, i) => one === inputs[i]) ? known.answers : null;
    const noise: Float32Array[] = [];
    const masks: Float32Array[] = dropping.length === 0 ? [] : [...(ready ?? [])];
    const soFar = (): ShakenAnswers => ({
      noise: answerSpread(still, noise, labels),
      masks: dropping.length === 0 ? null : answerSpread(still, masks, labels)
    });
    const total = dropping.length > 0 ? 2 * count : count;
    let sent = -Infinity;
    const report = () => {
      const due = performance.now() - sent >= sendEvery;
      if (due) sent = performance.now();
      const done = noise.length + masks.length;
      context.progress({
        share: done / total,
        message: `${String(noise.length)} / ${String(count)}`,
        ...(due ? { partial: soFar() } : {})
      });
    };
    for (let draw = 0; draw < count; draw++) {
      const epsilon = draw === 0 ? first : await drawNoise(learned, seed + draw, context.signal);
      noise.push(await answer({ weights: addNoise(learned, epsilon, { sigma, measure }) }, draw));
      report();
      if (dropping.length === 0 || masks.length >= count) continue;
      masks.push(await answer({ modes }, draw));
      report();
    }
    if (dropping.length > 0 && ready === null) heldMasks.set(session, { inputs, asked, answers: masks });
    return soFar();
  };
}
