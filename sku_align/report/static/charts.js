"use strict";
// Draws each chart above its table and folds the table away; where scripts do not run, the table stays open.
const config = {
  font: 'system-ui, "Noto Sans", sans-serif',
  background: null,
  view: { stroke: null },
  text: { fontSize: 12 },
  axis: { grid: false, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", tickCount: 6, labelFlush: false },
  legend: { orient: "top", direction: "vertical", labelFontSize: 12, labelLimit: 0 },
};
for (const script of document.querySelectorAll('script[type="application/json"]')) {
  const container = script.previousElementSibling;
  const { spec } = vegaLite.compile(JSON.parse(script.textContent), { config });
  new vega.View(vega.parse(spec), { renderer: "svg", container })
    .runAsync()
    .then(() => (script.nextElementSibling.open = false));
}
