/**
 * Values of past passes within a memory budget: the least recently used go first. The memory of forgotten values is used
 * again: the system needs twenty times longer to hand out fresh pages than a copy into known ones takes.
 */
import type { DenseTensor } from '../core/tensor';

export class ActivationStore {
  private readonly kept = new Map<string, DenseTensor>();
  private bytes = 0;
  /** Memory of forgotten values by length. */
  private readonly spare = new Map<number, Float32Array[]>();
  private spareBytes = 0;
  /** Values that somebody outside holds: their memory is never used again. */
  private readonly lent = new WeakSet<DenseTensor>();

  /** @param budget bytes of float32 data held at most, spare memory included. */
  constructor(private readonly budget: number) {}

  get size(): number {
    return this.bytes;
  }

  get(key: string): DenseTensor | undefined {
    const tensor = this.kept.get(key);
    if (tensor !== undefined) {
      this.lent.add(tensor);
      this.kept.delete(key);
      this.kept.set(key, tensor);
    }
    return tensor;
  }

  /** A value to look at at once and not to hold: its memory stays free for another pass, its age unchanged. */
  peek(key: string): DenseTensor | undefined {
    return this.kept.get(key);
  }

  /** Keeps a value that the caller goes on using; one larger than the whole budget is not kept. */
  put(key: string, tensor: DenseTensor): void {
    this.lent.add(tensor);
    this.keep(key, tensor);
  }

  /** Keeps a copy, in spare memory where there is some of this length. */
  putCopy(key: string, shape: readonly number[], data: Float32Array): void {
    if (data.byteLength > this.budget) {
      this.drop(key);
      return;
    }
    const copy = this.spare.get(data.length)?.pop();
    if (copy === undefined) {
      this.keep(key, { shape, data: data.slice() });
      return;
    }
    this.spareBytes -= copy.byteLength;
    copy.set(data);
    this.keep(key, { shape, data: copy });
  }

  /** Forgets every value whose key starts so, and gives the memory back. */
  clear(prefix: string): void {
    for (const key of [...this.kept.keys()]) if (key.startsWith(prefix)) this.drop(key);
    this.releaseSpare();
  }

  /** Forgets every value whose key starts so; the memory waits for others of the same sizes. */
  recycle(prefix: string): void {
    for (const [key, tensor] of [...this.kept]) {
      if (!key.startsWith(prefix)) continue;
      this.drop(key);
      if (this.lent.has(tensor)) continue;
      const { data } = tensor;
      const same = this.spare.get(data.length) ?? [];
      this.spare.set(data.length, [...same, data]);
      this.spareBytes += data.byteLength;
    }
  }

  /** Gives memory back that no value took over. */
  releaseSpare(): void {
    this.spare.clear();
    this.spareBytes = 0;
  }

  private keep(key: string, tensor: DenseTensor): void {
    this.drop(key);
    if (tensor.data.byteLength > this.budget) return;
    this.kept.set(key, tensor);
    this.bytes += tensor.data.byteLength;
    if (this.bytes + this.spareBytes > this.budget) this.releaseSpare();
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.budget) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const tensor = this.kept.get(key);
    if (tensor === undefined) return;
    this.kept.delete(key);
    this.bytes -= tensor.data.byteLength;
  }
}
