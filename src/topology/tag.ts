/** Patchbay's mark on what it made: the link's alias (IFLA_IFALIAS, up to 255 bytes). */
const podPrefix = 'patchbay:pod=';

/** The alias of a bridge that Patchbay made. */
export const bridgeTag = 'patchbay:bridge';

/** The alias of both ends of a pod's veth pair. */
export function podTag(name: string): string {
  return `${podPrefix}${name}`;
}

/** The pod that a link's alias says it belongs to; null where it carries no such tag. */
export function ownPodName(alias: string | null | undefined): string | null {
  return alias?.startsWith(podPrefix) === true ? alias.slice(podPrefix.length) : null;
}

/** True for the alias of any link that Patchbay made. */
export function isOurs(alias: string | null | undefined): boolean {
  return alias === bridgeTag || ownPodName(alias) !== null;
}
