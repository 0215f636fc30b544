/**
 * The index of undici loads fetch, mocks, caches and web sockets (26 MB of memory); the Agent alone needs half of that.
 * The declarations of the package cover the index only.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}
