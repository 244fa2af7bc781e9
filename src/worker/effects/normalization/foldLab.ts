/** A batch norm folded into the layer before it: what becomes of the kernels, and that the output stays. */
import { t } from '../../../core/texts';
import { foldableOf, type FoldPair } from '../../../analyses/normalization/foldable';
import {
  foldExperiment,
  foldPair,
  kernelPlace,
  outputChannels,
  type Folded
} from '../../../analyses/normalization/fold';
import { largestDifference } from '../../../analyses/normalization/xray';
import { elementCount } from '../../../core/tensor';
import { valueKey, type Experiment } from '../../../engine/experiment';
import type { BatchChoice, BatchFacts, NormFold } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { probeBatch } from './batches';
import { inputKey, normalizationOf, valuesOf } from './layerValues';

const shownPlanes = 4;
/** Where each plane is a single number. */
const shownNumbers = 12;

interface FoldAsk extends BatchChoice {
  readonly layer: string;
  readonly channel: number | null;
}

/** What both networks gave for the batch. */
interface Measured {
  readonly key: string;
  readonly pair: FoldPair;
  readonly folded: Folded;
  readonly batch: BatchFacts;
  readonly layerDifference: number;
  readonly largestLayerValue: number;
  readonly outputDifference: number;
}

/** Keeps the last measurement: choosing another channel to look at runs nothing. */
export class FoldLab {
  private kept: Measured | null = null;

  constructor(
    private readonly runner: Runner,
    private readonly data: DataSets
  ) {}

  /** @throws {RequestFailure} where the layer does not normalise or has no such channel */
  async fold(session: Session, ask: FoldAsk, context: HandlerContext): Promise<NormFold> {
    const { layer } = normalizationOf(session, ask.layer);
    const found = foldableOf(session.model.root, layer);
    if (!found.ok) return { kind: 'no', ...found.reason };
    const key = `${inputKey(session)} ${JSON.stringify([layer.id, ask.set, ask.size])}`;
    if (this.kept?.key !== key) this.kept = await this.measure(session, key, found.pair, ask, context);
    const { folded, pair, layerDifference, largestLayerValue, outputDifference, batch } = this.kept;
    return {
      ...kernelsOf(pair, folded, ask.channel),
      batch,
      layerDifference,
      largestLayerValue,
      outputDifference
    };
  }

  /** The prefix of the network runs once for each side; the outputs follow from the layer's values. */
  private async measure(
    session: Session,
    key: string,
    pair: FoldPair,
    ask: FoldAsk,
    context: HandlerContext
  ): Promise<Measured> {
    const folded = await foldPair(pair, context.signal);
    const held = valuesOf(session, pair.norm.id);
    const { inputs, facts } = await probeBatch(session, this.data, { ...ask, held }, context.signal);
    const at = valueKey(pair.norm.id, 0);
    let done = 0;
    const side = async (experiment: Experiment) => {
      const found = await this.runner.values(session, new Set([at]), { inputs, experiment }, context);
      context.progress({ share: ++done / 4, message: t('folding') });
      const [answers] = await this.runner.outputs(session, { inputs, experiment: { values: found } }, context);
      context.progress({ share: ++done / 4, message: t('folding') });
      return { values: found.get(at)?.data ?? new Float32Array(), answers: answers?.data ?? new Float32Array() };
    };
    const own = await side({});
    const changed = await side(foldExperiment([{ pair, folded }]));
    return {
      key,
      pair,
      folded,
      batch: facts,
      layerDifference: largestDifference(own.values, changed.values),
      largestLayerValue: largestDifference(own.values, new Float32Array()),
      outputDifference: largestDifference(own.answers, changed.answers)
    };
  }
}

function kernelsOf(pair: FoldPair, folded: Folded, asked: number | null) {
  const channel = asked ?? mostChanged(folded);
  if (!(channel >= 0 && channel < folded.scale.length))
    throw inputFailure(pair.norm.name, t('has no such channel'), t('Choose another'));
  const { kernel } = folded;
  return {
    kind: 'yes' as const,
    into: pair.linear.name,
    hadBias: folded.hadBias,
    role: kernel.role === 'pointwiseKernel' || kernel.role === 'depthwiseKernel' ? kernel.role : ('kernel' as const),
    kernelShape: kernel.shape,
    scale: folded.scale,
    biasBefore: folded.biasBefore,
    biasAfter: folded.biasAfter,
    channel,
    ...planesOf(folded, channel, pair.linearKind.kind === 'convTranspose' ? pair.linearKind.groups : 1),
    largestKernelChange: largestDifference(folded.kernelBefore, folded.kernelAfter)
  };
}

function mostChanged({ scale }: Folded): number {
  return scale.reduce((best, value, c) => (Math.abs(value - 1) > Math.abs((scale[best] ?? 1) - 1) ? c : best), 0);
}

/** The output channel's strongest input planes before and after; volumes show all depths one below the other. */
function planesOf(folded: Folded, channel: number, groups: number) {
  const { kernel, kernelBefore, kernelAfter } = folded;
  const { layout, shape } = kernel;
  const spatial =
    layout === 'IO' || layout === 'OI'
      ? []
      : layout === 'OIHW' || layout === 'IOHW'
        ? shape.slice(2)
        : shape.slice(0, -2);
  const width = spatial.at(-1) ?? 1;
  const size = elementCount(spatial);
  const out = outputChannels(layout, shape, groups);
  const place = kernelPlace(layout, shape);
  const planes = new Map<number, { input: number; before: Float32Array; after: Float32Array; strength: number }>();
  kernelBefore.forEach((value, i) => {
    if (out(i) !== channel) return;
    const [input, at] = place(i);
    let plane = planes.get(input);
    if (plane === undefined)
      planes.set(
        input,
        (plane = { input, before: new Float32Array(size), after: new Float32Array(size), strength: 0 })
      );
    plane.before[at] = value;
    plane.after[at] = kernelAfter[i] ?? 0;
    plane.strength += Math.abs(value);
  });
  const strongest = [...planes.values()]
    .sort((a, b) => b.strength - a.strength)
    .slice(0, size === 1 ? shownNumbers : shownPlanes);
  return {
    planes: strongest.map(({ input, before, after }) => ({ input, before, after })),
    planeSize: [size / width, width] as const
  };
}
