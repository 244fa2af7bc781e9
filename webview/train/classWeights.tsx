/** How much the loss of each class counts. */
import { balancedWeights, type ClassWeightChoice } from '../../src/protocol/optimizerChoices';
import type { DataFacts, TrainingForm } from '../../src/protocol/training';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { formatValue } from '../shared/format';
import { Field, ListBox, NumberBox, type Provenance } from './fields';
import { fieldWords } from './formWords';
import { edit } from './trainState';

/** More classes are set as one list. */
const mostBoxes = 20;

type Way = 'alike' | 'balanced' | 'own';

export function ClassWeights(props: {
  readonly form: TrainingForm;
  readonly facts: DataFacts | null;
  readonly from: Provenance;
}) {
  const { form, facts, from } = props;
  const now = form.classWeights;
  const names = facts?.classNames ?? null;
  if (facts !== null && names === null) return null;
  const way: Way = now === null ? 'alike' : now === 'balanced' ? 'balanced' : 'own';
  const balanced = balancedWeights(facts?.perClass ?? []);
  const choose = (next: Way) => {
    const own = balanced.map((one) => Number(one.toPrecision(3)));
    const chosen: ClassWeightChoice = next === 'alike' ? null : next === 'balanced' ? 'balanced' : own;
    edit({ classWeights: chosen });
  };
  return (
    <Field name="classWeights" label={fieldWords('classWeights')} from={from}>
      <Dropdown<Way>
        label={fieldWords('classWeights')}
        value={way}
        choices={[
          { value: 'alike', label: t('all count alike') },
          { value: 'balanced', label: t('balanced') },
          ...(names === null && way !== 'own' ? [] : [{ value: 'own' as const, label: t('one by one') }])
        ]}
        onChange={choose}
      />
      {way === 'balanced' && balanced.length > 0 && (
        <span class="quiet">
          {t(
            'Rare classes count more: {0} to {1}',
            formatValue(Math.min(...balanced)),
            formatValue(Math.max(...balanced))
          )}
        </span>
      )}
      {way === 'own' && now !== null && now !== 'balanced' && <Own weights={now} names={names ?? []} />}
    </Field>
  );
}

function Own({ weights, names }: { readonly weights: readonly number[]; readonly names: readonly string[] }) {
  if (weights.length > mostBoxes) {
    return (
      <ListBox
        label={t('Weights of the classes')}
        values={weights}
        onChange={(classWeights) => edit({ classWeights })}
      />
    );
  }
  return (
    <span class="sub-fields">
      {weights.map((weight, index) => (
        <label key={index} class="sub-field">
          <span class="ellipsis" title={names[index] ?? String(index)}>
            {names[index] ?? String(index)}
          </span>
          <NumberBox
            label={t('Weight of class {0}', names[index] ?? index)}
            value={weight}
            min={0}
            onChange={(next) => edit({ classWeights: weights.map((one, at) => (at === index ? next : one)) })}
          />
        </label>
      ))}
    </span>
  );
}
