/** The secrets of a control plane, created at each start and removed with its folder. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { User } from './types.ts';

/** A bearer token for each user, including the administrator. */
export interface Tokens {
  readonly admin: string;
  readonly byUser: ReadonlyMap<string, string>;
}

const adminUser: User = { name: 'admin', groups: ['system:masters'] };

/** Creates tokens for the administrator and `users`. */
export function createTokens(users: readonly User[]): Tokens {
  const admin = randomToken();
  const byUser = new Map([[adminUser.name, admin], ...users.map((user) => [user.name, randomToken()] as const)]);
  return { admin, byUser };
}

/** Returns the token of a user; throws for a user that was not declared at the start of the control plane. */
export function tokenOf(tokens: Tokens, user: string): string {
  const token = tokens.byUser.get(user);
  if (token === undefined) {
    throw new Error(
      `user ${JSON.stringify(user)} has no token: kube-apiserver reads its tokens once, so name the user in ` +
        `options.users of startControlPlane (known: ${[...tokens.byUser.keys()].join(', ')})`,
    );
  }
  return token;
}

/** Returns the content of kube-apiserver's --token-auth-file: token, name, uid, quoted groups. */
export function tokenFile(tokens: Tokens, users: readonly User[]): string {
  return [adminUser, ...users]
    .map((user) => `${tokenOf(tokens, user.name)},${user.name},${user.name},"${(user.groups ?? []).join(',')}"\n`)
    .join('');
}

/** Returns a private key as PEM for --service-account-signing-key-file; the API server derives the public key from it. */
export function serviceAccountKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  }).privateKey;
}

function randomToken(): string {
  return randomBytes(24).toString('hex');
}
