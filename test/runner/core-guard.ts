/**
 * Loaded before core tests: a core test that listens on a socket or connects to one fails. Processes and file writes are denied by Node's
 * permission model, with which the runner starts these tests (suites.ts).
 */
import { Server, Socket } from 'node:net';

function refuse(what: string): () => never {
  return () => {
    throw new Error(`a core test may not ${what}: name the file *.io.test.ts if it needs to`);
  };
}

Server.prototype.listen = refuse('listen on a socket');
Socket.prototype.connect = refuse('connect to a socket');
