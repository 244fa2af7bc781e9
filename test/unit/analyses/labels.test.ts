import { describe, expect, it } from 'vitest';
import { assumedLabels, builtinLabels, classCounts, labelChoices } from '../../../src/analyses/builtinLabels';
import { topValues } from '../../../src/analyses/outputs';
import type { LayerKind } from '../../../src/core/layerKind';
import type { Model } from '../../../src/core/model';
import { summarize } from '../../../src/core/summarize';
import { GLOBAL_POOL, GraphBuilder, conv, dense, modelOf } from '../core/builder';

const file = { kind: 'file', file: 'm.h5', olderThanCode: false } as const;

interface Facts {
  readonly name?: string;
  readonly input?: readonly (number | null)[];
  readonly classes?: number;
  readonly last?: string;
  readonly weightsOrigin?: Model['weightsOrigin'];
}

function classifier({
  name = 'model',
  input = [224, 224, 3],
  classes = 1000,
  last = 'out',
  weightsOrigin = file
}: Facts): Model {
  const builder = new GraphBuilder(name);
  const end = builder.chain(
    builder.input('in', [null, ...input]),
    ['c', conv(4, [3, 3])],
    ['g', GLOBAL_POOL],
    [last, dense(classes)]
  );
  return { ...modelOf(builder.graph(end)), name, weightsOrigin };
}

const assume = (facts: Facts) => {
  const model = classifier(facts);
  return assumedLabels(model, summarize(model));
};

describe('built-in class names', () => {
  it("number ImageNet's classes as every framework does", async () => {
    const names = await builtinLabels('imagenet');
    if (!names.ok) throw new Error(names.error.problem);
    expect(names.value).toHaveLength(1000);
    expect(new Set(names.value).size).toBe(1000);
    // Known from the ILSVRC2012 list: n01440764, n02099601, n02123045, n02510455, n03063599, n15075141.
    const anchors = { 0: 'tench', 207: 'golden retriever', 281: 'tabby', 388: 'giant panda', 504: 'coffee mug' };
    for (const [index, name] of Object.entries(anchors)) expect(names.value[Number(index)], index).toBe(name);
    expect(names.value[999]).toBe('toilet tissue');
    const shifted = await builtinLabels('imagenet-background');
    expect(shifted.ok && [shifted.value.length, shifted.value[0], shifted.value[1], shifted.value[1000]]).toEqual([
      1001,
      'background',
      'tench',
      'toilet tissue'
    ]);
  });

  it('say which lists there are where the name is unknown', async () => {
    const found = await builtinLabels('nothing');
    expect(found.ok ? '' : found.error.remedy).toContain('digits, fashion-mnist, cifar10, shapes, imagenet');
  });

  it('hold as many names as they say', async () => {
    const model = classifier({});
    for (const { id, count } of labelChoices(model, summarize(model))) {
      const names = await builtinLabels(id);
      expect(names.ok && names.value.length, id).toBe(count);
    }
  });

  it('are offered where the count fits, the fitting ones first', () => {
    const fitting = (classes: number) => {
      const model = classifier({ classes });
      const choices = labelChoices(model, summarize(model));
      expect(choices.findLastIndex(({ fits }) => fits)).toBe(choices.filter(({ fits }) => fits).length - 1);
      return choices.filter(({ fits }) => fits).map(({ id }) => id);
    };
    expect(fitting(10)).toEqual(['digits', 'fashion-mnist', 'cifar10']);
    expect(fitting(1000)).toEqual(['imagenet']);
    expect(fitting(1001)).toEqual(['imagenet-background']);
    expect(fitting(7)).toEqual([]);
  });
});

describe('class names nobody chose', () => {
  it('are those of ImageNet for a network that is clearly one of its classifiers', async () => {
    const found = await assume({ name: 'mobilenetv2_1.00_224' });
    expect([found?.id, found?.names[281]]).toEqual(['imagenet', 'tabby']);
    expect(found?.reason).toBe('a colour picture in, 1000 classes out, and the name mobilenetv2_1.00_224');
    expect((await assume({ last: 'predictions' }))?.reason).toContain('a last layer named predictions');
    expect((await assume({ name: 'resnet50', input: [null, null, 3] }))?.id).toBe('imagenet');
    expect((await assume({ name: 'inception_v3', classes: 1001 }))?.names[282]).toBe('tabby');
  });

  it.each<[string, Facts]>([
    ['another number of classes', { name: 'resnet50', classes: 999 }],
    ['no name that says so', { name: 'model' }],
    ['grey pictures', { name: 'resnet50', input: [224, 224, 1] }],
    ['tiny pictures', { name: 'resnet20', input: [32, 32, 3] }],
    ['random weights', { name: 'resnet50', weightsOrigin: { kind: 'random', seed: 1 } }],
    ['ten classes of anything', { name: 'model', input: [28, 28, 1], classes: 10 }]
  ])('are none for %s', async (_what, facts) => {
    expect(await assume(facts)).toBeNull();
  });

  it('are those of the samples for the samples', async () => {
    expect((await assume({ name: 'digits_cnn', input: [28, 28, 1], classes: 10 }))?.id).toBe('digits');
    expect((await assume({ name: 'shapes_cnn', input: [32, 32, 3], classes: 6 }))?.names[4]).toBe('ring');
  });
});

describe('how many classes an output tells apart', () => {
  const counts = (kind: LayerKind, input: readonly number[]) => {
    const builder = new GraphBuilder('m');
    const model = modelOf(builder.graph(builder.chain(builder.input('in', [null, ...input]), ['out', kind])));
    return classCounts(model, summarize(model));
  };
  it('is its channels, two for a mask of one channel', () => {
    expect(counts(conv(5, [1, 1]), [8, 9, 3])).toEqual([5]);
    expect(counts(conv(1, [1, 1]), [8, 9, 3])).toEqual([2]);
    expect(counts({ ...GLOBAL_POOL, keepDims: true }, [8, 9, 3])).toEqual([3]);
    const first = { ...conv(5, [1, 1]), dataFormat: 'channelsFirst' } as const;
    expect(counts(first, [3, 8, 9])).toEqual([5]);
  });
  it('labels nothing with the names of another number of classes', () => {
    expect(topValues([0.2, 0.8], ['a', 'b', 'c'], 1)[0]?.label).toBeNull();
    expect(topValues([0.2, 0.8], ['a', 'b'], 1)[0]?.label).toBe('b');
  });
});
