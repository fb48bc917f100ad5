/* Small conveniences over pages that work without them. No inline code, no eval. */
"use strict";

(() => {
  /* "/" moves to the quick search, as the hint in it says */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-quickfind]");
    if (!field || field.offsetParent === null) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  /* Dialogs: the link leads to the confirmation page where scripts do not run */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog) return;
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer && closer.closest("dialog")) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });

  /* Copying a reference number or an account number */
  const prepareCopy = (root) => {
    if (!navigator.clipboard) return;
    root.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const word = button.querySelector("span");
    const before = word.textContent;
    word.setAttribute("role", "status");
    word.textContent = button.dataset.copied;
    setTimeout(() => { word.textContent = before; word.removeAttribute("role"); }, 2500);
  });

  /* "3 valittu": the number in the bar of chosen rows follows the ticks */
  const countTicks = (form) => {
    const shown = form.querySelector("[data-chosen]");
    if (shown) shown.textContent = form.querySelectorAll("tbody .check:checked").length;
  };
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-tick-all]");
    const form = event.target.closest("form");
    if (!form) return;
    if (all) form.querySelectorAll("tbody .check").forEach((box) => { box.checked = all.checked; });
    countTicks(form);
  });

  /* The words of the chosen line are added under what has been typed; without scripts the button sends the form and the page does it */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-put]");
    const chosen = button && document.getElementById(button.dataset.put).selectedOptions[0];
    const field = button && document.getElementById(button.dataset.into);
    if (!chosen || !field) return;
    event.preventDefault();
    const typed = field.value.trimEnd();
    field.value = typed ? `${typed}\n\n${chosen.dataset.words}` : chosen.dataset.words;
    field.focus();
  });

  /* A form is sent once, however often the button is pressed */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* Logging out: a membership card kept for use without a connection goes too, also where the browser ignores the header */
  document.addEventListener("submit", async (event) => {
    const prefix = event.target.dataset.forget;
    if (!prefix || !window.caches) return;
    for (const name of await caches.keys()) if (name.startsWith(prefix)) caches.delete(name);
  });

  /* htmx: the CSRF token goes with every writing request */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb === "get") return;
    const field = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (field) event.detail.headers["X-CSRFToken"] = field.value;
  });
  /* A part of a page was asked for and something else came, the login page or an error: show it as the whole page */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig, pathInfo } = event.detail;
    if (requestConfig.verb !== "get" || !xhr.responseURL) return;
    const asked = new URL(pathInfo.finalRequestPath, location.href);
    const got = new URL(xhr.responseURL);
    if (asked.pathname === got.pathname) return;
    event.detail.shouldSwap = false;
    location.assign(got);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { elt, requestConfig, pathInfo } = event.detail;
    const polls = (elt.getAttribute("hx-trigger") || "").startsWith("every");
    if (requestConfig.verb === "get" && !polls) location.assign(pathInfo.finalRequestPath);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    prepareCopy(event.target);
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    putBack();
    if (event.detail.requestConfig?.verb === "post") keepPlace(event.target, event.detail.requestConfig.elt);
  });

  /* What has been typed into other forms of a part that is drawn anew, and not saved yet, stays */
  const isTyped = (field) => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.tagName === "SELECT" ? [...field.options].some((one) => one.selected !== one.defaultSelected)
    : field.type !== "file" && field.type !== "hidden" && field.value !== field.defaultValue;
  let typed = [];
  let newest = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.hasAttribute("data-keep-typed")) newest = event.detail.xhr;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    typed = [];
    if (!target.hasAttribute("data-keep-typed")) return;
    /* Something newer has been asked for meanwhile: its answer shows what this one has saved, and must not be drawn over */
    if (xhr !== newest && xhr.status === 200) { event.detail.shouldSwap = false; return; }
    target.querySelectorAll("form").forEach((form) => {
      if (form === requestConfig.elt) return;
      const changed = [...form.elements].filter((field) => field.name && field.type !== "submit" && isTyped(field));
      const values = changed.map((field) => ({ name: field.name, value: field.value, checked: field.checked }));
      if (values.length) typed.push({ action: form.getAttribute("action"), values });
    });
  });
  const putBack = () => {
    typed.forEach(({ action, values }) => {
      const form = document.querySelector(`[data-keep-typed] form[action="${CSS.escape(action)}"]`);
      if (!form) return;
      values.forEach(({ name, value, checked }) => {
        const fields = [...form.elements].filter((field) => field.name === name);
        const box = fields.find((field) => ["checkbox", "radio"].includes(field.type) && field.value === value);
        if (box) box.checked = checked; else if (fields[0]) fields[0].value = value;
      });
      const part = form.closest("details");
      if (part) part.open = true;
    });
    typed = [];
  };

  /* After a part of a page was saved: to what went wrong; else where one was; else to what is told of it */
  const keepPlace = (swapped, sender) => {
    const errors = swapped.querySelector("[data-focus]");
    if (errors) { errors.focus(); return; }
    if (document.activeElement !== document.body) return;
    const part = sender.closest("li[id]");
    const same = part && document.getElementById(part.id);
    const place = (same && same.querySelector("summary")) || swapped.querySelector(".notice button, .notice a");
    if (place) place.focus();
  };

  /* The tab one is at is in sight also where the row of tabs is wider than the screen */
  const showTab = () => {
    document.querySelectorAll(".tabs a[aria-current]").forEach((tab) => {
      const row = tab.closest(".tabs");
      row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - tab.offsetWidth) / 2;
    });
  };

  const start = () => {
    prepareCopy(document);
    showTab();
    document.querySelectorAll("form:has(.bulkbar)").forEach(countTicks);
    const errors = document.querySelector("[data-focus]");
    if (errors) errors.focus();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
