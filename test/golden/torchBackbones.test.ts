/** The convolutional classifiers of torchvision.models against what real torchvision and PyTorch say about them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/core/summarize';
import { analyzeSource } from '../../src/source/analyze';
import { torchvisionNames } from '../../src/source/backbones/torch';

interface Facts {
  readonly params: number;
  /** Without the last layer (`fc`, `classifier`). */
  readonly withoutHead: number;
  readonly buffers: number;
  readonly shapes: readonly {
    readonly size: readonly [number, number];
    readonly output: readonly number[];
    readonly convolutions: number;
    /** Of the shapes that leave the convolutions in the order of their calls, one a line. */
    readonly digest: string;
  }[];
}

const file = path.join(import.meta.dirname, '../fixtures/backbones/torchvision.json');
const { networks } = JSON.parse(readFileSync(file, 'utf8')) as { networks: Record<string, Facts> };

const HEADS: readonly (readonly [RegExp, string])[] = [
  [/^(resnet|resnext|wide|regnet|shufflenet|googlenet|inception)/, 'fc'],
  [/./, 'classifier']
];

/** What the document says about a network called on pictures of a size, its head replaced where that is asked for. */
function summaryOf(name: string, [height, width]: readonly [number, number], change = '') {
  const text = [
    'import torch',
    'from torch import nn',
    'from torchvision import models',
    `model = models.${name}(weights=None)`,
    change,
    `model(torch.zeros(1, 3, ${String(height)}, ${String(width)}))`,
    ''
  ].join('\n');
  const { models, problems } = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 60_000 });
  expect(problems).toEqual([]);
  const [model] = models;
  if (model === undefined) throw new Error('the call makes no model');
  return summarize(model);
}

it('every network is recorded and checked', () => {
  expect(Object.keys(networks).sort()).toEqual([...torchvisionNames()].sort());
  expect(Object.keys(networks)).toHaveLength(68);
});

describe.each(Object.entries(networks))('%s', (name, facts) => {
  it.each(facts.shapes)('gives what PyTorch gives for $size', ({ size, output, convolutions, digest }) => {
    const { totals, outputs, layers, diagnostics } = summaryOf(name, size);
    expect(diagnostics.filter((one) => one.severity === 'error')).toEqual([]);
    expect(totals.params).toBe(facts.params);
    expect(totals.buffers).toBe(facts.buffers);
    expect(outputs.map(({ shape }) => shape?.slice(1))).toEqual([output]);
    const lines = layers
      // Auxiliary classifiers only run while training.
      .filter(({ sourceType, outputShape }) => sourceType === 'Conv2d' && outputShape !== null)
      .map(({ outputShape }) => JSON.stringify(outputShape?.slice(1)));
    expect(lines).toHaveLength(convolutions);
    expect(createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)).toBe(digest);
  });

  it('keeps the rest where its head is replaced', () => {
    const head = HEADS.find(([names]) => names.test(name))?.[1] ?? '';
    const { totals } = summaryOf(name, [224, 224], `model.${head} = nn.Identity()`);
    expect(totals.params).toBe(facts.withoutHead);
  });
});
