/** How a program trains a network of PyTorch, as a recipe: what `trainingLog.ts` saw, put together for one network. */
import type { SourceRange } from '../../core/model';
import { t } from '../../core/texts';
import type { NamedChoice, Stated, TrainingRecipe } from '../../core/trainingRecipe';
import type { Loop } from '../interpreter/machine';
import { ObjectValue, type InstanceValue, type Unknown, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import { leavesOf, modulesIn } from './modules';
import { mergedChoices, optimizerChoice, ownersIn, ownersOf, readChoice, weightsOf, type Read } from './recipeChoices';
import { fedFrom } from './recipeData';
import { placesOf, type Places } from './recipeLoops';
import { argumentOrder } from './trainingSignatures';
import type { Made, Step, TrainingLog } from './trainingLog';
import { LossUnknown } from './trainingValues';
import { ModuleValue, type ContainerValue } from './values';

type Root = InstanceValue | ContainerValue;
type LineOf = (at: Located) => number;

/**
 * @param roots the network, and others of the same layers that stand for it
 * @param isOnly whether the program defines no other network: then what is trained without a name is this one
 * @returns `undefined` where the code says nothing about training
 */
export function torchRecipe(
  log: TrainingLog,
  roots: readonly Root[],
  isOnly: boolean,
  rangeOf: (at: Located) => SourceRange
): TrainingRecipe | undefined {
  const lineOf: LineOf = (at) => rangeOf(at).startLine;
  const all = roots.map((root) => new Trained(log, root, isOnly));
  const one = all.find(({ isOptimized }) => isOptimized) ?? all.find(({ isJudged }) => isJudged) ?? all[0];
  if (one === undefined) return undefined;
  const places = one.places();
  const { data, ...feed } = fedFrom(log, places, one.isTrained, one.isDivided, lineOf);
  if (!one.isTrained && data === null && !(isOnly && log.loaders.length > 0)) return undefined;
  return {
    optimizer: one.optimizer(lineOf),
    ...one.loss(lineOf),
    metrics: null,
    epochs: places === null ? null : epochsOf(places, lineOf),
    ...feed,
    validationSplit: null,
    earlyStopping: null,
    ...one.schedules(places, lineOf),
    data
  };
}

/** What of the log is about one network. */
class Trained {
  /** Everything the network is made of, itself included. */
  private readonly own: ReadonlySet<Value>;
  private readonly optimizers: readonly Made[];
  private readonly steps: readonly Step[];
  private readonly losses: readonly {
    readonly loss: Unknown;
    readonly node: Located;
    readonly loops: readonly Loop[];
  }[];

  constructor(
    private readonly log: TrainingLog,
    private readonly root: Root,
    private readonly isOnly: boolean
  ) {
    const own = new Set<Value>([...modulesIn(root), ...leavesOf(root).map(({ value }) => value)]);
    this.own = own;
    const mine = log.optimizers.filter(({ object }) => {
      const owners = ownersOf(object);
      return owners === null ? isOnly : owners.some((owner) => own.has(owner));
    });
    const stepped = mine.filter(({ object }) => log.steps.some((step) => step.object === object));
    this.optimizers = stepped.length > 0 ? stepped : mine;
    this.steps = log.steps.filter(({ object }) => this.optimizers.some((one) => one.object === object));
    const inner = new Set(this.steps.map(({ loops }) => loops.at(-1)?.statement));
    this.losses = log.backwards.filter(({ loss, loops }) => {
      if (loss instanceof LossUnknown && loss.answerOf !== null) return own.has(loss.answerOf);
      return isOnly || (loops.length > 0 && inner.has(loops.at(-1)?.statement));
    });
  }

  get isTrained(): boolean {
    return this.isOptimized || this.isJudged || (this.isOnly && this.log.losses.length > 0);
  }

  get isOptimized(): boolean {
    return this.optimizers.length > 0;
  }

  get isJudged(): boolean {
    return this.losses.length > 0;
  }

  /** Whether gradients of several batches are added up before a step. */
  get isDivided(): boolean {
    return this.losses.some(({ loss }) => loss instanceof LossUnknown && loss.isDivided);
  }

  /** The loops around the steps; `null` where none was followed. */
  places(): Places | null {
    const events = this.steps.length > 0 ? this.steps : this.losses;
    return events.length === 0 ? null : placesOf(events.map(({ loops }) => loops));
  }

  optimizer(lineOf: LineOf): Stated<NamedChoice> | null {
    const [first] = this.optimizers;
    if (first === undefined) return null;
    const line = lineOf(first.node);
    if (new Set(this.optimizers.map(({ node }) => node)).size > 1) {
      const undecided = this.optimizers.find(({ condition }) => condition !== null)?.condition?.reason;
      const isStepped = this.steps.length > 0;
      const reason = isStepped ? undefined : undecided;
      return { value: null, line, reason: reason ?? t('the code trains with several optimizers') };
    }
    const read = mergedChoices(this.optimizers.map(({ object }) => optimizerChoice(object)));
    const chosen = read.value === null ? read : { ...read, value: this.limited(read.value, lineOf) };
    if (!this.isPartial()) return { ...chosen, line };
    const reason = t('only a part of the network’s weights is given to the optimizer');
    const value = chosen.value === null ? null : { ...chosen.value, unread: [...chosen.value.unread, 'params'] };
    return { value, line, reason: chosen.reason ?? reason };
  }

  /** With the limit on gradients, where the code sets a single one. */
  private limited(value: NamedChoice, lineOf: LineOf): NamedChoice {
    const [clip, ...others] = this.log.clips.filter(({ weights }) => {
      const owners = ownersIn(weights);
      return owners === null ? this.isOnly : owners.some((owner) => this.own.has(owner));
    });
    if (
      clip === undefined ||
      others.some(({ parameter, limit }) => parameter !== clip.parameter || limit !== clip.limit)
    )
      return value;
    return {
      ...value,
      parameters: { ...value.parameters, [clip.parameter]: clip.limit },
      lines: { [clip.parameter]: lineOf(clip.node) }
    };
  }

  /** Whether the optimizer leaves weights out that could learn. */
  private isPartial(): boolean {
    const { root } = this;
    const given = this.optimizers.flatMap(({ object }) => ownersOf(object) ?? [root]);
    if (given.includes(root)) return false;
    const covered = new Set<Value>(given);
    for (const part of modulesIn(root)) {
      if (given.includes(part)) for (const { value } of leavesOf(part)) covered.add(value);
    }
    return leavesOf(root).some(
      ({ value }) =>
        !covered.has(value) &&
        value.trainable &&
        (!(value instanceof ModuleValue) ||
          /^(Lazy)?(Conv|Linear|Bilinear|.*Norm|Embedding|LSTM|GRU|RNN)/.test(value.className))
    );
  }

  /** The loss that is sent backward, and the weights of classes in it. */
  loss(lineOf: LineOf): Pick<TrainingRecipe, 'loss' | 'classWeights'> {
    const known = this.losses.filter(({ loss }) => loss instanceof LossUnknown);
    const open = this.losses.find(({ loss }) => !(loss instanceof LossUnknown));
    if (open !== undefined) {
      return { loss: { value: null, line: lineOf(open.node), reason: open.loss.reason }, classWeights: null };
    }
    const uses = known.flatMap(({ loss }) => (loss instanceof LossUnknown ? [loss.use] : []));
    const made = this.isOnly && uses.length === 0 ? this.log.losses : [];
    const found = [
      ...uses,
      ...made.map(({ object, node }) => {
        const className = object.path.split('.').at(-1) ?? object.path;
        return { className, args: object.args, order: argumentOrder(className), node };
      })
    ];
    const [first] = found;
    if (first === undefined) return { loss: null, classWeights: null };
    const line = lineOf(first.node);
    const chosen = mergedChoices(found.map((use) => readChoice(use.className, use.args, use.order, ['weight'])));
    if (chosen.value === null) return { loss: { ...chosen, line }, classWeights: null };
    const weights = weightsOf(first.args, first.order);
    return { loss: { ...chosen, line }, classWeights: weights === null ? null : { ...weights, line } };
  }

  schedules(places: Places | null, lineOf: LineOf): Pick<TrainingRecipe, 'schedule' | 'reduceOnPlateau'> {
    const mine = this.log.schedules.filter(({ object }) => {
      const of = object.args.named.get('optimizer') ?? object.args.positional[0];
      return of instanceof ObjectValue ? this.optimizers.some((one) => one.object === of) : this.isOnly;
    });
    const isPlateau = ({ object }: Made): boolean => object.path.endsWith('.ReduceLROnPlateau');
    const plateau = mine.filter(isPlateau);
    const others = mine.filter((one) => !isPlateau(one));
    return {
      schedule: this.schedule(others, places, lineOf),
      reduceOnPlateau: this.schedule(plateau, null, lineOf)
    };
  }

  private schedule(made: readonly Made[], places: Places | null, lineOf: LineOf): Stated<NamedChoice> | null {
    const [first] = made;
    if (first === undefined) return null;
    const line = lineOf(first.node);
    if (new Set(made.map(({ node }) => node)).size > 1) {
      return { value: null, line, reason: t('the code changes the rate in several ways') };
    }
    const name = (path: string): string => path.split('.').at(-1) ?? path;
    const chosen = mergedChoices(
      made.map(({ object }) =>
        readChoice(name(object.path), object.args, argumentOrder(name(object.path)), ['optimizer'])
      )
    );
    if (chosen.value === null) return { ...chosen, line };
    if (name(first.object.path) === 'ReduceLROnPlateau') return { ...watching(chosen.value, chosen.reason), line };
    const perStep = this.isPerStep(made, places);
    if (perStep !== null) {
      return {
        ...chosen,
        value: { ...chosen.value, parameters: { ...chosen.value.parameters, per_step: perStep } },
        line
      };
    }
    const value = { ...chosen.value, unread: [...chosen.value.unread, 'per_step'] };
    return { value, line, reason: chosen.reason ?? t('it is not known after what `scheduler.step()` is called') };
  }

  /** Whether `scheduler.step()` stands in the loop over batches; `null` where that cannot be read. */
  private isPerStep(made: readonly Made[], places: Places | null): boolean | null {
    const steps = this.log.steps.filter(({ object }) => made.some((one) => one.object === object));
    if (places === null || steps.length === 0) return null;
    const { batch, epoch } = places;
    const answers = new Set(
      steps.map(({ loops }) => {
        if (batch !== null && loops.some(({ statement }) => statement === batch.statement)) return true;
        return epoch !== null && loops.some(({ statement }) => statement === epoch.statement) ? false : null;
      })
    );
    const [only = null] = answers;
    return answers.size === 1 ? only : null;
  }
}

/** What a plateau watches is a number of the loop: the validation loss, unless it is to grow. */
function watching(value: NamedChoice, reason: string | undefined): Read {
  if (value.parameters['mode'] !== 'max') return { value, reason };
  return {
    value: { ...value, unread: [...value.unread, 'monitor'] },
    reason: reason ?? t('it is not known which number `scheduler.step()` is given')
  };
}

function epochsOf({ epoch, differ }: Places, lineOf: LineOf): Stated<number> | null {
  if (epoch === null) return null;
  const line = lineOf(epoch.at);
  if (differ) return { value: null, line, reason: t('the loops in which the code trains differ') };
  if (epoch.rounds !== null) return { value: epoch.rounds, line };
  return { value: null, line, reason: epoch.unknown?.reason ?? t('what the loop runs over is not known') };
}
