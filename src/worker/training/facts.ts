/** What a person should see of data before training on them. */
import { t } from '../../core/texts';
import { inspect } from '../../data/inspect';
import { subsetOf } from '../../data/subset';
import { fitTo } from '../../images/resize';
import { classCounts, type Part, type TrainingData } from '../../training/run/trainingData';
import type { DataChoice, DataFacts } from '../../protocol/training';
import type { HandlerContext } from '../../protocol/rpc';

const picturesOfClass = 3;
const largestPicture = 56;
const mostClasses = 20;

export async function dataFacts(choice: DataChoice, data: TrainingData, context: HandlerContext): Promise<DataFacts> {
  const subset = ({ set, members }: Part, name: string) => subsetOf(set, members, name);
  const parts = {
    train: subset(data.train, t('training part')),
    validation: data.validation === null ? null : subset(data.validation, t('validation part'))
  };
  const found = await inspect(parts, {
    signal: context.signal,
    progress: (done, total) =>
      context.progress({ share: done / Math.max(1, total), message: t('looking through the data') })
  });
  const { low, high } = found.values ?? { low: 0, high: 0 };
  const contradictions =
    found.contradictions === 0 ? [] : [t('{0} examples repeat another one with another label', found.contradictions)];
  return {
    choice,
    title: data.title,
    train: found.train,
    validation: found.validation,
    classNames: data.answer.kind === 'classes' ? data.classNames : null,
    perClass: classCounts(data),
    range: [low, high],
    leaks: found.leakCount,
    bad: found.bad,
    notices: [...data.warnings, ...found.notices, ...contradictions],
    samples: await samples(data, context.signal),
    preparation: data.words
  };
}

async function samples(data: TrainingData, signal: AbortSignal): Promise<DataFacts['samples']> {
  const { set, members } = data.train;
  const shown = new Map<number, number>();
  const wanted = data.answer.kind === 'classes' ? Math.min(mostClasses, data.classNames.length) : 1;
  const found: { label: string; picture: DataFacts['samples'][number]['picture']; order: number }[] = [];
  for (const index of members) {
    signal.throwIfAborted();
    if (found.length >= wanted * picturesOfClass) break;
    const label = data.answer.kind === 'classes' ? data.answer.outputOf[set.label(index) ?? -1] : 0;
    if (label === undefined || label >= mostClasses || (shown.get(label) ?? 0) >= picturesOfClass) continue;
    const image = await set.image(index);
    if (!image.ok) continue;
    const { width, height } = image.value;
    const scale = Math.min(1, largestPicture / Math.max(width, height));
    const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))] as const;
    const small = scale === 1 ? image.value : fitTo(image.value, size[0], size[1], 'stretch');
    shown.set(label, (shown.get(label) ?? 0) + 1);
    found.push({
      label: data.classNames[label] ?? '',
      picture: { width: small.width, height: small.height, rgba: Uint8Array.from(small.data) },
      order: label
    });
  }
  return found.sort((a, b) => a.order - b.order).map(({ label, picture }) => ({ label, picture }));
}
