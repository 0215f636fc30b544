/** The parts of the client that are used, each from its own file: its index.js loads clusters, workers and a push gateway as well. */
declare module '@prometheus-io/client/lib/counter.js' {
  export { Counter as default } from '@prometheus-io/client';
}

declare module '@prometheus-io/client/lib/gauge.js' {
  export { Gauge as default } from '@prometheus-io/client';
}

declare module '@prometheus-io/client/lib/histogram.js' {
  export { Histogram as default } from '@prometheus-io/client';
}

declare module '@prometheus-io/client/lib/registry.js' {
  export { Registry as default } from '@prometheus-io/client';
}
