/**
 * What the names in a pickle of PyTorch mean. Nothing is called: the few functions that rebuild tensors are understood as
 * facts about data, every other call becomes an object that only says what it would have been, and names by which a
 * pickle could reach the machine are refused at sight.
 * After torch/_utils.py, torch/_tensor.py and torch/nn/parameter.py of PyTorch 0.4 to 2.7.
 */
import type { DType } from '../../core/tensor';
import { FileProblem } from '../../files/problem';
import { cut } from './input';
import {
  isList,
  isMap,
  PickledName,
  PickledObject,
  PickledStorage,
  PickledTensor,
  type PickleValue,
  type StorageRef
} from './values';
import { t } from '../../core/texts';

/** Modules of Python by which files, processes, the network or the interpreter itself are reached. */
const REACHING =
  /^(os|posix|nt|posixpath|ntpath|subprocess|sys|runpy|importlib|socket|shutil|pty|ctypes|_ctypes|webbrowser|marshal|codeop|pdb|bdb|timeit|cProfile|asyncio|multiprocessing|threading|_thread|pip|urllib|urllib2|ftplib|smtplib|telnetlib|tempfile|_io|pickle|_pickle|dill|cloudpickle|shelve|atexit|venv|ensurepip|zipimport|pkgutil|distutils|setuptools)(\.|$)/;
const REACHING_BUILTINS =
  /^(eval|exec|execfile|compile|open|file|__import__|input|raw_input|globals|locals|vars|breakpoint|setattr|delattr|apply|memoryview)$/;
/** Of modules that are otherwise harmless. */
const REACHING_NAMES = new Set([
  'types.CodeType',
  'types.FunctionType',
  'torch.load',
  'torch.serialization.load',
  'torch.hub.load',
  'torch.jit.load',
  'numpy.load',
  'numpy.lib.npyio.load',
  'numpy.testing._private.utils.runstring'
]);

const shown = (path: string): string => path.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');

/** @throws {FileProblem} for a name that no weights need and by which a pickle runs code */
export function nameOf(module: string, name: string): PickledName {
  const path = `${module}.${name}`;
  const builtin = /^(builtins|__builtin__)$/.test(module) && REACHING_BUILTINS.test(name);
  if (builtin || REACHING.test(module) || REACHING_NAMES.has(path)) {
    throw new FileProblem(
      t('loading it with PyTorch would run {0}: it is not opened', shown(path)),
      t('Do not load it anywhere; get the weights from a source you trust, best as .safetensors')
    );
  }
  return new PickledName(module, name);
}

type ElementType = Exclude<DType, 'string'>;

const STORAGES: ReadonlyMap<string, readonly [ElementType | null, number]> = new Map([
  ['FloatStorage', ['float32', 4]],
  ['DoubleStorage', ['float64', 8]],
  ['HalfStorage', ['float16', 2]],
  ['BFloat16Storage', ['bfloat16', 2]],
  ['LongStorage', ['int64', 8]],
  ['IntStorage', ['int32', 4]],
  ['ShortStorage', ['int16', 2]],
  ['CharStorage', ['int8', 1]],
  ['ByteStorage', ['uint8', 1]],
  ['BoolStorage', ['bool', 1]],
  ['UntypedStorage', ['uint8', 1]],
  ['_UntypedStorage', ['uint8', 1]],
  ['ComplexFloatStorage', [null, 8]],
  ['ComplexDoubleStorage', [null, 16]],
  ['QInt8Storage', [null, 1]],
  ['QUInt8Storage', [null, 1]],
  ['QUInt4x2Storage', [null, 1]],
  ['QUInt2x4Storage', [null, 1]],
  ['QInt32Storage', [null, 4]]
] as const);

const DTYPES: ReadonlyMap<string, ElementType> = new Map([
  ['float32', 'float32'],
  ['float', 'float32'],
  ['float64', 'float64'],
  ['double', 'float64'],
  ['float16', 'float16'],
  ['half', 'float16'],
  ['bfloat16', 'bfloat16'],
  ['int64', 'int64'],
  ['int32', 'int32'],
  ['int16', 'int16'],
  ['int8', 'int8'],
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['uint32', 'uint32'],
  ['uint64', 'uint64'],
  ['bool', 'bool']
] as const);

const isSize = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;

function sizesOf(value: PickleValue | undefined): number[] {
  const list = value === undefined || !isList(value) ? null : value;
  if (list === null || list.length > 32) throw cut();
  return list.map((size) => {
    if (!isSize(size)) throw cut();
    return size;
  });
}

/**
 * `('storage', type, key, location, elements[, view])`, as `torch.save` writes for each storage; also what PyTorch before
 * 1.6 wrote for a class and its source text: the class.
 */
export function storageOf(id: PickleValue): PickleValue {
  if (!isList(id)) throw cut();
  const [what, type = null, key = null, , length, view] = id;
  if (what === 'module') return type;
  if (what !== 'storage' || !(type instanceof PickledName) || !isSize(length)) throw cut();
  if (typeof key !== 'string' && typeof key !== 'number') throw cut();
  const [dtype, itemBytes] = STORAGES.get(type.name) ?? [];
  if (dtype === undefined || itemBytes === undefined) {
    throw new FileProblem(
      t('it holds numbers of a type that is not supported: {0}', shown(type.path)),
      t('Convert the weights to float32 and save them again')
    );
  }
  const start = view !== undefined && view !== null && isList(view) ? view[1] : 0;
  if (!isSize(start)) throw cut();
  return new PickledStorage({ key: String(key), dtype, typeName: type.name, itemBytes, length, start });
}

const NO_STORAGE: StorageRef = { key: '', dtype: null, typeName: '', itemBytes: 1, length: 0, start: 0 };

/** `(storage, offset, size, stride, …)`, the arguments of every `_rebuild_tensor…`. */
function tensorOf(args: readonly PickleValue[], dtype: ElementType | null = null): PickledTensor {
  const [storage, offset, size, stride] = args;
  if (!(storage instanceof PickledStorage) || !isSize(offset)) throw cut();
  const shape = sizesOf(size);
  const strides = sizesOf(stride);
  if (strides.length !== shape.length) throw cut();
  const { ref } = storage;
  const refusal =
    (dtype ?? ref.dtype) !== null
      ? null
      : /^Complex/.test(ref.typeName)
        ? t('its numbers are complex')
        : t('its numbers are quantised');
  return new PickledTensor(ref, dtype, offset, shape, strides, refusal);
}

/** A tensor that is there but whose values are kept in a way that is not read. */
function refusedTensor(shape: PickleValue | undefined, refusal: string): PickledTensor {
  const known = shape !== undefined && isList(shape) && shape.every(isSize) ? (shape as readonly number[]) : [];
  return new PickledTensor(
    NO_STORAGE,
    null,
    0,
    known,
    known.map(() => 0),
    refusal
  );
}

function pairsAsMap(pairs: PickleValue | undefined): Map<PickleValue, PickleValue> {
  const map = new Map<PickleValue, PickleValue>();
  if (pairs === undefined || pairs === null) return map;
  if (isMap(pairs)) return new Map(pairs);
  if (!isList(pairs)) throw cut();
  for (const pair of pairs) {
    if (!isList(pair) || pair.length !== 2) throw cut();
    map.set(pair[0] ?? null, pair[1] ?? null);
  }
  return map;
}

type Meaning = (args: readonly PickleValue[], depth: number) => PickleValue;

const tensor: Meaning = (args) => tensorOf(args);
const first: Meaning = ([value = null]) => value;

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['collections.OrderedDict', ([pairs]) => pairsAsMap(pairs)],
  ['collections.defaultdict', ([, pairs]) => pairsAsMap(pairs)],
  ['collections.Counter', ([pairs]) => pairsAsMap(pairs)],
  ['builtins.dict', ([pairs]) => pairsAsMap(pairs)],
  ['__builtin__.dict', ([pairs]) => pairsAsMap(pairs)],
  ['builtins.set', ([items = null]) => new Set(isList(items) ? items : [])],
  ['__builtin__.set', ([items = null]) => new Set(isList(items) ? items : [])],
  ['torch.Size', first],
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensor],
  [
    'torch._utils._rebuild_tensor_v3',
    (args) => {
      const type = args[6];
      const dtype = type instanceof PickledName && type.module === 'torch' ? DTYPES.get(type.name) : undefined;
      const [storage, offset = null, size] = args;
      if (dtype !== undefined) return tensorOf(args, dtype);
      if (!(storage instanceof PickledStorage) || !isSize(offset)) throw cut();
      const name = type instanceof PickledName ? shown(type.name) : '?';
      return refusedTensor(size, t('its numbers are of type {0}', name));
    }
  ],
  ['torch._utils._rebuild_parameter', first],
  ['torch._utils._rebuild_parameter_with_state', first],
  ['torch.nn.parameter.Parameter', first],
  ['torch.nn.parameter.Buffer', first],
  ['torch._tensor._rebuild_from_type_v2', ([callee = null, , args = null], depth) => called(callee, args, depth + 1)],
  ['torch.tensor._rebuild_from_type', ([callee = null, , args = null], depth) => called(callee, args, depth + 1)],
  ['torch._tensor._rebuild_from_type', ([callee = null, , args = null], depth) => called(callee, args, depth + 1)],
  ['torch._utils._rebuild_qtensor', ([, , size]) => refusedTensor(size, t('its numbers are quantised'))],
  ['torch._utils._rebuild_sparse_tensor', () => refusedTensor(undefined, t('it is stored sparsely'))],
  ['torch._utils._rebuild_sparse_csr_tensor', () => refusedTensor(undefined, t('it is stored sparsely'))],
  ['torch._utils._rebuild_nested_tensor', () => refusedTensor(undefined, t('it is a nested tensor'))],
  [
    'torch._utils._rebuild_meta_tensor_no_storage',
    ([, size]) => refusedTensor(size, t('it was saved without its values'))
  ],
  [
    'torch._utils._rebuild_device_tensor_from_numpy',
    () => refusedTensor(undefined, t('it was saved from a device whose format is not read'))
  ]
]);

/** A tensor subclass inside a tensor subclass…: deeper is no file of PyTorch's. */
const DEEPEST = 8;

/** What calling a name of the pickle means. Unknown ones become objects; nothing runs. */
export function called(callee: PickleValue, args: PickleValue, depth = 0): PickleValue {
  if (!(callee instanceof PickledName)) {
    // `partial(...)()` and the like: nothing a weight depends on.
    return new PickledObject(new PickledName('', 'call'), args);
  }
  const meaning = MEANINGS.get(callee.path);
  if (meaning === undefined) {
    // copyreg._reconstructor(class, base, state): how protocols 0 and 1 make an object.
    const [type] = isList(args) ? args : [];
    const reconstructs = /^(copyreg|copy_reg)$/.test(callee.module) && type instanceof PickledName;
    return new PickledObject(reconstructs ? type : callee, args);
  }
  if (!isList(args) || depth > DEEPEST) throw cut();
  return meaning(args, depth);
}
