/** Runs the lessons on the digits and puts what came out into a table: what scripts/lessons.mjs bundles. */
import { problemLine } from '../../core/result';
import { readDigits } from '../../data/digits';
import type { Engine, EngineName } from '../../engine/engine';
import { createEngine } from '../../engine/select';
import { labData } from './data';
import type { JobResult } from './job';
import { gapOf, lastMeasured, meanSpread, stepsTo, type Statistics } from './measures';
import { lessonNetwork } from './lessonNetwork';
import { LESSONS, lessonSettings, TARGET } from './lessons';
import { LabQueue } from './queue';
import { resultFolder } from './resultFile';
import { jobRunner, type LabData } from './runJob';
import { verdictText } from './verdict';

export interface ReportOptions {
  readonly digits: string;
  readonly seeds: readonly number[];
  readonly engine?: string | undefined;
  readonly lesson?: string | undefined;
  readonly keep?: string | undefined;
  say(line: string): void;
}

/** @returns Markdown @throws {Error} where the digits or the engine are missing */
export async function runLessons(options: ReportOptions): Promise<string> {
  const engine = await createEngine(options.engine as EngineName | undefined);
  try {
    const data = await digitsData(options.digits);
    const run = jobRunner({ engine, model: lessonNetwork(), settings: lessonSettings(), data });
    const parts: string[] = [];
    let seconds = 0;
    for (const lesson of LESSONS) {
      if (options.lesson !== undefined && options.lesson !== lesson.id) continue;
      const jobs = lesson.jobs(options.seeds);
      const store = options.keep === undefined ? null : resultFolder(`${options.keep}/${lesson.id}`);
      const queue = new LabQueue({
        jobs,
        run,
        results: (await store?.read(jobs)) ?? [],
        keep: async (result) => store?.write(result),
        onEvent: (event) => {
          if (event.kind === 'result') options.say(lineOf(event.result));
        },
        turn: () => new Promise((resolve) => setImmediate(resolve)),
        validation: data.validation.size
      });
      await queue.start();
      const { results } = queue;
      seconds += results.reduce((sum, result) => sum + result.seconds, 0);
      parts.push(tableOf(results), claimsOf(lesson.claims(results)));
    }
    return [...parts, foot(engine, options.seeds, seconds)].join('\n\n');
  } finally {
    engine.dispose();
  }
}

async function digitsData(folder: string): Promise<LabData> {
  const [train, validation] = await Promise.all([readDigits(folder, 'train'), readDigits(folder, 'validation')]);
  if (!train.ok) throw new Error(problemLine(train.error));
  if (!validation.ok) throw new Error(problemLine(validation.error));
  return labData({
    train: train.value,
    validation: validation.value,
    preparation: { kind: 'values', shape: [28, 28, 1], divisor: 255, offset: 0 },
    answer: { kind: 'classes', outputOf: Array.from({ length: 10 }, (_, i) => i) },
    classes: 10
  });
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

function lineOf(result: JobResult): string {
  const last = lastMeasured(result.points);
  const steps = [stepsTo(result.points, TARGET, 'moving'), stepsTo(result.points, TARGET, 'batch')];
  const end =
    last === null ? result.ending.kind : `${percent(last.train.accuracy)} / ${percent(last.validation.accuracy)}`;
  const losses = last === null ? '' : `${last.train.loss.toFixed(3)} / ${last.validation.loss.toFixed(3)}`;
  return [
    result.job.id,
    end,
    losses,
    `90 % after ${steps.map(String).join(' / ')}`,
    `${result.seconds.toFixed(1)} s`
  ].join('  ');
}

/** One row for each variant, mean and spread over its seeds. */
function tableOf(results: readonly JobResult[]): string {
  const variants = [...new Map(results.map(({ job }) => [job.variant.id, job.variant.label])).entries()];
  const rows = variants.map(([id, label]) => {
    const own = results.filter(({ job }) => job.variant.id === id);
    const over = (value: (result: JobResult) => number | null, text: (value: number) => string): string => {
      const values = own.flatMap((result) => value(result) ?? []);
      const found = meanSpread(values);
      return found === null ? '–' : `${text(found.mean)} ± ${text(found.spread)}`;
    };
    const last = (result: JobResult) => lastMeasured(result.points);
    const fixed = (value: number): string => value.toFixed(3);
    const cells = [
      label,
      over((result) => last(result)?.train.accuracy ?? null, percent),
      over((result) => last(result)?.validation.accuracy ?? null, percent),
      over((result) => gapOf(result)?.accuracy ?? null, percent),
      over((result) => last(result)?.validation.loss ?? null, fixed),
      over((result) => gapOf(result)?.loss ?? null, fixed),
      stepsCell(own, 'batch'),
      stepsCell(own, 'moving')
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head =
    '| Variant | Training accuracy | Validation accuracy | Gap in accuracy | Validation loss | Gap in loss | Steps to 90 %, batch statistics | moving statistics |';
  return [head, '| --- | --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function stepsCell(results: readonly JobResult[], statistics: Statistics): string {
  const steps = results.flatMap(({ points }) => stepsTo(points, TARGET, statistics) ?? []);
  const found = meanSpread(steps);
  const never = results.length - steps.length;
  if (found === null) return 'never';
  const mean = `${found.mean.toFixed(0)} ± ${found.spread.toFixed(0)}`;
  return never === 0 ? mean : `${mean} (${String(never)} of ${String(results.length)} never)`;
}

function claimsOf(claims: ReturnType<(typeof LESSONS)[number]['claims']>): string {
  return claims
    .map(({ text, verdict, unit }) => `- ${text}: **${verdictText(verdict, unit).replace(': ', '**: ')}.`)
    .join('\n');
}

function foot(engine: Engine, seeds: readonly number[], seconds: number): string {
  return `Engine ${engine.name}, seeds ${seeds.join(', ')}, ${(seconds / 60).toFixed(1)} minutes of training in all.`;
}
