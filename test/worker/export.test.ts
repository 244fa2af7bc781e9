import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/images/npy';
import { inProcess } from './inProcess';

const samples = join(__dirname, '../../samples');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlens-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writing files', () => {
  const request = inProcess();
  const array = async (path: string) => {
    const read = readNpy(await readFile(path), path);
    if (!read.ok) throw new Error(read.error.problem);
    return read.value;
  };

  it('writes weights and activations in their own shape with the values the panel shows', async () => {
    const { model, summary } = await request('openModel', { file: join(samples, 'digits_cnn.keras') });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    await request('run', { model });
    const path = join(folder, 'a.npy');
    const kernel = summary.layers.find(({ id }) => id === 'conv2d')?.weights.find(({ role }) => role === 'kernel');
    await request('writeTensor', {
      model,
      path,
      tensor: { kind: 'weight', layer: 'conv2d', name: kernel?.name ?? '' }
    });
    const weights = await array(path);
    expect(weights.shape).toEqual([3, 3, 1, 16]);
    const plane = await request('kernelNumbers', { model, layer: 'conv2d', role: 'kernel', filter: 5, channel: 0 });
    expect([...plane.values]).toEqual([...weights.data].filter((_, i) => i % 16 === 5));
    await request('writeTensor', { model, path, tensor: { kind: 'value', layer: 'conv2d', occurrence: 0 } });
    const values = await array(path);
    expect(values.shape).toEqual([1, 26, 26, 16]);
    const map = await request('mapNumbers', { model, layer: 'conv2d', occurrence: 0, channel: 3, slice: 0 });
    expect([...map.values]).toEqual([...values.data].filter((_, i) => i % 16 === 3));
    const nowhere = request('writeTensor', {
      model,
      path: join(folder, 'no', 'a.npy'),
      tensor: { kind: 'value', layer: 'conv2d', occurrence: 0 }
    });
    await expect(nowhere).rejects.toThrow('cannot be written');
  });

  it('writes a report that needs nothing but itself', async () => {
    const { model, summary } = await request('openModel', { file: join(samples, 'digits_cnn.keras') });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    const path = join(folder, 'report.html');
    await request('writeReport', { model, path });
    const html = await readFile(path, 'utf8');
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)|<link/);
    expect(html).toContain(`${(summary.totals.params ?? 0).toLocaleString('en-US')} parameters`);
    for (const name of ['conv2d_1', 'batch_normalization', 'dropout_2', 'dense_1']) expect(html).toContain(`>${name}<`);
    expect(html).toMatch(/Normalising moves the mean from/);
    // Half of the dense units are dropped, give or take; those that are zero anyway are not counted.
    expect(html).toMatch(/One training mask \(seed 1\) sets [\d.]+ % of the \d+ values/);
    expect(html.match(/<img /g)?.length).toBeGreaterThan(10);
    expect(html.length).toBeLessThan(3_000_000);
  });
});
