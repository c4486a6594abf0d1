// A table wider than the page scrolls by itself: by the keyboard, too. The theme wraps its tables after the page has come.
function reachTables() {
  document.querySelectorAll(".md-typeset__scrollwrap").forEach(function (box) {
    const is = box.scrollWidth > box.clientWidth;
    if (is) { box.tabIndex = 0; box.setAttribute("role", "region"); box.setAttribute("aria-label", "Table"); }
    else { box.removeAttribute("tabindex"); box.removeAttribute("role"); box.removeAttribute("aria-label"); }
  });
}
window.addEventListener("load", function () { setTimeout(reachTables, 0); });
window.addEventListener("resize", reachTables);
