/** Which data a person can learn from, and how they are opened. */
import { homedir } from 'node:os';
import { fail, type Result } from '../../core/result';
import { t } from '../../core/texts';
import type { DataParts } from '../../data/dataSet';
import { digitsFolder, readDigits } from '../../data/digits';
import { kerasDatasets, openKnown } from '../../data/kerasHome';
import { openData } from '../../data/open';
import { knownDataSet } from '../../data/registry';
import type { DataChoice } from './form';

/** Where Keras keeps data sets for this person. */
export function dataFolder(): string {
  return kerasDatasets(homedir(), process.env['KERAS_HOME'] ?? null);
}

export async function openChoice(choice: DataChoice, signal?: AbortSignal): Promise<Result<DataParts>> {
  const options = signal === undefined ? {} : { signal };
  switch (choice.kind) {
    case 'digits': {
      const [train, validation] = await Promise.all([
        readDigits(digitsFolder(), 'train'),
        readDigits(digitsFolder(), 'validation')
      ]);
      if (!train.ok) return train;
      return validation.ok
        ? { ok: true, value: { title: t('Digits'), train: train.value, validation: validation.value, test: null } }
        : validation;
    }
    case 'known': {
      const set = knownDataSet(choice.name);
      if (set === null) {
        return fail({
          file: choice.name,
          problem: t('is no data set that is known here'),
          remedy: t('Choose a file or a folder')
        });
      }
      return openKnown(set, dataFolder(), options);
    }
    case 'path':
      return openData(choice.path, options);
  }
}

export function closeParts({ train, validation, test }: DataParts): void {
  for (const part of [train, validation, test]) part?.close();
}
