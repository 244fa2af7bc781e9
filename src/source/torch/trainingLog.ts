/**
 * What the program does to train, in the order in which it is followed: optimizers, schedules and loaders that are made,
 * losses that are sent backward, steps that are taken, each with the loops around it. `recipe.ts` makes sense of it.
 */
import { t } from '../../core/texts';
import type { Loop, Machine } from '../interpreter/machine';
import { argument, ObjectValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { AnyModule } from './modules';
import { argumentOrder, lossClassOf } from './trainingSignatures';
import { AnswerUnknown, DataPart, LoaderUnknown, LossUnknown, type LossUse } from './trainingValues';

/** An object with the place in the document where it is made. */
export interface Made {
  readonly object: ObjectValue;
  /** The call that makes it; for code of another file the innermost call in the document. */
  readonly node: Located;
  /** The innermost condition around its making that is not known. */
  readonly condition: Unknown | null;
}

/** `loss.backward()`; of a loss that is not known the reason is. */
export interface Backward {
  readonly loss: Unknown;
  readonly node: Located;
  readonly loops: readonly Loop[];
}

/** `optimizer.step()` and `scheduler.step()`. */
export interface Step {
  readonly object: ObjectValue;
  readonly node: Located;
  readonly loops: readonly Loop[];
}

/** `clip_grad_norm_(…)` or `clip_grad_value_(…)`. */
export interface Clip {
  readonly parameter: 'max_norm' | 'clip_value';
  readonly limit: number;
  readonly weights: Value;
  readonly node: Located;
}

/** Events of each kind that are kept; loops repeat them. */
const MOST_EVENTS = 64;

/** Methods of a loss that give the same number on another device, or of one number that number. */
const SAME_LOSS = new Set(['to', 'cuda', 'cpu', 'float', 'mean', 'sum', 'squeeze']);

export class TrainingLog {
  readonly optimizers: Made[] = [];
  readonly schedules: Made[] = [];
  readonly losses: Made[] = [];
  readonly dataSets: Made[] = [];
  readonly loaders: LoaderUnknown[] = [];
  readonly backwards: Backward[] = [];
  readonly steps: Step[] = [];
  readonly clips: Clip[] = [];

  /** A call of `torch.optim`, a loss of `torch.nn` or a data set of torchvision. */
  made(machine: Machine, path: string, args: Args, at: Located): ObjectValue {
    const object = new ObjectValue(path, args);
    const list = this.listOf(path);
    if (list === null || machine.importing || list.length >= MOST_EVENTS) return object;
    list.push({ object, node: machine.place(at), condition: machine.condition });
    return object;
  }

  private listOf(path: string): Made[] | null {
    if (/^torch\.optim\.lr_scheduler\.[A-Z]\w*$/.test(path)) return this.schedules;
    if (/^torch\.optim\.(\w+\.)?[A-Z]\w*$/.test(path)) return this.optimizers;
    if (/^torch\.nn\.\w+Loss$/.test(path)) return this.losses;
    return /^torchvision\.datasets\.(\w+\.)*[A-Z]\w*$/.test(path) ? this.dataSets : null;
  }

  /** A call of `torch.nn.utils`: limits on gradients. */
  limited(machine: Machine, path: string, args: Args, at: Located): void {
    const parameter = { clip_grad_norm_: 'max_norm', clip_grad_value_: 'clip_value' } as const;
    const name = path.split('.').at(-1);
    if (name !== 'clip_grad_norm_' && name !== 'clip_grad_value_') return;
    const limit = argument(args, 1, parameter[name]);
    const order = argument(args, 2, 'norm_type') ?? 2;
    const node = machine.place(at);
    if (typeof limit !== 'number' || order !== 2 || this.clips.some((one) => one.node === node)) return;
    const weights = argument(args, 0, 'parameters') ?? null;
    if (this.clips.length < MOST_EVENTS) this.clips.push({ parameter: parameter[name], limit, weights, node });
  }

  /** A call of `torch.utils.data`. */
  data(machine: Machine, path: string, args: Args, at: Located): Unknown {
    const reason = t('the result of `{0}()` is not known', path);
    if (/\.DataLoader$/.test(path)) {
      const loader = new LoaderUnknown(reason, machine.place(at), args);
      if (!machine.importing && this.loaders.length < MOST_EVENTS) this.loaders.push(loader);
      return loader;
    }
    const inner = argument(args, 0, 'dataset');
    return inner !== undefined && /\.(Subset|random_split)$/.test(path)
      ? new DataPart(reason, at, inner)
      : new Unknown(reason, at);
  }

  /** What a network answers on data. */
  answer(module: AnyModule, at: Located): Unknown {
    return new AnswerUnknown(t('the numbers a model gives are not known'), at, module);
  }

  /** A function that is a loss, called on answers and targets; `null` for any other. */
  lossFunction(machine: Machine, name: string, args: Args, at: Located): Unknown | null {
    const className = lossClassOf(name);
    if (className === null) return null;
    const [first, ...rest] = args.positional;
    const answers = first ?? args.named.get('input');
    const given = args.named.has('target') ? args.positional.slice(first === undefined ? 0 : 1) : rest.slice(1);
    const named = new Map([...args.named].filter(([key]) => key !== 'input' && key !== 'target'));
    const settings = { positional: given, named, rest: args.rest };
    const node = machine.place(at);
    return lossOf({ className, args: settings, order: argumentOrder(className), node }, answers, at);
  }

  /** Something that is no module is called or has a method called; `undefined` where that means nothing here. */
  used(machine: Machine, receiver: Value, name: string | null, args: Args, at: Located): Value | undefined {
    const [first] = args.positional;
    if (receiver instanceof ObjectValue) {
      if (name === 'step') this.step(machine, receiver, at);
      // A loss on another device is the same loss.
      if (/^(to|cuda|cpu|train|eval)$/.test(name ?? '') && this.losses.some((one) => one.object === receiver))
        return receiver;
      const isCall = name === null || name === 'forward';
      return isCall ? this.judged(receiver, argument(args, 0, 'input'), at) : undefined;
    }
    if (!(receiver instanceof Unknown)) return undefined;
    // `scaler.step(optimizer)`, `scaler.scale(loss)`, `accelerator.backward(loss)`.
    if (name === 'step' && first instanceof ObjectValue) this.step(machine, first, at);
    else if (name === 'scale' && first instanceof LossUnknown) return first;
    else if (name === 'backward') this.backward(machine, first instanceof LossUnknown ? first : receiver, at);
    else if (receiver instanceof LossUnknown && name !== null && !SAME_LOSS.has(name)) {
      return new Unknown(receiver.reason, at);
    }
    return undefined;
  }

  /** What arithmetic makes of a loss; `null` where there is none. */
  arithmetic(operator: string, left: Value, right: Value, at: Located): Unknown | null {
    if (!(left instanceof LossUnknown || right instanceof LossUnknown)) return null;
    if (left instanceof LossUnknown && operator === '/') {
      return new LossUnknown(left.reason, at, left.use, left.answerOf, true);
    }
    return new Unknown(t('the loss is put together from several terms'), at);
  }

  /** `criterion(outputs, labels)`. */
  private judged(object: ObjectValue, answers: Value | undefined, at: Located): Unknown | undefined {
    const made = this.losses.find((one) => one.object === object);
    if (made === undefined) return undefined;
    const className = object.path.slice('torch.nn.'.length);
    return lossOf({ className, args: object.args, order: argumentOrder(className), node: made.node }, answers, at);
  }

  private backward(machine: Machine, loss: Unknown, at: Located): void {
    add(this.backwards, { loss, node: machine.place(at), loops: [...machine.loops] }, (a, b) =>
      a.loss instanceof LossUnknown && b.loss instanceof LossUnknown
        ? a.loss.use.node === b.loss.use.node
        : a.loss.constructor === b.loss.constructor
    );
  }

  private step(machine: Machine, object: ObjectValue, at: Located): void {
    const step = { object, node: machine.place(at), loops: [...machine.loops] };
    add(this.steps, step, (a, b) => a.object === b.object);
  }
}

function lossOf(use: LossUse, answers: Value | undefined, at: Located): LossUnknown {
  const module = answers instanceof AnswerUnknown ? answers.module : null;
  return new LossUnknown(t('the number of a loss is not known'), at, use, module);
}

/** Adds an event that differs from those before it. */
function add<T extends Backward | Step>(events: T[], event: T, same: (a: T, b: T) => boolean): void {
  const known = (other: T): boolean =>
    other.node === event.node && same(other, event) && sameLoops(other.loops, event.loops);
  if (events.length < MOST_EVENTS && !events.some(known)) events.push(event);
}

function sameLoops(some: readonly Loop[], others: readonly Loop[]): boolean {
  const overOf = ({ over }: Loop): Value => (over instanceof LoaderUnknown ? over : null);
  return (
    some.length === others.length &&
    some.every((loop, i) => {
      const other = others[i];
      return other?.statement === loop.statement && overOf(other) === overOf(loop) && other.rounds === loop.rounds;
    })
  );
}
