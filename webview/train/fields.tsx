/** Fields of the form, each with where its value comes from. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Origin, TrainingForm } from '../../src/protocol/training';
import { t } from '../l10n';
import { answer, undoEdit } from './trainState';

export interface Provenance {
  readonly origin: Origin | undefined;
  readonly changed: boolean;
  /** An asked field that nobody has answered yet. */
  readonly open: boolean;
}

export function originWords({ origin, changed, open }: Provenance): string {
  if (open)
    return origin === undefined || origin.line === null
      ? t('please choose')
      : t('unreadable in line {0}: please choose', origin.line + 1);
  if (changed) return t('changed');
  switch (origin?.kind) {
    case 'code':
      return origin.line === null ? t('from the code') : t('code, line {0}', origin.line + 1);
    case 'asked':
      return t('chosen');
    default:
      return t('default');
  }
}

export function Field(props: {
  readonly name: keyof TrainingForm;
  /** Of a parameter of the optimizer, where the field is one. */
  readonly parameter?: string;
  readonly label: string;
  readonly from: Provenance;
  readonly children: ComponentChildren;
}) {
  const { name, label, from } = props;
  return (
    <div class={`field ${from.open ? 'field-open' : ''}`}>
      <span class="field-label">{label}</span>
      {props.children}
      <span class={`field-origin ${from.changed || from.open ? '' : 'quiet'}`}>
        {from.open && <span aria-hidden="true">▲ </span>}
        {originWords(from)}
        {from.open && (
          <button
            type="button"
            class="link"
            aria-label={t('Keep this value: {0}', label)}
            onClick={() => answer([props.parameter ?? name])}
          >
            {t('keep this')}
          </button>
        )}
        {from.changed && (
          <button type="button" class="link" aria-label={t('Take back {0}', label)} onClick={() => undoEdit(name)}>
            {t('take back')}
          </button>
        )}
      </span>
    </div>
  );
}

/** A number; what is no number, or lies outside, is marked and not taken. */
export function NumberBox(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}) {
  const { label, value, min, max = Number.MAX_SAFE_INTEGER, whole = false } = props;
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="number"
      class="number-box"
      aria-label={label}
      min={min}
      {...(props.max === undefined ? {} : { max })}
      step={whole ? 1 : 'any'}
      // What is being typed outlives an answer that draws the form anew meanwhile.
      value={typed ?? value}
      disabled={props.disabled ?? false}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => {
        setTyped(null);
        const next = event.currentTarget.valueAsNumber;
        const fits = Number.isFinite(next) && next >= min && next <= max && (!whole || Number.isInteger(next));
        if (fits) props.onChange(next);
        else event.currentTarget.value = String(value);
      }}
    />
  );
}

/** Several numbers, separated by commas or blanks; what is no list of numbers from 0 is marked and not taken. */
export function ListBox(props: {
  readonly label: string;
  readonly values: readonly number[];
  readonly onChange: (values: readonly number[]) => void;
}) {
  const { label, values } = props;
  const text = values.join(', ');
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="text"
      class="number-box list-box"
      aria-label={label}
      value={typed ?? text}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => {
        setTyped(null);
        const words = event.currentTarget.value.split(/[\s,;]+/).filter((word) => word !== '');
        const next = words.map(Number);
        const fits = next.length > 0 && next.every((one) => Number.isFinite(one) && one >= 0);
        if (fits) props.onChange(next);
        else event.currentTarget.value = text;
      }}
    />
  );
}

export function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}
