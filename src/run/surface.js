// Surfaces that can be turned: <div class="surface" data-grid='{"n","from","to","labels","values","way"}'> with a static map inside. Drawn on a plain
// canvas, far squares first. Mouse or finger turns, arrow keys too, + and - or the wheel zoom; without this script the map stays.
(function () {
  'use strict';
  var stops = [[0, 114, 178], [0, 158, 115], [230, 159, 0], [213, 94, 0]]; // the colours of the map's lines
  var still = matchMedia('(prefers-reduced-motion: reduce)').matches;

  function mix(t, light) {
    t = Math.min(1, Math.max(0, t));
    var at = Math.min(2, Math.floor(3 * t)), f = 3 * t - at, a = stops[at], b = stops[at + 1];
    return 'rgb(' + [0, 1, 2].map(function (k) { return Math.round((a[k] + f * (b[k] - a[k])) * light); }).join(',') + ')';
  }
  function number(v) { return String(+v.toPrecision(5)); }

  function Surface(box) {
    var g = JSON.parse(box.dataset.grid), n0 = g.n[0], n1 = g.n[1], map = box.querySelector('svg');
    var finite = g.values.filter(function (v) { return v !== null; });
    if (!finite.length || n0 < 2 || n1 < 2) return;
    var low = Math.min.apply(null, finite), high = Math.max.apply(null, finite);
    var state = { turn: 0.7, tilt: 0.95, zoom: 1, log: low > 0 && high > 20 * low, over: -1 };
    var canvas = document.createElement('canvas'), bar = document.createElement('div'), tip = document.createElement('div');
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', box.dataset.what + ' as a surface; arrow keys turn it, plus and minus zoom');
    bar.className = 'surface-bar';
    tip.className = 'surface-tip';
    tip.hidden = true;

    // Heights 0 … 1, each value on the scale that is chosen; null stays null.
    function scale(v) { return state.log ? Math.log(v) : v; }
    function height(v) {
      if (v === null || (state.log && v <= 0)) return null;
      var a = scale(low), b = scale(high);
      return b > a ? (scale(v) - a) / (b - a) : 0;
    }
    var h = [];
    function measure() { h = g.values.map(height); }

    // A point of the unit cube (x, y in −1 … 1, z in 0 … 1) → canvas, and its depth.
    var view = {};
    function look() {
      view = { c: Math.cos(state.turn), s: Math.sin(state.turn), ct: Math.cos(state.tilt), st: Math.sin(state.tilt),
               size: 0.27 * Math.min(canvas.width, canvas.height * 1.2) * state.zoom, x: canvas.width / 2, y: canvas.height * 0.47 };
    }
    function project(x, y, z) {
      var u = x * view.c - y * view.s, v = x * view.s + y * view.c, w = (z - 0.5) * 1.3;
      return [view.x + view.size * u, view.y - view.size * (v * view.ct + w * view.st), v * view.st - w * view.ct];
    }
    function px(i) { return 2 * i / (n0 - 1) - 1; }
    function py(j) { return 2 * j / (n1 - 1) - 1; }
    // Data coordinates → −1 … 1.
    function unit(k, v) { return 2 * (v - g.from[k]) / (g.to[k] - g.from[k]) - 1; }

    // Lines of equal height on the floor: the shadow.
    function shadow(pen) {
      pen.lineWidth = 1;
      for (var k = 1; k < 10; k++) {
        var level = k / 10;
        pen.strokeStyle = mix(level, 1);
        pen.globalAlpha = 0.55;
        pen.beginPath();
        for (var j = 0; j + 1 < n1; j++) for (var i = 0; i + 1 < n0; i++) {
          var v = [h[j * n0 + i], h[j * n0 + i + 1], h[(j + 1) * n0 + i + 1], h[(j + 1) * n0 + i]], ends = [];
          if (v.indexOf(null) >= 0) continue;
          for (var s = 0; s < 4; s++) {
            var a = v[s], b = v[(s + 1) % 4];
            if ((a > level) === (b > level)) continue;
            var t = (level - a) / (b - a);
            ends.push([i + [t, 1, 1 - t, 0][s], j + [0, t, 1, 1 - t][s]]);
          }
          for (var e = 0; e + 1 < ends.length; e += 2) {
            var p = project(px(ends[e][0]), py(ends[e][1]), -0.15), q = project(px(ends[e + 1][0]), py(ends[e + 1][1]), -0.15);
            pen.moveTo(p[0], p[1]);
            pen.lineTo(q[0], q[1]);
          }
        }
        pen.stroke();
      }
      pen.globalAlpha = 1;
    }

    function frame(pen, ink) {
      var c = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(function (v) { return project(v[0], v[1], -0.15); });
      pen.strokeStyle = ink;
      pen.globalAlpha = 0.35;
      pen.beginPath();
      c.forEach(function (p, k) { if (k) pen.lineTo(p[0], p[1]); else pen.moveTo(p[0], p[1]); });
      pen.closePath();
      pen.stroke();
      pen.globalAlpha = 1;
      pen.fillStyle = ink;
      pen.font = 12 * devicePixelRatio + 'px system-ui, sans-serif';
      pen.textAlign = 'center';
      var side = function (x, y, text) { var p = project(x, y, -0.15); pen.fillText(text, p[0], p[1] + 6); };
      side(0, view.c > 0 ? -1.22 : 1.22, g.labels[0]);
      side(view.s > 0 ? -1.22 : 1.22, 0, g.labels[1]);
      side(-1, view.c > 0 ? -1.12 : 1.12, number(g.from[0]));
      side(1, view.c > 0 ? -1.12 : 1.12, number(g.to[0]));
    }

    var squares = [];
    for (var j = 0; j + 1 < n1; j++) for (var i = 0; i + 1 < n0; i++) squares.push(j * n0 + i);

    function draw() {
      var pen = canvas.getContext('2d'), ink = getComputedStyle(box).color;
      canvas.width = Math.max(200, Math.round(box.clientWidth * devicePixelRatio));
      canvas.height = Math.round(canvas.width * 0.78);
      look();
      frame(pen, ink);
      shadow(pen);
      var at = h.map(function (z, p) { return z === null ? null : project(px(p % n0), py(Math.floor(p / n0)), z); });
      var order = squares.filter(function (p) { return at[p] && at[p + 1] && at[p + n0] && at[p + n0 + 1]; });
      order.sort(function (p, q) { return at[q][2] + at[q + n0 + 1][2] - at[p][2] - at[p + n0 + 1][2]; });
      order.forEach(function (p) {
        var c = [p, p + 1, p + n0 + 1, p + n0], z = (h[p] + h[p + 1] + h[p + n0] + h[p + n0 + 1]) / 4;
        var slope = (h[p + 1] - h[p]) * n0 / 2 * 0.5 - (h[p + n0] - h[p]) * n1 / 2 * 0.3; // light from one side
        pen.fillStyle = mix(z, Math.max(0.62, Math.min(1.15, 0.95 - 0.22 * slope)));
        pen.strokeStyle = pen.fillStyle;
        pen.lineWidth = 1;
        pen.beginPath();
        c.forEach(function (q, k) { if (k) pen.lineTo(at[q][0], at[q][1]); else pen.moveTo(at[q][0], at[q][1]); });
        pen.closePath();
        pen.fill();
        pen.stroke();
      });
      way(pen, ink);
      mark(pen, at, ink);
      drawn = at;
    }
    var drawn = [];

    function way(pen, ink) {
      if (!g.way.length) return;
      pen.strokeStyle = pen.fillStyle = ink;
      pen.lineWidth = 2 * devicePixelRatio;
      pen.beginPath();
      g.way.forEach(function (w, k) {
        var z = height(w[2]), p = project(unit(0, w[0]), unit(1, w[1]), Math.min(1.1, z === null ? 0 : z) + 0.01);
        if (k) pen.lineTo(p[0], p[1]); else pen.moveTo(p[0], p[1]);
      });
      pen.stroke();
    }
    function mark(pen, at, ink) {
      if (state.over < 0 || !at[state.over]) return;
      pen.fillStyle = ink;
      pen.beginPath();
      pen.arc(at[state.over][0], at[state.over][1], 4 * devicePixelRatio, 0, 7);
      pen.fill();
    }

    var asked = false;
    function redraw() {
      if (asked) return;
      asked = true;
      requestAnimationFrame(function () { asked = false; draw(); });
    }

    // ---- mouse, finger, keys ----
    var held = null;
    canvas.addEventListener('pointerdown', function (e) { held = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); spin = 0; });
    canvas.addEventListener('pointerup', function () { held = null; });
    canvas.addEventListener('pointercancel', function () { held = null; });
    canvas.addEventListener('pointermove', function (e) {
      if (held) {
        state.turn += (e.clientX - held[0]) * 0.01;
        state.tilt = Math.max(0.05, Math.min(1.5, state.tilt - (e.clientY - held[1]) * 0.008));
        held = [e.clientX, e.clientY];
        tip.hidden = true;
      } else {
        point(e);
      }
      redraw();
    });
    canvas.addEventListener('pointerleave', function () { tip.hidden = true; state.over = -1; redraw(); });
    canvas.addEventListener('wheel', function (e) {
      if (!e.ctrlKey && document.activeElement !== canvas) return; // the page keeps its wheel until the surface is asked for
      e.preventDefault();
      zoom(e.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    function zoom(by) { state.zoom = Math.max(0.5, Math.min(6, state.zoom * by)); redraw(); }
    canvas.addEventListener('keydown', function (e) {
      var turn = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[e.key];
      if (turn) {
        state.turn += turn[0];
        state.tilt = Math.max(0.05, Math.min(1.5, state.tilt + turn[1]));
        redraw();
      } else if (e.key === '+' || e.key === '=') zoom(1.1);
      else if (e.key === '-') zoom(1 / 1.1);
      else return;
      spin = 0;
      e.preventDefault();
    });
    function point(e) {
      var r = canvas.getBoundingClientRect(), x = (e.clientX - r.left) * canvas.width / r.width, y = (e.clientY - r.top) * canvas.height / r.height;
      var best = -1, least = 400 * devicePixelRatio * devicePixelRatio, depth = Infinity;
      drawn.forEach(function (p, k) {
        if (!p) return;
        var d = (p[0] - x) * (p[0] - x) + (p[1] - y) * (p[1] - y);
        if (d < least * 0.5 || (d < least && p[2] < depth)) { best = k; least = Math.max(d, 9); depth = p[2]; }
      });
      state.over = best;
      tip.hidden = best < 0;
      if (best < 0) return;
      var a = best % n0, b = Math.floor(best / n0);
      tip.textContent = box.dataset.what + ' ' + number(g.values[best]) + ' at (' +
        number(g.from[0] + (g.to[0] - g.from[0]) * a / (n0 - 1)) + ', ' + number(g.from[1] + (g.to[1] - g.from[1]) * b / (n1 - 1)) + ')';
      tip.style.left = Math.min(e.clientX - r.left + 14, r.width - 190) + 'px';
      tip.style.top = e.clientY - r.top + 14 + 'px';
    }

    function button(text, on, press) {
      var b = document.createElement('button');
      b.textContent = text;
      b.setAttribute('aria-pressed', on);
      b.addEventListener('click', function () { b.setAttribute('aria-pressed', press()); });
      bar.appendChild(b);
    }
    if (low > 0) button('log', state.log, function () { state.log = !state.log; measure(); redraw(); return state.log; });
    button('map', false, function () {
      var shown = canvas.hidden;
      canvas.hidden = !shown;
      map.style.display = shown ? 'none' : '';
      tip.hidden = true;
      if (shown) redraw();
      return !shown;
    });
    box.appendChild(canvas);
    box.appendChild(tip);
    box.appendChild(bar);
    map.style.display = 'none';
    measure();
    draw();
    addEventListener('resize', redraw);
    addEventListener('beforeprint', function () { map.style.display = ''; canvas.hidden = true; });
    addEventListener('afterprint', function () { map.style.display = 'none'; canvas.hidden = false; redraw(); });

    // One slow look around, for those who don't mind motion.
    var spin = still ? 0 : 60;
    (function step() {
      if (spin-- <= 0) return;
      state.turn += 0.008 * Math.min(1, spin / 20);
      draw();
      requestAnimationFrame(step);
    })();
  }
  document.querySelectorAll('div.surface').forEach(Surface);
})();
