/** Where the pickle reader stands in a file: bytes are read as they are needed, so that a large file costs its pickles only. */
import type { ByteSource } from '../../files/byteSource';
import { damaged, FileProblem } from '../../files/problem';
import { t } from '../../core/texts';

const WINDOW = 64 * 1024;
const LONGEST_LINE = 4096;
/** Text and bytes inside the pickles of one file, together. */
const MOST_BYTES = 256 * 2 ** 20;

export const cut = (): FileProblem => damaged(t('the pickle is damaged or cut off'));

export class PickleInput {
  private window = new Uint8Array(0);
  /** Position of the window's first byte in the source. */
  private start = 0;
  private next = 0;
  private taken = 0;

  constructor(
    private readonly source: ByteSource,
    position = 0
  ) {
    this.start = position;
  }

  /** Position of the next byte in the source. */
  get position(): number {
    return this.start + this.next;
  }

  byte(): number {
    if (this.next >= this.window.length) this.fill(1);
    return this.window[this.next++] ?? 0;
  }

  /** The next bytes, good until the next call. @throws {FileProblem} past the end */
  take(length: number): Uint8Array {
    if (!(length >= 0)) throw cut();
    if (this.next + length > this.window.length) {
      if (this.position + length > this.source.size) throw cut();
      this.taken += length;
      if (this.taken > MOST_BYTES)
        throw new FileProblem(
          t('its pickle holds more than 256 MiB beside the tensors'),
          t('Save model.state_dict() alone')
        );
      this.fill(length);
    }
    this.next += length;
    return this.window.subarray(this.next - length, this.next);
  }

  /** Unsigned little-endian number. */
  uint(size: 1 | 2 | 4 | 8): number {
    const bytes = this.take(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[i] ?? 0);
    return value;
  }

  int32(): number {
    return this.uint(4) | 0;
  }

  float64(): number {
    const bytes = this.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, false);
  }

  /** Text up to a line break, as protocols 0 and 1 and names have it. */
  line(): string {
    const bytes: number[] = [];
    for (let byte = this.byte(); byte !== 0x0a; byte = this.byte()) {
      bytes.push(byte);
      if (bytes.length > LONGEST_LINE) throw cut();
    }
    return Buffer.from(bytes).toString('utf8');
  }

  private fill(length: number): void {
    const from = this.position;
    const size = Math.min(Math.max(length, WINDOW), this.source.size - from);
    if (size < length) throw cut();
    const window = new Uint8Array(size);
    for (let done = 0; done < size;) {
      const count = this.source.readInto(window, done, size - done, from + done);
      if (count <= 0) throw cut();
      done += count;
    }
    this.window = window;
    this.start = from;
    this.next = 0;
  }
}
