"use strict";
// Answers wait in localStorage until the service has confirmed them, so that a closed laptop loses none.
const byId = (id) => document.getElementById(id);
const load = (key, or) => { try { return JSON.parse(localStorage.getItem(key)) ?? or; } catch { return or; } };
const save = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private mode */ } };
const state = { list: [], at: 0, progress: null, filters: {}, history: [], times: [], sending: false, loading: false, asked: 0 };
let outbox = load("sku-align-outbox", []);
let language = load("sku-align-language", null) || (navigator.languages || ["en"]).map((tag) => tag.split("-")[0]).find((tag) => TEXTS[tag]) || "en";

function text(name, values = {}) {
  return (TEXTS[language][name] ?? TEXTS.en[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
function make(tag, content, attributes = {}) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (content !== undefined && content !== null) element.append(content);
  return element;
}
const reviewer = () => byId("reviewer").value.trim();
const current = () => state.list[state.at];
const isWeb = (address) => /^https?:\/\//.test(address || "");

async function call(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(`/review/${path}`, options);
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
function say(message) { byId("message").textContent = message; }

function show() {
  const card = current();
  byId("card").hidden = !card;
  byId("empty").hidden = Boolean(card);
  if (!card) {
    delete byId("card").dataset.question;
    byId("empty").textContent = !reviewer() ? text("name") : text(Object.keys(state.filters).length ? "none" : "done");
    return;
  }
  byId("ask").textContent = text(card.kind);
  const words = card.words[language] || card.words.en;
  byId("why").textContent = text("why", { reason: words.reason });
  byId("comparison").textContent = words.comparison;
  byId("earlier").textContent = card.remarks[language] || "";
  for (const side of ["left", "right"]) byId(side).replaceChildren(...offer(card, side));
  byId("card").dataset.question = card.question;
}
function offer(card, side) {
  const title = make("h2", null, { lang: card[`${side}_language`] || "und", dir: "auto" });
  for (const [piece, differs] of card[`${side}_marked`]) title.append(differs ? make("mark", piece) : piece);
  const parts = [];
  if (isWeb(card[`${side}_image_url`]))
    parts.push(make("img", null, { src: card[`${side}_image_url`], alt: "", loading: "lazy", referrerpolicy: "no-referrer" }));
  const facts = make("dl");
  const rows = [["brand", card[`${side}_brand`]], ["price", card[`${side}_price`]], ["category", card[`${side}_category`]],
    ["catalog", card[side].split("#")[0]], ["lang", card[`${side}_language`]], ["others", card[`${side}_others`]]];
  for (const [name, value] of rows) if (value) facts.append(make("dt", text(name)), make("dd", value, { dir: "auto" }));
  parts.push(title, facts);
  if (isWeb(card[`${side}_url`]))
    parts.push(make("a", text("link"), { href: card[`${side}_url`], target: "_blank", rel: "noopener noreferrer" }));
  return parts;
}
function showProgress() {
  const progress = state.progress;
  if (!progress) return;
  const minute = state.times.filter((time) => time > Date.now() - 60000).length;
  byId("progress").textContent = text("progress", { ...progress, speed: minute }) + (progress.skipped ? ` · ${text("skipped", { count: progress.skipped })}` : "");
  byId("bar").max = Math.max(progress.questions, 1);
  byId("bar").value = progress.answered + progress.withdrawn;
}
function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  for (const button of document.querySelectorAll("#answers button")) button.setAttribute("aria-keyshortcuts", button.querySelector("kbd").textContent);
  show(); showProgress();
}
function give(answer) {
  const card = current();
  if (!card) return;
  if (!reviewer()) { say(text("name")); byId("reviewer").focus(); return; }
  say("");
  outbox.push({ question: card.question, answer, reviewer: reviewer() });
  save("sku-align-outbox", outbox);
  state.history.push(card);
  state.list.splice(state.at, 1);
  if (state.at >= state.list.length) state.at = Math.max(state.list.length - 1, 0);
  state.times.push(Date.now());
  show();
  send(); fill();
}
async function send() {
  if (state.sending || !outbox.length) return;
  state.sending = true;
  const who = outbox[0].reviewer;
  const part = outbox.filter((each) => each.reviewer === who).slice(0, 100);
  try {
    const reply = await call("answers", { reviewer: who, answers: Object.fromEntries(part.map((each) => [each.question, each.answer])) });
    outbox = outbox.filter((each) => !part.includes(each));
    save("sku-align-outbox", outbox);
    state.progress = reply.progress;
    for (const outcome of reply.outcomes) {
      if (outcome.why && outcome.state !== "already kept") say(`${text(outcome.state)}: ${outcome.why}`);
      // What an answer settled may be among the questions that were fetched before it.
      if (outcome.withdrawn) { state.list = state.list.slice(0, state.at + 1); say(text("settled", { count: outcome.withdrawn })); }
    }
    showProgress();
    state.sending = false;
    if (outbox.length) send(); else fill();
  } catch {
    state.sending = false;
    say(text("offline", { count: outbox.length }));
    setTimeout(send, 5000);
  }
}
async function fill(force = false) {
  if (!reviewer() || state.loading || (!force && state.list.length > 8)) return;
  state.loading = true;
  try {
    const query = new URLSearchParams({ ...state.filters, reviewer: reviewer(), count: 20 });
    const reply = await call(`questions?${query}`);
    const known = new Set([...state.list, ...outbox].map((each) => each.question));
    state.progress = reply.progress;
    state.list.push(...reply.questions.filter((card) => !known.has(card.question)));
    show(); showProgress();
  } catch { say(text("offline", { count: outbox.length })); }
  state.loading = false;
}
async function undo() {
  const card = state.history.pop();
  if (!card) return;
  const waiting = outbox.findIndex((each) => each.question === card.question);
  if (waiting >= 0 && !state.sending) { outbox.splice(waiting, 1); save("sku-align-outbox", outbox); }
  else await call("undo", { reviewer: reviewer(), question: card.question }).catch(() => say(text("offline", { count: outbox.length })));
  state.list = state.list.filter((each) => each.question !== card.question);
  state.list.unshift(card); state.at = 0;
  show();
}
async function facets() {
  const { facets: counts, labels } = await call("facets");
  const called = (name, value) => (["differs", "only", "reason"].includes(name) && (labels[language] || labels.en)[value]) || value;
  byId("facets").replaceChildren(...Object.entries({ ...counts, only: counts.differs }).map(([name, values]) => {
    const select = make("select", null, { name });
    select.append(make("option", text("all"), { value: "" }));
    for (const [value, count] of Object.entries(values)) select.append(make("option", `${called(name, value)} (${count})`, { value }));
    select.value = state.filters[name] || "";
    select.addEventListener("change", () => {
      if (select.value) state.filters[name] = select.value; else delete state.filters[name];
      state.list = []; state.at = 0; byId("bulk-sample").replaceChildren();
      byId("bulk").hidden = !Object.keys(state.filters).length;
      fill(true).then(show);
    });
    const label = make("label", text(name)); label.append(select);
    return label;
  }));
}
async function look() {
  const reply = await call(`sample?${new URLSearchParams(state.filters)}`);
  const list = make("ul");
  for (const card of reply.questions) list.append(make("li", `${card.left_title} / ${card.right_title} (${(card.words[language] || card.words.en).comparison})`));
  const buttons = ["same", "different"].map((answer) => {
    const button = make("button", `${text(`bulk_${answer}`)} (${reply.total})`, { type: "button" });
    button.addEventListener("click", async () => {
      if (!reviewer()) { say(text("name")); return; }
      const done = await call("bulk", { reviewer: reviewer(), filters: state.filters, answer });
      say(text("bulk_done", { count: done.taken })); byId("bulk-sample").replaceChildren();
      state.progress = done.progress; state.list = []; state.at = 0; state.filters = {};
      byId("bulk").hidden = true; await facets(); await fill(true); show();
    });
    return button;
  });
  byId("bulk-sample").replaceChildren(make("p", text("bulk_sample", reply)), list, ...buttons);
}
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const action = { s: () => give("same"), d: () => give("different"), k: () => give("skip"), u: undo,
    ArrowRight: () => { state.at = Math.min(state.at + 1, state.list.length - 1); show(); fill(); },
    ArrowLeft: () => { state.at = Math.max(state.at - 1, 0); show(); } }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) { event.preventDefault(); action(); }
});
for (const button of document.querySelectorAll("[data-answer]")) button.addEventListener("click", () => give(button.dataset.answer));
byId("undo").addEventListener("click", undo);
byId("bulk-look").addEventListener("click", look);
byId("filters").addEventListener("toggle", () => { if (byId("filters").open) facets(); });
for (const tag of Object.keys(TEXTS))
  byId("language").append(make("option", { en: "English", de: "Deutsch", fr: "Français", es: "Español", zh: "中文" }[tag], { value: tag }));
byId("language").value = language;
byId("language").addEventListener("change", () => { language = byId("language").value; save("sku-align-language", language); translate(); if (byId("filters").open) facets(); });
byId("reviewer").value = load("sku-align-reviewer", "");
byId("reviewer").addEventListener("change", () => { save("sku-align-reviewer", reviewer()); state.list = []; fill(true).then(show); });
addEventListener("online", send);
translate();
if (!reviewer()) byId("reviewer").focus();
send(); fill(true);
