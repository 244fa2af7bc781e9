/** Accuracy against the share of features off, and how the features vary together, over a data set. */
import { useEffect, useMemo } from 'preact/hooks';
import type { RelianceCurves } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { formatShare } from '../../shared/format';
import { useRequest, type Loadable } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { Correlation } from './correlation';
import { Curves, type Curve } from './curves';
import { DataSetCard } from './dataSetCard';
import type { Subject } from './overModels';

const pictures = 100;

interface OverDataSetProps {
  readonly subjects: readonly Subject[];
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}

export function OverDataSet(props: OverDataSetProps) {
  return (
    <DataSetCard
      model={props.subjects[0]?.model ?? ''}
      label={t('Over a data set')}
      title={t('Over a data set')}
      none={t('With a data set of pictures, accuracy against the share of features off appears here.')}
      ask={(set) => t('Switch off more and more over {0} pictures', Math.min(pictures, set.size))}
      explained
    >
      {(set) => <Measured {...props} set={set.id} />}
    </DataSetCard>
  );
}

function Measured(props: OverDataSetProps & { readonly set: string }) {
  const { subjects, set, thing, onMeasured } = props;
  const [first, second] = subjects;
  if (first === undefined) return null;
  return second === undefined ? (
    <OneNetwork subject={first} {...{ set, thing, onMeasured }} />
  ) : (
    <TwoNetworks first={first} second={second} {...{ set, thing, onMeasured }} />
  );
}

function useCurves({ model, layer, occurrence }: Subject, set: string): Loadable<RelianceCurves> {
  return useRequest('relianceCurves', { model, layer, occurrence, set, pictures, seed: 1 });
}

function OneNetwork(props: {
  readonly subject: Subject;
  readonly set: string;
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}) {
  const { subject, set, thing, onMeasured } = props;
  const curves = useCurves(subject, set);
  useEffect(() => {
    if (curves.status === 'done') onMeasured(fewSentence(curves.value, thing));
  }, [curves.status, subject.layer, set]);
  return (
    <>
      <Loaded of={curves} skeleton="block">
        {(value) => (
          <>
            <RelianceChart curves={[value]} names={[subject.title]} thing={thing} />
            <Neighbours of={value} />
          </>
        )}
      </Loaded>
      <Together subject={subject} set={set} thing={thing} />
    </>
  );
}

function TwoNetworks(props: {
  readonly first: Subject;
  readonly second: Subject;
  readonly set: string;
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}) {
  const { first, second, set, thing, onMeasured } = props;
  const [a, b] = [useCurves(first, set), useCurves(second, set)];
  const names = [first.title, second.title === first.title ? t('{0} (second)', second.title) : second.title] as const;
  const [one, two] = [a.status === 'done' ? a.value : null, b.status === 'done' ? b.value : null];
  useEffect(() => {
    if (one !== null && two !== null) onMeasured(comparedSentence(one, two, names));
  }, [one, two]);
  return (
    <>
      {one !== null && two !== null ? (
        <>
          <RelianceChart curves={[one, two]} names={names} thing={thing} />
          <p>{comparedSentence(one, two, names)}</p>
          <Beside a={one} b={two} names={names} />
        </>
      ) : (
        <>
          {[one, two].map(
            (done, index) =>
              done !== null && <RelianceChart key={index} curves={[done]} names={[names[index] ?? '']} thing={thing} />
          )}
          {[a, b].map(
            (curves, index) =>
              curves.status !== 'done' && (
                <Loaded key={index} of={curves} skeleton="block">
                  {() => null}
                </Loaded>
              )
          )}
        </>
      )}
      <div class="two-networks">
        <Together subject={first} name={names[0]} set={set} thing={thing} />
        <Together subject={second} name={names[1]} set={set} thing={thing} />
      </div>
    </>
  );
}

function Together(props: {
  readonly subject: Subject;
  readonly name?: string;
  readonly set: string;
  readonly thing: string;
}) {
  const { model, layer, occurrence } = props.subject;
  const together = useRequest('channelCorrelation', { model, layer, occurrence, set: props.set, pictures });
  return (
    <Loaded of={together} skeleton="block">
      {(value) => <Correlation of={value} thing={props.thing} name={props.name ?? null} />}
    </Loaded>
  );
}

function fewSentence(of: RelianceCurves, thing: string): string {
  return t(
    'Switching off the {0} strongest of {1} {2} changes {3} of {4} answers.',
    of.few.channels,
    of.channels,
    thing,
    of.few.changed,
    of.pictures
  );
}

/** The mean of a curve over the shares from 0 to 1. */
const kept = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Closer than this, three random orders over a hundred pictures do not tell two networks apart. */
const alike = 0.02;

function comparedSentence(a: RelianceCurves, b: RelianceCurves, names: readonly [string, string]): string {
  const [first, second] = [kept(a.random), kept(b.random)];
  const numbers = t(
    'Averaged over all shares off at random, {0} keeps {1} and {2} keeps {3}',
    names[0],
    formatShare(first),
    names[1],
    formatShare(second)
  );
  if (Math.abs(first - second) < alike) return t('{0}: they lean on single features about equally.', numbers);
  return t('{0}: {1} leans less on single features.', numbers, first > second ? names[0] : names[1]);
}

/** What one network has beside the layer and the other has not, and what was measured; never more than that. */
function Beside(props: {
  readonly a: RelianceCurves;
  readonly b: RelianceCurves;
  readonly names: readonly [string, string];
}) {
  const { a, b, names } = props;
  const gap = kept(a.random) - kept(b.random);
  const lines = (['batchNorm', 'dropout'] as const).flatMap((what) => {
    if ((a[what] === null) === (b[what] === null)) return [];
    const has = a[what] !== null ? 0 : 1;
    const more = has === 0 ? gap : -gap;
    const name = what === 'batchNorm' ? t('Batch norm') : t('Dropout');
    const verdict =
      Math.abs(more) < alike
        ? t('makes no difference to the reliance that this measure can see')
        : more > 0
          ? t('goes with lower reliance on single features')
          : t('goes with higher reliance on single features');
    return [
      t(
        '{0} stands beside this layer in {1} only: in this pair it {2}. Whatever else differs between the two counts as well.',
        name,
        names[has],
        verdict
      )
    ];
  });
  return lines.length === 0 ? null : (
    <div class="note">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function Neighbours({ of }: { readonly of: RelianceCurves }) {
  const beside = [of.batchNorm, of.dropout].filter((name) => name !== null);
  if (beside.length === 0) return null;
  return (
    <p class="note">
      {t(
        'Beside this layer: {0}. Whether that lowers the reliance of this network shows only against the same network without it: set it beside this one above.',
        beside.join(', ')
      )}
    </p>
  );
}

/** One network's curves, or two networks' in one picture. */
export function RelianceChart(props: {
  readonly curves: readonly RelianceCurves[];
  readonly names: readonly string[];
  readonly thing: string;
}) {
  const { curves, names, thing } = props;
  const x = curves[0]?.off ?? [];
  const lines = useMemo(
    () =>
      curves.flatMap((one, index): Curve[] => {
        const whose = curves.length > 1 ? `${names[index] ?? one.model}: ` : '';
        return [
          {
            name: `${whose}${t('at random (mean of {0} orders)', one.orders)}`,
            values: one.random,
            colour: index === 0 ? 'blue' : 'green',
            dashed: false
          },
          {
            name: `${whose}${t('strongest first')}`,
            values: one.strongestFirst,
            colour: index === 0 ? 'orange' : 'purple',
            dashed: true
          }
        ];
      }),
    [curves[0], curves[1], names.join()]
  );
  const [first] = curves;
  if (first === undefined) return null;
  const half = first.off.indexOf(0.5);
  const measures = new Set(curves.map(({ measure }) => measure));
  return (
    <>
      <Curves
        x={x}
        curves={lines}
        xLabel={t('share of {0} off', thing)}
        yLabel={first.measure === 'accuracy' ? t('accuracy') : t('answers kept')}
        formatX={(value) => `${String(Math.round(value * 100))} %`}
        formatY={(value) => `${String(Math.round(value * 100))} %`}
        y={[0, 1]}
        label={t(
          'With half of them off: {0} at random, {1} strongest first',
          formatShare(first.random[half] ?? 0),
          formatShare(first.strongestFirst[half] ?? 0)
        )}
      />
      {measures.size > 1 && (
        <p class="quiet">
          {t('The labels fit one of the networks only: the other is measured by the answers it keeps.')}
        </p>
      )}
      {curves.map((one, index) => (
        <p key={index}>
          {curves.length > 1 ? `${names[index] ?? one.model}: ` : ''}
          {t(
            'With half of the {0} off {1} stays at {2} over {3} pictures ({4} random orders: {5} to {6}), and at {7} when the strongest go first.',
            thing,
            one.measure === 'accuracy' ? t('accuracy') : t('agreement with itself'),
            formatShare(one.random[half] ?? 0),
            one.pictures,
            one.orders,
            formatShare(one.randomRange[half]?.[0] ?? 0),
            formatShare(one.randomRange[half]?.[1] ?? 0),
            formatShare(one.strongestFirst[half] ?? 0)
          )}
        </p>
      ))}
    </>
  );
}
