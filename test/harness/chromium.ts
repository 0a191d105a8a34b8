import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { findProgram } from '../../scripts/processes.ts';

const programs = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];

/** Chromium's program: $PATCHBAY_CHROMIUM, else one on PATH, else the one Playwright has downloaded. */
export function findChromium(): string | undefined {
  const found =
    process.env['PATCHBAY_CHROMIUM'] ?? programs.map(findProgram).find((file) => file !== undefined);
  const ofPlaywright = chromium.executablePath();
  return found ?? (existsSync(ofPlaywright) ? ofPlaywright : undefined);
}

/** Starts a Chromium without a window that talks to nobody but the pages it is told to open. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error(`No Chromium found: install one of ${programs.join(', ')}, or set PATCHBAY_CHROMIUM.`);
  }
  return chromium.launch({
    executablePath,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...['--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'],
      ...['--disable-sync', '--no-first-run', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
      // Letters are the same whatever the machine's screen and settings are.
      ...['--font-render-hinting=none', '--disable-lcd-text'],
    ],
  });
}
