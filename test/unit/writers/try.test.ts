import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/select';
import { openModelFile } from '../../../src/readers/open';
import { saveModel, type SaveFormat } from '../../../src/writers/saveModel';
import { writeFiles } from '../../../src/writers/writeFiles';
import { fromCode, inputsOf, parityModels, samples, savedByKeras, type Source } from './sources';

const engine = await createEngine('wasm');
async function outputs(source: Source, model: any) {
  const net = await engine.prepare(model, { seed: 1 });
  const r = await net.run(inputsOf(source, model), { mode: 'infer', seed: 1 });
  net.dispose();
  return r;
}
const out = process.env['OUT'] ?? mkdtempSync(path.join(tmpdir(), 'w-'));
describe('try', () => {
  for (const source of [...samples, ...parityModels, ...savedByKeras, ...fromCode])
    for (const format of ['keras', 'h5', 'tfjs'] as SaveFormat[])
      it(`${source.title} ${format}`, async () => {
        const { model, close } = await source.load();
        const file = format === 'tfjs' ? 'model.json' : `m.${format}`;
        const saved = await saveModel(format === 'keras' && process.env['GEN'] ? { ...model, architecture: undefined } : model, () => undefined, format, file);
        if (!saved.ok) { console.log('REFUSED', source.title, format, saved.error.problem); close(); return; }
        const folder = path.join(out, `${source.title.replace(/[^a-z0-9]/gi, '_')}_${format}`);
        (await import('node:fs')).mkdirSync(folder, { recursive: true });
        const [p] = await writeFiles(folder, saved.value.files);
        const again = await openModelFile(p ?? '');
        if (!again.ok) throw new Error(again.error.problem);
        const a = await outputs(source, model);
        const b = await outputs(source, again.value.model);
        close();
        again.value.close();
        expect(b.stoppedAt?.reason ?? null).toBe(a.stoppedAt?.reason ?? null);
        expect(b.outputs.length).toBe(a.outputs.length);
        a.outputs.forEach((o, i) => {
          expect(b.outputs[i]?.shape).toEqual(o.shape);
          let w = 0;
          let m = 1;
          o.data.forEach((v, k) => {
            const u = b.outputs[i]?.data[k] ?? NaN;
            if (Object.is(u, v)) return;
            m = Math.max(m, Math.abs(v));
            w = Math.max(w, Math.abs(v - u));
          });
          expect(w).toBeLessThan(1e-5 * m);
        });
        expect(again.value.model.notices.map((n) => n.message)).toEqual(model.notices.map((n) => n.message));
      });
});
