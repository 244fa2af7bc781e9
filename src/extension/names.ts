/** Identifiers that also stand in package.json; a test compares the two. */
export const commands = {
  inspectModel: 'convlens.inspectModel',
  showKernels: 'convlens.showKernels',
  showFeatureMaps: 'convlens.showFeatureMaps',
  useAsInput: 'convlens.useAsInput',
  loadWeights: 'convlens.loadWeights',
  tryKernel: 'convlens.tryKernel',
  restartEngine: 'convlens.restartEngine',
  showLog: 'convlens.showLog',
  showEngines: 'convlens.showEngines',
  inspectDefinition: 'convlens.inspectDefinition',
  train: 'convlens.train',
  showTraining: 'convlens.showTraining',
  pauseTraining: 'convlens.pauseTraining',
  resumeTraining: 'convlens.resumeTraining',
  stopTraining: 'convlens.stopTraining',
  withoutThisLine: 'convlens.withoutThisLine',
  explainCheck: 'convlens.explainCheck',
  turnOffCheck: 'convlens.turnOffCheck',
  setValue: 'convlens.setValue'
} as const;

/** Custom editors: binary model files by default, `model.json` by choice. */
export const editorTypes = { model: 'convlens.model', modelJson: 'convlens.modelJson' } as const;

/** The panel beside the code. */
export const panelType = 'convlens.panel';

/** The panel of a kernel made by hand, which needs no model. */
export const kernelPanelType = 'convlens.kernel';

/** Context keys for menus and enablement. */
export const contextKeys = {
  panelOpen: 'convlens.panelOpen',
  engineRunning: 'convlens.engineRunning',
  trainingRunning: 'convlens.trainingRunning',
  trainingPaused: 'convlens.trainingPaused',
  experimentRunning: 'convlens.experimentRunning'
} as const;

export const configurationSection = 'convlens';
