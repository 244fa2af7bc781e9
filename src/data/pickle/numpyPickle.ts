/**
 * The names that numpy's arrays bring into a pickle, as facts about data. `_reconstruct(ndarray, (0,), b'b')` makes an
 * empty array, `dtype('u1', …)` a type; a state that follows fills them (numpy/core/src/multiarray/methods.c).
 */
import { elementCount } from '../../core/tensor';
import { t } from '../../core/texts';
import { damaged, FileProblem } from '../../files/problem';
import type { PickleValue } from './pickle';

export type AllowedName = 'reconstruct' | 'ndarray' | 'dtype' | 'encode' | 'frombuffer';

export class PickleGlobal {
  constructor(readonly means: AllowedName) {}
}

/** `u1`, `i8`, `f4`… */
export class PickledType {
  little = true;
  constructor(readonly code: string) {}
}

export class PickledArray {
  shape: readonly number[] = [0];
  type = new PickledType('u1');
  fortran = false;
  /** A view of the file where the bytes stand there. */
  bytes: Uint8Array = new Uint8Array(0);
}

const allowed = new Map<string, AllowedName>([
  ['numpy.core.multiarray _reconstruct', 'reconstruct'],
  ['numpy._core.multiarray _reconstruct', 'reconstruct'],
  ['numpy.core.numeric _frombuffer', 'frombuffer'],
  ['numpy._core.numeric _frombuffer', 'frombuffer'],
  ['numpy ndarray', 'ndarray'],
  ['numpy dtype', 'dtype'],
  ['_codecs encode', 'encode']
]);

const sizes: Readonly<Record<string, number>> = {
  b1: 1,
  u1: 1,
  i1: 1,
  u2: 2,
  i2: 2,
  u4: 4,
  i4: 4,
  u8: 8,
  i8: 8,
  f4: 4,
  f8: 8
};

/** @throws {FileProblem} for every other name */
export function globalOf(module: string, name: string): PickleGlobal {
  const means = allowed.get(`${module} ${name}`);
  if (means === undefined) {
    const said = `${module}.${name}`.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
    throw new FileProblem(
      t('the pickle asks for {0}, which is not plain data: it is not opened', said),
      t('Use the file of the data set’s publisher')
    );
  }
  return new PickleGlobal(means);
}

/** What a call of an allowed name means. */
export function called(callee: PickleValue, args: PickleValue): PickleValue {
  if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) throw broken();
  const list = args as readonly PickleValue[];
  const [first = null, second = null] = list;
  switch (callee.means) {
    case 'reconstruct':
      if (!(first instanceof PickleGlobal && first.means === 'ndarray')) throw broken();
      return new PickledArray();
    case 'dtype':
      return typeOf(first);
    case 'encode':
      // Protocol 2 of Python 3 writes bytes as text in latin-1.
      if (typeof first !== 'string' || second !== 'latin1') throw broken();
      return Uint8Array.from(Buffer.from(first, 'latin1'));
    case 'frombuffer': {
      const [bytes = null, type = null, shape = null, order = null] = list;
      if (!(bytes instanceof Uint8Array) || !(type instanceof PickledType)) throw broken();
      const array = new PickledArray();
      fill(array, shape, type, order === 'F', bytes);
      return array;
    }
    default:
      throw broken();
  }
}

/** Gives an array or a type the state that the pickle carries for it. */
export function build(target: PickleValue, state: PickleValue): void {
  if (!Array.isArray(state)) throw broken();
  const list = state as readonly PickleValue[];
  if (target instanceof PickledType) {
    const order = textOf(list[1] ?? null);
    if (list[2] !== null || list[3] !== null) throw notNumbers();
    target.little = order !== '>';
  } else if (target instanceof PickledArray) {
    const [version, shape = null, type = null, fortran, bytes = null] = list;
    if (version !== 1 || !(type instanceof PickledType)) throw broken();
    if (!(bytes instanceof Uint8Array)) throw notNumbers();
    fill(target, shape, type, fortran === true || fortran === 1, bytes);
  } else throw broken();
}

function fill(array: PickledArray, shape: PickleValue, type: PickledType, fortran: boolean, bytes: Uint8Array): void {
  if (!Array.isArray(shape)) throw broken();
  const sizesOfAxes = (shape as readonly PickleValue[]).map((size) => {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw broken();
    return size;
  });
  const size = sizes[type.code] ?? 0;
  if (elementCount(sizesOfAxes) * size !== bytes.length) throw damaged(t('an array has another size than it claims'));
  array.shape = sizesOfAxes;
  array.type = type;
  array.fortran = fortran;
  array.bytes = bytes;
}

function typeOf(value: PickleValue): PickledType {
  const code = textOf(value);
  if (!Object.hasOwn(sizes, code)) throw notNumbers();
  return new PickledType(code);
}

function textOf(value: PickleValue): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array && value.length < 20 ? String.fromCharCode(...value) : '';
}

function broken(): FileProblem {
  return damaged(t('the pickle is damaged'));
}

function notNumbers(): FileProblem {
  return new FileProblem(
    t('an array of the pickle does not hold plain numbers: it is not opened'),
    t('Save plain arrays')
  );
}
