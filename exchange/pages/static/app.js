// What pages do beyond HTML. Everything here is an addition: reading and plain forms work without it.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const root = document.documentElement;
  const ahead = new Date(root.dataset.now) - Date.now();      // market time minus this computer's time
  const marketNow = () => Date.now() + ahead;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // -- toast: one short sentence, read out, with an optional way back
  function toast(text, label, undo) {
    all(".toast").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.className = "toast";
    box.setAttribute("role", "status");
    box.textContent = text + " ";
    if (label) {
      const button = document.createElement("button");
      button.className = "btn btn-sm";
      button.textContent = label;
      button.addEventListener("click", () => { undo(); box.remove(); });
      box.append(button);
    }
    document.body.append(box);
    setTimeout(() => box.remove(), 6000);
  }

  // -- keys: "/" searches; Alt keys are accesskey attributes of the page itself
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector(".topbar [type=search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
    }
  });
  // -- an operator's queue: one key per decision, j and k along the list, a digit for a reason
  document.addEventListener("keydown", (event) => {
    const queue = document.querySelector("[data-queue]");
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (!queue || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = document.querySelector("dialog:popover-open");
    const cases = all("[data-case]", queue);
    const at = cases.findIndex((one) => one.hasAttribute("aria-current"));
    let wanted = null;
    if (open) wanted = /^[1-9]$/.test(event.key) ? open.querySelector(`[data-digit="${event.key}"]`) : null;
    else if (event.key === "j" || event.key === "ArrowDown") wanted = cases[at + 1];
    else if (event.key === "k" || event.key === "ArrowUp") wanted = cases[at - 1];
    else if (event.key === "x") wanted = cases[at]?.closest("li")?.querySelector("[type=checkbox]");
    else if (/^[a-z?]$/.test(event.key)) wanted = queue.querySelector(`[data-key="${event.key}"]`);
    if (wanted) { event.preventDefault(); wanted.click(); }
  });
  document.querySelector("[data-case][aria-current]")?.scrollIntoView({ block: "nearest" });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
  document.addEventListener("click", (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // -- theme: at once, and kept for a year
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    event.preventDefault();
    if (button.value === "auto") delete root.dataset.bsTheme; else root.dataset.bsTheme = button.value;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${button.value}; path=/; max-age=31536000; samesite=lax${secure}`;
    all("[data-theme-switch]").forEach((one) => {
      if (one === button) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
    });
  });

  // -- deadlines count down by market time
  function counted(kind, n) { return words[kind][n === 1 ? 0 : 1].replace("%(num)s", n); }
  function span(ms) {
    const total = Math.max(1, Math.floor(ms / 60000));
    const [days, hours, minutes] = [Math.floor(total / 1440), Math.floor(total / 60) % 24, total % 60];
    const parts = [];
    if (days) parts.push(counted("day", days));
    if (hours) parts.push(counted("hour", hours));
    if (minutes && !days) parts.push(counted("minute", minutes));
    return parts.join(" ");
  }
  function tick() {
    for (const chip of all("[data-deadline]")) {
      const left = new Date(chip.dateTime) - marketNow();
      const level = left <= 0 ? "over" : left < 4 * 3600e3 ? "urgent" : left < 48 * 3600e3 ? "soon" : "calm";
      const text = words[left > 0 ? "left" : "overdue"].replace("%(span)s", span(Math.abs(left)));
      const shown = chip.querySelector("span");
      if (shown.textContent !== text) shown.textContent = text;
      chip.className = `deadline is-${level}`;
    }
  }
  setInterval(tick, 20000);

  // -- live: /live sends "inbox" (a count; renews parts that are data-live="inbox") and "change" ("<noun>:<id>")
  const changed = new Set();
  let renewing = false;
  // The same part of a page as the server draws it now, or nothing when the page is gone or somebody must sign in again.
  async function fetched(address, id) {
    try {
      const answer = await fetch(address, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    } catch { return null; }
  }
  // What people read and follow in a part; keys of forms change with every drawing and say nothing.
  const told = (part) => part.textContent.replace(/\s+/g, " ") + all("[href], [action]", part)
    .map((one) => one.getAttribute("href") ?? one.getAttribute("action")).join(" ");
  async function renew() {
    if (renewing) return;
    renewing = true;
    while (changed.size) {
      const [name] = changed;
      changed.delete(name);
      for (const part of all("[data-live]").filter((one) => one.dataset.live === name)) {
        const busy = part.contains(document.activeElement) || part.querySelector("details[open], :popover-open");
        if (busy) { part.classList.add("is-stale"); continue; }
        const fresh = await fetched(part.dataset.liveUrl || location.href, part.id);
        if (!fresh || !part.isConnected || part.contains(document.activeElement)) continue;
        if (told(fresh) === told(part)) { part.classList.remove("is-stale"); continue; }
        fresh.classList.add("is-changed");
        part.replaceWith(fresh);
        htmx.process(fresh);
      }
    }
    renewing = false;
    tick();
  }
  const source = document.body.dataset.liveFrom;
  if (source && "EventSource" in window) {
    const stream = new EventSource(source);
    stream.addEventListener("inbox", (event) => {
      const text = Number(event.data) ? event.data : "";
      let moved = false;
      all("[data-inbox-count]").forEach((mark) => { moved ||= mark.textContent !== text; mark.textContent = text; });
      if (moved) { changed.add("inbox"); renew(); }
    });
    stream.addEventListener("change", (event) => { event.data.split(" ").forEach((name) => changed.add(name)); renew(); });
    stream.addEventListener("reload", () => { all("[data-live]").forEach((part) => changed.add(part.dataset.live)); renew(); });
    addEventListener("pagehide", () => stream.close());
  }
  document.addEventListener("focusout", (event) => {
    const part = event.target.closest?.("[data-live].is-stale");
    if (part) setTimeout(() => {
      if (part.isConnected && !part.contains(document.activeElement)) { changed.add(part.dataset.live); renew(); }
    });
  });
  document.addEventListener("htmx:error", () => toast(words.failed));

  // -- forms: guard what was typed, keep drafts, stop a second click
  let leaving = false;
  const dirty = (form) => form.dataset.dirty === "yes";
  addEventListener("beforeunload", (event) => {
    if (!leaving && all("form[data-guard]").some(dirty)) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent === "yes") { event.preventDefault(); return; }
    leaving = true;
    // Another person or company at this desk must not find what was typed.
    if (/\/(sign-out|switch-company)$/.test(form.action)) sessionStorage.clear();
    if (form.method === "post") {
      form.dataset.sent = "yes";
      event.submitter?.setAttribute("aria-busy", "true");
      if (form.dataset.draft === "tab") sessionStorage.removeItem(draftName(form));
      if (form.matches("[data-guard], dialog form")) sessionStorage.setItem("sent", JSON.stringify([draftName(form), typed(form)]));
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) all("form").forEach((form) => { delete form.dataset.sent; });
    all("[aria-busy=true]").forEach((one) => one.removeAttribute("aria-busy"));
  });

  const draftName = (form) => `draft:${form.getAttribute("action")}`;
  const secret = (field) => field.type === "password" || field.type === "file" || field.name.startsWith("_");
  const timers = new WeakMap();
  function say(form, text) { all("[data-saved]", form).forEach((mark) => { mark.textContent = text; }); }
  const typed = (form) => [...form.elements]
    .filter((f) => f.name && !secret(f) && (f.type !== "checkbox" && f.type !== "radio" || f.checked)).map((f) => [f.name, f.value]);
  // What was sent and refused before anybody read it stands in its form again, when people go back to it.
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  if (sent && document.querySelector("[data-refused]")) sessionStorage.setItem("refused", sent);
  const refused = JSON.parse(sessionStorage.getItem("refused") || "[]");
  // A dialog whose decision was refused opens again with its words.
  if (sent && document.querySelector("main > .flash .is-bad")) {
    const [name, values] = JSON.parse(sent);
    const said = (field) => values.some(([one, value]) => one === field.name && value === field.value);
    const same = all("dialog form").filter((form) => draftName(form) === name);
    const form = same.find((one) => all("[type=hidden]", one).every((field) => secret(field) || said(field))) || same[0];
    const open = [...(form?.elements || [])].filter((one) => one.name && !secret(one) && !["hidden", "submit"].includes(one.type));
    if (open.length) {
      for (const field of open) {
        if (field.type === "checkbox" || field.type === "radio") field.checked = said(field);
        else field.value = values.find(([one]) => one === field.name)?.[1] ?? field.value;
      }
      form.querySelector("h2").after(document.querySelector("main > .flash .notice").cloneNode(true));
      form.closest("dialog").showPopover();
    }
  }
  async function keep(form) {
    if (form.dataset.draft === "tab") {
      sessionStorage.setItem(draftName(form), JSON.stringify(typed(form)));
      say(form, words.kept);
      return;
    }
    say(form, words.saving);
    const mark = form.dataset.version = String(Number(form.dataset.version || 0) + 1);
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams([...new FormData(form)].filter(([, v]) => typeof v === "string")), headers: { "HX-Request": "true" } });
      if (form.dataset.version !== mark) return;
      say(form, answer.ok ? words.saved : words.unsaved);
      if (answer.ok) form.dataset.dirty = "no";
    } catch { say(form, words.unsaved); }
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (!form) return;
    form.dataset.dirty = "yes";
    if (form.dataset.draft) {
      clearTimeout(timers.get(form));
      timers.set(form, setTimeout(() => keep(form), 1200));
    }
  });
  for (const form of all("form[data-guard]")) {
    const again = refused[0] === draftName(form);
    if (again) sessionStorage.removeItem("refused");
    const kept = again ? refused[1] : form.dataset.draft === "tab" && JSON.parse(sessionStorage.getItem(draftName(form)));
    if (!kept || document.getElementById("summary")) continue;
    const values = kept;
    for (const group of all("[data-rows]", form)) {
      const wanted = values.map(([name]) => name.startsWith(group.dataset.rows + ".") ? Number(name.slice(group.dataset.rows.length + 1).split(".")[0]) + 1 : 0);
      while (all(":scope > [data-row]", group).length < Math.max(...wanted, 0)) addRow(group);
    }
    for (const [name, value] of values) {
      for (const field of [...form.elements].filter((one) => one.name === name && !secret(one))) {
        if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value; else field.value = value;
      }
    }
    say(form, words.kept);
  }
  document.getElementById("summary")?.focus();

  // -- repeating rows
  function addRow(group) {
    const rows = all(":scope > [data-row]", group);
    const used = rows.map((row) => Number(row.querySelector("[data-remove-row]").value.split(".").pop()));
    const next = Math.max(-1, ...used) + 1;
    const name = group.dataset.rows;
    const holder = document.createElement("div");
    holder.innerHTML = group.querySelector(":scope > template").innerHTML
      .replaceAll(`${name}.999`, `${name}.${next}`).replaceAll(`${name.replaceAll(".", "-")}-999`, `${name.replaceAll(".", "-")}-${next}`);
    const row = holder.firstElementChild;
    group.querySelector(":scope > template").before(row);
    number(group);
    htmx.process(row);
    return row;
  }
  function number(group) {
    all(":scope > [data-row]", group).forEach((row, index) => {
      row.querySelector("[data-row-number]").textContent = index + 1;
      row.setAttribute("aria-label", `${group.dataset.one} ${index + 1}`);
    });
  }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (!add && !remove) return;
    event.preventDefault();
    const group = event.target.closest("[data-rows]");
    const form = group.closest("form");
    if (add) {
      addRow(group).querySelector("input:not([type=hidden]), select, textarea")?.focus();
    } else {
      const row = remove.closest("[data-row]");
      const place = row.nextElementSibling;
      row.remove();
      number(group);
      toast(words.removed, words.undo, () => { place.before(row); number(group); });
      group.querySelector("[data-add-row]").focus();
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
    if (form.matches("[data-guard]")) form.dataset.dirty = "yes";
  });

  // -- dialogs: the quiet choice has the focus, so Enter never does harm
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("dialog[popover]") && event.newState === "open") event.target.querySelector("[autofocus]")?.focus();
  }, true);

  // -- amounts in words come from the server
  let asking;
  document.addEventListener("input", (event) => {
    const echo = document.querySelector(`[data-words-of="${CSS.escape(event.target.id || "none")}"]`);
    if (!echo) return;
    clearTimeout(asking);
    asking = setTimeout(async () => {
      const query = new URLSearchParams({ amount: event.target.value, currency: echo.dataset.currency });
      const answer = await fetch(`/amount-in-words?${query}`).catch(() => null);
      if (answer?.ok) echo.textContent = await answer.text();
    }, 400);
  });

  // -- passkeys: the device answers a question of the exchange; without them the buttons stay hidden
  const ask = async (path, body) => {
    const answer = await fetch(`/api/v1/session/${path}`, {
      method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" },
      body: body ? JSON.stringify(body) : undefined,
    });
    const said = answer.status === 204 ? {} : await answer.json();
    if (!answer.ok) throw Object.assign(new Error(said.detail), { code: said.code });
    return said;
  };
  const PASSKEYS = {
    async add(button) {
      const { ceremony, options } = await ask("passkeys/options");
      const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      const name = document.getElementById(button.dataset.name).value.trim() || button.dataset.unnamed;
      await ask("passkeys", { ceremony, name, credential: credential.toJSON() });
      location.assign(button.dataset.next);
    },
    async enter(button) {
      const { ceremony, options } = await ask("passkey/options");
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      await ask("passkey", { ceremony, credential: credential.toJSON() });
      location.assign(button.dataset.next);
    },
    async prove(button) {
      const { ceremony, options } = await ask("step-up/options");
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      await ask("step-up/passkey", { ceremony, credential: credential.toJSON() });
      if (!button.dataset.send) { location.assign(button.dataset.next); return; }
      const form = button.closest("form");
      form.action = button.dataset.next;
      form.submit();
    },
  };
  // A passkey belongs to a name: under a bare address no device makes one.
  if (window.PublicKeyCredential?.parseRequestOptionsFromJSON && !/^[\d.]+$|^\[/.test(location.hostname)) {
    all("[data-passkey]").forEach((part) => { part.hidden = false; });
    document.addEventListener("click", async (event) => {
      const button = event.target.closest?.("button[data-passkey]");
      if (!button) return;
      button.disabled = true;
      try {
        await PASSKEYS[button.dataset.passkey](button);
      } catch (error) {
        if (error.code === "step-up-required") { location.assign(`/step-up?to=${encodeURIComponent(location.pathname)}`); return; }
        if (error.name !== "NotAllowedError" && error.name !== "AbortError") toast(typeof error.code === "string" ? error.message : button.dataset.failed);
        button.disabled = false;
      }
    });
  }
})();
