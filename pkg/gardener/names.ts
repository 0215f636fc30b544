/** Names of Kubernetes objects, by the rules of apimachinery's pkg/util/validation. */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^${label}(\\.${label})*$`);

/** True for a DNS-1123 label, such as the name of a namespace: at most 63 characters of a-z, 0-9 and, inside, `-`. */
export function isDns1123Label(text: string): boolean {
  return text.length <= 63 && labelPattern.test(text);
}

/**
 * True for a DNS-1123 subdomain, such as the name of most objects: at most 253 characters, labels joined by `.`. As in Kubernetes, a
 * single label may be longer than 63 characters.
 */
export function isDns1123Subdomain(text: string): boolean {
  return text.length <= 253 && subdomainPattern.test(text);
}
