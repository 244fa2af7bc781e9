/** The first look at a file: what is heavy, what is broken, what does nothing, each with its measure. */
import type { Model } from '../core/model';
import type { ModelSummary } from '../core/summary';
import { t } from '../core/texts';
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
  kernel: (count: number) => t('of {0} filters', count),
  depthwiseKernel: (count: number) => t('of {0} depthwise filters', count),
  pointwiseKernel: (count: number) => t('of {0} pointwise filters', count)
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
          t('{0}: {1} of {2} values of {3} are NaN or infinite', layer.name, bad, values.length, weight.role)
        );
      if (weight.role === 'gamma') {
        const near = Array.from(values, (value, i) => (Math.abs(value) < smallGamma ? i : -1)).filter((i) => i >= 0);
        doubtful.off += near.length;
        if (near.length > 0)
          add(
            'remark',
            'small-gamma',
            t(
              '{0}: {1} of {2} channels are switched off (|gamma| < {3})',
              layer.name,
              near.length,
              values.length,
              smallGamma
            ),
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
      const all = filterWords[role](facts.length);
      if (dead.length > 0)
        add(
          'remark',
          'near-dead',
          t('{0}: {1} {2} are near dead (norm at most 1 % of the median norm)', layer.name, dead.length, all),
          dead
        );
      if (twins.length > 0)
        add(
          'remark',
          'duplicates',
          t(
            '{0}: {1} {2} have a near copy (|cosine| >= {3}{4})',
            layer.name,
            twins.length,
            all,
            duplicateCosine,
            complete ? '' : t('; not all pairs compared')
          ),
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
    return t('The weights are random: train the network or open a trained file to judge it.');
  if (weighted === 0) return t('There are no weights to judge.');
  if (notFinite > 0) return t('Broken: {0} weights are NaN or infinite, so every answer will be too.', notFinite);
  const layers = new Set(findings.map((finding) => finding.layer)).size;
  if (findings.length === 0)
    return t('Sound: all weights are finite and no filter is dead or doubled in {0} layers.', weighted);
  const parts = [
    counted(doubtful.dead, t('1 near-dead filter'), t('{0} near-dead filters', doubtful.dead)),
    counted(doubtful.doubled, t('1 filter with a near copy'), t('{0} filters with a near copy', doubtful.doubled)),
    counted(doubtful.off, t('1 channel switched off'), t('{0} channels switched off', doubtful.off))
  ].filter((part) => part !== '');
  return t(
    'Usable: all weights are finite; {0} of {1} layers have parts that do little: {2}.',
    layers,
    weighted,
    parts.join(', ')
  );
}

const counted = (count: number, one: string, more: string): string => (count === 0 ? '' : count === 1 ? one : more);

function heaviest(summary: ModelSummary): Overview['heaviest'] {
  const total = summary.totals.params ?? 0;
  return summary.layers
    .map((row) => ({ layer: row.id, params: row.params ?? 0, share: total > 0 ? (row.params ?? 0) / total : 0 }))
    .filter((row) => row.params > 0)
    .sort((a, b) => b.params - a.params)
    .slice(0, heaviestCount);
}
