/** Very many names in little memory: their bytes one after another, and where each begins. */

export class PackedNames {
  size = 0;
  private bytes: Uint8Array = new Uint8Array(4096);
  private used = 0;
  private starts = new Uint32Array(1024);

  /** @throws {RangeError} where all names together take more than 4 GiB */
  add(name: string): void {
    // One UTF-16 unit takes at most three bytes of UTF-8.
    while (this.used + 3 * name.length > this.bytes.length)
      this.bytes = grow(this.bytes, new Uint8Array(2 * this.bytes.length));
    if (this.size + 1 >= this.starts.length) this.starts = grow(this.starts, new Uint32Array(2 * this.starts.length));
    this.used += new TextEncoder().encodeInto(name, this.bytes.subarray(this.used)).written;
    this.size += 1;
    this.starts[this.size] = this.used;
  }

  at(index: number): string {
    const start = this.starts[index] ?? 0;
    return index < this.size ? new TextDecoder().decode(this.bytes.subarray(start, this.starts[index + 1])) : '';
  }

  /** Bytes held. */
  get memory(): number {
    return this.bytes.length + this.starts.byteLength;
  }
}

function grow<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
