import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { knownDataSet, type KnownDataSet } from '../../src/data/registry';
import type { ProgressNote } from '../../src/protocol/channel';
import { RequestFailure } from '../../src/protocol/rpc';
import { downloadHandlers } from '../../src/worker/training/download';

const content = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7) % 253));
let server: Server;
let folder = '';
let asked = 0;
let set: KnownDataSet;

beforeAll(async () => {
  server = createServer((_request, response) => {
    asked += 1;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'convlens-worker-download-'));
  const mnist = knownDataSet('mnist');
  if (mnist === null) throw new Error('MNIST is not known');
  const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mnist.npz`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  set = { ...mnist, files: [{ address, sha256, bytes: content.length, target: 'mnist.npz', unpack: null }] };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = 0;
});

const context = (notes: ProgressNote[] = []) => ({
  signal: new AbortController().signal,
  progress: (note: ProgressNote) => notes.push(note)
});
const handlers = (known: KnownDataSet = set) =>
  downloadHandlers({ folder, find: (name) => (name === 'mnist' ? known : null) });

describe('a data set that is not here', () => {
  it('is described without a word over the network', async () => {
    expect(await handlers().downloadFacts({ name: 'mnist' }, context())).toEqual({
      title: 'MNIST',
      publisher: set.publisher,
      licence: set.licence,
      addresses: [set.files[0]?.address],
      bytes: content.length,
      folder
    });
    expect(asked).toBe(0);
    expect(existsSync(join(folder, 'mnist.npz'))).toBe(false);
  });

  it('of another checksum is refused and not kept', async () => {
    const wrong = { ...set, files: set.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) };
    await expect(handlers(wrong).downloadData({ name: 'mnist' }, context())).rejects.toThrow(/checksum/);
    expect(existsSync(join(folder, 'mnist.npz'))).toBe(false);
  });

  it('comes whole, with progress, to where Keras keeps it', async () => {
    const notes: ProgressNote[] = [];
    expect(await handlers().downloadData({ name: 'mnist' }, context(notes))).toEqual({ downloaded: true });
    expect(readFileSync(join(folder, 'mnist.npz')).equals(content)).toBe(true);
    expect(notes.at(-1)).toEqual({ share: 1, message: '0.4 of 0.4 MB of MNIST' });
    const shares = notes.map(({ share }) => share ?? 0);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });

  it('that nobody knows is refused', async () => {
    const refused = await Promise.resolve()
      .then(() => handlers().downloadFacts({ name: 'https://example.org/x' }, context()))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestFailure);
  });
});
