// A child process that pretends to train: four epochs of a few steps each, on request crashing or getting lost in a step.
const models = new Set();
const cancelled = new Set();
const kept = new Map();
let paused = false;
let runs = 0;
const asked = [];

const tell = (message) => process.connected && process.send(message);
const scores = (epoch) => ({ loss: 1 / epoch, metrics: [1 - 1 / (epoch + 1)] });
const report = (epoch) => ({
  epoch,
  train: scores(epoch),
  validation: scores(epoch),
  validationOnBatch: null,
  learningRate: 0.001,
  seconds: 1,
  imagesPerSecond: 100,
  pulses: [],
  skipped: { count: 0, first: [] }
});
const summary = (run, form, status, epochs) => ({
  run,
  model: 'fake',
  data: 'digits',
  form,
  status,
  startedAt: '2024-01-01T00:00:00Z',
  engine: 'fake',
  metricNames: ['accuracy'],
  epochs,
  ending: null
});

function train(id, { model, form, resume }) {
  if (!models.has(model)) throw new Error(`${model} is not open here`);
  const run = resume ?? `run-${process.pid}-${++runs}`;
  const partial = (event) => tell({ type: 'progress', id, progress: { share: null, message: '', partial: event } });
  partial({ kind: 'started', run, engine: 'fake', epochs: form.epochs });
  // The file that survives the process is, in the fake, what `seed` says: epochs finished before.
  let epoch = resume === null ? 0 : form.seed;
  const epochs = Array.from({ length: epoch }, (_, at) => report(at + 1));
  kept.set(run, summary(run, form, 'running', epochs));
  const timer = setInterval(() => {
    if (cancelled.has(id)) {
      clearInterval(timer);
      kept.set(run, summary(run, form, 'stopped', epochs));
      tell({ type: 'error', id, error: { kind: 'cancelled' } });
      return;
    }
    if (paused) return;
    epoch++;
    partial({
      kind: 'step',
      report: { epoch, step: 1, steps: 2, loss: 1 / epoch, metrics: [0.5], imagesPerSecond: 10, secondsLeft: 3 }
    });
    if (form.loss === 'lost' && epoch === 2) for (;;); // a step that does not return
    if (form.loss === 'crash' && resume === null && epoch === 3) process.exit(3);
    epochs.push(report(epoch));
    partial({ kind: 'epoch', report: report(epoch) });
    if (epoch < form.epochs) return;
    clearInterval(timer);
    kept.set(run, summary(run, form, 'done', epochs));
    tell({ type: 'result', id, value: kept.get(run) });
  }, form.batchSize);
}

const experiments = new Map();
const line = [];

/** Four jobs of `batchSize` ms each; `target` says what goes wrong: 0.1 a crash in the third job, 0.2 a step that does not return. */
function experiment(id, { model, plan, resume }) {
  if (!models.has(model)) throw new Error(`${model} is not open here`);
  const name = resume ?? `experiment-${process.pid}-${experiments.size + 1}`;
  const jobs = Array.from({ length: 4 }, (_, at) => ({ id: `job${at}` }));
  const partial = (event) => tell({ type: 'progress', id, progress: { share: null, message: '', partial: event } });
  // What an earlier process finished is, in the fake, what `epochs` says.
  let done = experiments.get(name) ?? (resume === null ? 0 : plan.epochs);
  experiments.set(name, done);
  const summary = () => ({
    experiment: name,
    title: 'Fake',
    plan,
    data: 'digits',
    engine: 'fake',
    begun: '',
    status: done === 4 ? 'finished' : 'stopped',
    finishedJobs: done,
    jobs: 4
  });
  const leave = () => {
    line.shift();
    line[0]?.();
  };
  const begin = () => {
    partial({ kind: 'started', experiment: name, engine: 'fake', jobs });
    for (let at = 0; at < done; at++) partial({ kind: 'result', job: jobs[at].id, ending: { kind: 'finished' } });
    partial({ kind: 'job', job: jobs[done].id, index: done });
    const timer = setInterval(() => {
      if (cancelled.has(id)) {
        clearInterval(timer);
        tell({ type: 'error', id, error: { kind: 'cancelled' } });
        return leave();
      }
      partial({ kind: 'progress', job: jobs[done].id, share: 0.5, overall: (done + 0.5) / 4, secondsLeft: 240 });
      if (plan.target === 0.2 && done === 1) for (;;); // a step that does not return
      if (plan.target === 0.1 && resume === null && done === 2) process.exit(3);
      partial({ kind: 'result', job: jobs[done].id, ending: { kind: 'finished' } });
      experiments.set(name, ++done);
      if (done < 4) return partial({ kind: 'job', job: jobs[done].id, index: done });
      clearInterval(timer);
      tell({ type: 'result', id, value: summary() });
      leave();
    }, plan.batchSize);
  };
  line.push(begin);
  if (line.length > 1) partial({ kind: 'waiting', experiment: name });
  else begin();
}

process.on('message', (message) => {
  if (message.type === 'cancel') cancelled.add(message.id);
  if (message.type !== 'request') return;
  const { id, method, params } = message;
  asked.push(method);
  const answer = (value) => tell({ type: 'result', id, value });
  try {
    if (method === 'openModel' || method === 'openDefinition') {
      const model = `t${models.size + 1}`;
      models.add(model);
      answer({ model, file: null, summary: {}, inputs: [] });
    } else if (method === 'train') train(id, params);
    else if (method === 'runExperiment') experiment(id, params);
    else if (method === 'experiments')
      answer([...experiments].map(([name, done]) => ({ experiment: name, status: 'running', finishedJobs: done })));
    else if (method === 'pauseTraining') {
      paused = params.paused;
      answer(null);
    } else if (method === 'trainingRuns')
      answer([...kept.values(), ...(params.left ? [summary('left', {}, 'running', [])] : [])]);
    else if (method === 'trainingAlive') answer(null);
    else if (method === 'downloadFacts')
      answer({
        title: 'Some Digits',
        publisher: 'Someone',
        licence: 'MIT',
        addresses: ['https://example.org/d.npz'],
        bytes: 2e6,
        folder: '/data'
      });
    else if (method === 'downloadData') answer({ downloaded: true });
    else if (method === 'trainingOffer')
      answer({ asked: [...asked], model: params.model, environment: process.env.CONVLENS_RUNS });
    else answer(null);
  } catch (error) {
    tell({ type: 'error', id, error: { kind: 'internal', message: error.message } });
  }
});
process.on('disconnect', () => process.exit(0));
