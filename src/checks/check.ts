/** All checks over the definitions of a text or the model of a file: findings in the order of the text, each once. */
import type { SourceRange } from '../core/model';
import { batchChanged } from './batchChanged';
import { biasBeforeNorm } from './biasBeforeNorm';
import { CODES, isCheckCode, type CheckCode, type SeverityChoice } from './codes';
import { dominantDense } from './dominantDense';
import { dropoutBeforeNorm } from './dropoutBeforeNorm';
import { dropoutOnOutput, normOnOutput } from './ends';
import type { Finding, Remark } from './finding';
import { flattenOfUnknownSize } from './flattenUnknownSize';
import { impossibleValues } from './impossibleValue';
import { laterInputShape } from './laterInputShape';
import { lossAgainstLabels } from './lossLabels';
import { logitsAsProbabilities, probabilitiesAsLogits, sigmoidForClasses, softmaxOfOne } from './outputFunction';
import { outputUnits } from './outputUnits';
import { shapesThatDoNotFit } from './shapes';
import { smallField } from './smallField';
import type { SourceText } from './sourceText';
import { allLayers, subjectsOf, type Subject, type SubjectInput } from './subject';
import { unknownArguments } from './unknownArgument';
import { droppedRemainder, earlyOnePixel } from './windows';

type Check = (subject: Subject) => Iterable<Remark>;

const CHECKS: readonly (readonly [CheckCode, Check])[] = [
  ['shape-rank', shapesThatDoNotFit],
  ['batch-changed', batchChanged],
  ['flatten-unknown-size', flattenOfUnknownSize],
  ['unknown-argument', unknownArguments],
  ['impossible-value', impossibleValues],
  ['output-units', outputUnits],
  ['loss-labels', lossAgainstLabels],
  ['probabilities-as-logits', probabilitiesAsLogits],
  ['logits-as-probabilities', logitsAsProbabilities],
  ['sigmoid-categorical', sigmoidForClasses],
  ['softmax-one-unit', softmaxOfOne],
  ['later-input-shape', laterInputShape],
  ['bias-before-norm', biasBeforeNorm],
  ['dropout-before-norm', dropoutBeforeNorm],
  ['dropout-on-output', dropoutOnOutput],
  ['norm-on-output', normOnOutput],
  ['small-field', smallField],
  ['early-one-pixel', earlyOnePixel],
  ['dropped-remainder', droppedRemainder],
  ['dominant-dense', dominantDense]
];

export interface CheckOptions {
  /** By code; what is not named keeps its own severity. */
  readonly severities?: ReadonlyMap<CheckCode, SeverityChoice> | undefined;
}

/**
 * @param text where the definitions stand; `null` for a model file, whose findings then have no place and no fixes
 * @returns errors are proven: what they name fails when the program runs
 */
export function check(
  inputs: readonly SubjectInput[],
  text: SourceText | null,
  { severities }: CheckOptions = {}
): readonly Finding[] {
  const found = subjectsOf(inputs, text).flatMap((subject) => findingsOf(subject, severities));
  return inOrder(merged(found)).filter(({ range, code }) => text === null || !isIgnored(text, range, code));
}

function findingsOf(subject: Subject, severities: CheckOptions['severities']): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, run] of CHECKS) {
    for (const remark of run(subject)) {
      const code = remark.code ?? name;
      const severity = severities?.get(code) ?? remark.severity ?? CODES[code];
      if (severity === 'off') continue;
      findings.push({ ...remark, code, severity, definition: subject.key, fixes: remark.fixes ?? [] });
    }
  }
  return withSafeFixes(findings, subject);
}

/** A call in a loop or helper makes many layers: an edit there is offered only where all of them ask for the same. */
function withSafeFixes(findings: readonly Finding[], { model }: Subject): readonly Finding[] {
  const made = new Map<string, Set<string>>();
  const place = new Map<string, string>();
  for (const layer of allLayers(model.root)) {
    if (layer.source === undefined) continue;
    const key = keyOf(layer.source);
    place.set(layer.id, key);
    made.set(key, (made.get(key) ?? new Set()).add(layer.id));
  }
  const wanted = new Map<string, number>();
  const fixKey = ({ code, layer, fixes }: Finding): string =>
    [code, place.get(layer ?? ''), JSON.stringify(fixes.map(({ edits }) => edits))].join();
  for (const finding of findings) wanted.set(fixKey(finding), (wanted.get(fixKey(finding)) ?? 0) + 1);
  return findings.map((finding) => {
    const together = made.get(place.get(finding.layer ?? '') ?? '')?.size ?? 1;
    const agreed = together === 1 || (wanted.get(fixKey(finding)) ?? 0) >= together;
    return agreed ? finding : { ...finding, fixes: [] };
  });
}

/** One finding for each code and place: layers of a loop, or one layer in several models, say the same thing once. */
function merged(findings: readonly Finding[]): readonly Finding[] {
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const key =
      finding.range === null
        ? [finding.code, finding.definition, finding.layer].join()
        : [finding.code, keyOf(finding.range)].join();
    const before = kept.get(key);
    // The worst of them is told: it may be proven for one layer and only likely for another.
    if (before === undefined || RANK[finding.severity] < RANK[before.severity]) kept.set(key, finding);
  }
  return [...kept.values()];
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const place = ({ range }: Finding): number =>
    range === null ? -1 : (range.cell ?? 0) * 1e10 + range.startLine * 1e4 + range.startColumn;
  return [...findings].sort((a, b) => place(a) - place(b) || RANK[a.severity] - RANK[b.severity]);
}

const keyOf = ({ cell, startLine, startColumn, endLine, endColumn }: SourceRange): string =>
  [cell, startLine, startColumn, endLine, endColumn].join();

/** `# convlens: ignore` on the line silences every check there, `# convlens: ignore[bias-before-norm]` the named ones. */
function isIgnored(text: SourceText, range: SourceRange | null, code: CheckCode): boolean {
  if (range === null) return false;
  const mark = /(?:#|\/\/)\s*convlens:\s*ignore(?:\[([\w\s,/-]*)\])?/.exec(text.line(range.cell, range.startLine));
  if (mark === null) return false;
  const [, named] = mark;
  return named === undefined || named.split(',').some((word) => word.trim().replace(/^convlens\//, '') === code);
}

/** The severities of a person's settings; names and values that mean nothing are passed over. */
export function severitiesOf(setting: unknown): ReadonlyMap<CheckCode, SeverityChoice> {
  if (typeof setting !== 'object' || setting === null) return new Map();
  return new Map(
    Object.entries(setting).flatMap(([name, value]): [CheckCode, SeverityChoice][] => {
      const code = name.replace(/^convlens\//, '');
      const severity = SEVERITY_WORDS.get(String(value));
      return isCheckCode(code) && severity !== undefined ? [[code, severity]] : [];
    })
  );
}

const SEVERITY_WORDS: ReadonlyMap<string, SeverityChoice> = new Map([
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'info'],
  ['information', 'info'],
  ['off', 'off']
]);
