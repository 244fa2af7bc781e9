// A .keras file of 100 MB: float32 weights in HDF5, stored in a zip without compression, as Keras 3 saves it.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import h5wasm from 'h5wasm/node';

const channels = 512;
const depth = 10;
const classes = 3000;

/** Layers with the shapes of their weights: 25.2 million numbers. */
function layers() {
  const conv = (name, from) => ({
    class_name: 'Conv2D',
    config: { name, filters: channels, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu' },
    weights: [[3, 3, from, channels], [channels]]
  });
  return [
    {
      class_name: 'InputLayer',
      config: { name: 'input_layer', batch_shape: [null, 32, 32, 3], dtype: 'float32' },
      weights: []
    },
    ...Array.from({ length: depth + 1 }, (_, i) => conv(i === 0 ? 'conv2d' : `conv2d_${i}`, i === 0 ? 3 : channels)),
    { class_name: 'GlobalAveragePooling2D', config: { name: 'global_average_pooling2d' }, weights: [] },
    {
      class_name: 'Dense',
      config: { name: 'dense', units: classes, activation: 'softmax' },
      weights: [[channels, classes], [classes]]
    }
  ];
}

async function writeWeights(file, all) {
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'w');
  let numbers = 0;
  h5.create_group('layers');
  for (const { config, weights } of all) {
    h5.create_group(`layers/${config.name}`);
    const vars = h5.create_group(`layers/${config.name}/vars`);
    weights.forEach((shape, i) => {
      const length = shape.reduce((product, size) => product * size, 1);
      // Any numbers will do: Keras writes them uncompressed.
      const data = Float32Array.from({ length }, (_, n) => Math.sin(n + i) / 50);
      vars.create_dataset({ name: String(i), data, shape, dtype: '<f4' });
      numbers += length;
    });
  }
  h5.close();
  return numbers;
}

/** A zip whose entries are stored, not compressed. */
function writeZip(file, entries) {
  const out = openSync(file, 'w');
  const directory = [];
  let at = 0;
  const put = (bytes) => (at += writeSync(out, bytes));
  for (const [name, bytes] of entries) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8); // 1 January 1980
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), facts, tail, Buffer.from(name));
    put(Buffer.from([0x50, 0x4b, 3, 4]));
    put(facts);
    put(Buffer.from(name));
    put(bytes);
  }
  const start = at;
  directory.forEach(put);
  const end = Buffer.alloc(22);
  Buffer.from([0x50, 0x4b, 5, 6]).copy(end);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start, 16);
  put(end);
  closeSync(out);
}

/**
 * Writes the file.
 * @returns how many weights it holds
 */
export async function writeWideModel(file) {
  const all = layers();
  const h5 = `${file}.h5`;
  const numbers = await writeWeights(h5, all);
  const config = {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name: 'wide',
      layers: all.map(({ class_name, config: own }) => ({ module: 'keras.layers', class_name, config: own }))
    }
  };
  writeZip(file, [
    ['metadata.json', Buffer.from(JSON.stringify({ keras_version: '3.5.0' }))],
    ['config.json', Buffer.from(JSON.stringify(config))],
    ['model.weights.h5', readFileSync(h5)]
  ]);
  rmSync(h5);
  return numbers;
}
