// What is done with whole plans: kept, compared, staffed, read from tables, saved; and the page's beginning.
import { state, data, words, by, copy, empty, send, stream, failed, asked, baseline, recall } from "/plan.js";
import { change, ask } from "/answer.js";
import { dial, goal, grid, own, settle, showAll, marks, showPart } from "/controls.js";
import { planFile, readPlans } from "/plans.js";

let staffing = null, suggested = null;

function listPlans(chosen) {
  const select = by("baseline");
  while (select.options.length > 2) select.remove(2);
  state.plans.forEach(function (plan, at) { select.add(new Option(plan.name, String(at))); });
  if (chosen !== undefined) select.value = chosen;
  if (select.selectedIndex < 0) select.value = "opened";
}

by("reset").addEventListener("click", function () { state.what = empty(); showAll(); change(); });
by("baseline").addEventListener("change", change);
by("narrow").addEventListener("change", change);
by("keep").addEventListener("click", function () {
  const name = by("keep-name").value.trim() || words.plan + " " + String.fromCharCode(65 + state.plans.length % 26);
  state.plans = state.plans.filter(function (plan) { return plan.name !== name; }).concat([{ name: name, what: copy(state.what) }]);
  by("keep-name").value = "";
  listPlans(String(state.plans.length - 1));
  change();
});
by("go-to").addEventListener("click", function () {
  const other = baseline();
  if (!other) return;
  state.what = copy(other.what);
  showAll();
  change();
});
if (by("day")) {
  by("day").addEventListener("change", function () { state.day = Number(by("day").value); document.querySelectorAll(".grid").forEach(function (box) { box.show(); }); });
  by("all-days").addEventListener("click", function () {
    Object.keys(data.tables).forEach(function (name) {
      if (data.tables[name].fixed && !state.what.tables[name]) return;
      const table = own(name);
      table.rows = table.rows.map(function (row) { return row.some(function (cell) { return cell !== 0; }) ? table.rows[state.day].slice() : row; });
      settle(name);
    });
    showAll();
    change();
  });
}

function putTables(tables) {
  Object.keys(tables).forEach(function (name) { state.what.tables[name] = tables[name]; settle(name); });
  document.querySelectorAll(".grid").forEach(function (box) { if (box.dataset.name in tables) { box.show(); box.open = true; } });
  change();
}

// ---- staff for the goals
by("suggest").addEventListener("click", function () {
  staffing = new AbortController();
  busy(true);
  const body = asked();
  body.goals = by("suggest-for").value;
  stream("/staff", body, staffing.signal, function (message) {
    if (message.kind === "progress") by("suggest-progress").textContent = words.searching.replace("{n}", message.done);
    else if (message.kind === "problems") tell("suggest", message.problems);
    else offer(message);
  }).catch(failed).finally(function () { busy(false); });
});
by("suggest-stop").addEventListener("click", function () { staffing.abort(); });
function busy(is) {
  by("suggest").disabled = is;
  by("suggest-stop").hidden = !is;
  by("suggest-progress").textContent = "";
  if (is) { by("suggested").hidden = true; tell("suggest", []); }
}
function offer(message) {
  suggested = message.tables;
  by("suggest-lines").textContent = "";
  message.lines.forEach(function (line) { const item = document.createElement("li"); item.textContent = line; by("suggest-lines").appendChild(item); });
  by("suggested").hidden = false;
  by("accept").focus();
}
by("accept").addEventListener("click", function () { putTables(suggested); by("suggested").hidden = true; by("suggest").focus(); });
by("dismiss").addEventListener("click", function () { by("suggested").hidden = true; by("suggest").focus(); });

function tell(name, problems) {
  const place = by("e:" + name);
  place.hidden = problems.length === 0;
  place.textContent = problems.map(function (problem) { return problem.message; }).join("\n");
}

// ---- tables from elsewhere
async function bring(body) {
  tell("import", []);
  by("imported").textContent = "";
  try {
    const answer = await send("/table", Object.assign({ lang: data.lang, what: state.what }, body));
    if (!answer.ok) throw new Error(await answer.text());
    const message = await answer.json();
    if (message.kind === "problems") { tell("import", message.problems); return; }
    putTables(message.tables);
    by("imported").textContent = words.taken + " " + Object.keys(message.tables).map(function (name) { return name.split(":").slice(1).join(":"); }).join(", ");
  } catch (error) { tell("import", [{ message: error instanceof TypeError ? words.gone : String(error.message) }]); }
}
by("read").addEventListener("click", function () { bring({ text: by("paste").value, name: "" }); });
by("file").addEventListener("change", function () {
  const file = by("file").files[0];
  if (!file) return;
  if (file.size > data.most) {
    tell("import", [{ message: words.large.replace("{name}", file.name.slice(0, 60)) }]);
    by("file").value = "";
    return;
  }
  const reader = new FileReader();
  reader.onload = function () { bring({ base64: reader.result.slice(reader.result.indexOf(",") + 1), name: file.name.slice(0, 100) }); by("file").value = ""; };
  reader.readAsDataURL(file);
});

// ---- files to keep
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  by("saved").textContent = words.written;
}
by("save").addEventListener("click", async function () {
  if (by("format").value === "plans") { download(new Blob([planFile()], { type: "application/json" }), data.file + "-plans.json"); return; }
  by("saved").textContent = words.wait;
  try {
    const body = asked();
    body.format = by("format").value;
    const answer = await send("/file", body);
    if (!answer.ok) throw new Error(await answer.text());
    download(await answer.blob(), /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1]);
  } catch (error) { by("saved").textContent = error instanceof TypeError ? words.gone : words.failed + " " + error.message; }
});

by("plans-file").addEventListener("change", async function () {
  const file = by("plans-file").files[0];
  if (!file) return;
  const found = file.size > data.most ? null : readPlans(await file.text());
  by("plans-file").value = "";
  if (!found) { by("opened-plans").textContent = words.no_plans; return; }
  const names = found.plans.map(function (plan) { return plan.name; });
  state.plans = state.plans.filter(function (plan) { return !names.includes(plan.name); }).concat(found.plans);
  if (found.plan) { state.what = found.plan.what; by("keep-name").value = found.plan.name === words.this ? "" : found.plan.name; }
  listPlans(by("baseline").value);
  showAll();
  change();
  by("opened-plans").textContent = words.plans_read.replace("{n}", found.plans.length + (found.plan ? 1 : 0)) +
    (found.out ? " " + words.left_out.replace("{n}", found.out) : "");
});

if (by("part")) by("part").addEventListener("change", function () { showPart(by("part").value); });
document.querySelectorAll(".dial").forEach(dial);
document.querySelectorAll(".goal").forEach(goal);
document.querySelectorAll(".grid").forEach(grid);
const kept = recall();
if (kept) { state.what = kept.what; state.plans = kept.plans; listPlans(kept.baseline); }
if (by("part")) showPart(by("part").value);
showAll();
marks();
ask();
