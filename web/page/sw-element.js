// Part of the service worker. The element's folder holds the same wasm as the page, which is stored once: it is answered with that.
/* global addEventListener, registration, caches */
addEventListener('fetch', (event) => {
  const file =
    event.request.url.startsWith(`${registration.scope}element/whylight-`) && event.request.url.split('/').pop();
  if (!file) return;
  const stored = caches.match(new URL(file, registration.scope), {ignoreSearch: true});
  event.respondWith(stored.then((response) => response ?? fetch(event.request)));
});
