/** Loaded by VS Code inside its extension host: runs every bundled test file with mocha and leaves a results file. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

interface Outcome {
  readonly title: string;
  readonly ok: boolean;
  readonly skipped?: boolean;
  readonly ms?: number;
  readonly err?: string;
}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 60_000 });
  const only = process.env['CONVLENS_ONLY'];
  if (only !== undefined) mocha.grep(only);
  for (const file of readdirSync(__dirname)) {
    if (file.endsWith('.test.js')) mocha.addFile(path.join(__dirname, file));
  }
  const results: Outcome[] = [];
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => {
      const file = process.env['CONVLENS_RESULTS'];
      if (file !== undefined) writeFileSync(file, JSON.stringify({ results }));
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    runner.on('pass', (test) => results.push({ title: test.fullTitle(), ok: true, ms: test.duration ?? 0 }));
    runner.on('fail', (test, error: unknown) =>
      results.push({
        title: test.fullTitle(),
        ok: false,
        err: error instanceof Error ? (error.stack ?? error.message) : String(error)
      })
    );
    runner.on('pending', (test) => results.push({ title: test.fullTitle(), ok: true, skipped: true }));
  });
}
