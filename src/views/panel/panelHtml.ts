/** Pure: the document that loads the panel's page. */

/** Addresses that the webview may load, as `asWebviewUri` gives them. */
export interface PageAssets {
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
}

/**
 * The page's document. Only our one script runs; the layout worker is started from a blob (a webview cannot load
 * a worker by its address); styles come from our file and from constructed sheets, which a policy need not allow.
 */
export function panelHtml(
  { cspSource, script, style }: PageAssets,
  options: { nonce: string; language: string; title: string },
): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${options.nonce}'`,
    'worker-src blob:',
    `style-src ${cspSource} '${emptyStyleHash}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(options.language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(options.title)}</title>
    <link rel="stylesheet" href="${escapeHtml(style)}">
  </head>
  <body>
    <script nonce="${escapeHtml(options.nonce)}" src="${escapeHtml(script)}"></script>
  </body>
</html>
`;
}

/** SHA-256 of nothing: the toolkit tries out an empty style element to learn what the browser can do. */
const emptyStyleHash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
