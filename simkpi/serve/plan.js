// What the page holds: the plan as it was changed, the plans that were kept, and how it talks to the program.
export const data = JSON.parse(document.getElementById("data").textContent);
export const words = data.words;
export const by = function (id) { return document.getElementById(id); };
export const same = function (one, other) { return JSON.stringify(one) === JSON.stringify(other); };
export const copy = function (value) { return JSON.parse(JSON.stringify(value)); };
export const empty = function () { return { dials: {}, tables: {}, goals: {} }; };
// what: changes; plans: [{name, what}]; day: the one shown in tables; needed: by formula; shown: replications
export const state = { what: empty(), plans: [], day: 0, needed: {}, shown: 0 };
const page = Array.from(crypto.getRandomValues(new Uint32Array(3)), function (part) { return part.toString(36); }).join("");
const memory = "simkpi " + data.digest;

export function remember() {
  try { sessionStorage.setItem(memory, JSON.stringify({ what: state.what, plans: state.plans, baseline: by("baseline").value })); } catch (full) { /* as well without */ }
}

// ---- talking to the program
export function send(path, body, signal) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: signal, credentials: "same-origin", cache: "no-store" });
}

export async function stream(path, body, signal, take) {
  const answer = await send(path, body, signal);
  if (!answer.ok) throw new Error(await answer.text());
  const reader = answer.body.getReader(), letters = new TextDecoder();
  let text = "";
  for (;;) {
    const part = await reader.read();
    if (part.done) return;
    text += letters.decode(part.value, { stream: true });
    const lines = text.split("\n");
    text = lines.pop();
    lines.filter(Boolean).forEach(function (line) { take(JSON.parse(line)); });
  }
}

export function failed(error) {
  if (error.name === "AbortError") return;
  const lost = error instanceof TypeError;
  by("progress").textContent = lost ? words.gone : words.failed + " " + String(error.message || "").slice(0, 300);
}

export function baseline() {
  const chosen = by("baseline").value;
  if (chosen === "") return null;
  return chosen === "opened" ? { name: words.opened, what: empty() } : state.plans[Number(chosen)];
}

export function asked() {
  const other = baseline(), name = by("keep-name").value.trim() || words.this;
  return { page: page, lang: data.lang, what: state.what, baseline: other && !same(other.what, state.what) ? other.what : null,
    names: [other ? other.name : "", name], narrow: Number(by("narrow").value), replications: Math.max(2, state.shown) };
}

export function recall() {
  try { return JSON.parse(sessionStorage.getItem(memory)); } catch (broken) { return null; }
}
