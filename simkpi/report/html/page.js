document.querySelectorAll("table.sortable").forEach(simkpi.sortable);
document.querySelectorAll(".plotbox").forEach(function (box) {
  simkpi.plot(box, JSON.parse(box.querySelector("script").textContent));
});
