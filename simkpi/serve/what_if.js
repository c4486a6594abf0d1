"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const page = Array.from(crypto.getRandomValues(new Uint32Array(3)), function (part) { return part.toString(36); }).join("");
  const memory = "simkpi " + data.digest;
  const by = function (id) { return document.getElementById(id); };
  const same = function (one, other) { return JSON.stringify(one) === JSON.stringify(other); };
  const copy = function (value) { return JSON.parse(JSON.stringify(value)); };
  const empty = function () { return { dials: {}, tables: {}, goals: {} }; };

  // what was changed, and the plans that were kept: [{name, what}]
  let what = empty(), plans = [], shown = 0, day = 0, running = null, later = 0, staffing = null, suggested = null, needed = {};

  function remember() {
    try { sessionStorage.setItem(memory, JSON.stringify({ what: what, plans: plans, baseline: by("baseline").value })); } catch (full) { /* as well without */ }
  }

  // ---- talking to the program
  function send(path, body, signal) {
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: signal, credentials: "same-origin", cache: "no-store" });
  }

  async function stream(path, body, signal, take) {
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

  function failed(error) {
    if (error.name === "AbortError") return;
    const lost = error instanceof TypeError;
    by("progress").textContent = lost ? words.gone : words.failed + " " + String(error.message || "").slice(0, 300);
  }

  function baseline() {
    const chosen = by("baseline").value;
    if (chosen === "") return null;
    return chosen === "opened" ? { name: words.opened, what: empty() } : plans[Number(chosen)];
  }

  function asked() {
    const other = baseline(), name = by("keep-name").value.trim() || words.this;
    return { page: page, lang: data.lang, what: what, baseline: other && !same(other.what, what) ? other.what : null,
      names: [other ? other.name : "", name], narrow: Number(by("narrow").value), replications: Math.max(2, shown) };
  }

  // ---- the answer: asked for shortly after the last change, and no longer wanted after the next
  function change() {
    remember();
    marks();
    clearTimeout(later);
    later = setTimeout(ask, 120);
  }

  function ask() {
    if (running) running.abort();
    running = new AbortController();
    by("result").classList.add("stale");
    const body = asked();
    by("no-change").hidden = body.baseline !== null || baseline() === null;
    if (body.baseline === null) { fill("comparison", ""); by("change").textContent = ""; }
    stream("/answer", body, running.signal, take).catch(failed);
  }

  function take(message) {
    if (message.kind === "problems") {
      complain(message.problems);
      by("progress").textContent = words.wrong;
    } else if (message.kind === "staff") {
      needed = message.need;
      document.querySelectorAll(".grid").forEach(drawNeed);
    } else if (message.kind === "figures") {
      complain([]);
      by("result").classList.remove("stale");
      shown = message.replications;
      by("headline").textContent = message.headline;
      by("change").textContent = message.change;
      by("status").className = "status " + message.look;
      by("progress").textContent = (message.is_narrow ? words.sure : message.is_last ? words.spent : words.busy).replace("{n}", shown);
      ["answer", "targets", "comparison", "figures"].forEach(function (name) { fill(name, message.html[name]); });
    } else if (message.kind === "day") {
      by("drawn").textContent = message.note;
      message.plots.forEach(draw);
    }
  }

  // markup comes from the program's own templates, where all text is escaped; scripts in it would not run (the page's policy)
  function fill(name, markup) {
    const home = by(name);
    if (home.dataset.markup === markup) return;
    home.dataset.markup = markup;
    home.innerHTML = markup;
    home.querySelectorAll("table.sortable").forEach(simkpi.sortable);
  }

  const drawn = {};
  function draw(plot) {
    const figure = document.querySelector("figure[data-plot=" + plot.name + "]");
    figure.querySelector("figcaption").textContent = plot.caption;
    figure.hidden = plot.panels.length === 0;
    if (figure.hidden) return;
    const select = figure.querySelector("select");
    const labels = plot.panels.map(function (panel) { return panel.label; });
    if (select && !same(labels, Array.from(select.options, function (option) { return option.text; }))) {
      const before = select.selectedIndex < 0 ? "" : select.options[select.selectedIndex].text;
      select.textContent = "";
      labels.forEach(function (label, at) { select.add(new Option(label, at, false, label === before)); });
      select.dispatchEvent(new Event("change"));
    }
    if (drawn[plot.name]) drawn[plot.name](plot.panels);
    else drawn[plot.name] = simkpi.plot(figure.querySelector(".plotbox"), plot.panels);
  }

  // ---- mistakes, each beside its control
  function complain(problems) {
    document.querySelectorAll("#plan .error").forEach(function (place) {
      if (place.id === "e:suggest" || place.id === "e:import") return;
      place.hidden = true;
      place.textContent = "";
    });
    document.querySelectorAll("#plan [aria-invalid]").forEach(function (input) { input.removeAttribute("aria-invalid"); });
    problems.forEach(function (problem) {
      const cell = /^(.*?)((?:\[\d+\])+)$/.exec(problem.at), name = cell ? cell[1] : problem.at;
      const place = by("e:" + name) || by("e:"), input = by("v:" + name);
      place.textContent += (place.textContent ? "\n" : "") + (cell ? where(name, cell[2]) + ": " : "") + problem.message;
      place.hidden = false;
      if (input) input.setAttribute("aria-invalid", "true");
      if (cell) wrongCell(name, cell[2]);
    });
  }

  function numbers(brackets) { return brackets.match(/\d+/g).map(Number); }

  function where(name, brackets) {
    const at = numbers(brackets), table = what.tables[name] || data.tables[name];
    return (data.days.length > 1 ? data.days[at[0]] + " " : "") + (table.clock[at[1]] || "");
  }

  function wrongCell(name, brackets) {
    const at = numbers(brackets), grid = document.querySelector('.grid[data-name="' + CSS.escape(name) + '"]');
    if (!grid || at[0] !== day) return;
    const input = grid.querySelectorAll("tbody input")[at[1]];
    grid.open = true;
    if (input) input.setAttribute("aria-invalid", "true");
  }

  // ---- dials: a slider over the steps, and a field for any value
  function dial(box) {
    const name = box.dataset.name, own = data.dials[name];
    const slider = box.querySelector("input[type=range]"), field = box.querySelector(".value"), undo = box.querySelector(".undo");
    function put(text) {
      if (text.trim() === "" || text === own.now) { delete what.dials[name]; show(); } else what.dials[name] = text;
      slider.setAttribute("aria-valuetext", field.value);
      change();
    }
    function show() {
      const text = name in what.dials ? what.dials[name] : own.now, at = own.steps.indexOf(text);
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
    undo.addEventListener("click", function () { delete what.dials[name]; show(); change(); field.focus(); });
    box.show = function () { show(); };
    box.marks = function () {
      const is = name in what.dials;
      box.classList.toggle("changed", is);
      undo.hidden = !is;
    };
  }

  function goal(box) {
    const name = box.dataset.name.slice(5), field = box.querySelector(".value");
    field.addEventListener("change", function () {
      const text = field.value.trim();
      if (text === data.goals[name]) delete what.goals[name]; else what.goals[name] = text;
      change();
    });
    box.show = function () { field.value = name in what.goals ? what.goals[name] : data.goals[name]; };
    box.marks = function () { box.classList.toggle("changed", name in what.goals); };
  }

  // ---- tables: a row an interval, of the day that is chosen
  function tableOf(name) { return what.tables[name] || data.tables[name]; }

  function own(name) {
    if (!what.tables[name]) what.tables[name] = copy(data.tables[name]);
    return what.tables[name];
  }

  function settle(name) {
    const table = what.tables[name], first = data.tables[name];
    if (table && same(table.rows, first.rows) && table.on_queue === first.on_queue && table.start === first.start && table.interval === first.interval) delete what.tables[name];
  }

  function value(text) {
    const plain = text.trim().replace(",", ".");
    return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text.trim();
  }

  function written(cell) { return typeof cell === "number" ? String(cell).replace(".", words.decimal) : cell; }

  function grid(box) {
    const name = box.dataset.name, body = box.querySelector("tbody"), isStaff = name.startsWith("staff:");
    const title = box.closest("fieldset").querySelector("legend").textContent;
    function put(at, text) {
      own(name).rows[day][at] = value(text);
      settle(name);
    }
    box.show = function () {
      const table = tableOf(name), row = table.rows[day] || [], isFixed = table.fixed && !what.tables[name];
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
      const width = tableOf(name).rows[day].length;
      lines.slice(0, width - at).forEach(function (line, below) { put(at + below, line.split("\t")[0]); });
      box.show();
      change();
    }
    function all(step) {
      const table = tableOf(name);
      if (table.fixed && !what.tables[name]) return;
      table.rows[day].forEach(function (cell, at) {
        if (typeof cell === "number" && cell > 0) put(at, String(Math.max(0, cell + step)));
      });
      box.show();
      change();
    }
    const fewer = box.querySelector(".fewer"), more = box.querySelector(".more"), undo = box.querySelector(".undo");
    if (fewer) fewer.addEventListener("click", function () { all(-1); });
    if (more) more.addEventListener("click", function () { all(1); });
    undo.addEventListener("click", function () { delete what.tables[name]; box.show(); change(); });
    box.marks = function () {
      const is = name in what.tables;
      box.classList.toggle("changed", is);
      undo.hidden = !is;
    };
  }

  function drawNeed(box) {
    const name = box.dataset.name;
    if (!name.startsWith("staff:")) return;
    const table = tableOf(name), need = {};
    (needed[name.slice(6)] || []).forEach(function (one) { if (one.day === day) need[Math.round(one.start)] = one.agents; });
    box.querySelectorAll("tbody tr").forEach(function (line, at) {
      const agents = need[Math.round(table.start + at * table.interval)], cell = line.cells[2];
      cell.textContent = agents === undefined ? "" : agents;
      cell.classList.toggle("short", agents !== undefined && agents > table.rows[day][at]);
    });
  }

  // ---- the plan as a whole
  const controls = function () { return document.querySelectorAll(".dial, .goal, .grid"); };
  function showAll() { controls().forEach(function (box) { box.show(); }); }
  function marks() {
    controls().forEach(function (box) { box.marks(); });
    by("reset").disabled = same(what, empty());
  }

  function listPlans(chosen) {
    const select = by("baseline");
    while (select.options.length > 2) select.remove(2);
    plans.forEach(function (plan, at) { select.add(new Option(plan.name, String(at))); });
    if (chosen !== undefined) select.value = chosen;
    if (select.selectedIndex < 0) select.value = "opened";
  }

  by("reset").addEventListener("click", function () { what = empty(); showAll(); change(); });
  by("baseline").addEventListener("change", change);
  by("narrow").addEventListener("change", change);
  by("keep").addEventListener("click", function () {
    const name = by("keep-name").value.trim() || words.plan + " " + String.fromCharCode(65 + plans.length % 26);
    plans = plans.filter(function (plan) { return plan.name !== name; }).concat([{ name: name, what: copy(what) }]);
    by("keep-name").value = "";
    listPlans(String(plans.length - 1));
    change();
  });
  by("go-to").addEventListener("click", function () {
    const other = baseline();
    if (!other) return;
    what = copy(other.what);
    showAll();
    change();
  });
  if (by("day")) {
    by("day").addEventListener("change", function () { day = Number(by("day").value); document.querySelectorAll(".grid").forEach(function (box) { box.show(); }); });
    by("all-days").addEventListener("click", function () {
      Object.keys(data.tables).forEach(function (name) {
        if (data.tables[name].fixed && !what.tables[name]) return;
        const table = own(name);
        table.rows = table.rows.map(function (row) { return row.some(function (cell) { return cell !== 0; }) ? table.rows[day].slice() : row; });
        settle(name);
      });
      showAll();
      change();
    });
  }

  function putTables(tables) {
    Object.keys(tables).forEach(function (name) { what.tables[name] = tables[name]; settle(name); });
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
      const answer = await send("/table", Object.assign({ lang: data.lang, what: what }, body));
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
    const reader = new FileReader();
    reader.onload = function () { bring({ base64: reader.result.slice(reader.result.indexOf(",") + 1), name: file.name.slice(0, 100) }); by("file").value = ""; };
    reader.readAsDataURL(file);
  });

  // ---- files to keep
  by("save").addEventListener("click", async function () {
    by("saved").textContent = words.wait;
    try {
      const body = asked();
      body.format = by("format").value;
      const answer = await send("/file", body);
      if (!answer.ok) throw new Error(await answer.text());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
      by("saved").textContent = words.written;
    } catch (error) { by("saved").textContent = error instanceof TypeError ? words.gone : words.failed + " " + error.message; }
  });

  document.querySelectorAll(".dial").forEach(dial);
  document.querySelectorAll(".goal").forEach(goal);
  document.querySelectorAll(".grid").forEach(grid);
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(memory)); } catch (broken) { /* begins anew */ }
  if (kept) { what = kept.what; plans = kept.plans; listPlans(kept.baseline); }
  showAll();
  marks();
  ask();
})();
