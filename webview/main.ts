/** The topology panel's page: composes its parts, nothing else. */
import { registerControls } from './controls/toolkit.ts';
import { startPanel } from './panel.ts';

registerControls();
startPanel(document.body);
