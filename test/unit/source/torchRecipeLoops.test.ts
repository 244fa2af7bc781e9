/** Which loops count epochs and batches, what they are fed, and which network they train. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../../src/source/analyze';
import { after, asked, BEFORE, LOOP, modelsOf, NET, recipe } from './torchTraining';

describe('loops and loaders', () => {
  it('follow tqdm, sets that were split, and the defaults of a DataLoader', () => {
    const found = after(`from tqdm import tqdm
from torch.utils.data import random_split
EPOCHS = 3
full = datasets.FashionMNIST('d', train=True)
train_set, val_set = random_split(full, [55000, 5000])
train_loader = DataLoader(train_set)
val_loader = DataLoader(val_set, batch_size=256)
model = Net()
optimizer = torch.optim.Adam(model.parameters())
for epoch in tqdm(range(EPOCHS)):
    for x, y in tqdm(train_loader, desc='train'):
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    for x, y in val_loader:
        val = F.cross_entropy(model(x), y)
`);
    expect(found).toMatchObject({
      epochs: { value: 3, line: BEFORE + 9 },
      batchSize: { value: 1, line: BEFORE + 5 },
      shuffle: { value: false, line: BEFORE + 5 },
      data: { value: 'FashionMNIST', line: BEFORE + 3 }
    });
  });

  it('follow phases of training and validation', () => {
    const found = after(`sets = {x: datasets.CIFAR100('d', train=x == 'train') for x in ['train', 'val']}
loaders = {x: DataLoader(sets[x], batch_size=16, shuffle=x == 'train') for x in ['train', 'val']}

def train_model(model, criterion, optimizer, scheduler, num_epochs=25):
    for epoch in range(num_epochs):
        for phase in ['train', 'val']:
            if phase == 'train':
                model.train()
            else:
                model.eval()
            for inputs, labels in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == 'train'):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == 'train':
                        loss.backward()
                        optimizer.step()
            if phase == 'train':
                scheduler.step()
    return model

model_ft = Net()
model_ft = model_ft.to('cuda')
criterion = nn.CrossEntropyLoss()
optimizer_ft = torch.optim.SGD(model_ft.parameters(), lr=0.001, momentum=0.9)
exp_lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer_ft, step_size=7, gamma=0.1)
model_ft = train_model(model_ft, criterion, optimizer_ft, exp_lr_scheduler, num_epochs=12)
`);
    expect(found).toMatchObject({
      epochs: { value: 12, line: BEFORE + 4 },
      batchSize: { value: 16 },
      shuffle: { value: true },
      data: { value: 'CIFAR100' },
      loss: { value: { name: 'CrossEntropyLoss' } },
      schedule: { value: { parameters: { step_size: 7, gamma: 0.1, per_step: false } } }
    });
    expect(asked(found)).toEqual({});
  });

  it('in functions that nothing calls are read with the network of the module', () => {
    const found = after(`model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
train_loader = DataLoader(datasets.MNIST('d'), batch_size=128, shuffle=True)

def train(epochs=5):
    for epoch in range(epochs):
        for x, y in train_loader:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
`);
    expect(found).toMatchObject({
      epochs: { value: 5, line: BEFORE + 5 },
      batchSize: { value: 128 },
      loss: { value: { name: 'CrossEntropyLoss' }, line: BEFORE + 7 }
    });
    const apart = after(`def train(model, loader, optimizer, epochs):
    for epoch in range(epochs):
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
`);
    expect(apart).toMatchObject({
      optimizer: null,
      loss: { value: { name: 'CrossEntropyLoss' } },
      epochs: { value: null, line: BEFORE + 1 },
      batchSize: { value: null }
    });
  });

  it('in methods, with scaled gradients', () => {
    const found = after(`class Trainer:
    def __init__(self, model, loader, lr=0.05):
        self.model, self.loader = model, loader
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, nesterov=True, momentum=0.9)
        self.criterion = nn.CrossEntropyLoss()
        self.scaler = torch.cuda.amp.GradScaler()

    def fit(self, epochs):
        for epoch in range(epochs):
            for x, y in self.loader:
                self.optimizer.zero_grad()
                with torch.autocast('cuda'):
                    loss = self.criterion(self.model(x), y)
                self.scaler.scale(loss).backward()
                self.scaler.step(self.optimizer)
                self.scaler.update()

Trainer(Net(), DataLoader(datasets.MNIST('d'), 50, True)).fit(epochs=6)
`);
    expect(found).toMatchObject({
      optimizer: { value: { parameters: { lr: 0.05, nesterov: true } } },
      loss: { value: { name: 'CrossEntropyLoss' } },
      epochs: { value: 6 },
      batchSize: { value: 50 },
      shuffle: { value: true }
    });
  });

  it('that run until something happens do not say how often', () => {
    const found = after(`${LOOP}while True:
    for x, y in train_loader:
        criterion(model(x), y).backward()
        optimizer.step()
`);
    expect(found.epochs).toEqual({ value: null, line: BEFORE + 4, reason: 'the loop runs until a condition holds' });
  });

  it('keep two networks apart', () => {
    const text = `${NET}class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 3)

    def forward(self, x):
        return self.fc(x)

loader = DataLoader(datasets.MNIST('d'), batch_size=8)
a, b = Net(), Other()
opt_a = torch.optim.Adam(a.parameters(), lr=0.01)
opt_b = torch.optim.SGD(b.parameters(), lr=0.5)
for epoch in range(2):
    for x, y in loader:
        F.cross_entropy(a(x), y).backward()
        opt_a.step()
for epoch in range(9):
    for x, y in loader:
        F.mse_loss(b(x), y).backward()
        opt_b.step()
`;
    expect(recipe(text, 'Net')).toMatchObject({
      optimizer: { value: { name: 'Adam' } },
      loss: { value: { name: 'CrossEntropyLoss' } },
      epochs: { value: 2 }
    });
    expect(recipe(text, 'Other')).toMatchObject({
      optimizer: { value: { name: 'SGD' } },
      loss: { value: { name: 'MSELoss' } },
      epochs: { value: 9 }
    });
  });

  it('in a function that nothing calls change nothing of the network', () => {
    const text = `${NET}model = Net()

def train(loader, optimizer):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    save_elsewhere(model)
`;
    const [model] = modelsOf(text);
    expect(model?.name).toBe('Net');
    expect(model?.training?.loss?.value?.name).toBe('CrossEntropyLoss');
  });

  it('are those of the object that is trained, among several of one class', () => {
    const found = after(`from torch.optim import *
print(Net())
criterion = nn.CrossEntropyLoss().to('cuda')
model = Net().to('cuda')
optimizer = SGD(model.parameters(), lr=0.2)
loader = DataLoader(datasets.MNIST('d'), batch_size=8)
for epoch in range(500):
    for x, y in loader:
        criterion(model(x), y).backward()
        optimizer.step()
`);
    expect(found).toMatchObject({
      optimizer: { value: { name: 'SGD', parameters: { lr: 0.2 } } },
      loss: { value: { name: 'CrossEntropyLoss' }, line: BEFORE + 2 },
      epochs: { value: 500 }
    });
  });

  it('never throw, wherever the text is cut', () => {
    const text = readFileSync(
      path.join(import.meta.dirname, '../../fixtures/source/torchTraining/mnist_main.py'),
      'utf8'
    );
    const tail = text.indexOf('def learn(');
    for (let end = tail; end < text.length; end += 37) {
      expect(() => modelsOf(text.slice(0, end))).not.toThrow();
    }
  });

  it('over slices or the whole data say their epochs, and ask for the batch', () => {
    const sliced = after(`model = Net()
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(10):
    for start in range(0, 1000, 20):
        F.mse_loss(model(X[start:start + 20]), y).backward()
        optimizer.step()
`);
    expect(sliced).toMatchObject({
      epochs: { value: 10 },
      batchSize: { value: null, line: BEFORE + 3 },
      shuffle: null
    });
    const whole = after(`model = Net()
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(200):
    F.mse_loss(model(X), y).backward()
    optimizer.step()
`);
    expect(whole).toMatchObject({ epochs: { value: 200 }, batchSize: { value: null, line: BEFORE + 2 } });
    expect(asked(whole)).toEqual({ batchSize: 'the batches do not come from a `DataLoader` of this document' });
  });

  it('of functions that nothing calls cost a few rounds', () => {
    const text = (epochs: number) => `${NET}model = Net()
def train(loader, optimizer):
    for epoch in range(${epochs}):
        for x, y in loader:
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
`;
    const stepsOf = (epochs: number) =>
      analyzeSource({ kind: 'file', text: text(epochs), language: 'python' }, { budgetMs: 2000 }).steps;
    expect(recipe(text(200)).epochs?.value).toBe(200);
    expect(stepsOf(200)).toBe(stepsOf(20));
  });

  it('say nothing where the code says nothing', () => {
    expect(modelsOf(NET)[0]?.training).toBeUndefined();
  });
});
