/** How code trains a network of PyTorch, and the run that follows from it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { after, asked, BEFORE, fill, lineOf, LOOP, recipe, run } from './torchTraining';

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../fixtures/source/torchTraining', name), 'utf8');
const MNIST = fixture('mnist_main.py');
const CLASSIFIER = fixture('classifier.py');

describe('a program for the command line', () => {
  const found = recipe(MNIST);
  const line = (part: string): number => lineOf(MNIST, part);

  it('is read through main(), argparse and the functions it calls, with its lines', () => {
    expect(found).toEqual({
      optimizer: { value: { name: 'Adadelta', parameters: { lr: 1 }, unread: [] }, line: line('optim.Adadelta(') },
      // Not the sum that the test takes.
      loss: { value: { name: 'NLLLoss', parameters: {}, unread: [] }, line: line('loss = F.nll_loss') },
      classWeights: null,
      metrics: null,
      epochs: { value: 14, line: line('for epoch in range(1') },
      batchSize: { value: 64, line: line('DataLoader(dataset1') },
      shuffle: { value: null, line: line('DataLoader(dataset1'), reason: expect.stringContaining('cuda') as string },
      validationSplit: null,
      earlyStopping: null,
      schedule: {
        value: { name: 'StepLR', parameters: { step_size: 1, gamma: 0.7, per_step: false }, unread: [] },
        line: line('StepLR(optimizer')
      },
      reduceOnPlateau: null,
      data: { value: 'MNIST', line: line('dataset1 = ') }
    });
  });

  it('becomes a run with PyTorch’s own defaults for the rest', () => {
    const settings = run(found);
    expect(settings.optimizer).toEqual({
      dialect: 'pytorch',
      name: 'adadelta',
      learningRate: 1,
      rho: 0.9,
      epsilon: 1e-6,
      weightDecay: 0,
      clipValue: null,
      clipNorm: null,
      globalClipNorm: null
    });
    expect(settings.loss).toMatchObject({ name: 'NLLLoss', reduction: 'mean', classWeights: null });
    expect(settings.schedule).toEqual({
      name: 'StepLR',
      per: 'epoch',
      stepSize: 1,
      gamma: 0.7,
      initialLearningRate: 1
    });
    expect(settings).toMatchObject({ epochs: 14, batchSize: 64, plateau: null, earlyStopping: null });
    expect(Object.keys(asked(found))).toEqual(['shuffle']);
  });
});

describe('a script at the level of the module', () => {
  const found = recipe(CLASSIFIER);
  const line = (part: string): number => lineOf(CLASSIFIER, part);

  it('is read at the level of the module, the batch size on its own line', () => {
    expect(found).toMatchObject({
      optimizer: { value: { name: 'SGD', parameters: { lr: 0.001, momentum: 0.9 } }, line: line('optim.SGD(') },
      loss: { value: { name: 'CrossEntropyLoss', parameters: {} }, line: line('criterion = ') },
      epochs: { value: 2, line: line('for epoch in') },
      batchSize: { value: 4, line: line('DataLoader(trainset') },
      shuffle: { value: true, line: line('DataLoader(trainset') + 1 },
      schedule: null,
      data: { value: 'CIFAR10', line: line('trainset = ') }
    });
  });

  it('becomes a run, each field with the line it is from', () => {
    const settings = run(found);
    expect(settings.optimizer).toMatchObject({
      name: 'sgd',
      dialect: 'pytorch',
      learningRate: 0.001,
      momentum: 0.9,
      nesterov: false,
      dampening: 0,
      weightDecay: 0
    });
    expect(settings.loss).toMatchObject({ name: 'CrossEntropyLoss', labelSmoothing: 0 });
    expect(settings).toMatchObject({ epochs: 2, batchSize: 4, shuffle: true, schedule: null });
    const { origins } = fill(found);
    expect(origins['optimizerParameters.momentum']).toEqual({ kind: 'code', line: line('optim.SGD(') });
    expect(origins['optimizerParameters.nesterov']).toEqual({ kind: 'default', line: null });
    expect(asked(found)).toEqual({});
  });
});

describe('optimizers', () => {
  it('have PyTorch’s parameters under their own names, by place too', () => {
    const adam = run(
      after(`model = Net()
opt = torch.optim.AdamW(model.parameters(), 3e-4, (0.8, 0.95), eps=1e-7, amsgrad=True)
`)
    );
    expect(adam.optimizer).toMatchObject({
      name: 'adamw',
      learningRate: 3e-4,
      beta1: 0.8,
      beta2: 0.95,
      epsilon: 1e-7,
      weightDecay: 0.01,
      amsgrad: true
    });
    const rms = run(after('model = Net()\nopt = torch.optim.RMSprop(model.parameters(), alpha=0.9, momentum=0.5)\n'));
    expect(rms.optimizer).toMatchObject({ name: 'rmsprop', learningRate: 0.01, rho: 0.9, momentum: 0.5 });
    const ada = run(after('model = Net()\nopt = torch.optim.Adagrad(list(model.parameters()), lr_decay=0.1)\n'));
    expect(ada.optimizer).toMatchObject({ name: 'adagrad', learningRate: 0.01, learningRateDecay: 0.1 });
    for (const [name, rate] of [
      ['Adamax', 0.002],
      ['NAdam', 0.002],
      ['RAdam', 0.001]
    ] as const) {
      const found = run(after(`model = Net()\nopt = torch.optim.${name}(model.parameters())\n`));
      expect(found.optimizer).toMatchObject({ name: name.toLowerCase(), learningRate: rate });
    }
  });

  it('ask for what only running tells, with the reason', () => {
    const found = after(`model = Net()
opt = torch.optim.SGD(model.parameters(), lr=float(open('lr.txt').read()), momentum=0.9)
`);
    expect(found.optimizer?.value).toEqual({ name: 'SGD', parameters: { momentum: 0.9 }, unread: ['lr'] });
    expect(Object.keys(asked(found))).toEqual(['optimizerParameters.learningRate']);
    expect(found.optimizer?.reason).toContain('open');
  });

  it('take groups of weights where they agree, and ask where they differ', () => {
    const groups = (first: string, second: string) =>
      after(`model = Net()
opt = torch.optim.SGD([{'params': model.features.parameters()${first}}, {'params': model.fc.parameters()${second}}], lr=0.1, momentum=0.9)
`);
    expect(asked(groups(", 'weight_decay': 0.1", ", 'weight_decay': 0.1"))).toEqual({});
    expect(run(groups(", 'weight_decay': 0.1", ", 'weight_decay': 0.1")).optimizer).toMatchObject({ weightDecay: 0.1 });
    expect(asked(groups(", 'lr': 0.01", ''))).toEqual({
      'optimizerParameters.learningRate': 'groups of weights have settings of their own'
    });
  });

  it('that move a part of the weights ask which layers learn', () => {
    const found = after('model = Net()\nopt = torch.optim.Adam(model.fc.parameters())\n');
    expect(Object.keys(asked(found))).toEqual(['frozen']);
    const frozen = after(`model = Net()
for p in model.features.parameters():
    p.requires_grad = False
opt = torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()))
`);
    expect(asked(frozen)).toEqual({});
  });

  it('chosen under a condition that is not known are not guessed', () => {
    const found = after(`import sys
model = Net()
if sys.argv[1] == 'adam':
    opt = torch.optim.Adam(model.parameters())
else:
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
`);
    expect(found.optimizer).toMatchObject({ value: null, line: BEFORE + 3 });
    expect(found.optimizer?.reason).toContain('condition');
  });
});

describe('losses', () => {
  it('bring label smoothing and the weights of classes', () => {
    const found = after(`weights = torch.tensor([1.0, 2.0, 0.5]).to('cuda')
model = Net()
criterion = nn.CrossEntropyLoss(weight=weights, label_smoothing=0.1)
optimizer = torch.optim.Adam(model.parameters())
`);
    expect(found.classWeights).toEqual({ value: { 0: 1, 1: 2, 2: 0.5 }, line: BEFORE + 2 });
    expect(run(found, 3).loss).toMatchObject({
      name: 'CrossEntropyLoss',
      labelSmoothing: 0.1,
      classWeights: [1, 2, 0.5]
    });
    const open = after(
      'model = Net()\ncriterion = nn.NLLLoss(weight=load())\nopt = torch.optim.Adam(model.parameters())\n'
    );
    expect(Object.keys(asked(open))).toEqual(['classWeights']);
  });

  it.each([
    ['F.cross_entropy(model(x), y, label_smoothing=0.2)', 'CrossEntropyLoss'],
    ['F.binary_cross_entropy_with_logits(model(x).squeeze(1), y)', 'BCEWithLogitsLoss'],
    ['F.mse_loss(input=model(x), target=y)', 'MSELoss'],
    ['nn.SmoothL1Loss()(model(x), y)', 'SmoothL1Loss'],
    ['nn.BCELoss()(torch.sigmoid(model(x)), y)', 'BCELoss'],
    ['F.l1_loss(model(x), y)', 'L1Loss']
  ])('are read in the loop: %s', (expression, name) => {
    const found = after(`${LOOP}for epoch in range(3):
    for x, y in train_loader:
        loss = ${expression}
        loss.backward()
        optimizer.step()
`);
    expect(found.loss).toMatchObject({ value: { name }, line: BEFORE + 6 });
    expect(run(found).loss.name).toBe(name);
  });

  it('of several terms, sums and other functions are not guessed', () => {
    const loop = (loss: string) =>
      after(`${LOOP}for epoch in range(3):
    for x, y in train_loader:
        loss = ${loss}
        loss.backward()
        optimizer.step()
`);
    expect(loop('criterion(model(x), y) + 0.1 * penalty').loss).toEqual({
      value: null,
      line: BEFORE + 7,
      reason: 'the loss is put together from several terms'
    });
    expect(loop('dice(model(x), y)').loss).toMatchObject({ value: null });
    expect(Object.keys(asked(loop("F.cross_entropy(model(x), y, reduction='sum')")))).toEqual(['loss']);
    // Gradients of four batches before a step: the batch is no longer the loader's.
    expect(loop('criterion(model(x), y) / 4')).toMatchObject({
      loss: { value: { name: 'CrossEntropyLoss' } },
      batchSize: { value: null, reason: 'gradients of several batches are added up before a step' }
    });
  });
});

describe('limits on gradients', () => {
  const limited = (call: string) =>
    after(`${LOOP}for epoch in range(3):
    for x, y in train_loader:
        criterion(model(x), y).backward()
        ${call}
        optimizer.step()
`);

  it('belong to the optimizer, with their own line', () => {
    const found = limited('torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)');
    expect(run(found).optimizer).toMatchObject({ name: 'adam', globalClipNorm: 0.5, clipNorm: null, clipValue: null });
    expect(fill(found).origins['optimizerParameters.globalClipNorm']).toEqual({ kind: 'code', line: BEFORE + 7 });
    expect(run(limited('nn.utils.clip_grad_value_(model.parameters(), 0.1)')).optimizer).toMatchObject({
      clipValue: 0.1
    });
  });

  it('of another norm are left out', () => {
    const found = limited('nn.utils.clip_grad_norm_(model.parameters(), 0.5, norm_type=1)');
    expect(run(found).optimizer.globalClipNorm).toBeNull();
  });
});

describe('schedules', () => {
  const scheduled = (schedule: string, inBatch: string, inEpoch: string) =>
    after(`from torch.optim import lr_scheduler
${LOOP}scheduler = lr_scheduler.${schedule}
for epoch in range(4):
    for x, y in train_loader:
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        ${inBatch}
    ${inEpoch}
`);
  it.each([
    ['StepLR(optimizer, 7, 0.5)', { name: 'StepLR', stepSize: 7, gamma: 0.5 }],
    ['MultiStepLR(optimizer, milestones=[2, 3])', { name: 'MultiStepLR', milestones: [2, 3], gamma: 0.1 }],
    ['ExponentialLR(optimizer, gamma=0.95)', { name: 'ExponentialLR', gamma: 0.95 }],
    ['CosineAnnealingLR(optimizer, T_max=4, eta_min=1e-5)', { name: 'CosineAnnealingLR', tMax: 4, etaMin: 1e-5 }],
    ['CosineAnnealingWarmRestarts(optimizer, 2, T_mult=2)', { name: 'CosineAnnealingWarmRestarts', t0: 2, tMult: 2 }]
  ])('%s', (schedule, expected) => {
    const epoch = scheduled(schedule, 'pass', 'scheduler.step()');
    expect(run(epoch).schedule).toMatchObject({ ...expected, per: 'epoch', initialLearningRate: 0.001 });
    expect(epoch.schedule?.line).toBe(BEFORE + 5);
    expect(run(scheduled(schedule, 'scheduler.step()', 'pass')).schedule).toMatchObject({ ...expected, per: 'step' });
  });

  it('of one cycle count its steps where both factors are known', () => {
    const found = scheduled(
      'OneCycleLR(optimizer, max_lr=0.1, epochs=4, steps_per_epoch=25)',
      'scheduler.step()',
      'pass'
    );
    expect(run(found).schedule).toMatchObject({
      name: 'OneCycleLR',
      per: 'step',
      maxLearningRate: 0.1,
      totalSteps: 100
    });
    const open = scheduled(
      'OneCycleLR(optimizer, max_lr=0.1, epochs=4, steps_per_epoch=len(train_loader))',
      'scheduler.step()',
      'pass'
    );
    expect(Object.keys(asked(open))).toContain('schedule');
  });

  it('that are never stepped, or that are not known here, are asked for', () => {
    const found = scheduled('StepLR(optimizer, 7)', 'pass', 'pass');
    expect(asked(found)).toEqual({ schedule: 'it is not known after what `scheduler.step()` is called' });
    expect(
      Object.keys(asked(scheduled('LambdaLR(optimizer, lambda e: 0.9 ** e)', 'pass', 'scheduler.step()')))
    ).toEqual(['schedule']);
  });

  it('on a plateau', () => {
    const found = scheduled(
      "ReduceLROnPlateau(optimizer, 'min', factor=0.5, patience=3)",
      'pass',
      'scheduler.step(val)'
    );
    expect(run(found)).toMatchObject({ schedule: null, plateau: { dialect: 'pytorch', factor: 0.5, patience: 3 } });
    const max = scheduled("ReduceLROnPlateau(optimizer, mode='max')", 'pass', 'scheduler.step(acc)');
    expect(Object.keys(asked(max))).toEqual(['reduceOnPlateau']);
  });
});
