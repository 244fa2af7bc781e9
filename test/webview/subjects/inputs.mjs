// Giving the panel an input: drawing, pasting, dropping; class names; comparing presets.
import { axe, check, clipped, open, ready, shot, test } from '../harness.mjs';

/** The parameters of every call of a method so far; bytes as plain lists. */
const calls = (page, method) =>
  page.evaluate(
    (name) =>
      globalThis.fakeHost.given
        .filter((one) => one.method === name)
        .map(({ params }) =>
          JSON.parse(JSON.stringify(params, (_key, value) => (value instanceof Uint8Array ? [...value] : value)))
        ),
    method
  );
const called = async (page, method, count) => {
  await page.waitForFunction(
    ([name, least]) => globalThis.fakeHost.given.filter((one) => one.method === name).length >= least,
    [method, count]
  );
  return (await calls(page, method)).at(-1);
};
async function openTool(page, name) {
  await page.getByRole('button', { name: /change input/i }).click();
  if (name !== null) await page.locator('.input-panel .tools').first().getByText(name).click();
}

await test('what is drawn on the pad becomes the input: strokes, a dot, and nothing after Clear', async () => {
  const page = await open();
  await ready(page);
  await openTool(page, 'Draw…');
  const box = await page.locator('.pad').boundingBox();
  const inside = [box.x + 1, box.y + 1];
  const before = (await calls(page, 'setInput')).length;
  await page.mouse.move(inside[0] + 30, inside[1] + 40);
  await page.mouse.down();
  await page.mouse.move(inside[0] + 70, inside[1] + 40, { steps: 5 });
  await page.mouse.move(inside[0] + 70, inside[1] + 110, { steps: 5 });
  await page.mouse.up();
  const { source } = await called(page, 'setInput', before + 1);
  check(
    source.kind === 'drawing' && source.pixels.width === 140 && source.pixels.height === 140,
    JSON.stringify(source).slice(0, 200)
  );
  const at = (pixels, x, y) => pixels.rgba[4 * (y * 140 + x)];
  const seen = [
    at(source.pixels, 50, 40),
    at(source.pixels, 70, 90),
    at(source.pixels, 30, 110),
    at(source.pixels, 5, 5)
  ];
  check(seen.join() === '255,255,0,0', `drawn: ${seen.join()}`);
  await shot(page, 'pad');
  await page.locator('.input-panel').getByText('Clear').click();
  const again = await page.locator('.pad').boundingBox();
  await page.mouse.move(again.x + 101, again.y + 101);
  await page.mouse.down();
  await page.mouse.up();
  const dot = (await called(page, 'setInput', before + 2)).source.pixels;
  check(
    [at(dot, 100, 100), at(dot, 50, 40)].join() === '255,0',
    `after Clear and a tap: ${at(dot, 100, 100)}, ${at(dot, 50, 40)}`
  );
  await page.mouse.move(again.x + 20, again.y + 20);
  await page.mouse.move(again.x + 60, again.y + 20);
  check((await calls(page, 'setInput')).length === before + 2, 'moving without pressing drew something');
  await axe(page);
  check(page.problems.length === 0, page.problems.join('\n'));
});

await test('a pasted picture becomes the input; pasted text does not', async () => {
  const page = await open();
  await ready(page);
  const before = (await calls(page, 'setInput')).length;
  await page.evaluate(() => {
    const text = new DataTransfer();
    text.setData('text/plain', 'hello');
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: text, bubbles: true }));
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'image.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  const { input, source } = await called(page, 'setInput', before + 1);
  check(
    input === 0 && JSON.stringify(source) === '{"kind":"bytes","name":"image.png","bytes":[137,80,78,71]}',
    JSON.stringify(source)
  );
  check((await calls(page, 'setInput')).length === before + 1, 'the text was used too');
  await page.locator('.input-words', { hasText: 'image.png' }).waitFor();
});

const dropOn = (page, build) =>
  page.evaluate((kind) => {
    const data = new DataTransfer();
    if (kind.file) data.items.add(new File([new Uint8Array([1, 2, 3])], kind.file));
    else data.setData('text/uri-list', kind.uris);
    const dock = document.querySelector('.dock');
    dock.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }));
    const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    dock.dispatchEvent(event);
    return event.defaultPrevented;
  }, build);

await test('a dropped file, and a file dropped from the explorer, become the input', async () => {
  const page = await open();
  await ready(page);
  const before = (await calls(page, 'setInput')).length;
  check(await dropOn(page, { file: 'digit.png' }), 'the page would leave for the dropped file');
  const { source } = await called(page, 'setInput', before + 1);
  check(JSON.stringify(source) === '{"kind":"bytes","name":"digit.png","bytes":[1,2,3]}', JSON.stringify(source));
  await dropOn(page, { uris: '# from the explorer\r\nfile:///w/notes.txt\r\nfile:///w/a.png\r\n' });
  const { uris } = await called(page, 'resolveDrop', 1);
  check(uris.join() === 'file:///w/notes.txt,file:///w/a.png', uris.join());
  const second = await called(page, 'setInput', before + 2);
  check(JSON.stringify(second.source) === '{"kind":"file","path":"/w/a.png"}', JSON.stringify(second.source));
  check((await page.locator('.dock.over').count()) === 0, 'the dock still looks as if something hung over it');
});

await test('a drop that cannot be an input says so where the input is, and keeps the input', async () => {
  const page = await open();
  await ready(page);
  const words = await page.textContent('.input-words');
  await dropOn(page, { uris: 'file:///w/notes.txt' });
  await page.locator('.dock .error-box').waitFor();
  check(/picture or a NumPy array/.test(await page.textContent('.dock .error-box')), 'no reason');
  check((await page.textContent('.input-words')) === words, 'the input changed');
  await shot(page, 'drop-refused');
  await axe(page);
  await dropOn(page, { file: 'digit.png' });
  await page.locator('.dock .error-box').waitFor({ state: 'detached' });
});

await test('class names: what is in use and why, a list that fits, a file, typed ones, and a refusal that is seen', async () => {
  const page = await open();
  await ready(page);
  await openTool(page, 'Labels…');
  const names = page.locator('.labels');
  await names.getByText(/^4 names in use \(a, b, c…\): this is the sample network$/).waitFor();
  check((await names.getByText('ImageNet').count()) === 0, 'a list of 1,000 names is offered for 10 classes');
  const runs = (await calls(page, 'run')).length;
  await names.getByText('Digits 0 to 9').click();
  await names.getByText(/^10 names in use/).waitFor();
  await called(page, 'run', runs + 1);
  await names.getByText('From a file…').click();
  const file = await called(page, 'setLabels', 2);
  check(JSON.stringify(file.labels) === '{"kind":"file","path":"/names.txt"}', JSON.stringify(file));
  await names.locator('textarea').fill('one\n two \n\n');
  await names.getByText('Use these names').click();
  const typed = await called(page, 'setLabels', 3);
  check(JSON.stringify(typed.labels) === '{"kind":"list","names":["one","two"]}', JSON.stringify(typed));
  await names.locator('.error-box', { hasText: 'There are 2 of them' }).waitFor();
  await shot(page, 'labels');
  await axe(page);
  await names.getByText('None', { exact: true }).click();
  await names.getByText(/^No class names are in use/).waitFor();
  check((await names.locator('.error-box').count()) === 0, 'the refusal stayed');
  check((await clipped(page)).length === 0, (await clipped(page)).join());
});

await test('presets: the best is marked with its measure, a click takes one over, another picture is compared anew', async () => {
  const page = await open();
  await ready(page);
  await openTool(page, 'Compare presets');
  await page.locator('.preset.best', { hasText: '0..1' }).waitFor();
  check((await page.locator('.preset.best').count()) === 1, 'more than one is best');
  check(/0\.\.1 fits best/.test(await page.textContent('.presets')), await page.textContent('.presets'));
  await shot(page, 'presets');
  await axe(page);
  check((await clipped(page)).length === 0, (await clipped(page)).join());
  const before = (await calls(page, 'setInput')).length;
  await page.locator('.preset', { hasText: '-1..1' }).click();
  const { preprocessing } = await called(page, 'setInput', before + 1);
  check(preprocessing.normalization === '-1..1', JSON.stringify(preprocessing));
  check((await calls(page, 'comparePresets')).length === 1, 'the same picture was compared again');
  for (const count of [2, 3]) {
    await dropOn(page, { file: 'image.png' });
    await called(page, 'comparePresets', count);
  }
});

await test('the comparison of presets is asked again after the class names changed', async () => {
  const page = await open();
  await ready(page);
  const tool = (name) => page.locator('.input-panel .tools').first().getByText(name).click();
  await openTool(page, /presets/i);
  await page.locator('.preset', { hasText: /^0\.\.1 ?7 98/ }).waitFor();
  await tool('Labels…');
  await page.locator('.labels textarea').fill(Array.from({ length: 10 }, (_, i) => `figure ${i}`).join('\n'));
  await page.getByRole('button', { name: 'Use these names' }).click();
  await called(page, 'setLabels', 1);
  await page.waitForTimeout(300);
  await tool(/presets/i);
  await page.locator('.preset', { hasText: 'figure 7' }).first().waitFor();
  check((await calls(page, 'comparePresets')).length === 2, 'not asked again');
});
