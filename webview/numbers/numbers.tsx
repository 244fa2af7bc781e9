/** What is counted about a layer, its weights as stored, and how the counts come about. */
import type { LayerRow } from '../../src/core/summary';
import { useState } from 'preact/hooks';
import { formatShape } from '../../src/core/shape';
import { Button } from '../controls';
import { t } from '../l10n';
import { formatBytes, formatExact, formatShare, formatSizes } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { shapeOfRun } from '../shared/sizes';
import { useApp } from '../state';
import { canGuess, GuessFirst } from './guessFirst';

/** Stays while walking through the layers. */
let guessesFirst = false;

/** With "Guess first" on, the numbers of each layer come after the learner's own. */
export function Numbers({ layer }: { readonly layer: LayerRow }) {
  const [guesses, setGuesses] = useState(guessesFirst);
  const [revealed, setRevealed] = useState<string | null>(null);
  const set = (on: boolean) => {
    guessesFirst = on;
    setGuesses(on);
    setRevealed(null);
  };
  const asks = guesses && canGuess(layer);
  return (
    <div class="view">
      {asks ? (
        <GuessFirst key={layer.id} layer={layer} onClose={() => set(false)} onRevealed={() => setRevealed(layer.id)} />
      ) : (
        canGuess(layer) && (
          <div class="tools">
            <Button onClick={() => set(true)}>{t('Guess first')}</Button>
          </div>
        )
      )}
      {(!asks || revealed === layer.id) && <Counted layer={layer} />}
    </div>
  );
}

function Counted({ layer }: { readonly layer: LayerRow }) {
  const totals = useApp((state) => state.opened?.summary.totals);
  const ran = useApp((state) => shapeOfRun(layer.outputShape, state.thumbnails.get(layer.id)));
  const ranBytes = ran === null ? null : ran.slice(1).reduce<number>((bytes, size) => bytes * (size ?? 1), 4);
  const inRun = (text: string) => t('{0} in the last run; the model leaves it open', text);
  const rows: readonly (readonly [string, string])[] = [
    [t('Class'), layer.sourceType],
    [t('Input'), layer.inputShapes.map(formatShape).join(', ') || '–'],
    [t('Output'), ran === null ? formatShape(layer.outputShape) : inRun(formatShape(ran))],
    [t('Parameters'), t('{0}, {1} trainable', formatExact(layer.params), formatExact(layer.trainableParams))],
    [t('Multiply-adds'), formatExact(layer.macs)],
    [
      t('Activations'),
      layer.activationBytes === null && ranBytes !== null
        ? inRun(formatBytes(ranBytes))
        : formatBytes(layer.activationBytes)
    ],
    [
      t('Receptive field'),
      layer.receptiveField === null
        ? (layer.receptiveFieldNote ?? '?')
        : t('{0} pixels, stride {1}', formatSizes(layer.receptiveField), formatSizes(layer.effectiveStride ?? []))
    ],
    ...(layer.laterReceptiveFields.length === 0
      ? []
      : [
          [
            t('At later uses'),
            layer.laterReceptiveFields.map((size) => (size === null ? '?' : formatSizes(size))).join(', ')
          ] as const
        ]),
    ...(layer.note === null ? [] : [[t('Note'), layer.note] as const])
  ];
  const elements = layer.weights.reduce((sum, weight) => sum + weight.shape.reduce((a, b) => a * b, 1), 0);
  const share = (part: number | null, whole: number | null | undefined) =>
    part === null || !whole ? '?' : formatShare(part / whole);
  return (
    <>
      <table class="facts">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {layer.weights.length > 0 && (
        <div class="numbers-scroll" tabIndex={0} role="group" aria-label={t('Weights')}>
          <table class="facts weights">
            <thead>
              <tr>
                <th scope="col">{t('Weight')}</th>
                <th scope="col">{t('Role')}</th>
                <th scope="col">{t('Type')}</th>
                <th scope="col">{t('Values')}</th>
              </tr>
            </thead>
            <tbody>
              {layer.weights.map((weight) => (
                <tr key={weight.name}>
                  <td>{weight.name}</td>
                  <td>{weight.role}</td>
                  <td>{weight.dtype}</td>
                  <td class="right">
                    {weight.shape.join(' × ') || '1'} = {formatExact(weight.shape.reduce((a, b) => a * b, 1))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Explanation
        see={t(
          'Every count of this layer for one input; the products show how the values come about. “?” means not known, with the reason.'
        )}
        look={t(
          'Where parameters and multiply-adds fall apart: dense layers hold parameters, early convolutions cost multiply-adds.'
        )}
      />
      <SoWhat
        text={t(
          '{0} holds {1} stored values: {2} of the parameters and {3} of the multiply-adds.',
          layer.name,
          formatExact(elements),
          share(layer.params, totals?.params),
          share(layer.macs, totals?.macs)
        )}
      />
    </>
  );
}
