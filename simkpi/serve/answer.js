// The answer to the plan: asked for shortly after a change, shown as it comes.
import { state, data, words, by, same, stream, failed, asked, baseline, remember } from "/plan.js";
import { complain, drawNeed, marks } from "/controls.js";

let running = null, later = 0;

// asked for shortly after the last change, and no longer wanted after the next
export function change() {
  remember();
  marks();
  clearTimeout(later);
  later = setTimeout(ask, 120);
}

export function ask() {
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
    state.needed = message.need;
    document.querySelectorAll(".grid").forEach(drawNeed);
  } else if (message.kind === "note") {
    by("progress").textContent = message.text;
  } else if (message.kind === "figures") {
    complain([]);
    by("result").classList.remove("stale");
    state.shown = message.replications;
    if (by("headline").textContent !== message.headline) by("headline").textContent = message.headline; // said aloud when it changes
    by("change").textContent = message.change;
    by("status").className = "status " + message.look;
    by("progress").textContent = (message.is_narrow ? words.sure : message.is_last ? words.spent : words.busy).replace("{n}", state.shown);
    ["answer", "targets", "comparison", "figures"].forEach(function (name) { fill(name, message.html[name]); });
  } else if (message.kind === "day") {
    by("drawn").textContent = message.note;
    if (!message.plots.length) document.querySelectorAll("#plots figure").forEach(function (figure) { figure.hidden = true; });
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
