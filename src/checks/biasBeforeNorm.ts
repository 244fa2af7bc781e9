/** A bias straight before a batch norm: the norm subtracts it again. */
import { t } from '../core/texts';
import { ownName, writtenArgument } from './argumentNames';
import { setArgument } from './edits';
import type { Fix, Remark } from './finding';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

export function* biasBeforeNorm(subject: Subject): Iterable<Remark> {
  for (const use of subject.uses) {
    const { kind } = use.layer;
    if (!('useBias' in kind) || !kind.useBias || !('activation' in kind) || kind.activation.name !== 'linear') continue;
    const [reader] = use.after;
    if (kind.kind === 'recurrent' || use.isOutput || use.after.length !== 1 || reader === undefined) continue;
    if (reader.layer.kind.kind !== 'batchNorm' || !normalisesChannels(reader, use)) continue;
    const count = kind.kind === 'dense' ? kind.units : 'filters' in kind ? kind.filters : null;
    yield {
      message:
        count === null
          ? t('The bias of {0} does nothing: {1} follows.', use.layer.name, reader.layer.name)
          : t('The {0} biases of {1} do nothing: {2} follows.', count, use.layer.name, reader.layer.name),
      reason: t(
        'Batch norm subtracts the mean of each channel, and with it whatever the bias added. Its own shift takes that part.'
      ),
      range: spotOf(subject, use.layer, 'use_bias'),
      layer: use.layer.id,
      fixes: withoutBias(subject, use)
    };
  }
}

/** The norm takes its means over the axis that the bias is added along. */
function normalisesChannels(norm: Use, use: Use): boolean {
  const { kind } = norm.layer;
  const rank = use.output?.length;
  if (kind.kind !== 'batchNorm' || rank === undefined) return false;
  const own = use.layer.kind;
  const channel = 'dataFormat' in own && own.dataFormat === 'channelsFirst' ? 1 : rank - 1;
  return (kind.axis < 0 ? kind.axis + rank : kind.axis) === channel;
}

function withoutBias(subject: Subject, use: Use): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(use.layer);
  const own = ownName(model.framework, use.layer, 'use_bias');
  if (text === null || call === null || own === null || call.args.some(({ unpacks }) => unpacks)) return [];
  const written = writtenArgument(model.framework, use.layer, call, 'use_bias');
  const value = call.language === 'python' ? 'False' : 'false';
  return [
    {
      title: t('Set {0} to {1}', own, value),
      preferred: true,
      edits: [setArgument(text, call, own, written, value)]
    }
  ];
}
