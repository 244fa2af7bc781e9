/**
 * Python pickles of protocols 2 to 5, as far as plain data goes: numbers, text, bytes, lists, tuples, dictionaries and
 * numpy arrays of numbers. Nothing is ever called: the few names that numpy writes are recognised here, every other name
 * and instruction is refused. Opcodes: CPython's Lib/pickletools.py.
 */
import { damaged, FileProblem } from '../../files/problem';
import { t } from '../../core/texts';
import { build, called, globalOf, type PickleGlobal, type PickledArray, type PickledType } from './numpyPickle';

export type PickleValue =
  | null
  | boolean
  | number
  | string
  /** Bytes, and the text of Python 2: a view of the file where it stands there. */
  | Uint8Array
  | readonly PickleValue[]
  /** Keys as text, whatever type they had. */
  | ReadonlyMap<string, PickleValue>
  | PickledArray
  | PickledType
  | PickleGlobal;

const MARK = Symbol('mark');
type Entry = PickleValue | typeof MARK;

/** Where the parser stands; every read is checked against the end of the file. */
class Cursor {
  at = 0;
  private readonly view: DataView;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  take(length: number): Uint8Array {
    if (!(length >= 0) || this.at + length > this.bytes.length) throw cut();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  /** An unsigned little-endian number of `size` bytes. */
  uint(size: 1 | 2 | 4 | 8): number {
    const start = this.at;
    this.take(size);
    if (size === 1) return this.view.getUint8(start);
    if (size === 2) return this.view.getUint16(start, true);
    return size === 4 ? this.view.getUint32(start, true) : Number(this.view.getBigUint64(start, true));
  }
  int32(): number {
    return this.uint(4) | 0;
  }
  float64(): number {
    this.take(8);
    return this.view.getFloat64(this.at - 8);
  }
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 200) throw cut();
    const text = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}

/** @throws {FileProblem} where the file is damaged or holds anything but plain data */
export function parsePickle(bytes: Uint8Array): PickleValue {
  const machine = new Machine(new Cursor(bytes));
  return machine.run();
}

class Machine {
  private readonly stack: Entry[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(private readonly input: Cursor) {}

  run(): PickleValue {
    const { input } = this;
    if (input.uint(1) !== 0x80)
      throw new FileProblem(t('is no pickle of protocol 2 or later'), t('Save it with protocol=4'));
    input.take(1);
    for (;;) {
      const code = input.uint(1);
      if (code === 0x2e) return this.pop();
      const instruction = instructions.get(code);
      if (instruction === undefined) {
        throw refused(t('instruction 0x{0} of the pickle is not plain data', code.toString(16).padStart(2, '0')));
      }
      instruction(this, input);
    }
  }

  push(value: Entry): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw cut();
    return value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw cut();
    return value;
  }

  /** What was pushed after the last mark. */
  sinceMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw cut();
    const values = this.stack.splice(at);
    return values.slice(1).map((value) => {
      if (value === MARK) throw cut();
      return value;
    });
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw cut();
    for (const value of values) (list as PickleValue[]).push(value);
  }

  setItems(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Map) || values.length % 2 !== 0) throw cut();
    const map = target as Map<string, PickleValue>;
    for (let i = 0; i < values.length; i += 2) map.set(keyText(values[i] ?? null), values[i + 1] ?? null);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  rememberNext(): void {
    this.memo.set(this.memo.size, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw cut();
    this.push(value);
  }
}

type Instruction = (machine: Machine, input: Cursor) => void;

const pushed =
  (read: (input: Cursor) => PickleValue): Instruction =>
  (machine, input) => {
    machine.push(read(input));
  };
const tuple =
  (count: number): Instruction =>
  (machine) => {
    machine.push(machine.popMany(count));
  };

const instructions = new Map<number, Instruction>([
  [0x80, (_, input) => void input.take(1)],
  [0x95, (_, input) => void input.take(8)],
  [0x28, (machine) => machine.push(MARK)],
  [0x30, (machine) => void machine.pop()],
  [0x31, (machine) => void machine.sinceMark()],
  [0x32, (machine) => machine.push(machine.top())],
  // None, True, False, whole numbers, a float.
  [0x4e, pushed(() => null)],
  [0x88, pushed(() => true)],
  [0x89, pushed(() => false)],
  [0x4b, pushed((input) => input.uint(1))],
  [0x4d, pushed((input) => input.uint(2))],
  [0x4a, pushed((input) => input.int32())],
  [0x8a, pushed((input) => longOf(input.take(input.uint(1))))],
  [0x47, pushed((input) => input.float64())],
  // Bytes and Python 2's text; text.
  [0x55, pushed((input) => input.take(input.uint(1)))],
  [0x54, pushed((input) => input.take(input.int32()))],
  [0x43, pushed((input) => input.take(input.uint(1)))],
  [0x42, pushed((input) => input.take(input.uint(4)))],
  [0x8e, pushed((input) => input.take(input.uint(8)))],
  [0x96, pushed((input) => input.take(input.uint(8)))],
  [0x58, pushed((input) => utf8(input.take(input.uint(4))))],
  [0x8c, pushed((input) => utf8(input.take(input.uint(1))))],
  [0x8d, pushed((input) => utf8(input.take(input.uint(8))))],
  // Lists, tuples, dictionaries.
  [0x5d, pushed(() => [])],
  [0x6c, (machine) => machine.push(machine.sinceMark())],
  [0x61, (machine) => machine.append([machine.pop()])],
  [0x65, (machine) => machine.append(machine.sinceMark())],
  [0x29, pushed(() => [])],
  [0x74, (machine) => machine.push(machine.sinceMark())],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [0x7d, pushed(() => new Map<string, PickleValue>())],
  [0x73, (machine) => machine.setItems(machine.popMany(2))],
  [0x75, (machine) => machine.setItems(machine.sinceMark())],
  // The memo.
  [0x71, (machine, input) => machine.remember(input.uint(1))],
  [0x72, (machine, input) => machine.remember(input.uint(4))],
  [0x94, (machine) => machine.rememberNext()],
  [0x68, (machine, input) => machine.recall(input.uint(1))],
  [0x6a, (machine, input) => machine.recall(input.uint(4))],
  // Names, and what numpy does with them: nothing is looked up or called.
  [0x63, pushed((input) => globalOf(input.line(), input.line()))],
  [
    0x93,
    (machine) => {
      const [module, name] = machine.popMany(2);
      if (typeof module !== 'string' || typeof name !== 'string') throw cut();
      machine.push(globalOf(module, name));
    }
  ],
  [
    0x52,
    (machine) => {
      const [callee, args] = machine.popMany(2);
      machine.push(called(callee ?? null, args ?? null));
    }
  ],
  [
    0x62,
    (machine) => {
      const state = machine.pop();
      build(machine.top(), state);
    }
  ]
]);

function keyText(key: PickleValue): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return String(key);
  if (key instanceof Uint8Array && key.length <= 1000) return latin1(key);
  throw refused(t('a key of a dictionary is neither text nor a number'));
}

/** Two's complement, little-endian. */
function longOf(bytes: Uint8Array): number {
  if (bytes.length > 8) throw refused(t('a number has more than 64 bits'));
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte) << BigInt(8 * i);
  });
  return Number(BigInt.asIntN(8 * bytes.length, value));
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function cut(): FileProblem {
  return damaged(t('the pickle is damaged or cut off'));
}

function refused(what: string): FileProblem {
  return new FileProblem(t('{0}: it is not opened', what), t('Use the file of the data set’s publisher'));
}
