"use strict";
const simkpi = (function () {
  const NS = "http://www.w3.org/2000/svg";
  const COLORS = ["#0072B2", "#C24E00", "#00795A", "#A8558A", "#8A6100", "#222222"];
  const DASHES = ["", "7 3", "2 2", "9 3 2 3", "12 4", "3 5"];

  function make(name, attributes, parent) {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (parent) parent.appendChild(node);
    return node;
  }

  // ---- tables: sort by a click on the head, numbers by their value, words by their letters
  function sortable(table) {
    const heads = table.querySelectorAll("thead th");
    heads.forEach(function (head, place) {
      const button = head.querySelector("button");
      if (!button) return;
      button.addEventListener("click", function () {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) { if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = Array.from(body.rows);
        const words = new Intl.Collator(document.documentElement.lang, { numeric: true });
        rows.sort(function (a, b) {
          const one = a.cells[place], two = b.cells[place];
          const x = one.dataset.sort, y = two.dataset.sort;
          if (x === undefined && y === undefined) return words.compare(one.textContent, two.textContent) * (up ? 1 : -1);
          if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
          return (Number(x) - Number(y)) * (up ? 1 : -1);
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  }

  // ---- plots
  // box: a .plotbox; returns a function that shows other panels in it
  function plot(box, given) {
    let panels = given;
    const stage = box.querySelector(".stage");
    const legend = box.querySelector(".legend");
    const tip = box.querySelector(".tip");
    const select = box.querySelector("select");
    const named = box.querySelector(".chosen");
    let chosen = 0, width = 0, at = -1;

    function draw() {
      const panel = panels[chosen];
      width = stage.clientWidth || 640;
      const height = width < 520 ? 230 : 280;
      const left = 12 + 7 * Math.max.apply(null, panel.yTicks.map(function (tick) { return tick[1].length; }));
      const right = 16, top = 12, bottom = panel.xLabel ? 44 : 28;
      const first = panel.x[0], last = panel.x[panel.x.length - 1] + panel.length;
      const pad = panel.length ? 0 : (last - first) * 0.02 || 0.5;
      const sx = function (x) { return left + (x - first + pad) / (last - first + 2 * pad) * (width - left - right); };
      const sy = function (y) { return top + (panel.y[1] - y) / (panel.y[1] - panel.y[0]) * (height - top - bottom); };
      stage.textContent = "";
      if (named) named.textContent = panel.label;
      const svg = make("svg", { viewBox: "0 0 " + width + " " + height, height: height, role: "img", tabindex: "0", "aria-label": panel.label }, stage);
      panel.yTicks.forEach(function (tick) {
        make("line", { x1: left, x2: width - right, y1: sy(tick[0]), y2: sy(tick[0]), stroke: "#E3E3E3" }, svg);
        make("text", { x: left - 6, y: sy(tick[0]) + 4, "text-anchor": "end" }, svg).textContent = tick[1];
      });
      let edge = -1;
      panel.xTicks.forEach(function (tick) {
        const x = sx(tick[0]), half = tick[1].length * 3.6;
        make("line", { x1: x, x2: x, y1: height - bottom, y2: height - bottom + 4, stroke: "#767676" }, svg);
        const spot = Math.min(Math.max(x, half), width - half);
        if (spot - half < edge) return;
        edge = spot + half + 6;
        make("text", { x: spot, y: height - bottom + 17, "text-anchor": "middle" }, svg).textContent = tick[1];
      });
      if (panel.xLabel) make("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" }, svg).textContent = panel.xLabel;
      panel.series.forEach(function (line, number) { series(svg, panel, line, number, sx, sy); });
      panel.goals.forEach(function (goal) {
        make("line", { x1: left, x2: width - right, y1: sy(goal[1]), y2: sy(goal[1]), stroke: "#A63F00", "stroke-width": 1.6, "stroke-dasharray": "2 3" }, svg);
      });
      make("line", { x1: left, x2: width - right, y1: sy(Math.max(0, panel.y[0])), y2: sy(Math.max(0, panel.y[0])), stroke: "#767676" }, svg);
      const cursor = make("line", { y1: top, y2: height - bottom, stroke: "#222", "stroke-dasharray": "3 3", visibility: "hidden" }, svg);
      hover(svg, panel, cursor, sx, first, last, pad, left, right);
      names(panel);
    }

    function points(panel, values, sx, sy) {
      // runs of defined values, as steps or as joined points
      const runs = [];
      let run = [];
      values.forEach(function (value, i) {
        if (value === null) { if (run.length) runs.push(run); run = []; return; }
        run.push([sx(panel.x[i]), sy(value)]);
        if (panel.length) run.push([sx(panel.x[i] + panel.length), sy(value)]);
      });
      if (run.length) runs.push(run);
      return runs;
    }

    function series(svg, panel, line, number, sx, sy) {
      const color = COLORS[number % 6];
      const text = function (run) { return run.map(function (point) { return point[0].toFixed(1) + "," + point[1].toFixed(1); }).join(" "); };
      if (line.low) {
        const defined = line.low.map(function (low, i) { return low !== null && line.high[i] !== null; });
        const lows = points(panel, line.low.map(function (low, i) { return defined[i] ? low : null; }), sx, sy);
        const highs = points(panel, line.high.map(function (high, i) { return defined[i] ? high : null; }), sx, sy);
        lows.forEach(function (run, i) {
          make("polygon", { points: text(run.concat(highs[i].slice().reverse())), fill: color, "fill-opacity": panel.series.length > 3 ? 0.07 : 0.18 }, svg);
        });
      }
      points(panel, line.value, sx, sy).forEach(function (run) {
        if (line.filled) {
          const base = sy(0);
          make("polygon", { points: text([[run[0][0], base]].concat(run, [[run[run.length - 1][0], base]])), fill: color, "fill-opacity": 0.16 }, svg);
        }
        make("polyline", { points: text(run), fill: "none", stroke: color, "stroke-width": 2, "stroke-dasharray": DASHES[number % 6] }, svg);
        if (!panel.length && panel.x.length <= 40) run.forEach(function (point) { make("circle", { cx: point[0], cy: point[1], r: 3, fill: color }, svg); });
      });
    }

    function names(panel) {
      legend.textContent = "";
      const add = function (words, stroke, dash, thick) {
        const item = document.createElement("li");
        const sample = make("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" }, item);
        make("line", { x1: 1, x2: 29, y1: 6, y2: 6, stroke: stroke, "stroke-width": thick, "stroke-dasharray": dash }, sample);
        item.appendChild(document.createTextNode(words));
        legend.appendChild(item);
      };
      panel.series.forEach(function (line, number) { add(line.name, COLORS[number % 6], DASHES[number % 6], 2.4); });
      panel.goals.forEach(function (goal) { add(goal[0], "#A63F00", "2 3", 1.8); });
    }

    function hover(svg, panel, cursor, sx, first, last, pad, left, right) {
      const show = function (i) {
        at = i;
        if (i < 0) { cursor.setAttribute("visibility", "hidden"); tip.hidden = true; return; }
        const x = sx(panel.x[i] + panel.length / 2);
        cursor.setAttribute("x1", x); cursor.setAttribute("x2", x); cursor.setAttribute("visibility", "visible");
        tip.textContent = "";
        const head = document.createElement("b");
        head.textContent = panel.xWords[i];
        tip.appendChild(head);
        panel.series.forEach(function (line) {
          const row = document.createElement("div");
          row.textContent = line.name + ": " + line.words[i];
          tip.appendChild(row);
        });
        tip.hidden = false;
        const room = stage.clientWidth - tip.offsetWidth;
        const place = x + 14 > room ? Math.max(0, x - tip.offsetWidth - 14) : x + 14;
        tip.style.transform = "translate(" + Math.min(place, Math.max(0, room)) + "px,6px)";
      };
      const nearest = function (event) {
        const scale = svg.getBoundingClientRect();
        const x = first - pad + (event.clientX - scale.left - left) / (scale.width - left - right) * (last - first + 2 * pad);
        let best = 0;
        panel.x.forEach(function (place, i) {
          if (Math.abs(place + panel.length / 2 - x) < Math.abs(panel.x[best] + panel.length / 2 - x)) best = i;
        });
        return best;
      };
      svg.addEventListener("pointermove", function (event) { show(nearest(event)); });
      svg.addEventListener("pointerdown", function (event) { show(nearest(event)); });
      svg.addEventListener("pointerleave", function () { show(-1); });
      svg.addEventListener("blur", function () { show(-1); });
      svg.addEventListener("keydown", function (event) {
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!move) return;
        event.preventDefault();
        show(Math.min(panel.x.length - 1, Math.max(0, at + move)));
      });
    }

    if (select) select.addEventListener("change", function () { chosen = Number(select.value); at = -1; tip.hidden = true; draw(); });
    box.hidden = false;
    draw();
    function update(others) {
      panels = others;
      chosen = Math.min(chosen, panels.length - 1);
      at = -1;
      tip.hidden = true;
      draw();
    }
    if (window.ResizeObserver) new ResizeObserver(function () { if (Math.abs(stage.clientWidth - width) > 1) draw(); }).observe(stage);
    window.addEventListener("beforeprint", draw);
    return update;
  }

  return { plot: plot, sortable: sortable };
})();
