// A child process that behaves badly on request.
process.on('message', (message) => {
  if (message.type !== 'request') {
    if (message.type === 'cancel')
      process.send({ type: 'event', name: 'log', payload: { level: 'info', message: `cancelled ${message.id}` } });
    return;
  }
  const { id, method, params } = message;
  switch (method) {
    case 'echo':
      process.send({ type: 'result', id, value: params });
      break;
    case 'environment':
      process.send({
        type: 'result',
        id,
        value: {
          node: process.env.ELECTRON_RUN_AS_NODE,
          engine: process.env.CONVLENS_ENGINE,
          execArgv: process.execArgv
        }
      });
      break;
    case 'garbage':
      for (const junk of [
        null,
        7,
        'text',
        [],
        {},
        { type: 'result' },
        { type: 'error', id },
        { type: 'error', id, error: 5 },
        { type: 'result', id: 9999, value: 1 },
        { type: 'event', name: 'log', payload: null },
        { type: 'nonsense', id: 1 }
      ])
        process.send(junk);
      process.send({ type: 'result', id, value: 'still here' });
      break;
    case 'crash':
      process.exit(3);
      break;
    case 'throw':
      throw new Error('out of luck');
    default: // never answers
  }
});
