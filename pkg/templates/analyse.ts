import Handlebars from 'handlebars';
import { isValuePosition, lineProblems } from './yaml-position.ts';

/** The view members that a template uses, and its violations of the rules for templates. */
export interface TemplateAnalysis {
  /** Names of the view members that the output depends on, sorted. */
  readonly uses: readonly string[];
  /** Each `name:line: message`; empty for a valid template. */
  readonly problems: readonly string[];
}

/** The helpers that templates may use, defined in helpers.ts. */
export const knownHelpers = {
  q: true,
  int: true,
  bool: true,
  json: true,
  script: true,
  if: true,
  unless: true,
  each: true,
} as const;

/** Compiles a template to the JavaScript expression that createCharts expects. Shared by build, tests and development. */
export function precompileTemplate(source: string): string {
  // A fresh object each time: Handlebars writes its own defaults into the options.
  const options = {
    strict: true,
    noEscape: true,
    knownHelpersOnly: true,
    explicitPartialContext: true,
    preventIndent: true,
    knownHelpers: { ...knownHelpers },
  };
  // The types declare a specification; precompile returns its source text.
  return Handlebars.precompile(source, options) as unknown as string;
}

const valueHelpers = new Set(['q', 'int', 'bool', 'json', 'script']);
const blockHelpers = new Set(['if', 'unless', 'each']);

/**
 * Proves on a template's AST that no value reaches the output unquoted: every mustache is a helper that quotes or prints a number or
 * boolean, is placed where YAML expects a value, and blocks use members of the view only. Runs at build time and in tests.
 */
export function analyseTemplate(name: string, source: string): TemplateAnalysis {
  const parsed = parse(name, source);
  if (typeof parsed === 'string') return { uses: [], problems: [parsed] };
  const analysis = { uses: new Set<string>(), problems: [] as string[] };
  const lines = source.split('\n');
  for (const [index, problem] of lineProblems(lines)) analysis.problems.push(`${name}:${index + 1}: ${problem}`);
  for (const statement of parsed.body) visit(statement, { name, lines, ...analysis, depth: 0 });
  return { uses: [...analysis.uses].sort(), problems: analysis.problems };
}

function parse(name: string, source: string): hbs.AST.Program | string {
  try {
    return Handlebars.parse(source);
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

interface Context {
  readonly name: string;
  readonly lines: readonly string[];
  readonly uses: Set<string>;
  readonly problems: string[];
  /** Number of enclosing `each` blocks; inside of one, paths refer to the item and not to the view. */
  readonly depth: number;
}

function visit(statement: hbs.AST.Statement, context: Context): void {
  const complain = (message: string): void =>
    void context.problems.push(`${context.name}:${statement.loc.start.line}: ${message}`);
  switch (statement.type) {
    case 'ContentStatement':
    case 'CommentStatement':
      return;
    case 'MustacheStatement':
      return visitMustache(statement as hbs.AST.MustacheStatement, context, complain);
    case 'BlockStatement':
      return visitBlock(statement as hbs.AST.BlockStatement, context, complain);
    default:
      complain(`${statement.type} is not allowed`);
  }
}

type Complain = (message: string) => void;

function visitMustache(statement: hbs.AST.MustacheStatement, context: Context, complain: Complain): void {
  const helper = pathName(statement.path);
  if (!isCall(statement, valueHelpers)) {
    return complain(`{{${helper ?? '…'}}} must be one of ${[...valueHelpers].join(', ')} with one value`);
  }
  if (!statement.escaped) return complain('{{{ }}} is not allowed');
  const [param] = statement.params;
  if (helper === 'script' && param?.type !== 'StringLiteral') return complain('{{script}} needs a literal file name');
  if (helper !== 'script') readPath(param, context, complain);
  if (!isValuePosition(statement.loc, context.lines))
    complain(`{{${helper}}} must be placed where YAML expects a whole value`);
}

function isCall(call: hbs.AST.MustacheStatement | hbs.AST.BlockStatement, allowed: ReadonlySet<string>): boolean {
  const helper = pathName(call.path);
  return helper !== undefined && allowed.has(helper) && call.params.length === 1 && call.hash === undefined;
}

function visitBlock(block: hbs.AST.BlockStatement, context: Context, complain: Complain): void {
  const helper = pathName(block.path);
  if (!isCall(block, blockHelpers)) {
    return complain(`{{#${helper ?? '…'}}} must be one of ${[...blockHelpers].join(', ')} with one value`);
  }
  if (helper === 'each' && block.inverse !== undefined) complain('{{else}} of {{#each}} is never rendered');
  readPath(block.params[0], context, complain);
  const inner = helper === 'each' ? { ...context, depth: context.depth + 1 } : context;
  for (const statement of block.program?.body ?? []) visit(statement, inner);
  for (const statement of block.inverse?.body ?? []) visit(statement, context);
}

function readPath(param: hbs.AST.Expression | undefined, context: Context, complain: Complain): void {
  if (param?.type !== 'PathExpression') return complain('only members of the view may be used');
  const path = param as hbs.AST.PathExpression;
  if (path.data || path.depth > 0) return complain(`${path.original} is not allowed: no @data, no parent scopes`);
  if (context.depth > 0) return;
  const [root] = path.parts;
  if (root === undefined) return complain('the whole view is not a value');
  context.uses.add(root);
}

function pathName(path: hbs.AST.PathExpression | hbs.AST.Literal): string | undefined {
  return path.type === 'PathExpression' ? (path as hbs.AST.PathExpression).original : undefined;
}
