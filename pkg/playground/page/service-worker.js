/** Keeps the files of this build for use without a network. The build writes the list of files, and a version that changes with their contents. */
const version = '%VERSION%';
const files = '%FILES%'.split(' ');

addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(version)
      .then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'reload' }))))
      .then(() => skipWaiting()),
  );
});

addEventListener('activate', (event) => {
  const removeOthers = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith('netext-') && name !== version).map((name) => caches.delete(name)),
    );
    await clients.claim();
  };
  event.waitUntil(removeOthers());
});

/** The host may change config.js at any time, so that it is requested first; the other files belong together and come from the cache. */
addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const cached = async () =>
    (await caches.match(event.request, { ignoreSearch: true, cacheName: version })) ?? fetch(event.request);
  const isConfig = new URL(event.request.url).pathname.endsWith('/config.js');
  event.respondWith(isConfig ? fetch(event.request).catch(cached) : cached());
});
