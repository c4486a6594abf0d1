// Plans in a file: a tab forgets them when it is closed, a file does not. Nothing of it is trusted: names that this scenario lacks are left out.
import { state, data, words, by, copy } from "/plan.js";

const KIND = "simkpi plans";

export function planFile() {
  const now = { name: by("keep-name").value.trim() || words.this, what: state.what };
  return JSON.stringify({ kind: KIND, version: 1, digest: data.digest, plan: now, plans: state.plans }, null, 1);
}

// the plans of a file's text, and how many settings had to be left out; null if it is no such file
export function readPlans(text) {
  let found;
  try { found = JSON.parse(text); } catch (broken) { return null; }
  if (!found || found.kind !== KIND || found.version !== 1 || !Array.isArray(found.plans)) return null;
  const left = { out: 0 };
  const plans = found.plans.slice(0, 100).map(function (plan) { return known(plan, left); }).filter(Boolean);
  return { plan: known(found.plan, left), plans: plans, out: left.out };
}

function known(plan, left) {
  if (!plan || typeof plan.name !== "string" || typeof plan.what !== "object" || plan.what === null) return null;
  const what = {};
  ["dials", "tables", "goals"].forEach(function (part) {
    what[part] = {};
    const given = plan.what[part];
    if (typeof given !== "object" || given === null) return;
    Object.keys(given).forEach(function (name) {
      if (Object.hasOwn(data[part], name) && isFit(part, given[name], data[part][name])) what[part][name] = copy(given[name]);
      else left.out += 1;
    });
  });
  return { name: plan.name.slice(0, 40), what: what };
}

function isFit(part, value, own) {
  if (part !== "tables") return typeof value === "string";
  return value !== null && typeof value === "object" && Array.isArray(value.rows) && Array.isArray(value.clock) &&
    value.rows.length === own.rows.length && value.rows.every(Array.isArray);
}
