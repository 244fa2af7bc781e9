/** The recorded networks of keras.applications (`scripts/backbones/keras_networks.py`), chosen by the arguments of a call. */
import { BackboneStore } from './store';

/** `[class, name, attributes, inputs]`; a number as a name stands for an automatic one. */
export type Row = readonly [string, string | number, Readonly<Record<string, unknown>>, readonly number[]];

export type Ending = 'top' | 'none' | 'avg' | 'max';

/** What a network is, whichever arguments it is called with. */
export interface KerasNetwork {
  /** Of the model, where the call gives none. */
  readonly name: string;
  /** Parameters in order, with their defaults. */
  readonly parameters: readonly (readonly [string, string | number | boolean | null])[];
  /** Default input shape with and without the classifier, without the batch axis. */
  readonly input: { readonly top: readonly (number | null)[]; readonly bare: readonly (number | null)[] };
  /** Heights at which there are weights for the classifier; empty where any will do. */
  readonly sizes: readonly number[];
  /** Smallest height and width. */
  readonly least: number;
  /** What chooses the line: parameters, and `colour`, whether the input has three channels. */
  readonly variants: readonly string[];
  readonly lines: Readonly<Record<string, number>>;
}

interface Head {
  readonly keras: string;
  readonly networks: Readonly<Record<string, KerasNetwork>>;
}

interface Line {
  readonly rows: readonly Row[];
  readonly tails: Readonly<Record<Ending, readonly Row[]>>;
}

const store = new BackboneStore<Head>('keras.txt.br');
const lines = new Map<number, Line>();

/** The names of the networks that are recorded. */
export function kerasNetworkNames(): readonly string[] {
  const head = store.head();
  return typeof head === 'string' ? [] : Object.keys(head.networks);
}

/** @returns `null` where there is no network of this name, a text where the installation is damaged */
export function kerasNetwork(name: string): KerasNetwork | string | null {
  const head = store.head();
  if (typeof head === 'string') return head;
  return (Object.hasOwn(head.networks, name) ? head.networks[name] : undefined) ?? null;
}

/** @param choice a value for each of the network's `variants`. @returns `null` where this combination is not recorded */
export function rowsOf(
  network: KerasNetwork,
  choice: ReadonlyMap<string, unknown>,
  ending: Ending
): readonly Row[] | null {
  const key = network.variants.map((name) => `${name}=${JSON.stringify(choice.get(name) ?? null)}`).join(',');
  const number = Object.hasOwn(network.lines, key) ? network.lines[key] : undefined;
  if (number === undefined) return null;
  // The shape is what the script writes into the same installation.
  const line = lines.get(number) ?? (store.line(number) as Line);
  lines.set(number, line);
  return [...line.rows, ...line.tails[ending]];
}
