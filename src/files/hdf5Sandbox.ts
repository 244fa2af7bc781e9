/**
 * The file system HDF5 sees: nothing but the model files that are open here.
 *
 * The library is the ESM build, whose files live in an in-memory tree; the host's file system is never mounted. Each open
 * model is one node whose `read` fetches bytes at an offset, so a file of any size costs only what is looked at. Opening
 * any other name is refused, so that external links and external storage in a hostile file lead nowhere, not even to
 * another model that is open at the time.
 */
import { randomUUID } from 'node:crypto';
import * as h5wasm from 'h5wasm';
import type { ByteSource } from './byteSource';

/** The part of Emscripten's file system that is used here. */
interface Stream {
  position: number;
  node: unknown;
}
interface Node {
  stream_ops: Record<string, unknown>;
  node_ops: { getattr: (node: unknown) => { size: number } } & Record<string, unknown>;
}
interface SandboxFs {
  streams: ({ stream_ops: Record<string, unknown> } | undefined)[];
  open: (path: unknown, ...rest: unknown[]) => unknown;
  unlink: (path: string) => void;
  readFile: (path: string) => Uint8Array;
  createFile: (parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean) => Node;
  ErrnoError: new (code: number) => Error;
}

const NO_SUCH_FILE = 44;
const INVALID = 28;
const READ_ONLY = 69;

const mounted = new Set<string>();
let refusedOpens = 0;
let loading: Promise<SandboxFs> | null = null;

/** How often HDF5 was asked for a file that is not one of the open models. */
export function refusals(): number {
  return refusedOpens;
}

async function load(): Promise<SandboxFs> {
  const module = await h5wasm.ready;
  const fs = module.FS as unknown as SandboxFs;
  // The library reports every failed call on stderr; here a failure becomes one clear line elsewhere.
  const stderr = fs.streams[2];
  if (stderr !== undefined) {
    stderr.stream_ops = {
      ...stderr.stream_ops,
      write: (_s: Stream, _b: unknown, _o: number, length: number) => length
    };
  }
  const original = fs.open.bind(fs);
  fs.open = (path, ...rest) => {
    if (typeof path === 'string' && mounted.has(path)) return original(path, ...rest);
    refusedOpens += 1;
    throw new fs.ErrnoError(NO_SUCH_FILE);
  };
  return fs;
}

export interface Mount {
  readonly path: string;
  unmount(): void;
}

/** Shows a source to HDF5 as a read-only file with a name nobody can guess. */
export async function mount(source: ByteSource): Promise<Mount> {
  loading ??= load();
  const fs = await loading;
  const name = `${randomUUID()}.h5`;
  const path = `/${name}`;
  const node = fs.createFile('/', name, {}, true, false);
  node.stream_ops = {
    ...node.stream_ops,
    llseek(stream: Stream, offset: number, whence: number) {
      const position = offset + (whence === 1 ? stream.position : whence === 2 ? source.size : 0);
      if (position < 0) throw new fs.ErrnoError(INVALID);
      return position;
    },
    read(_stream: Stream, heap: Int8Array, offset: number, length: number, position: number) {
      const view = new Uint8Array(heap.buffer, heap.byteOffset, heap.byteLength);
      return source.readInto(view, offset, length, position);
    },
    write() {
      throw new fs.ErrnoError(READ_ONLY);
    }
  };
  const attributes = node.node_ops.getattr;
  node.node_ops = {
    ...node.node_ops,
    getattr: (inode: unknown) => ({ ...attributes(inode), size: source.size })
  };
  mounted.add(path);
  return {
    path,
    unmount() {
      if (!mounted.delete(path)) return;
      try {
        fs.unlink(path);
      } catch {
        // The node is already gone with its tree.
      }
    }
  };
}

/**
 * Lets `write` fill a file that exists in memory only, and gives its bytes.
 * @param write fills the file that the library has opened; it must not keep it
 */
export async function bytesOfNewFile(write: (file: h5wasm.File) => void): Promise<Uint8Array> {
  loading ??= load();
  const fs = await loading;
  const path = `/${randomUUID()}.h5`;
  mounted.add(path);
  try {
    const file = new h5wasm.File(path, 'w');
    try {
      write(file);
    } finally {
      file.close();
    }
    return fs.readFile(path);
  } finally {
    mounted.delete(path);
    fs.unlink(path);
  }
}
