/** A release of iproute2, as "ip -V" names it since 5.5: [6, 1]. Releases before are dated, and too old to be spoken for. */
export type Iproute2Version = readonly [major: number, minor: number];

/** The release in "ip utility, iproute2-6.1.0, libbpf 1.1.2"; null for any other text. */
export function parseIproute2Version(line: string): Iproute2Version | null {
  const [, major, minor] = /\biproute2-(\d+)\.(\d+)/.exec(line) ?? [];
  const version = [Number(major), Number(minor)] as const;
  return major !== undefined && isSince(version, 5, 5) ? version : null;
}

export function isSince([major, minor]: Iproute2Version, sinceMajor: number, sinceMinor: number): boolean {
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}
