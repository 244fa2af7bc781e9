/** What was chosen of a twin, filled up with what suggests itself: one layer, one way to change it, the change it comes to. */
import type { Change, ChangeableLayer } from '../../../src/protocol/experiments';
import type { TwinChoice, Way } from './labState';
import { changeWords } from './labWords';

export interface ReadTwin {
  readonly layer: ChangeableLayer;
  readonly ways: readonly Way[];
  readonly way: Way;
  readonly rate: number;
  readonly change: Change;
  /** Title of the changed twin. */
  readonly label: string;
  /** Why it cannot be, in a sentence. */
  readonly refused: string | null;
  /** The layer that was asked for and in which nothing can be changed. */
  readonly missing: string | null;
}

export function waysOf({ without, rate, putBehind }: ChangeableLayer): readonly Way[] {
  return [
    ...(without === null ? [] : ['without' as const]),
    ...(rate === null ? [] : ['rate' as const]),
    ...(putBehind.dropout ? ['dropout' as const] : []),
    ...(putBehind.batchNorm ? ['batchNorm' as const] : [])
  ];
}

/** Half the dropout, or twice a small one: something else than what stands there. */
export function otherRate(rate: number): number {
  return rate >= 0.4 ? Number((rate / 2).toFixed(2)) : Math.min(0.9, Number((rate * 2 || 0.5).toFixed(2)));
}

/** @returns `null` where no layer can be changed */
export function readTwin(layers: readonly ChangeableLayer[], choice: TwinChoice): ReadTwin | null {
  const able = layers.filter((layer) => waysOf(layer).length > 0);
  const asked = able.find(({ layer }) => layer === choice.layer);
  const layer = asked ?? suggested(able, choice.way);
  if (layer === undefined) return null;
  const ways = waysOf(layer);
  const possible = ways.find((one) => one !== 'without' || layer.without?.possible === true);
  const way = choice.way !== null && ways.includes(choice.way) ? choice.way : (possible ?? ways[0] ?? 'without');
  const rate = choice.rate ?? (way === 'rate' ? otherRate(layer.rate ?? 0.5) : 0.5);
  const change = changeOf(layer.layer, way, rate, choice.momentum);
  const nameOf = (id: string) => layers.find((one) => one.layer === id)?.name ?? id;
  return {
    layer,
    ways,
    way,
    rate,
    change,
    label: changeWords(change, nameOf),
    refused: way === 'without' && layer.without?.possible === false ? layer.without.reason : null,
    missing: choice.layer !== null && asked === undefined ? choice.layer : null
  };
}

/** Dropout does most just before the answer, batch norm from the first layer on; else what can be taken out. */
function suggested(able: readonly ChangeableLayer[], way: Way | null): ChangeableLayer | undefined {
  const fits = way === null ? [] : able.filter((layer) => waysOf(layer).includes(way));
  const fitting = way === 'dropout' ? fits.at(-1) : fits[0];
  return fitting ?? able.find(({ without }) => without?.possible === true) ?? able[0];
}

function changeOf(layer: string, way: Way, rate: number, momentum: number): Change {
  switch (way) {
    case 'without':
      return { kind: 'without', layer };
    case 'rate':
      return { kind: 'rate', layer, rate };
    case 'dropout':
      return { kind: 'put', after: layer, insertion: { kind: 'dropout', rate } };
    case 'batchNorm':
      return { kind: 'put', after: layer, insertion: { kind: 'batchNorm', momentum, beforeActivation: true } };
  }
}
