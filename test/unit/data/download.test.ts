import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download, downloadAll } from '../../../src/data/download';
import { knownDataSet, knownDataSets, type RemoteFile } from '../../../src/data/registry';
import { substituteFor } from '../../../src/data/substitute';
import { unpackTar } from '../../../src/data/tar';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let server: Server;
let base = '';
let asked = 0;
let folder = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    if (request.url === '/whole') response.end(content);
    else if (request.url === '/archive') response.end(archive);
    else if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000), () => response.destroy());
    } else if (request.url === '/short') response.end(content.subarray(0, 1000));
    else if (request.url === '/endless') {
      const more = (): void => {
        if (!response.destroyed) response.write(content, () => setImmediate(more));
      };
      more();
    } else if (request.url === '/slow') response.write(content.subarray(0, 70_000));
    else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = 0;
  folder = mkdtempSync(join(tmpdir(), 'convlens-download-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const remote = (path: string, change: Partial<RemoteFile> = {}): RemoteFile => ({
  address: base + path,
  sha256: sha256(content),
  bytes: content.length,
  target: 'sub/data.bin',
  unpack: null,
  ...change
});

/** Whatever happened: no part of a file is left. */
function nothingLeft(): void {
  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name)).toEqual([]);
}

function tar(entries: readonly (readonly [string, string, Buffer])[]): Buffer {
  const blocks = entries.flatMap(([name, kind, data]) => {
    const head = Buffer.alloc(512);
    head.write(name, 0, 'latin1');
    head.write('0000644\0', 100);
    head.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('        ', 148);
    head.write(kind, 156);
    head.write('ustar\0', 257);
    head.write(
      `${head
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148
    );
    return [head, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
const archive = tar([
  ['set/', '5', Buffer.alloc(0)],
  ['../../outside', '0', Buffer.from('never')],
  ['/etc/never', '0', Buffer.from('never')],
  ['set/link', '2', Buffer.alloc(0)],
  ['set/one', '0', Buffer.from('first')],
  ['set/two', '0', content],
  ['set/empty', '0', Buffer.alloc(0)],
  ['set/unasked', '0', Buffer.from('no')]
]);

describe('download', () => {
  it('fetches, verifies, renames, and does not fetch again', async () => {
    const steps: number[] = [];
    const got = await download(remote('/whole'), folder, { progress: (bytes) => steps.push(bytes) });
    expect(got).toEqual({ ok: true, value: join(folder, 'sub', 'data.bin') });
    expect(readFileSync(join(folder, 'sub', 'data.bin')).equals(content)).toBe(true);
    expect(steps.at(-1)).toBe(content.length);
    expect(readdirSync(join(folder, 'sub'))).toEqual(['data.bin']);
    await download(remote('/whole'), folder);
    expect(asked).toBe(1);
    writeFileSync(join(folder, 'sub', 'data.bin'), Buffer.alloc(content.length));
    await download(remote('/whole'), folder);
    expect(asked).toBe(2);
    expect(readFileSync(join(folder, 'sub', 'data.bin')).equals(content)).toBe(true);
  });

  it('keeps nothing of a file with another checksum, of a cut connection, of too many bytes', async () => {
    const cases: readonly (readonly [RemoteFile, RegExp])[] = [
      [remote('/whole', { sha256: '0'.repeat(64) }), /another checksum/],
      [remote('/cut'), /connection failed/],
      [remote('/short'), /only 1000 of 300000 bytes/],
      [remote('/endless'), /more than the 300000 bytes/],
      [remote('/missing'), /server answered 404/],
      [remote('/whole', { address: 'http://127.0.0.1:1/x' }), /connection failed/],
      [remote('/whole', { address: 'http://example.invalid/x' }), /no https address/],
      [remote('/whole', { address: 'file:///etc/hosts' }), /no https address/]
    ];
    for (const [file, message] of cases) {
      const got = await download(file, folder);
      expect(got.ok ? '' : got.error.problem).toMatch(message);
      expect(got.ok ? '' : got.error.file).toBe(file.address);
      nothingLeft();
    }
  });

  it('stops at once when cancelled and leaves nothing behind', async () => {
    const controller = new AbortController();
    const started = performance.now();
    let heard = 0;
    const waiting = download(remote('/slow'), folder, {
      signal: controller.signal,
      progress: () => {
        heard = performance.now();
        setTimeout(() => controller.abort(), 20);
      }
    });
    await expect(waiting).rejects.toThrow(/abort/i);
    expect(heard).toBeGreaterThan(started);
    expect(performance.now() - heard).toBeLessThan(500);
    nothingLeft();
  });

  it('unpacks the named members of an archive and nothing else', async () => {
    const members = ['set/one', 'set/two', 'set/empty'];
    const file = remote('/archive', {
      sha256: sha256(archive),
      bytes: archive.length,
      target: 'set_archive',
      unpack: { folder: 'set', members }
    });
    expect((await download(file, folder)).ok).toBe(true);
    expect(readdirSync(join(folder, 'set', 'set')).sort()).toEqual(['empty', 'one', 'two']);
    expect(readFileSync(join(folder, 'set/set/two')).equals(content)).toBe(true);
    expect(existsSync(join(folder, '..', 'outside'))).toBe(false);
    const lacking = { ...file, unpack: { folder: 'set', members: ['set/three'] } };
    const got = await download(lacking, folder);
    expect(got.ok ? '' : got.error.problem).toMatch(/holds no set\/three/);
  });

  it('says when an archive is damaged', async () => {
    const path = join(folder, 'a.tar.gz');
    const place = join(folder, 'two');
    writeFileSync(path, gzipSync(Buffer.from('x'.repeat(600))));
    await expect(unpackTar(path, new Map([['set/two', place]]), 1e6)).rejects.toThrow(/archive is damaged/);
    writeFileSync(path, archive.subarray(0, archive.length - 400));
    await expect(unpackTar(path, new Map([['set/two', place]]), 1e6)).rejects.toThrow(/damaged or cut off/);
    expect(existsSync(place) || existsSync(`${place}.part`)).toBe(false);
  });

  it('fetches all files of a data set with one progress', async () => {
    const mnist = knownDataSet('mnist');
    if (mnist === null) throw new Error('mnist');
    const files = ['a', 'b'].map((target) => remote('/whole', { target }));
    const steps: (readonly [number, number])[] = [];
    const got = await downloadAll({ ...mnist, files }, folder, { progress: (...step) => steps.push(step) });
    expect(got.ok && got.value).toHaveLength(2);
    expect(steps.at(-1)).toEqual([600_000, 600_000]);
    expect(steps.every(([bytes], i) => i === 0 || bytes >= (steps[i - 1]?.[0] ?? 0))).toBe(true);
  });
});

describe('known data sets', () => {
  it('states sizes, names and checksums that are well formed', () => {
    expect(knownDataSets.map(({ classNames }) => new Set(classNames).size)).toEqual([10, 10, 10, 100]);
    expect(knownDataSet('CIFAR100')?.coarseNames).toHaveLength(20);
    expect(knownDataSet('FashionMNIST')?.name).toBe('fashion_mnist');
    expect(knownDataSet('imdb')).toBeNull();
    for (const { files } of knownDataSets) {
      for (const file of files) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.address).toMatch(/^https:/);
        expect(file.target).not.toMatch(/^\/|\.\.|\\/);
      }
    }
  });

  it('offers the digits where the shape fits, under their own names', () => {
    const fashion = knownDataSet('fashion_mnist');
    const offer = substituteFor(fashion, [28, 28, 1], 10);
    expect(offer?.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(offer?.reason).toMatch(/Stands in for Fashion-MNIST/);
    expect(substituteFor(fashion, [784])).not.toBeNull();
    expect(substituteFor(null, [null, null, 1])).not.toBeNull();
    expect(substituteFor(fashion, [28, 28, 1], 12)).toBeNull();
    expect(substituteFor(knownDataSet('cifar10'), [32, 32, 3])).toBeNull();
  });
});
