/** TensorFlow.js for the interpreter: Keras's layers under JavaScript's names, their arguments in one object. */
import type { SourceRange } from '../../core/model';
import { t } from '../../core/texts';
import { TENSORFLOW } from '../javascript/globals';
import { callValue } from '../interpreter/calls';
import type { Machine } from '../interpreter/machine';
import type { LibraryValue } from '../interpreter/values';
import {
  DictValue,
  MethodValue,
  NO_ARGS,
  ObjectValue,
  PathValue,
  Unknown,
  type Args,
  type ClassValue,
  type Value
} from '../interpreter/values';
import { KerasLibrary } from '../keras/library';
import { LayerValue, ModelValue, TensorValue } from '../keras/values';
import type { Located } from '../python/ast';
import { LAYER_CLASSES } from './layers';
import { ScriptNames } from './names';

/** Methods that only have another spelling. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['getLayer', 'get_layer'],
  ['fitDataset', 'fit'],
  ['apply', '()']
]);
const OPERATIONS = /^(relu|relu6|sigmoid|tanh|softmax|elu|selu|softplus|add|mul|sub|concat|maximum|minimum)$/;
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['mul', 'multiply'],
  ['sub', 'subtract']
]);

export class ScriptLibrary extends KerasLibrary {
  constructor(rangeOf: (at: Located) => SourceRange) {
    super(rangeOf, new ScriptNames());
    // Layers stand as in Keras 2, whose defaults TensorFlow.js keeps.
    this.settings.version = 2;
    this.settings.asymmetricResize = true;
  }

  override canonicalPath(path: string): string {
    return path;
  }

  override wildcard(): Value | undefined {
    return undefined;
  }

  override callPath(machine: Machine, path: string, args: Args, at: Located): Value {
    if (!path.startsWith(`${TENSORFLOW}.`)) return new Unknown(t('`{0}()` is not followed', path), at);
    const name = path.slice(TENSORFLOW.length + 1);
    const named = this.named_(args, at);
    switch (name) {
      case 'sequential':
      case 'Sequential':
        return this.models.sequential(machine, named, at);
      case 'model':
      case 'LayersModel':
        return this.models.functional(machine, named, at);
      case 'input':
      case 'layers.input':
        return super.callPath(machine, 'keras.Input', named, at);
      case 'tidy':
        return this.tidied(machine, args, at);
    }
    const className = /^layers\.(\w+)$/.exec(name)?.[1];
    if (className !== undefined) {
      return this.layer(machine, LAYER_CLASSES.get(className) ?? className, named, at);
    }
    if (OPERATIONS.test(name)) {
      return super.callPath(machine, `tensorflow.${SPELLINGS.get(name) ?? name}`, args, at);
    }
    if (/^(initializers|regularizers|train|losses|metrics|constraints)\.\w+$/.test(name)) {
      return new ObjectValue(`keras.${name.replace(/^train/, 'optimizers')}`, named);
    }
    return super.callPath(machine, path, args, at);
  }

  /** The object of arguments as arguments by name, in Keras's spelling. */
  private named_(args: Args, at: Located): Args {
    const [first] = args.positional;
    if (args.rest !== null) return { ...NO_ARGS, rest: args.rest };
    if (first === undefined || first === null) return NO_ARGS;
    if (first instanceof Unknown) return { ...NO_ARGS, rest: first };
    if (!(first instanceof DictValue)) {
      return { ...NO_ARGS, rest: new Unknown(t('the arguments are no object this program can read'), at) };
    }
    const named = new Map<string, Value>();
    for (const [key, value] of first.entries) named.set(snake(String(key)), value);
    return { positional: [], named, rest: first.taint };
  }

  private tidied(machine: Machine, args: Args, at: Located): Value {
    const callee = args.positional.at(-1);
    return callee === undefined ? null : callValue(machine, callee, NO_ARGS, at);
  }

  override callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value {
    if (name === 'apply' && (receiver instanceof LayerValue || receiver instanceof ModelValue)) {
      return this.callValue(machine, receiver, args, at);
    }
    if (name === 'predict' && receiver instanceof ModelValue)
      return new Unknown(t('the numbers a model gives are not known'), at);
    if (receiver instanceof ModelValue && name === 'compile')
      return super.callMethod(machine, receiver, name, this.named_(args, at), at);
    if (receiver instanceof ModelValue && name === 'fit')
      return super.callMethod(machine, receiver, name, this.fitted(args, at), at);
    if (name === '[]') {
      const [index] = args.positional;
      if (receiver instanceof ModelValue && typeof index === 'string')
        return this.attribute(machine, receiver, index, at);
    }
    return super.callMethod(machine, receiver, METHODS.get(name) ?? name, args, at);
  }

  /** `fit(xs, ys, { epochs, batchSize })`. */
  private fitted(args: Args, at: Located): Args {
    const [xs, ys, options] = args.positional;
    const given = this.named_({ ...NO_ARGS, positional: options === undefined ? [] : [options] }, at);
    return { ...given, positional: [xs ?? null, ys ?? null] };
  }

  override attribute(machine: Machine, object: LibraryValue, name: string, at: Located): Value {
    if (object instanceof TensorValue || object instanceof LayerValue || object instanceof ModelValue) {
      if (/^(shape|name|output|input|inputs|outputs|layers)$/.test(name))
        return super.attribute(machine, object, name, at);
      return new MethodValue(object, name);
    }
    return super.attribute(machine, object, name, at);
  }

  override inherits(classValue: ClassValue): string | null {
    const isLayer = classValue.outerBases.some(
      (base) => base instanceof PathValue && base.path === `${TENSORFLOW}.layers.Layer`
    );
    return isLayer ? 'Layer' : null;
  }
}

/** `kernelSize` as `kernel_size`. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
