/** Names by RFC 1123, as the API server checks them: lower-case letters, digits and "-", with a letter or digit at both ends. */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);

/** In characters. */
export const longestLabel = 63;
export const longestSubdomain = 253;

/** True for a label: the name of a namespace or a Service. */
export function isDnsLabel(text: string): boolean {
  return text.length <= longestLabel && labelPattern.test(text);
}

/** True for labels joined by dots: a host name, or the name of most objects. Only the whole has a limit of length, as in Kubernetes. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= longestSubdomain && subdomainPattern.test(text);
}
