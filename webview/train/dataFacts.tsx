/** What the chosen data hold: examples by class, pictures of each, the range of values, leaks and files that cannot be read. */
import type { DataFacts as Facts } from '../../src/protocol/training';
import { t } from '../l10n';
import { PixelCanvas } from '../shared/canvas';
import { formatExact, formatValue } from '../shared/format';

const classesShown = 20;
const badShown = 12;

export function DataFacts({ facts }: { readonly facts: Facts }) {
  const { perClass, classNames, bad, leaks, samples, notices } = facts;
  const most = Math.max(1, ...perClass);
  const least = Math.min(...perClass);
  const nameOf = (index: number) => classNames?.[index] ?? t('class {0}', index);
  return (
    <section class="card data-facts" aria-label={t('What the data hold')}>
      <p>
        <strong>{facts.title}</strong>{' '}
        {t(
          '{0} examples to train on, {1} to validate with; {2}; values {3} to {4}.',
          formatExact(facts.train),
          formatExact(facts.validation),
          facts.preparation,
          formatValue(facts.range[0]),
          formatValue(facts.range[1])
        )}
      </p>
      {perClass.length > 0 && (
        <div class="balance-row">
          <ol class="balance" aria-label={t('Examples of each class')}>
            {perClass.slice(0, classesShown).map((count, index) => (
              <li key={index}>
                <span class="ellipsis" title={nameOf(index)}>
                  {nameOf(index)}
                </span>
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${String((100 * count) / most)}%` }} />
                </span>
                <span class="bar-value">{formatExact(count)}</span>
              </li>
            ))}
          </ol>
          {samples.length > 0 && (
            <ul class="data-samples" aria-label={t('A few of the pictures')}>
              {samples.slice(0, 30).map((sample, index) => (
                <li key={index} title={sample.label}>
                  <PixelCanvas pixels={sample.picture} label={sample.label} />
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      {perClass.length > classesShown && (
        <p class="quiet">{t('and {0} more classes', perClass.length - classesShown)}</p>
      )}
      {perClass.length > 1 && (
        <p class="quiet">
          {most > 1.5 * Math.max(1, least)
            ? t(
                'Classes are unequal: the largest has {0} examples, the smallest {1}. Accuracy alone then flatters the large ones.',
                formatExact(most),
                formatExact(least)
              )
            : t('Classes are balanced: {0} to {1} examples each.', formatExact(least), formatExact(most))}
        </p>
      )}
      {leaks > 0 && (
        <p class="finding-line">
          <span aria-hidden="true">▲</span>{' '}
          {t(
            '{0} of the {1} validation examples are also in the training part: what validation says is too good by up to that share.',
            formatExact(leaks),
            formatExact(facts.validation)
          )}
        </p>
      )}
      {bad.length > 0 && (
        <details>
          <summary>{t('{0} could not be read and are left out', bad.length)}</summary>
          <ul class="bad-items">
            {bad.slice(0, badShown).map((item) => (
              <li key={item.name}>
                <code>{item.name}</code> {item.problem}
              </li>
            ))}
            {bad.length > badShown && <li class="quiet">{t('and {0} more', bad.length - badShown)}</li>}
          </ul>
        </details>
      )}
      {notices.map((notice) => (
        <p key={notice} class="note">
          {notice}
        </p>
      ))}
    </section>
  );
}
