/**
 * Imported before elkjs. In a scope without `document` elkjs takes itself for the worker script, claims `onmessage` and
 * exports no engine (elk-worker.js, "typeof document"). We run the engine within our own worker instead.
 */
(globalThis as { document?: unknown }).document = {};
