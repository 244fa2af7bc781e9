/** Entry of the panel's page. */
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/details.css';
import './styles/effects.css';
import './styles/compare.css';
import './styles/export.css';
import './styles/dropout.css';
import './styles/features.css';
import './styles/normalization.css';
import './styles/parts.css';
import './styles/why.css';
import './styles/pooling.css';
import './styles/train.css';
import './styles/lab.css';
import { render } from 'preact';
import { App } from './app';
import { registerControls } from './controls';
import { start } from './session';
import { listenToExperiments } from './train/lab/labState';
import { listenToRuns } from './train/trainState';

registerControls();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
listenToRuns();
listenToExperiments();
void start();
