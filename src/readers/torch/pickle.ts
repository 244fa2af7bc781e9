/**
 * Python pickles of all protocols as PyTorch writes them. The machine builds data and nothing else: names are kept as
 * names, calls go to `made`, which knows an allow-list of what they mean, and no code is ever run.
 * Opcodes: CPython's Lib/pickletools.py.
 */
import { FileProblem } from '../../files/problem';
import { cut, type PickleInput } from './input';
import { called, nameOf } from './calls';
import { PickledName, PickledObject, isList, type PickleValue } from './values';
import { t } from '../../core/texts';

const MOST_INSTRUCTIONS = 10_000_000;
const LONGEST_NUMBER = 256;

const MARK = Symbol('mark');
type Entry = PickleValue | typeof MARK;

/** What a persistent id stands for: PyTorch's storages. @throws {FileProblem} */
export type ReadPersistentId = (id: PickleValue) => PickleValue;

/** One pickle, up to its end; `input` stands behind it then. @throws {FileProblem} */
export function readPickle(input: PickleInput, persistent: ReadPersistentId): PickleValue {
  const machine = new Machine(input, persistent);
  for (let count = 0; ; count++) {
    if (count > MOST_INSTRUCTIONS)
      throw new FileProblem(
        t('its pickle has more than {0} instructions', MOST_INSTRUCTIONS),
        t('Save model.state_dict() alone')
      );
    const code = input.byte();
    if (code === 0x2e) return machine.pop();
    const instruction = INSTRUCTIONS.get(code);
    if (instruction === undefined) throw cut();
    instruction(machine, input);
  }
}

class Machine {
  private readonly stack: Entry[] = [];
  /** Where the marks stand, so that finding the last one costs nothing. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    readonly input: PickleInput,
    readonly persistent: ReadPersistentId
  ) {}

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  mark(): void {
    this.marks.push(this.stack.length);
    this.stack.push(MARK);
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

  /** Everything pushed after the last mark, which goes too. */
  sinceMark(): PickleValue[] {
    const at = this.marks.pop();
    if (at === undefined) throw cut();
    const values: PickleValue[] = [];
    for (const value of this.stack.splice(at).slice(1)) {
      if (value === MARK) throw cut();
      values.push(value);
    }
    return values;
  }

  /** Takes the top away; a mark too, as protocol 1 does. */
  discard(): void {
    if (this.stack.at(-1) === MARK) this.marks.pop();
    if (this.stack.pop() === undefined) throw cut();
  }

  tuple(count: number): void {
    const values = Array.from({ length: count }, () => this.pop());
    this.push(values.reverse());
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    // Objects of classes that extend a list are not read further.
    if (target instanceof PickledObject) return;
    if (!isList(target)) throw cut();
    for (const value of values) (target as PickleValue[]).push(value);
  }

  setItems(values: readonly PickleValue[]): void {
    const target = this.top();
    if (values.length % 2 !== 0) throw cut();
    if (target instanceof PickledObject) return;
    if (!(target instanceof Map)) throw cut();
    for (let i = 0; i < values.length; i += 2) target.set(values[i] ?? null, values[i + 1] ?? null);
  }

  addItems(values: readonly PickleValue[]): void {
    const target = this.top();
    if (target instanceof PickledObject) return;
    if (!(target instanceof Set)) throw cut();
    for (const value of values) target.add(value);
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

  /** `callee(*args)`: what it means where that is known, else an object that stands for it. */
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    this.push(called(callee, args));
  }

  /** `cls.__new__(cls, *args)` */
  construct(): void {
    const args = this.pop();
    const type = this.pop();
    if (!(type instanceof PickledName)) throw cut();
    this.push(called(type, args));
  }

  build(): void {
    const state = this.pop();
    const target = this.top();
    // The state of an ordered dictionary or a tensor is what the person hung on to it; no number depends on it.
    if (target instanceof PickledObject) target.state = state;
  }
}

type Instruction = (machine: Machine, input: PickleInput) => void;

const pushed =
  (read: (input: PickleInput) => PickleValue): Instruction =>
  (machine, input) => {
    machine.push(read(input));
  };

const utf8 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** Two's complement, little-endian; a whole number that float64 holds exactly becomes one. */
function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length > LONGEST_NUMBER) throw cut();
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return exact(BigInt.asIntN(8 * bytes.length, value));
}

const exact = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

/** Protocol 0 writes `01` and `00` for true and false. */
function textNumber(line: string): PickleValue {
  const text = line.replace(/L$/, '').trim();
  if (text === '01') return true;
  if (text === '00') return false;
  if (!/^[-+]?\d{1,600}$/.test(text)) throw cut();
  return exact(BigInt(text));
}

/** Protocol 0's quoted text, without the escapes that names of weights never have. */
function quoted(line: string): string {
  const text = line.trim();
  if (text.length < 2) throw cut();
  return text.slice(1, -1);
}

const INSTRUCTIONS = new Map<number, Instruction>([
  [0x80, (_, input) => void input.byte()],
  [0x95, (_, input) => void input.take(8)],
  [0x28, (machine) => machine.mark()],
  [0x30, (machine) => machine.discard()],
  [0x31, (machine) => void machine.sinceMark()],
  [0x32, (machine) => machine.push(machine.top())],
  // None, True, False, numbers.
  [0x4e, pushed(() => null)],
  [0x88, pushed(() => true)],
  [0x89, pushed(() => false)],
  [0x4b, pushed((input) => input.byte())],
  [0x4d, pushed((input) => input.uint(2))],
  [0x4a, pushed((input) => input.int32())],
  [0x49, pushed((input) => textNumber(input.line()))],
  [0x4c, pushed((input) => textNumber(input.line()))],
  [0x8a, pushed((input) => longOf(input.take(input.byte())))],
  [0x8b, pushed((input) => longOf(input.take(input.int32())))],
  [0x47, pushed((input) => input.float64())],
  [0x46, pushed((input) => Number(input.line()))],
  // Text, bytes; Python 2's text is bytes in latin-1.
  [0x58, pushed((input) => utf8(input.take(input.uint(4))))],
  [0x8c, pushed((input) => utf8(input.take(input.byte())))],
  [0x8d, pushed((input) => utf8(input.take(input.uint(8))))],
  [0x56, pushed((input) => input.line())],
  [0x55, pushed((input) => latin1(input.take(input.byte())))],
  [0x54, pushed((input) => latin1(input.take(input.int32())))],
  [0x53, pushed((input) => quoted(input.line()))],
  [0x42, pushed((input) => input.take(input.uint(4)).slice())],
  [0x43, pushed((input) => input.take(input.byte()).slice())],
  [0x8e, pushed((input) => input.take(input.uint(8)).slice())],
  [0x96, pushed((input) => input.take(input.uint(8)).slice())],
  // Lists, tuples, dictionaries, sets.
  [0x5d, pushed(() => [])],
  [0x29, pushed(() => [])],
  [0x7d, pushed(() => new Map<PickleValue, PickleValue>())],
  [0x8f, pushed(() => new Set<PickleValue>())],
  [0x74, (machine) => machine.push(machine.sinceMark())],
  [0x6c, (machine) => machine.push(machine.sinceMark())],
  [0x85, (machine) => machine.tuple(1)],
  [0x86, (machine) => machine.tuple(2)],
  [0x87, (machine) => machine.tuple(3)],
  [0x61, (machine) => machine.append([machine.pop()])],
  [0x65, (machine) => machine.append(machine.sinceMark())],
  [
    0x64,
    (machine) => {
      const values = machine.sinceMark();
      machine.push(new Map<PickleValue, PickleValue>());
      machine.setItems(values);
    }
  ],
  [
    0x73,
    (machine) => {
      const value = machine.pop();
      const key = machine.pop();
      machine.setItems([key, value]);
    }
  ],
  [0x75, (machine) => machine.setItems(machine.sinceMark())],
  [0x90, (machine) => machine.addItems(machine.sinceMark())],
  [0x91, (machine) => machine.push(new Set(machine.sinceMark()))],
  // The memo.
  [0x71, (machine, input) => machine.remember(input.byte())],
  [0x72, (machine, input) => machine.remember(input.uint(4))],
  [0x70, (machine, input) => machine.remember(Number(input.line()))],
  [0x94, (machine) => machine.rememberNext()],
  [0x68, (machine, input) => machine.recall(input.byte())],
  [0x6a, (machine, input) => machine.recall(input.uint(4))],
  [0x67, (machine, input) => machine.recall(Number(input.line()))],
  // Names, and what would be called with them.
  [0x63, pushed((input) => nameOf(input.line(), input.line()))],
  [
    0x93,
    (machine) => {
      const name = machine.pop();
      const module = machine.pop();
      if (typeof module !== 'string' || typeof name !== 'string') throw cut();
      machine.push(nameOf(module, name));
    }
  ],
  [0x52, (machine) => machine.call()],
  [0x81, (machine) => machine.construct()],
  [
    0x92,
    (machine) => {
      // Keyword arguments name nothing that a weight depends on.
      machine.pop();
      machine.construct();
    }
  ],
  [
    0x69,
    (machine, input) => {
      const type = nameOf(input.line(), input.line());
      machine.push(called(type, machine.sinceMark()));
    }
  ],
  [
    0x6f,
    (machine) => {
      const [type = null, ...args] = machine.sinceMark();
      if (!(type instanceof PickledName)) throw cut();
      machine.push(called(type, args));
    }
  ],
  [0x62, (machine) => machine.build()],
  [0x51, (machine) => machine.push(machine.persistent(machine.pop()))],
  [0x50, (machine, input) => machine.push(machine.persistent(input.line()))]
]);
