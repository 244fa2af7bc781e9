import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_CODES } from '../../../src/checks/codes';
import { applied, cases, findingsIn, fixtures } from './checking';

const all = cases();
/** What real Keras says of the same files: whether they fail (scripts/fixtures/checks_truth.py). */
const { failures } = JSON.parse(readFileSync(path.join(fixtures, 'truth.json'), 'utf8')) as {
  readonly failures: Readonly<Record<string, string | null>>;
};
/** Codes that no Keras source can raise: the framework forbids the arrangement itself, or it is PyTorch's. */
const ELSEWHERE = ['shape-channels', 'shape-inputs'];

describe('each check', () => {
  it.each(all)('$name', ({ text, expected }) => {
    const findings = findingsIn(text);
    if (expected === null) expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    else {
      const found = findings.filter(({ code }) => code === expected.code);
      expect(found.map(({ severity, code, range }) => [severity, code, (range?.startLine ?? -1) + 1])).toEqual([
        [expected.severity, expected.code, expected.line]
      ]);
      expect(found[0]?.message).toMatch(/\S{3}/);
      expect(found[0]?.reason).toMatch(/\S{3}/);
    }
  });

  it.each(all)('$name: an error exactly where real Keras fails', ({ name, text }) => {
    expect(Object.keys(failures)).toContain(name);
    const errors = findingsIn(text).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code).join()).toMatch(failures[name] === null ? /^$/ : /^\S+$/);
  });

  it('has an example', () => {
    const shown = new Set(all.map(({ expected }) => expected?.code));
    expect(CHECK_CODES.filter((code) => !shown.has(code) && !ELSEWHERE.includes(code))).toEqual([]);
  });
});

describe('a fix', () => {
  const fixable = all.filter(({ text, expected }) =>
    findingsIn(text).some(({ code, fixes }) => code === expected?.code && fixes.length > 0)
  );

  it('exists for what an edit can mend', () => {
    expect(new Set(fixable.map(({ expected }) => expected?.code))).toEqual(
      new Set([
        'bias-before-norm',
        'dominant-dense',
        'dropout-on-output',
        'dropped-remainder',
        'flatten-unknown-size',
        'impossible-value',
        'later-input-shape',
        'logits-as-probabilities',
        'loss-labels',
        'norm-on-output',
        'output-units',
        'probabilities-as-logits',
        'shape-concat',
        'shape-rank',
        'shape-reshape',
        'shape-too-small',
        'sigmoid-categorical',
        'softmax-one-unit',
        'unknown-argument'
      ])
    );
  });

  it.each(fixable)('$name: mends it and breaks nothing', ({ text, expected }) => {
    const before = findingsIn(text);
    const finding = before.find(({ code }) => code === expected?.code);
    for (const { title, edits } of finding?.fixes ?? []) {
      const after = findingsIn(applied(text, edits));
      expect(
        after.map(({ code }) => code),
        title
      ).not.toContain(expected?.code);
      expect(
        after.filter(({ severity }) => severity === 'error'),
        title
      ).toEqual([]);
    }
  });
});
