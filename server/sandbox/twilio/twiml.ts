/** The vendor cuts documents at 64 kB. */
const MAX_CHARS = 64 * 1024;
const MAX_DEPTH = 8;

/** One element of a TwiML document. `text` is its own text without that of its children. */
export interface TwimlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: TwimlElement[];
  text: string;
}

/** The document is not what the vendor accepts. Its code in the debugger is 12100. */
export class TwimlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TwimlError';
  }
}

/**
 * Reads a TwiML document: elements, attributes, text, CDATA, comments and the five named entities. Everything else of XML (DOCTYPE, other entities, namespaces) is refused. Names are
 * case-sensitive. Returns the `<Response>` element; throws TwimlError.
 *
 * Follows: Twilio, "TwiML for Programmable Voice" and error 12100.
 */
export const parseTwiml = (document: string): TwimlElement => {
  if (document.length > MAX_CHARS) throw new TwimlError('the document is longer than 64 kB');
  const open: TwimlElement[] = [];
  let root: TwimlElement | undefined;
  let rest = document.replace(/^\uFEFF/, '').replace(/^<\?xml\s[^?]*\?>/, '');

  const addText = (text: string) => {
    const parent = open.at(-1);
    if (parent) parent.text += text;
    else if (text.trim() !== '') throw new TwimlError('there is text outside <Response>');
  };

  while (rest !== '') {
    const token = nextToken(rest);
    rest = rest.slice(token.length);
    switch (token.kind) {
      case 'comment':
        break;
      case 'cdata':
        addText(token.text);
        break;
      case 'text':
        addText(decodeEntities(token.text));
        break;
      case 'close': {
        const closed = open.pop();
        if (closed?.name !== token.name) throw new TwimlError(`</${token.name}> closes nothing`);
        break;
      }
      case 'open': {
        const element: TwimlElement = { name: token.name, attributes: parseAttributes(token.name, token.attributes), children: [], text: '' };
        const parent = open.at(-1);
        if (parent) parent.children.push(element);
        else if (root) throw new TwimlError('there is more than one root element');
        else root = element;
        if (!token.selfClosing) open.push(element);
        if (open.length > MAX_DEPTH) throw new TwimlError('elements are nested too deeply');
        break;
      }
      default:
        return token satisfies never;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) throw new TwimlError(`<${unclosed.name}> is not closed`);
  if (root?.name !== 'Response') throw new TwimlError('the root element is not <Response>');
  return root;
};

type Token =
  | { kind: 'comment'; length: number }
  | { kind: 'cdata' | 'text'; text: string; length: number }
  | { kind: 'open'; name: string; attributes: string; selfClosing: boolean; length: number }
  | { kind: 'close'; name: string; length: number };

const COMMENT = /^<!--[\s\S]*?-->/;
const CDATA = /^<!\[CDATA\[([\s\S]*?)\]\]>/;
const OPEN = /^<([A-Za-z][A-Za-z0-9-]*)((?:\s+[A-Za-z][A-Za-z0-9:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/;
const CLOSE = /^<\/([A-Za-z][A-Za-z0-9-]*)\s*>/;
const TEXT = /^[^<]+/;

const nextToken = (rest: string): Token => {
  const text = TEXT.exec(rest);
  if (text) return { kind: 'text', text: text[0], length: text[0].length };
  const comment = COMMENT.exec(rest);
  if (comment) return { kind: 'comment', length: comment[0].length };
  const cdata = CDATA.exec(rest);
  if (cdata) return { kind: 'cdata', text: cdata[1] ?? '', length: cdata[0].length };
  const close = CLOSE.exec(rest);
  if (close) return { kind: 'close', name: close[1] ?? '', length: close[0].length };
  const start = OPEN.exec(rest);
  if (start) return { kind: 'open', name: start[1] ?? '', attributes: start[2] ?? '', selfClosing: start[3] === '/', length: start[0].length };
  throw new TwimlError(`this is not XML: ${rest.slice(0, 40)}`);
};

const parseAttributes = (element: string, text: string): Map<string, string> => {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(/([A-Za-z][A-Za-z0-9:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (attributes.has(name)) throw new TwimlError(`<${element}> has ${name} twice`);
    attributes.set(name, decodeEntities(double ?? single ?? ''));
  }
  return attributes;
};

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decodeEntities = (text: string): string => {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(text)) throw new TwimlError('an & stands alone or starts an unknown entity');
  return text.replace(
    /&(?:(\w+)|#(\d+)|#x([0-9a-fA-F]+));/g,
    (_, named: string | undefined, decimal: string | undefined, hex: string | undefined) => {
      if (named !== undefined) return ENTITIES[named] ?? '';
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      if (point === 0 || point > 0x10ffff) throw new TwimlError('a character reference is out of range');
      return String.fromCodePoint(point);
    },
  );
};
