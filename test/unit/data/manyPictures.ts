/** Run by hostile.test.ts in a process of its own: what a set of 100,000 listed pictures holds in memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImageFolder, type FolderReader } from '../../../src/data/imageFolder';
import { epochOrder } from '../../../src/data/split';

const picture = readFileSync(join(__dirname, '../../../media/samples/digits/9.png'));
let reads = 0;
const reader: FolderReader = {
  list: (folder) =>
    Promise.resolve(
      folder.includes('class_')
        ? Array.from({ length: 10_000 }, (_, i) => ({
            name: `a_long_name_of_a_picture_${String(i)}.png`,
            folder: false
          }))
        : Array.from({ length: 10 }, (_, i) => ({ name: `class_${String(i)}`, folder: true }))
    ),
  read: () => {
    reads += 1;
    return Promise.resolve(picture);
  }
};

/** What is still held after collection; buffers of native code are let go of some turns later. */
async function used(): Promise<number> {
  for (let i = 0; i < 10; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function main(): Promise<void> {
  const warm = await readImageFolder('/warm', { reader });
  if (warm.ok) await warm.value.example(0);
  reads = 0;
  const before = await used();
  const set = await readImageFolder('/pictures', { reader });
  if (!set.ok) throw new Error(set.error.problem);
  for (const index of epochOrder(set.value.size, 1, 0).subarray(0, 500)) {
    const image = await set.value.example(index);
    if (!image.ok) throw new Error(image.error.problem);
  }
  const after = await used();
  const last = set.value.nameOf(set.value.size - 1);
  process.stdout.write(JSON.stringify({ size: set.value.size, heapMB: (after - before) / 2 ** 20, reads, last }));
}

void main();
