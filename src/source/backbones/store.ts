/** The recorded networks of a framework: a compressed file of lines beside the program, read when a document first names one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { t } from '../../core/texts';

/** Beside the bundle's folder, or the sources'. */
const FOLDERS = ['..', '../..', '../../..'].map((up) => join(__dirname, up, 'media', 'backbones'));

export class BackboneStore<Head> {
  private lines: readonly string[] | null = null;
  private read: Head | null = null;

  constructor(private readonly file: string) {}

  /** What the first line says, or in words why the file cannot be read. */
  head(): Head | string {
    if (this.read !== null) return this.read;
    const path = FOLDERS.map((folder) => join(folder, this.file)).find((one) => existsSync(one));
    if (path === undefined) return t('{0} is missing from this installation; install it again', this.file);
    try {
      this.lines = brotliDecompressSync(readFileSync(path)).toString('utf8').split('\n');
      this.read = JSON.parse(this.lines[0] ?? '') as Head;
      return this.read;
    } catch {
      return t('{0} cannot be read; install the extension again', this.file);
    }
  }

  /** One of the other lines; the head names them by number. */
  line(number: number): unknown {
    return JSON.parse(this.lines?.[number] ?? 'null');
  }
}
