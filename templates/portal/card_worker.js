{% autoescape off %}/* The membership card without a connection. Kept are the card's own page and what it is drawn with, and nothing else. */
"use strict";

const PAGE = {{ page }};
const ASSETS = {{ assets }};
const DRAWING = {{ cache }};
const CARD = "kortti-sivu";
{% endautoescape %}
const forget = () => caches.delete(CARD);

/* Only a whole card is kept. Whoever is sent to the login, or has no card any more, leaves none behind. */
const keep = async (response) => {
  if (response.type === "opaqueredirect" || response.redirected || (response.status >= 400 && response.status < 500)) {
    await forget();
  } else if (response.ok) {
    const cache = await caches.open(CARD);
    await cache.put(PAGE, response.clone());
  }
  return response;
};

const card = async (request) => {
  try {
    const response = await fetch(request);
    if (response.status < 500) return await keep(response);
    return (await caches.match(PAGE, { cacheName: CARD })) || response;
  } catch (error) {
    const kept = await caches.match(PAGE, { cacheName: CARD });
    if (kept) return kept;
    throw error;
  }
};

const drawn = async (request) => (await caches.match(request, { cacheName: DRAWING, ignoreSearch: true })) || fetch(request);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(DRAWING).then((cache) => cache.addAll(ASSETS)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("kortti-") && name !== DRAWING && name !== CARD) await caches.delete(name);
    }
    await self.clients.claim();
    await keep(await fetch(PAGE, { credentials: "same-origin", redirect: "manual" })).catch(() => undefined);
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname === PAGE) event.respondWith(card(event.request));
  } else if (ASSETS.includes(url.pathname)) {
    event.respondWith(drawn(event.request));
  }
});
