#!/usr/bin/env node
// Writes docs/backbones.md from what the real libraries say (test/fixtures/backbones/*.json).
//   node scripts/backbones/table.mjs [--check]   --check writes nothing and fails where the page is behind
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const page = path.join(root, 'docs', 'backbones.md');
const golden = (name) => JSON.parse(readFileSync(path.join(root, 'test', 'fixtures', 'backbones', name), 'utf8'));
const number = (value) => value.toLocaleString('en-US');
const shape = (sizes) => sizes.map((size) => size ?? '?').join(' x ');

const keras = golden('keras.json');
const torch = golden('torchvision.json');

const kerasRows = Object.entries(keras.calls)
  .filter(([call]) => /^\w+\(weights=None\)$/.test(call))
  .map(([call, whole]) => {
    const name = call.replace(/\(.*/, '');
    const odd = keras.calls[`${name}(weights=None, include_top=False, input_shape=(197, 197, 3), pooling='max')`];
    return `| ${name} | ${number(whole.params)} | ${number(odd.params)} | ${shape(odd.output.slice(1))} | ${whole.layers} |`;
  });
const torchRows = Object.entries(torch.networks).map(
  ([name, { params, withoutHead, shapes }]) =>
    `| ${name} | ${number(params)} | ${number(withoutHead)} | ${shapes[0].convolutions} |`
);

const text = `# Networks that source code names

A program that says \`keras.applications.ResNet50(include_top=False)\` or \`torchvision.models.resnet18()\` is followed into the
network: its layers, shapes and counts are known, its parts can be tapped, cut off and replaced. The networks are recorded from the real
libraries by \`scripts/backbones\`; nothing is downloaded and no Python runs. This page is written by \`scripts/backbones/table.mjs\` from
what the libraries themselves say, and the tests compare every number with what is read from the source.

What changes a network is followed: \`include_top\`, \`pooling\`, \`classes\`, \`classifier_activation\`, \`input_shape\` (odd and even sizes are
padded differently), \`input_tensor\`, \`weights\`, \`alpha\`, \`minimalistic\`, \`depth_multiplier\`, \`dropout\`, \`include_preprocessing\`; for
PyTorch \`weights\`, \`pretrained\`, \`num_classes\`, \`aux_logits\`, and any change of its attributes (\`model.fc = …\`). Any other argument, a value
the program does not state, and a call that the library itself would refuse leave the network unknown, with the reason.

## keras.applications (Keras ${keras.keras})

${Object.keys(keras.calls).length} calls are checked layer by layer: name, class, output shape and parameters of each. Without the classifier: for an
input of 197 x 197 (NASNetLarge is wired differently where the size is left open).

| network | parameters | without the classifier | features after pooling | layers |
| --- | ---: | ---: | --- | ---: |
${kerasRows.join('\n')}

## torchvision.models (torchvision ${torch.torchvision})

Checked at three input sizes each, the shape of every convolution included. Vision transformers are no convolutional networks and stay unknown.

| network | parameters | without its head | convolutions |
| --- | ---: | ---: | ---: |
${torchRows.join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text)
    throw new Error('docs/backbones.md is behind: node scripts/backbones/table.mjs');
} else writeFileSync(page, text);
