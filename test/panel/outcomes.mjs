// Collects the outcomes of browser tests and leaves them where `npm test` looks.
import fs from 'node:fs';
import path from 'node:path';
import { scratch } from '../../scripts/lib/setup.mjs';

export class Outcomes {
  constructor(name) {
    this.name = name;
    this.results = [];
  }

  /** Runs one test; `onFailure` may take a picture. */
  async test(title, run, onFailure) {
    const started = Date.now();
    try {
      await run();
      this.results.push({ title: `${this.name}: ${title}`, ok: true, ms: Date.now() - started });
      console.log(`  ok      ${title} (${Date.now() - started} ms)`);
    } catch (error) {
      const err = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.results.push({ title: `${this.name}: ${title}`, ok: false, err, ms: Date.now() - started });
      console.log(`  FAILED  ${title}\n${err}`);
      await onFailure?.(title).catch(() => undefined);
    }
  }

  write() {
    const folder = path.join(scratch, 'results');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `${this.name}.json`), JSON.stringify({ results: this.results }));
  }

  get failed() {
    return this.results.filter((result) => !result.ok).length;
  }
}

export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
