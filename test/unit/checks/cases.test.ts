import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_CODES } from '../../../src/checks/codes';
import { applied, cases, findingsIn, fixtures } from './checking';

const executed = [...cases(''), ...cases('torch')];
const all = [...executed, ...cases('tfjs')];
/** What real Keras and PyTorch say of the same files: whether they fail (scripts/fixtures/checks_truth.py). */
const failures = new Map(
  ['', 'torch'].flatMap((folder) => {
    const truth = JSON.parse(readFileSync(path.join(fixtures, folder, 'truth.json'), 'utf8')) as {
      readonly failures: Readonly<Record<string, string | null>>;
    };
    return Object.entries(truth.failures).map(([name, failure]) => [path.posix.join(folder, name), failure] as const);
  })
);

describe('each check', () => {
  it.each(all)('$name', ({ text, language, expected }) => {
    const findings = findingsIn(text, language);
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

  it.each(executed)('$name: an error exactly where the real framework fails', ({ name, text }) => {
    expect([...failures.keys()]).toContain(name);
    const errors = findingsIn(text).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code).join()).toMatch(failures.get(name) === null ? /^$/ : /^\S+$/);
  });

  it('has an example', () => {
    const shown = new Set(all.map(({ expected }) => expected?.code));
    expect(CHECK_CODES.filter((code) => !shown.has(code))).toEqual([]);
  });
});

describe('a fix', () => {
  const fixable = all.filter(({ text, language, expected }) =>
    findingsIn(text, language).some(({ code, fixes }) => code === expected?.code && fixes.length > 0)
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
        'shape-channels',
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

  it.each(fixable)('$name: mends it and breaks nothing', ({ text, language, expected }) => {
    const before = findingsIn(text, language);
    const finding = before.find(({ code }) => code === expected?.code);
    for (const { title, edits } of finding?.fixes ?? []) {
      const after = findingsIn(applied(text, edits), language);
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
