/**
 * Text from a node is bytes: names of links, namespaces and files need not be UTF-8. Bytes that are not come out
 * as lone surrogates U+DC80…U+DCFF, one a byte, and go back as the same bytes (the way of Python's PEP 383): so
 * two names stay two names, and a name can be said back to the node.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const escapeBase = 0xdc00;

/** Bytes → text that can be turned back. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeByCharacter(bytes);
  }
}

function decodeByCharacter(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const length = characterLength(bytes, i);
    text +=
      length === 0
        ? String.fromCharCode(escapeBase + (bytes[i] ?? 0))
        : strict.decode(bytes.subarray(i, i + length));
    i += Math.max(1, length);
  }
  return text;
}

/** Bytes of the UTF-8 character at `at`; 0 where there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length =
    first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  try {
    return strict.decode(bytes.subarray(at, at + length)).length > 0 ? length : 0;
  } catch {
    return 0;
  }
}

/** With the `u` flag a class of surrogates matches lone ones only, never half of a pair. */
const escaped = /[\udc80-\udcff]/u;
const isEscaped = (unit: number): boolean => unit >= escapeBase + 0x80 && unit <= escapeBase + 0xff;

/** The bytes of a lone surrogate made by {@link decodeText}; null for any other character. */
export function escapedByte(character: string): number | null {
  const unit = character.length === 1 ? character.charCodeAt(0) : 0;
  return isEscaped(unit) ? unit - escapeBase : null;
}

/** Text → the bytes it was read from. */
export function encodeText(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (!escaped.test(text)) {
    return encoder.encode(text);
  }
  const parts = Array.from(text, (character) => {
    const byte = escapedByte(character);
    return byte === null ? encoder.encode(character) : Uint8Array.of(byte);
  });
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
