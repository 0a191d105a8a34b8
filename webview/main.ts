/** The topology panel's page: composes its parts, nothing else. */
import { registerControls } from './controls/toolkit.ts';
import { Panel } from './panel.ts';

registerControls();
new Panel(document.body).start();
