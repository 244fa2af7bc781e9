/** Programs that train a network of PyTorch, what is read from them, and the run that follows. */
import type { TrainingRecipe } from '../../../src/core/trainingRecipe';
import { analyzeSource } from '../../../src/source/analyze';
import { formDefaults, type FilledForm } from '../../../src/training/run/formDefaults';
import { settingsOf } from '../../../src/training/run/runSettings';
import type { RunSettings } from '../../../src/training/run/settings';
import { FLATTEN, GraphBuilder, dense, modelOf } from '../core/builder';

export const NET = `import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Linear(784, 32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(F.relu(self.features(torch.flatten(x, 1))))


`;
export const BEFORE = NET.split('\n').length - 1;

export const modelsOf = (text: string) =>
  analyzeSource({ kind: 'file', text, language: 'python' }, { budgetMs: 2000 }).models;

export function recipe(text: string, name?: string): TrainingRecipe {
  const models = modelsOf(text);
  const found = (name === undefined ? models[0] : models.find((one) => one.name === name))?.training;
  if (found === undefined) throw new Error('nothing was read');
  return found;
}

/** What the code after the network says; lines count from its own first line. */
export const after = (text: string): TrainingRecipe => recipe(NET + text);

export const lineOf = (text: string, part: string): number => text.split('\n').findIndex((line) => line.includes(part));

export const fill = (found: TrainingRecipe, classes = 10): FilledForm =>
  formDefaults({
    dialect: 'pytorch',
    recipe: found,
    answers: 'classes',
    classes,
    outputs: classes,
    ends: null,
    hasWeights: false
  });

/** The settings of the run that the form leads to when nobody changes it. */
export function run(found: TrainingRecipe, classes = 10): RunSettings {
  const builder = new GraphBuilder('net');
  const end = builder.chain(builder.input('in', [null, 4]), ['f', FLATTEN], ['d', dense(classes)]);
  const made = settingsOf(fill(found, classes).form, {
    model: { ...modelOf(builder.graph(end)), framework: 'pytorch' },
    layers: new Map(),
    parameters: [],
    answers: 'classes',
    classCounts: Array.from({ length: classes }, () => 5),
    hasValidation: true,
    metrics: null,
    pictures: false
  });
  if (!made.ok) throw new Error(made.error.problem);
  return made.value;
}

export const asked = (found: TrainingRecipe): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(fill(found).origins).flatMap(([field, { kind, reason }]) =>
      kind === 'asked' ? [[field, reason]] : []
    )
  );

/** What stands before a training loop. */
export const LOOP = `train_loader = DataLoader(datasets.FashionMNIST('d'), batch_size=32)
model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
`;
