import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { type Scenario, scenarioSchema } from './schema.js';

/** A scenario file that cannot be played, with one line per problem: file, line, field, what was expected. */
export class ScenarioInvalid extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ScenarioInvalid';
    this.problems = problems;
  }
}

/** Reads a scenario file: one or more YAML documents. Throws ScenarioInvalid when it cannot be read, is not YAML or breaks the schema. */
export const loadScenarioFile = (path: string): Scenario[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ScenarioInvalid([`${path}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`]);
  }
  return parseScenarios(text, path);
};

/** The same for text at hand; `file` is only named in errors. */
export const parseScenarios = (text: string, file: string): Scenario[] => {
  const lines = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter: lines })].filter((document) => document.contents !== null);
  const problems: string[] = [];
  const scenarios: Scenario[] = [];
  if (documents.length === 0) problems.push(`${file}:1: (file): expected at least one scenario`);
  for (const document of documents) {
    for (const error of document.errors) problems.push(`${file}:${error.linePos?.[0].line ?? 1}: (yaml): ${error.message.split('\n')[0]}`);
    if (document.errors.length > 0) continue;
    const parsed = scenarioSchema.safeParse(document.toJS());
    if (parsed.success) scenarios.push(parsed.data);
    else
      for (const issue of flatten(parsed.error.issues))
        problems.push(`${file}:${lineOf(document, issue.path, lines)}: ${fieldName(issue.path)}: ${issue.message}`);
  }
  if (problems.length > 0) throw new ScenarioInvalid(problems);
  return scenarios;
};

interface Problem {
  path: PropertyKey[];
  message: string;
}

/** Unions are reported by the branch that the author most likely meant: the one that got furthest; with no such branch, by the union's own sentence. */
const flatten = (issues: readonly z.core.$ZodIssue[], base: PropertyKey[] = []): Problem[] =>
  issues.flatMap((issue): Problem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key; expected one of the keys in design/scenarios.md' }));
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.filter((branch) => !branch.some((inner) => inner.path.length === 0 && isOtherShape(inner)));
      const branch = meant.length === 1 ? meant[0] : undefined;
      if (branch) return flatten(branch, path);
    }
    return [{ path, message: issue.message.replace(/^Invalid input: /, '') }];
  });

/** The value is of another shape altogether: another type, literal or set of keys. */
const isOtherShape = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_format' || issue.code === 'unrecognized_keys';

const fieldName = (path: readonly PropertyKey[]) =>
  path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : name ? `${name}.${String(part)}` : String(part)), '') ||
  '(document)';

/** The line of the deepest part of `path` that stands in the document; a missing key is reported at its parent. */
const lineOf = (document: Document.Parsed, path: readonly PropertyKey[], lines: LineCounter): number => {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const named = isMap(parent) ? parent.items.find((pair) => isNode(pair.key) && String(pair.key) === String(key))?.key : undefined;
    const node = named ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  const start = document.contents?.range?.[0] ?? 0;
  return lines.linePos(start).line;
};
