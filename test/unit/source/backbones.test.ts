/** Networks of keras.applications and torchvision.models inside programs: as parts, tapped, cut, with other heads, refused. */
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource } from '../../../src/source/analyze';

function analyse(...lines: string[]) {
  const text = [...lines, ''].join('\n');
  return analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 60_000 });
}

function summaryOf(name: string, ...lines: string[]) {
  const { definitions } = analyse(...lines);
  const found = definitions.find(({ key }) => key === name) ?? (definitions.length === 1 ? definitions[0] : undefined);
  if (found === undefined) throw new Error(`${name} is not defined: ${definitions.map(({ key }) => key).join(', ')}`);
  return summarize(found.model);
}

const KERAS = 'from tensorflow import keras\nfrom tensorflow.keras import layers';

describe('networks of keras.applications', () => {
  it.each([
    ['from tensorflow.keras.applications import ResNet50', 'ResNet50'],
    ['from keras.applications.resnet50 import ResNet50', 'ResNet50'],
    ['import tensorflow as tf', 'tf.keras.applications.resnet50.ResNet50'],
    ['from keras import applications', 'applications.ResNet50'],
    ['from tensorflow.keras.applications import resnet', 'resnet.ResNet50']
  ])('%s', (line, name) => {
    const { totals } = summaryOf(
      'base',
      line,
      `base = ${name}(weights="imagenet", include_top=False, input_shape=(224, 224, 3))`
    );
    expect(totals.params).toBe(23_587_712);
  });

  it('are a frozen layer of a Sequential', () => {
    const { totals, layers } = summaryOf(
      'model',
      KERAS,
      'base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights="imagenet")',
      'base.trainable = False',
      'model = keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(1)])'
    );
    const listed = layers.filter((layer) => layer.listed);
    expect(listed.map(({ name, outputShape }) => [name, outputShape])).toEqual([
      ['mobilenetv2_1.00_160', [null, 5, 5, 1280]],
      ['global_average_pooling2d', [null, 1280]],
      ['dense', [null, 1]]
    ]);
    expect(totals).toMatchObject({ params: 2_259_265, trainableParams: 1281 });
  });

  it('are called on a tensor behind their own preprocessing', () => {
    const { totals, layers, outputs } = summaryOf(
      'model',
      KERAS,
      'base = keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights="imagenet")',
      'inputs = keras.Input(shape=(160, 160, 3))',
      'x = keras.applications.mobilenet_v2.preprocess_input(inputs)',
      'x = base(x, training=False)',
      'x = layers.GlobalAveragePooling2D()(x)',
      'model = keras.Model(inputs, layers.Dense(3)(x))'
    );
    expect(layers.map(({ name }) => name)).toEqual([
      'input_layer_1',
      'true_divide',
      'subtract',
      'mobilenetv2_1.00_160',
      'global_average_pooling2d',
      'dense'
    ]);
    expect(totals.params).toBe(2_257_984 + 1280 * 3 + 3);
    expect(outputs.map(({ shape }) => shape)).toEqual([[null, 3]]);
  });

  it('give the outputs of their layers', () => {
    const { totals, outputs } = summaryOf(
      'model',
      KERAS,
      'base = keras.applications.VGG16(include_top=False, input_shape=(224, 224, 3))',
      'model = keras.Model(base.input, [base.get_layer("block3_conv3").output, base.layers[-1].output])'
    );
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [null, 56, 56, 256],
      [null, 7, 7, 512]
    ]);
    expect(totals.params).toBe(14_714_688);
  });

  it('are built on a tensor of the program', () => {
    const { totals, outputs } = summaryOf(
      'model',
      KERAS,
      'start = keras.Input((65, 64, 3))',
      'base = keras.applications.EfficientNetB0(include_top=False, weights=None, input_tensor=start, pooling="avg")',
      'model = keras.Model(start, layers.Dense(2)(base.output))'
    );
    expect(totals.params).toBe(4_049_571 + 1280 * 2 + 2);
    expect(outputs.map(({ shape }) => shape)).toEqual([[null, 2]]);
  });

  it.each([
    ['ResNet50(include_top=flag())', 'include_top'],
    ['ResNet50(layers=3)', 'layers'],
    ['ResNet50(classes=10)', '1000 classes, not 10'],
    ['ResNet50(input_shape=(200, 200, 3))', '224 x 224'],
    ['ResNet50(include_top=False, input_shape=(30, 30, 3))', 'at least 32 x 32'],
    ['ResNet50(include_top=False, input_shape=(64, 64, 1))', 'three channels'],
    ['MobileNetV2(alpha=0.6, weights=None)', 'alpha=0.6'],
    ['EfficientNetV2B0(name="mine")', 'efficientnetv2-b0'],
    ['ResNet51()', 'ResNet51']
  ])('%s is not known, for a stated reason', (call, reason) => {
    const { models } = analyse(
      KERAS,
      `base = keras.applications.${call}`,
      'model = keras.Sequential([keras.Input((224, 224, 3)), base])'
    );
    expect(models.map((model) => summarize(model).totals.params)).toEqual([null]);
    expect(models.flatMap(({ notices }) => notices.map(({ message }) => message)).join(' ')).toContain(reason);
  });

  it('keep what does not depend on a value that is not known', () => {
    const { totals, outputs } = summaryOf(
      'base',
      KERAS,
      'base = keras.applications.ResNet50(include_top=False, input_shape=(read(), read(), 3), pooling="avg")'
    );
    expect(totals.params).toBe(23_587_712);
    expect(outputs.map(({ shape }) => shape)).toEqual([[null, 2048]]);
  });
});

const TORCH = 'import torch\nfrom torch import nn\nfrom torchvision import models';

describe('networks of torchvision.models', () => {
  it('take another head', () => {
    const { totals, layers } = summaryOf(
      'model',
      TORCH,
      'model = models.resnet18(weights=models.ResNet18_Weights.DEFAULT)',
      'model.fc = nn.Linear(model.fc.in_features, 5)',
      'y = model(torch.zeros(1, 3, 224, 224))'
    );
    expect(totals.params).toBe(11_689_512 - 513_000 + 2565);
    expect(layers.at(-1)?.outputShape).toEqual([null, 5]);
    const lines = layers.filter(({ listed }) => listed).map(({ source }) => source?.startLine);
    // Everything stands where the document makes it, counted from 0.
    expect([...new Set(lines)]).toEqual([3, 4]);
  });

  it('take another last layer of a classifier', () => {
    const { totals } = summaryOf(
      'model',
      TORCH,
      'model = models.vgg16(pretrained=True)',
      'model.classifier[6] = nn.Linear(4096, 2)',
      'y = model(torch.zeros(1, 3, 224, 224))'
    );
    expect(totals.params).toBe(138_357_544 - 4_097_000 + 8194);
  });

  it('are cut and become parts of a class', () => {
    const { totals, outputs } = summaryOf(
      'Net',
      TORCH,
      'class Net(nn.Module):',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.body = nn.Sequential(*list(models.resnet50(weights=None).children())[:-2])',
      '        self.head = nn.Conv2d(2048, 3, 1)',
      '    def forward(self, x):',
      '        return self.head(self.body(x))',
      'y = Net()(torch.zeros(1, 3, 97, 128))'
    );
    expect(totals.params).toBe(23_508_032 + 6147);
    expect(outputs.map(({ shape }) => shape)).toEqual([[null, 3, 4, 4]]);
  });

  it('are found by name', () => {
    const { totals } = summaryOf(
      'model',
      TORCH,
      'model = models.get_model("squeezenet1_1", num_classes=4)',
      'y = model(torch.zeros(1, 3, 64, 64))'
    );
    expect(totals.params).toBe(1_235_496 - 996 * 513);
  });

  it.each([
    ['googlenet(weights=None, init_weights=True)', 13_004_888],
    ['googlenet(weights="DEFAULT")', 6_624_904],
    ['googlenet(pretrained=True, aux_logits=True)', 13_004_888],
    ['inception_v3(pretrained=True)', 27_161_264],
    ['inception_v3(aux_logits=False)', 23_834_568]
  ])('%s has its auxiliary classifiers or not', (call, params) => {
    const { totals } = summaryOf('model', TORCH, `model = models.${call}`, 'y = model(torch.zeros(1, 3, 299, 299))');
    expect(totals.params).toBe(params);
  });

  it.each([
    ['resnet18(weights="DEFAULT", num_classes=10)'],
    ['resnet18(norm_layer=nn.InstanceNorm2d)'],
    ['vit_b_16()'],
    ['detection.fasterrcnn_resnet50_fpn()']
  ])('%s is no model with numbers', (call) => {
    const { models } = analyse(TORCH, `model = models.${call}`, 'net = nn.Sequential(model, nn.Linear(10, 2))');
    expect(models.map((model) => summarize(model).totals.params).filter((params) => params !== null)).toEqual([]);
  });
});
