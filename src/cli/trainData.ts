/** What `convlens train` learns from: what is given, else what the code names, else the bundled digits where they fit. */
import { existsSync } from 'node:fs';
import type { NetworkEnds } from '../analyses/networkEnds';
import type { Model } from '../core/model';
import { locate } from '../data/kerasHome';
import { knownDataSet, type KnownDataSet } from '../data/registry';
import { substituteFor } from '../data/substitute';
import { dataFolder } from '../training/run/choice';
import type { DataChoice } from '../training/run/form';
import { BadInput } from './failure';

/** What is not the person's own choice is said on stderr. @throws {BadInput} where nothing fits */
export function chooseData(model: Model, ends: NetworkEnds, given: string | undefined, file: string): DataChoice {
  if (given !== undefined) return fromWord(given);
  const stated = model.training?.data?.value ?? null;
  const set = stated === null ? null : knownDataSet(stated);
  if (set !== null && isHere(set)) {
    process.stderr.write(`data: ${set.title}, as the code says\n`);
    return { kind: 'known', name: set.name };
  }
  const outputs = ends.output?.at(-1) ?? null;
  if (substituteFor(set, ends.input, outputs) === null) {
    const why =
      set === null
        ? 'the code names no data set that is known here'
        : `${set.title}, which the code names, is not on this machine`;
    throw new BadInput(`${file}: ${why}. Give --data with a folder of pictures, .npz, IDX or CSV file.`);
  }
  const instead = set === null ? '' : ` in place of ${set.title}, which is not on this machine`;
  process.stderr.write(`data: the digits that come with ConvLens${instead}\n`);
  return { kind: 'digits' };
}

/** A path wins over a name: `./digits` and `digits` where such a folder is. */
function fromWord(word: string): DataChoice {
  if (existsSync(word)) return { kind: 'path', path: word };
  if (word === 'digits') return { kind: 'digits' };
  const set = knownDataSet(word);
  if (set !== null) return { kind: 'known', name: set.name };
  throw new BadInput(
    `${word}: cannot be read. Check the path, or give digits, mnist, fashion_mnist, cifar10 or cifar100.`
  );
}

const isHere = (set: KnownDataSet): boolean => locate(set, dataFolder()).path !== null;
