/** The secrets of one control plane, made anew at each start and gone with its folder. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { User } from './types.ts';

/** A bearer token per user; the administrator is one of them. */
export interface Tokens {
  readonly admin: string;
  readonly byUser: ReadonlyMap<string, string>;
}

const adminUser: User = { name: 'admin', groups: ['system:masters'] };

/** Makes tokens for the administrator and `users`. */
export function createTokens(users: readonly User[]): Tokens {
  const admin = randomToken();
  const byUser = new Map([[adminUser.name, admin], ...users.map((user) => [user.name, randomToken()] as const)]);
  return { admin, byUser };
}

/** The token of a user; throws for a user that was not declared when the control plane was started. */
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

/** The text of kube-apiserver's --token-auth-file: token, name, uid, quoted groups. */
export function tokenFile(tokens: Tokens, users: readonly User[]): string {
  return [adminUser, ...users]
    .map((user) => `${tokenOf(tokens, user.name)},${user.name},${user.name},"${(user.groups ?? []).join(',')}"\n`)
    .join('');
}

/** A PEM private key for --service-account-signing-key-file; the API server derives the public half from it. */
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
