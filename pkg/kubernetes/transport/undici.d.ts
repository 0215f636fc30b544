/**
 * The package's index loads fetch, mocks, caches and web sockets (26 MB of memory); the Agent alone takes half of it and
 * is all that we use. Its own declarations describe the index only.
 */
declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export default Agent;
}
