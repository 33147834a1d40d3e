/** Where text goes, and what it may look like there. */
export interface Terminal {
  /** Characters in a line. */
  readonly width: number;
  line(text?: string): void;
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  red(text: string): string;
}

const NARROWEST = 60;
const WIDEST = 140;
const DEFAULT_WIDTH = 100;

/** Colours only on a terminal and not when NO_COLOR is set to anything (https://no-color.org). */
export const createTerminal = (out: { write(text: string): unknown; isTTY?: boolean; columns?: number }, noColor: string | undefined): Terminal => {
  const coloured = out.isTTY === true && !noColor;
  const paint = (open: number, close: number) => (text: string) => (coloured ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  return {
    width: Math.min(WIDEST, Math.max(NARROWEST, out.columns ?? DEFAULT_WIDTH)),
    line: (text = '') => {
      out.write(`${text}\n`);
    },
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
};

/** Breaks text at spaces into lines of at most `width` characters; a longer word is cut. At least one line. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    let rest = word;
    if (line && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = '';
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line ? `${line} ${rest}` : rest;
  }
  return line || lines.length === 0 ? [...lines, line] : lines;
};

/**
 * A table with a rule under its head; cells wrap, and the widest columns give way until it fits `width`. `paint` may colour a cell's padded text without
 * changing its length on the screen.
 */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: (text: string, column: number, row: number) => string,
): string[] => {
  const gap = 2;
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const excess = () => widths.reduce((total, columnWidth) => total + columnWidth, gap * (head.length - 1)) - width;
  while (excess() > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= 6) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  const lay = (cells: readonly string[], row: number): string[] => {
    const wrapped = widths.map((columnWidth, column) => wrap(cells[column] ?? '', columnWidth));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, nth) =>
      wrapped
        .map((lines, column) => paint((lines[nth] ?? '').padEnd(widths[column] ?? 0), column, row))
        .join(' '.repeat(gap))
        .trimEnd(),
    );
  };
  return [...lay(head, -1), widths.map((columnWidth) => '─'.repeat(columnWidth)).join(' '.repeat(gap)), ...rows.flatMap((row, nth) => lay(row, nth))];
};
