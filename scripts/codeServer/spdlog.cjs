/**
 * Takes the place of @vscode/spdlog, which is nothing without a native build: VS Code's logs, and those that
 * extensions show in the Output panel, go through it. Writes plain files, at once, and never rotates them.
 */
const { closeSync, mkdirSync, openSync, writeSync } = require('node:fs');
const { dirname } = require('node:path');

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];

class Logger {
  #file;
  #level = levels.indexOf('info');
  #format = (level, message) => {
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '');
    return `${time} [${levels[level]}] ${message}\n`;
  };

  constructor(_type, _name, path) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a');
  }

  getLevel() {
    return this.#level;
  }

  setLevel(level) {
    this.#level = level;
  }

  /** Only one pattern is ever set, the one that is the default here. */
  setPattern() {}

  clearFormatters() {
    this.#format = (_level, message) => message;
  }

  trace(message) {
    this.#write(0, message);
  }

  debug(message) {
    this.#write(1, message);
  }

  info(message) {
    this.#write(2, message);
  }

  warn(message) {
    this.#write(3, message);
  }

  error(message) {
    this.#write(4, message);
  }

  critical(message) {
    this.#write(5, message);
  }

  flush() {}

  drop() {
    if (this.#file !== undefined) {
      closeSync(this.#file);
      this.#file = undefined;
    }
  }

  #write(level, message) {
    if (this.#file !== undefined && level >= this.#level) {
      writeSync(this.#file, this.#format(level, message));
    }
  }
}

const createLogger = async (name, path) => new Logger('file', name, path);

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
