/** The first look at a file: what is heavy, what is broken, what does nothing, each with its measure. */
import type { Model } from '../core/model';
import type { ModelSummary } from '../core/summary';
import type { Finding, Overview } from '../protocol/requests';
import { loadKernel, filterFacts, filterValues, duplicateCosine, kernelRoles } from './kernels';
import { allLayers } from './layers';
import { statistics } from './statistics';

const heaviestCount = 5;
/** A batch norm channel with a smaller |gamma| passes nothing on. */
export const smallGamma = 1e-3;
const channelLimit = 64;
/** Time for the whole comparison of filters, spread over the layers. */
const duplicateTime = 3000;

const filterWords = {
  kernel: 'filters',
  depthwiseKernel: 'depthwise filters',
  pointwiseKernel: 'pointwise filters'
} as const;

/** Reads every weight once. @param report progress in [0, 1]. @throws {Error} where a weight cannot be read or `signal` aborts. */
export async function buildOverview(
  model: Model,
  summary: ModelSummary,
  signal: AbortSignal,
  report: (share: number) => void,
  timeForDuplicates = duplicateTime
): Promise<Overview> {
  const findings: Finding[] = [];
  const layers = [...allLayers(model.root).values()].filter((layer) => layer.weights.length > 0);
  let notFinite = 0;
  const doubtful = { dead: 0, doubled: 0, off: 0 };
  for (const [index, layer] of layers.entries()) {
    signal.throwIfAborted();
    report(index / layers.length);
    await new Promise((resolve) => setImmediate(resolve));
    const add = (severity: Finding['severity'], code: string, message: string, channels: readonly number[] = []) => {
      findings.push({ severity, code, message, layer: layer.id, channels: channels.slice(0, channelLimit) });
    };
    for (const weight of layer.weights) {
      if (weight.dtype === 'string' || weight.role === 'optimizer') continue;
      const values = await weight.read(signal);
      const bad = statistics(values).notFinite;
      notFinite += bad;
      if (bad > 0)
        add(
          'problem',
          'not-finite',
          `${layer.name}: ${String(bad)} of ${String(values.length)} values of ${weight.role} are NaN or infinite`
        );
      if (weight.role === 'gamma') {
        const near = Array.from(values, (value, i) => (Math.abs(value) < smallGamma ? i : -1)).filter((i) => i >= 0);
        doubtful.off += near.length;
        if (near.length > 0)
          add(
            'remark',
            'small-gamma',
            `${layer.name}: ${String(near.length)} of ${String(values.length)} channels are switched off (|gamma| < ${String(smallGamma)})`,
            near
          );
      }
    }
    for (const role of layer.kind.kind === 'dense' ? [] : kernelRoles) {
      const kernel = await loadKernel(layer, role, signal);
      if (kernel === null) continue;
      const { view } = kernel;
      const filters = Array.from({ length: view.outputs }, (_, o) => filterValues(view, o));
      const { facts, complete } = filterFacts(filters, undefined, timeForDuplicates / layers.length);
      const dead = facts.filter((fact) => fact.nearDead).map((fact) => fact.index);
      const twins = facts.filter((fact) => fact.duplicateOf !== null).map((fact) => fact.index);
      doubtful.dead += dead.length;
      doubtful.doubled += twins.length;
      const of = `of ${String(facts.length)} ${filterWords[role]}`;
      if (dead.length > 0)
        add(
          'remark',
          'near-dead',
          `${layer.name}: ${String(dead.length)} ${of} are near dead (norm at most 1 % of the median norm)`,
          dead
        );
      if (twins.length > 0)
        add(
          'remark',
          'duplicates',
          `${layer.name}: ${String(twins.length)} ${of} have a near copy (|cosine| >= ${String(duplicateCosine)}${complete ? '' : '; not all pairs compared'})`,
          twins
        );
    }
  }
  report(1);
  return {
    verdict: verdictOn(model, layers.length, notFinite, doubtful, findings),
    findings,
    heaviest: heaviest(summary)
  };
}

function verdictOn(
  model: Model,
  weighted: number,
  notFinite: number,
  doubtful: { readonly dead: number; readonly doubled: number; readonly off: number },
  findings: readonly Finding[]
): string {
  if (model.weightsOrigin.kind === 'random')
    return 'The weights are random: train the network or open a trained file to judge it.';
  if (weighted === 0) return 'There are no weights to judge.';
  if (notFinite > 0) return `Broken: ${String(notFinite)} weights are NaN or infinite, so every answer will be too.`;
  const layers = new Set(findings.map((finding) => finding.layer)).size;
  if (findings.length === 0)
    return `Sound: all weights are finite and no filter is dead or doubled in ${String(weighted)} layers.`;
  const parts = [
    doubtful.dead > 0 ? counted(doubtful.dead, 'near-dead filter') : '',
    doubtful.doubled > 0 ? `${counted(doubtful.doubled, 'filter')} with a near copy` : '',
    doubtful.off > 0 ? `${counted(doubtful.off, 'channel')} switched off` : ''
  ].filter((part) => part !== '');
  return `Usable: all weights are finite; ${String(layers)} of ${String(weighted)} layers have parts that do little: ${parts.join(', ')}.`;
}

const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

function heaviest(summary: ModelSummary): Overview['heaviest'] {
  const total = summary.totals.params ?? 0;
  return summary.layers
    .map((row) => ({ layer: row.id, params: row.params ?? 0, share: total > 0 ? (row.params ?? 0) / total : 0 }))
    .filter((row) => row.params > 0)
    .sort((a, b) => b.params - a.params)
    .slice(0, heaviestCount);
}
