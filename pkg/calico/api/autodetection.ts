import { RE2JS, RE2JSException } from 're2js';
import { addressFamily, parseCidr } from '../../gardener/cidr.ts';
import { isDns1123Subdomain } from '../../gardener/names.ts';
import { show } from '../../network/field.ts';
import { expandedLength } from './regex-size.ts';

const options = ['can-reach', 'cidr', 'first-found', 'interface', 'kubernetes-internal-ip', 'skip-interface'] as const;
type Option = (typeof options)[number];

/**
 * Validates an IP autodetection method `option[=parameter]` (docs/design/calico.md#ip-autodetection). Returns the problem, or undefined. Felix
 * parses interface lists as Go regular expressions, so they are validated with an RE2 library instead of JavaScript's RegExp.
 */
export function autodetectionProblem(method: string): string | undefined {
  if (method === '') return 'method cannot be empty';
  const [, name = '', parameter] = /^([^=]*)(?:=(.*))?$/s.exec(method) ?? [];
  if (!isOption(name)) return `invalid option ${show(name)}, supported options are ${options.join(', ')}`;
  const takesNone = name === 'first-found' || name === 'kubernetes-internal-ip';
  if (takesNone) return parameter === undefined ? undefined : `option ${name} does not take a parameter`;
  return parameter ? parameterProblem(name, parameter) : `option ${name} requires a parameter`;
}

function parameterProblem(name: Option, parameter: string): string | undefined {
  switch (name) {
    case 'cidr':
      return parseCidr(parameter) === undefined
        ? `parameter of cidr must be one CIDR, such as 10.9.8.0/24 or 2001:db8::/64`
        : undefined;
    case 'can-reach':
      return addressFamily(parameter) !== undefined || isDns1123Subdomain(parameter)
        ? undefined
        : 'parameter of can-reach must be an IP address or a lower-case DNS name';
    default:
      return regexProblem(name, parameter);
  }
}

function isOption(name: string): name is Option {
  return (options as readonly string[]).includes(name);
}

/**
 * Much longer than any list of interfaces. Compiling an expression of this expanded length takes about 10 ms, on the one thread that serves all
 * Shoots of the garden.
 */
const limits = { expression: 512, expanded: 4_000, cached: 256 } as const;

/** Cache of results by expression, since each reconciliation and each write of a Shoot checks the same ones. The oldest entry is evicted first. */
const cache = new Map<string, string | undefined>();

function regexProblem(name: Option, expression: string): string | undefined {
  if (expression.length > limits.expression) {
    return `option ${name} is too long: the expression has more than ${limits.expression} characters`;
  }
  if (!cache.has(expression)) {
    const [oldest] = cache.size < limits.cached ? [] : cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(expression, compileProblem(expression));
  }
  const problem = cache.get(expression);
  return problem === undefined ? undefined : `option ${name} ${problem}`;
}

function compileProblem(expression: string): string | undefined {
  if (expandedLength(expression) > limits.expanded) {
    return `is too large: expanded, the expression has more than ${limits.expanded} characters`;
  }
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return `requires a Go regular expression: ${error.message.slice(0, 200)}`;
    throw error;
  }
}
