/**
 * Every code a finding can bear, with its severity. Error is only what fails when the program runs; a warning is what
 * most likely does not do what was meant; information is what may be meant, with its price. docs/checks.md has a section
 * for each.
 */
import type { Severity } from '../core/summary';

export const CODES = {
  'shape-rank': 'error',
  'shape-channels': 'error',
  'shape-groups': 'error',
  'shape-too-small': 'error',
  'shape-merge': 'error',
  'shape-concat': 'error',
  'shape-dot': 'error',
  'shape-reshape': 'error',
  'shape-axis': 'error',
  'shape-inputs': 'error',
  'batch-changed': 'warning',
  'flatten-unknown-size': 'error',
  'unknown-argument': 'error',
  'impossible-value': 'error',
  'output-units': 'warning',
  'loss-labels': 'error',
  'probabilities-as-logits': 'warning',
  'logits-as-probabilities': 'warning',
  'sigmoid-categorical': 'warning',
  'softmax-one-unit': 'warning',
  'later-input-shape': 'warning',
  'bias-before-norm': 'info',
  'dropout-before-norm': 'info',
  'dropout-on-output': 'warning',
  'norm-on-output': 'warning',
  'small-field': 'info',
  'early-one-pixel': 'warning',
  'dropped-remainder': 'info',
  'dominant-dense': 'info'
} as const satisfies Readonly<Record<string, Severity>>;

export type CheckCode = keyof typeof CODES;

export const CHECK_CODES = Object.keys(CODES) as readonly CheckCode[];

export function isCheckCode(word: string): word is CheckCode {
  return Object.hasOwn(CODES, word);
}

/** How a person silences or raises codes; what is not named keeps its own severity. */
export type SeverityChoice = Severity | 'off';
