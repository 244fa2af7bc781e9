/** Pictures to files. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'fast-png';
import type { Rgba } from '../drawing/plane';
import { BadInput } from './failure';

/** @throws {BadInput} where the file cannot be written. */
export async function writeOut(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInput(`${file}: cannot be written (${reason}). Choose another place.`);
  }
}

/** @throws {BadInput} where the file cannot be written. */
export async function writePng(file: string, picture: Rgba): Promise<void> {
  await writeOut(
    file,
    encode({ width: picture.width, height: picture.height, data: picture.rgba, channels: 4, depth: 8 })
  );
}
