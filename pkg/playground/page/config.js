// Settings of the host of this page, which may replace the file; see docs/operations/playground.md.
globalThis.netextPlayground = {};
