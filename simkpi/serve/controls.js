// The controls: dials, goals and tables, and the mistakes beside them. Each box knows how to show the plan and to mark its changes.
import { state, data, words, by, same, copy, empty } from "/plan.js";
import { change } from "/answer.js";

// ---- mistakes, each beside its control
export function complain(problems) {
  document.querySelectorAll("#plan .error").forEach(function (place) {
    if (place.id === "e:suggest" || place.id === "e:import") return;
    place.hidden = true;
    place.textContent = "";
  });
  document.querySelectorAll("#plan [aria-invalid]").forEach(function (input) { input.removeAttribute("aria-invalid"); });
  problems.forEach(function (problem) {
    const cell = /^(.*?)((?:\[\d+\])+)$/.exec(problem.at), name = cell ? cell[1] : problem.at;
    const place = by("e:" + name) || by("e:"), input = by("v:" + name);
    reveal(place);
    place.textContent += (place.textContent ? "\n" : "") + (cell ? where(name, cell[2]) + ": " : "") + problem.message;
    place.hidden = false;
    if (input) input.setAttribute("aria-invalid", "true");
    if (cell) wrongCell(name, cell[2]);
  });
}

// of a large centre one part is shown at a time
export function showPart(name) {
  document.querySelectorAll("#plan [data-part]").forEach(function (part) { part.hidden = name !== "" && part.dataset.part !== name; });
}

function reveal(place) {
  const part = place.closest("[data-part]"), fold = place.closest("details.goals");
  if (fold) fold.open = true;
  if (part && part.hidden) { by("part").value = part.dataset.part; showPart(part.dataset.part); }
}

function numbers(brackets) { return brackets.match(/\d+/g).map(Number); }

function where(name, brackets) {
  const at = numbers(brackets), table = state.what.tables[name] || data.tables[name];
  return (data.days.length > 1 ? data.days[at[0]] + " " : "") + (table.clock[at[1]] || "");
}

function wrongCell(name, brackets) {
  const at = numbers(brackets), grid = document.querySelector('.grid[data-name="' + CSS.escape(name) + '"]');
  if (!grid || at[0] !== state.day) return;
  const input = grid.querySelectorAll("tbody input")[at[1]];
  grid.open = true;
  if (input) input.setAttribute("aria-invalid", "true");
}

// ---- dials: a slider over the steps, and a field for any value
export function dial(box) {
  const name = box.dataset.name, own = data.dials[name];
  const slider = box.querySelector("input[type=range]"), field = box.querySelector(".value"), undo = box.querySelector(".undo");
  function put(text) {
    if (text.trim() === "" || text === own.now) { delete state.what.dials[name]; show(); } else state.what.dials[name] = text;
    slider.setAttribute("aria-valuetext", field.value);
    change();
  }
  function show() {
    const text = name in state.what.dials ? state.what.dials[name] : own.now, at = own.steps.indexOf(text);
    field.value = text;
    slider.value = at < 0 ? own.at : at;
    slider.setAttribute("aria-valuetext", text);
  }
  slider.addEventListener("input", function () { field.value = own.steps[Number(slider.value)]; put(field.value); });
  field.addEventListener("change", function () {
    const at = own.steps.indexOf(field.value.trim());
    if (at >= 0) slider.value = at;
    put(field.value.trim());
  });
  undo.addEventListener("click", function () { delete state.what.dials[name]; show(); change(); field.focus(); });
  box.show = function () { show(); };
  box.marks = function () {
    const is = name in state.what.dials;
    box.classList.toggle("changed", is);
    undo.hidden = !is;
  };
}

export function goal(box) {
  const name = box.dataset.name.slice(5), field = box.querySelector(".value");
  field.addEventListener("change", function () {
    const text = field.value.trim();
    if (text === data.goals[name]) delete state.what.goals[name]; else state.what.goals[name] = text;
    change();
  });
  box.show = function () { field.value = name in state.what.goals ? state.what.goals[name] : data.goals[name]; };
  box.marks = function () { box.classList.toggle("changed", name in state.what.goals); };
}

// ---- tables: a row an interval, of the day that is chosen
function tableOf(name) { return state.what.tables[name] || data.tables[name]; }

export function own(name) {
  if (!state.what.tables[name]) state.what.tables[name] = copy(data.tables[name]);
  return state.what.tables[name];
}

export function settle(name) {
  const table = state.what.tables[name], first = data.tables[name];
  if (table && same(table.rows, first.rows) && table.on_queue === first.on_queue && table.start === first.start && table.interval === first.interval) delete state.what.tables[name];
}

function value(text) {
  const plain = text.trim().replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text.trim();
}

function written(cell) { return typeof cell === "number" ? String(cell).replace(".", words.decimal) : cell; }

export function grid(box) {
  const name = box.dataset.name, body = box.querySelector("tbody"), isStaff = name.startsWith("staff:");
  const title = box.closest("fieldset").querySelector("legend").textContent;
  function put(at, text) {
    own(name).rows[state.day][at] = value(text);
    settle(name);
  }
  box.show = function () {
    const table = tableOf(name), row = table.rows[state.day] || [], isFixed = table.fixed && !state.what.tables[name];
    body.textContent = "";
    row.forEach(function (cell, at) {
      const line = body.insertRow(), head = document.createElement("th");
      head.scope = "row";
      head.className = "text";
      head.textContent = table.clock[at];
      line.appendChild(head);
      const input = document.createElement("input");
      input.type = "text";
      input.inputMode = "decimal";
      input.autocomplete = "off";
      input.value = written(cell);
      input.readOnly = isFixed;
      input.setAttribute("aria-label", title + ", " + table.clock[at]);
      line.insertCell().appendChild(input);
      if (isStaff) line.insertCell().className = "need";
      input.addEventListener("change", function () { if (!isFixed) { put(at, input.value); change(); } });
      input.addEventListener("keydown", function (event) { key(event, at, input, isFixed); });
      input.addEventListener("paste", function (event) { paste(event, at, isFixed); });
    });
    drawNeed(box);
  };
  function key(event, at, input, isFixed) {
    const inputs = body.querySelectorAll("input"), step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter" && inputs[at + 1]) { event.preventDefault(); inputs[at + 1].focus(); inputs[at + 1].select(); }
    if (!step || isFixed || typeof value(input.value) !== "number") return;
    event.preventDefault();
    input.value = written(Math.max(0, Math.round((value(input.value) + step) * 1e6) / 1e6));
    put(at, input.value);
    change();
  }
  // a column copied from a spreadsheet goes down from the cell
  function paste(event, at, isFixed) {
    const lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n");
    if (lines.length < 2 || isFixed) return;
    event.preventDefault();
    const width = tableOf(name).rows[state.day].length;
    lines.slice(0, width - at).forEach(function (line, below) { put(at + below, line.split("\t")[0]); });
    box.show();
    change();
  }
  function all(step) {
    const table = tableOf(name);
    if (table.fixed && !state.what.tables[name]) return;
    table.rows[state.day].forEach(function (cell, at) {
      if (typeof cell === "number" && cell > 0) put(at, String(Math.max(0, cell + step)));
    });
    box.show();
    change();
  }
  const fewer = box.querySelector(".fewer"), more = box.querySelector(".more"), undo = box.querySelector(".undo");
  if (fewer) fewer.addEventListener("click", function () { all(-1); });
  if (more) more.addEventListener("click", function () { all(1); });
  undo.addEventListener("click", function () { delete state.what.tables[name]; box.show(); change(); });
  box.marks = function () {
    const is = name in state.what.tables;
    box.classList.toggle("changed", is);
    undo.hidden = !is;
  };
}

export function drawNeed(box) {
  const name = box.dataset.name;
  if (!name.startsWith("staff:")) return;
  const table = tableOf(name), need = {};
  (state.needed[name.slice(6)] || []).forEach(function (one) { if (one.day === state.day) need[Math.round(one.start)] = one.agents; });
  box.querySelectorAll("tbody tr").forEach(function (line, at) {
    const agents = need[Math.round(table.start + at * table.interval)], cell = line.cells[2];
    cell.textContent = agents === undefined ? "" : agents;
    cell.classList.toggle("short", agents !== undefined && agents > table.rows[state.day][at]);
  });
}

// ---- the plan as a whole
const controls = function () { return document.querySelectorAll(".dial, .goal, .grid"); };
export function showAll() { controls().forEach(function (box) { box.show(); }); }
export function marks() {
  controls().forEach(function (box) { box.marks(); });
  by("reset").disabled = same(state.what, empty());
}
