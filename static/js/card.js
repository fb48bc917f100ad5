/* The membership card: kept for use without a connection, and told when it has run out meanwhile. */
"use strict";

(() => {
  const place = document.querySelector("[data-card-worker]");
  if (!place) return;
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker
      .register(place.dataset.cardWorker, { scope: place.dataset.cardScope })
      .then(() => navigator.serviceWorker.ready)
      .then(() => { place.hidden = false; })
      .catch(() => undefined);
  }
  /* Days as Finland counts them, like the dates on the card */
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Helsinki" }).format(new Date());
  document.querySelectorAll("[data-valid-until]").forEach((card) => {
    if (card.dataset.validUntil >= today) return;
    card.querySelectorAll("[data-while-valid]").forEach((part) => { part.hidden = true; });
    card.querySelectorAll("[data-when-over]").forEach((part) => { part.hidden = false; });
  });
})();
