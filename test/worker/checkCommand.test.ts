/** `convlens check` of the command line, as continuous integration and pre-commit call it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/run';

const root = path.resolve(__dirname, '../..');
const fixture = (name: string): string => path.join(root, 'test/fixtures/checks', name);
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'convlens-check-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const check = (...words: string[]): ReturnType<typeof runCommandLine> => runCommandLine(['check', ...words]);

interface Report {
  readonly files: readonly {
    readonly file: string;
    readonly models: number;
    readonly findings: readonly {
      readonly severity: string;
      readonly code: string;
      readonly message: string;
      readonly line: number | null;
      readonly column: number | null;
      readonly cell: number | null;
      readonly fixes: readonly string[];
    }[];
  }[];
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
}

describe('check', () => {
  it('exits with 1 on an error and names its place', async () => {
    const { status, stdout, stderr } = await check(fixture('shape-too-small.py'), fixture('bias-before-norm.py'));
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(stdout).toMatch(/shape-too-small\.py:11:23: error: .+ \[convlens\/shape-too-small\]/);
    expect(stdout).toMatch(/bias-before-norm\.py:7:5: info: .+ \[convlens\/bias-before-norm\]/);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^2 models in 2 files: 1 error, 0 warnings, \d+ of information$/);
  });

  it('passes what has no errors, and counts warnings where asked', async () => {
    expect((await check(fixture('softmax-one-unit.py'))).status).toBe(0);
    expect((await check(fixture('softmax-one-unit.py'), '--max-warnings', '1')).status).toBe(0);
    expect((await check(fixture('softmax-one-unit.py'), '--max-warnings', '0')).status).toBe(1);
    expect(
      (await check(fixture('softmax-one-unit.py'), '--max-warnings', '0', '--off', 'softmax-one-unit')).status
    ).toBe(0);
    expect((await check(path.join(root, 'samples/digits_cnn.py'))).status).toBe(0);
  });

  it('passes files without models: a hook is given every file', async () => {
    const file = path.join(scratch, 'plain.py');
    writeFileSync(file, 'print("hello")\n');
    expect(await check(file)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0 models in 1 file') as string
    });
  });

  it('prints one document with --json, cells of notebooks included', async () => {
    const { status, stdout, stderr } = await check(fixture('course.ipynb'), '--json');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as Report;
    expect(report.files[0]?.models).toBe(3);
    expect(report.errors).toBe(1);
    expect(report.files[0]?.findings.find(({ severity }) => severity === 'error')).toMatchObject({
      code: 'convlens/output-units',
      cell: 4,
      line: 4,
      column: 11,
      fixes: ['Set units to 10']
    });
  });

  it('looks at model files too, without places', async () => {
    const { status, stdout } = await check(path.join(root, 'samples/digits_cnn.keras'), '--json');
    expect(status).toBe(0);
    const [file] = (JSON.parse(stdout) as Report).files;
    expect(file?.findings.map(({ code, line }) => [code, line])).toEqual([['convlens/dropped-remainder', null]]);
  });

  it.each([
    [[], /at least one file/],
    [['nowhere.py'], /nowhere\.py: cannot be read/],
    [[fixture('shape-rank.py'), '--max-warnings', 'few'], /--max-warnings few is no number/],
    [[fixture('shape-rank.py'), '--off', 'everything'], /--off everything names no check/]
  ])('%j is bad input, told in one line', async (words, line) => {
    const { status, stdout, stderr } = await check(...words);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('is what the handbook says', async () => {
    const manual = readFileSync(path.join(root, 'docs/checks.md'), 'utf8');
    expect(manual).toContain('entry: convlens check --max-warnings 0');
  });
});
