/**
 * The convolutional classifiers of torchvision.models. Each is kept as plain PyTorch code that a script generates from the
 * library's own modules (`scripts/backbones/torch_networks.py`), and is followed like a file of the project: heads can be
 * replaced, parts taken out and children listed as in any class of the document.
 */
import { t } from '../../core/texts';
import { callValue } from '../interpreter/calls';
import { runModule } from '../interpreter/imports';
import type { Machine } from '../interpreter/machine';
import { NO_ARGS, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located, Statement } from '../python/ast';
import { BackboneStore } from './store';

interface Head {
  readonly torchvision: string;
  readonly networks: Readonly<Record<string, { readonly line: number; readonly aux: boolean }>>;
}

const store = new BackboneStore<Head>('torchvision.txt.br');

/** Arguments without influence on shapes and counts. */
const HARMLESS = new Set(['progress', 'zero_init_residual', 'init_weights', 'transform_input']);

/** The names of the networks that are recorded. */
export function torchvisionNames(): readonly string[] {
  const head = store.head();
  return typeof head === 'string' ? [] : Object.keys(head.networks);
}

/**
 * The network that `torchvision.models.<name>(…)` makes.
 * @param name `resnet18`; `get_model` takes the name as its first argument
 * @returns the module, or an `Unknown` with the reason where a name or an argument is not known here or would fail
 */
export function torchvisionNetwork(machine: Machine, name: string, args: Args, at: Located): Value {
  if (name === 'get_model') {
    const [first, ...positional] = args.positional;
    const wanted = first ?? args.named.get('name');
    const named = new Map([...args.named].filter(([key]) => key !== 'name'));
    if (typeof wanted === 'string') {
      return torchvisionNetwork(machine, wanted.toLowerCase(), { ...args, positional, named }, at);
    }
    return wanted instanceof Unknown ? wanted : new Unknown(t('the name of the network is not known'), at);
  }
  const head = store.head();
  if (typeof head === 'string') return new Unknown(head, at);
  const network = Object.hasOwn(head.networks, name) ? head.networks[name] : undefined;
  if (network === undefined) {
    return new Unknown(
      t('{0} of torchvision is not one of the convolutional classifiers that are known here', name),
      at
    );
  }
  const choice = chosen(name, network.aux, args);
  if (choice instanceof Unknown) return new Unknown(choice.reason, choice.at ?? at);
  const key = `torchvision/${name}`;
  const scope = machine.files.get(key) ?? runModule(machine, key, () => bodyOf(machine, network.line), at);
  const made = scope?.names.get('Network');
  if (made === undefined) return new Unknown(t('the calls are nested too deeply to follow'), at);
  return callValue(machine, made, { ...NO_ARGS, positional: [choice.classes, choice.aux] }, at);
}

/** Behind the offsets of any document, so that the parsed code of a network serves every analysis. */
const FIRST_OFFSET = 2 ** 40;
const MOST_CHARACTERS = 2 ** 20;
const parsed = new Map<number, readonly Statement[]>();

function bodyOf(machine: Machine, line: number): readonly Statement[] {
  const known = parsed.get(line);
  if (known !== undefined) return known;
  const { body } = machine.lower(String(store.line(line)), FIRST_OFFSET + line * MOST_CHARACTERS);
  parsed.set(line, body);
  return body;
}

/** The two arguments that change a network, after torchvision's own rules for the others. */
function chosen(name: string, hasAux: boolean, args: Args): { classes: Value; aux: boolean } | Unknown {
  if (args.rest !== null) return args.rest;
  // Older programs give `pretrained` and `progress` by place.
  const [placed, , ...more] = args.positional;
  if (more.length > 0) return new Unknown(t('{0} is given more values by place than are known here', name));
  const weights = placed ?? args.named.get('weights') ?? args.named.get('pretrained') ?? null;
  for (const key of args.named.keys()) {
    const known = ['weights', 'pretrained', 'num_classes'].includes(key) || HARMLESS.has(key);
    if (!known && !(hasAux && key === 'aux_logits')) {
      return new Unknown(t('the argument {0} of {1} is not followed', key, name));
    }
  }
  const classes = args.named.get('num_classes') ?? 1000;
  const isPretrained = weights !== null && weights !== false;
  if (isPretrained && !(weights instanceof Unknown) && typeof classes === 'number' && classes !== 1000) {
    return new Unknown(t('{0} with pretrained weights has 1000 classes, not {1}', name, classes));
  }
  if (!hasAux) return { classes, aux: false };
  const stated = args.named.get('aux_logits');
  if (stated instanceof Unknown) return stated;
  if (stated !== undefined) return { classes, aux: stated === true };
  if (name !== 'googlenet') return { classes, aux: true };
  // Without being asked, googlenet takes its auxiliary classifiers off once the weights are loaded.
  return weights instanceof Unknown ? weights : { classes, aux: !isPretrained };
}
