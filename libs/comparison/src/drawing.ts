/** What pictures and pages are made of: SVG and HTML as text, that need nothing from elsewhere and run no scripts. Knows no figures. */

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const colours = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b', '#17becf', '#e377c2', '#7f7f7f', '#bcbd22'];
export const colourOf = (i: number): string => colours[i % colours.length]!;
/** Of a line: where the colours come round, dashes and then dots tell it from the one before, so thirty lines differ. */
export const dashOf = (i: number): string => ['', ' stroke-dasharray="7 3"', ' stroke-dasharray="2 2"'][Math.floor(i / colours.length) % 3]!;

/** Text in lines of at most so many letters, broken at spaces: SVG breaks none and cuts at its edge. A longer word stays whole. */
export const linesOf = (text: string, letters: number): readonly string[] =>
  text.split(' ').reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || [...last].length + 1 + [...word].length > letters ? [...lines, word] : [...lines.slice(0, -1), `${last} ${word}`];
  }, []);

/** `parts`: elements, in the order in which they are drawn. Sizes in pixels. */
export const svg = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`;

/** `rows` are HTML already. A page narrower than the table moves it and not itself. `facts`: of text and not of figures. */
export const tableOf = (rows: readonly string[], kind: 'figures' | 'facts' = 'figures'): string => `<div class="wide"><table${kind === 'facts' ? ' class="facts"' : ''}>${rows.join('\n')}</table></div>`;
/** `cells` are HTML already. */
export const tableRow = (tag: 'th' | 'td', cells: readonly string[]): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;

/** A whole page under its title; `body` is HTML already. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>body{font:14px/1.45 sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:right}td{white-space:nowrap}td:first-child,th:first-child,.facts td{text-align:left;white-space:normal}td:first-child{min-width:7rem}.wide{overflow-x:auto}svg{max-width:100%;height:auto}.wide svg{max-width:none}figure{display:inline-block;vertical-align:bottom;margin:.5rem}figcaption{font-size:12px;font-weight:bold}</style></head><body>
<h1>${escaped(title)}</h1>
${body}</body></html>
`;
