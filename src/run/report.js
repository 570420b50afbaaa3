// Makes the charts of a report zoomable. The numbers are those of the "data" table below each figure; without this
// script the page shows the same figures as static drawings.
(function () {
  'use strict';
  var css = getComputedStyle(document.documentElement);
  var ink = css.getPropertyValue('--ink').trim(), rule = css.getPropertyValue('--rule').trim();

  // Rows "curve <tab> x <tab> y <tab> error" below a header line → one table per curve.
  function tables(text) {
    var curves = new Map();
    text.trim().split('\n').slice(1).forEach(function (line) {
      var cell = line.split('\t');
      if (!curves.has(cell[0])) curves.set(cell[0], []);
      curves.get(cell[0]).push(cell.slice(1).map(function (v) { return v === '' ? null : +v; }));
    });
    return curves;
  }

  function chart(figure, styles) {
    var curves = tables(figure.querySelector('pre').textContent), joined = [], series = [{}], bands = [];
    var log = 'logy' in figure.dataset; // there, what is not positive is a gap, and error bars end at a tenth of the value
    var seen = function (v) { return v === null || (log && v <= 0) ? null : v; };
    var low = function (r) { var v = r[1] - (r[2] || 0); return log ? Math.max(v, r[1] / 10) : v; };
    styles.forEach(function (style) {
      var rows = (curves.get(style.name) || []).slice().sort(function (a, b) { return a[0] - b[0]; });
      var column = function (f) { return rows.map(f); };
      var table = [column(function (r) { return r[0]; }), column(function (r) { return seen(r[1]); })];
      var look = { label: style.name, stroke: style.colour, spanGaps: true,
                   width: style.line ? 1.6 : 0, points: { show: !style.line, size: 6, fill: style.colour } };
      series.push(look);
      if (rows.some(function (r) { return r[2] > 0; })) {
        table.push(column(function (r) { return seen(r[1]) === null ? null : r[1] + (r[2] || 0); }));
        table.push(column(function (r) { return seen(r[1]) === null ? null : low(r); }));
        var edge = { label: '', stroke: style.colour + '55', width: 1, points: { show: false }, spanGaps: true };
        series.push(Object.assign({}, edge, { label: '+' }), Object.assign({}, edge, { label: '−' }));
        bands.push({ series: [series.length - 2, series.length - 1], fill: style.colour + '33' });
      }
      joined.push(table);
    });
    var scale = function (log) { return log ? { distr: 3, time: false } : { time: false }; };
    var plain = function (u, ticks) { return ticks.map(function (v) { return v === null ? '' : String(+v.toPrecision(6)); }); };
    var axis = { values: plain, stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule } };
    var plot = new uPlot({
      width: figure.clientWidth, height: Math.round(figure.clientWidth * 0.62), series: series, bands: bands,
      scales: { x: scale('logx' in figure.dataset), y: scale('logy' in figure.dataset) },
      axes: [Object.assign({ label: figure.dataset.x }, axis), Object.assign({ label: figure.dataset.y }, axis)]
    }, uPlot.join(joined), function (u, init) { figure.replaceChild(u.root, figure.querySelector('svg')); init(); });
    return plot;
  }

  document.querySelectorAll('figure.chart').forEach(function (figure) {
    var button = document.createElement('button');
    button.className = 'zoom';
    button.textContent = 'zoom';
    button.title = 'drag to zoom in, double-click to zoom out';
    button.addEventListener('click', function () {
      button.remove();
      chart(figure, JSON.parse(figure.dataset.curves));
    });
    figure.appendChild(button);
  });
})();
