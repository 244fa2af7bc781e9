/** A batch norm folded into the layer before it: what becomes of the kernels, and that the output stays. */
import { foldableOf } from '../../../analyses/normalization/foldable';
import {
  foldExperiment,
  foldPair,
  kernelPlace,
  outputChannels,
  type Folded
} from '../../../analyses/normalization/fold';
import { largestDifference } from '../../../analyses/normalization/xray';
import { elementCount } from '../../../core/tensor';
import { valueKey } from '../../../engine/experiment';
import type { BatchChoice, NormFold } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { probeBatch } from './batches';
import { normalizationOf } from './layerValues';
import { t } from '../../../core/texts';

const shownPlanes = 4;

export async function foldLayer(
  runner: Runner,
  data: DataSets,
  session: Session,
  ask: BatchChoice & { readonly layer: string; readonly channel: number | null },
  context: HandlerContext
): Promise<NormFold> {
  const { layer } = normalizationOf(session, ask.layer);
  const found = foldableOf(session.model.root, layer);
  if (!found.ok) return { kind: 'no', ...found.reason };
  const { pair } = found;
  const folded = await foldPair(pair, context.signal);
  const batch = await probeBatch(session, data, ask);
  const { inputs } = batch;
  const experiment = foldExperiment([{ pair, folded }]);
  const key = valueKey(layer.id, 0);
  const values = async (changed: boolean) => {
    const asked = changed ? { inputs, experiment } : { inputs };
    return (await runner.values(session, new Set([key]), asked, context)).get(key)?.data ?? new Float32Array();
  };
  const outputs = async (changed: boolean) => {
    const asked = changed ? { inputs, experiment } : { inputs };
    return (await runner.outputs(session, asked, context))[0]?.data ?? new Float32Array();
  };
  const [before, after] = [await values(false), await values(true)];
  const [answers, again] = [await outputs(false), await outputs(true)];
  const channel = ask.channel ?? mostChanged(folded);
  if (!(channel >= 0 && channel < folded.scale.length))
    throw inputFailure(layer.name, t('has no such channel'), t('Choose another'));
  const { kernel } = folded;
  return {
    kind: 'yes',
    into: pair.linear.name,
    hadBias: folded.hadBias,
    role: kernel.role === 'pointwiseKernel' || kernel.role === 'depthwiseKernel' ? kernel.role : 'kernel',
    kernelShape: kernel.shape,
    scale: folded.scale,
    biasBefore: folded.biasBefore,
    biasAfter: folded.biasAfter,
    channel,
    ...planesOf(folded, channel, pair.linearKind.kind === 'convTranspose' ? pair.linearKind.groups : 1),
    largestKernelChange: largestDifference(folded.kernelBefore, folded.kernelAfter),
    batch: batch.facts,
    layerDifference: largestDifference(before, after),
    largestLayerValue: largestDifference(before, new Float32Array()),
    outputDifference: largestDifference(answers, again)
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
  const strongest = [...planes.values()].sort((a, b) => b.strength - a.strength).slice(0, shownPlanes);
  return {
    planes: strongest.map(({ input, before, after }) => ({ input, before, after })),
    planeSize: [size / width, width] as const
  };
}
