/** Values of past passes within a memory budget: the least recently used go first. */
import type { DenseTensor } from '../core/tensor';

export class ActivationStore {
  private readonly kept = new Map<string, DenseTensor>();
  private bytes = 0;

  /** @param budget bytes of float32 data kept at most. */
  constructor(private readonly budget: number) {}

  get size(): number {
    return this.bytes;
  }

  get(key: string): DenseTensor | undefined {
    const tensor = this.kept.get(key);
    if (tensor !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, tensor);
    }
    return tensor;
  }

  /** A value larger than the whole budget is not kept. */
  put(key: string, tensor: DenseTensor): void {
    this.drop(key);
    if (tensor.data.byteLength > this.budget) return;
    this.kept.set(key, tensor);
    this.bytes += tensor.data.byteLength;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.budget) break;
      this.drop(oldest);
    }
  }

  /** Forgets every value whose key starts so. */
  clear(prefix: string): void {
    for (const key of [...this.kept.keys()]) if (key.startsWith(prefix)) this.drop(key);
  }

  private drop(key: string): void {
    const tensor = this.kept.get(key);
    if (tensor === undefined) return;
    this.kept.delete(key);
    this.bytes -= tensor.data.byteLength;
  }
}
