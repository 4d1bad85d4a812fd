/* The map: titles as points, coloured by cluster. Wheel and drag, buttons and keys move it. */
"use strict";

Reelhouse.map = (function () {
  const { el } = Reelhouse;
  const NEAR = 14; // pixels from a point within which it is meant
  const LEAST_SPAN = 2; // per cent of the map's width that fill the screen at most
  let place;
  let hint;
  let chart = null;
  let map = null;
  let shown = { clusters: null, title: null, next: [] };
  let frame = null;

  function build() {
    place = el("div", { class: "map-canvas" });
    hint = el("div", { class: "hint", hidden: true, "aria-hidden": "true" });
    const view = el("section", { class: "map", tabindex: "0", role: "application",
      "aria-label": "Map of the titles. Plus and minus zoom, arrow keys move, zero shows all. The same titles are listed beside it." },
      place, hint,
      el("div", { class: "map-buttons" },
        button("+", "Zoom in", () => zoom(0.6)),
        button("−", "Zoom out", () => zoom(1 / 0.6)),
        button("All", "Show the whole map", whole)),
      el("p", { class: "map-note" }, note()));
    view.addEventListener("keydown", onKey);
    Promise.all([Reelhouse.charts.library(), Reelhouse.data.load("map")]).then(([echarts, loaded]) => {
      map = loaded;
      chart = echarts.init(place);
      draw();
      listen();
      new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
      view.dataset.drawn = "true";
    });
    return view;
  }

  function note() {
    const { titles, shown: n } = Reelhouse.catalogue.overview();
    const sample = n < titles ? `A sample of ${Reelhouse.count(n)} of ${Reelhouse.count(titles)} titles. ` : "";
    return `${sample}Titles that are alike stand close together.`;
  }

  function button(text, told, act) {
    return el("button", { type: "button", "aria-label": told, title: told, onclick: act }, text);
  }

  /* ---- drawing ---- */

  function extents() {
    // Both axes by one scale, whatever the shape of the window.
    const width = place.clientWidth || 1;
    const height = place.clientHeight || 1;
    const margin = 0.04 * map.steps;
    const reach = map.steps / 2 + margin;
    const across = width > height ? (reach * width) / height : reach;
    const up = width > height ? reach : (reach * height) / width;
    return { x: across, y: up, middle: map.steps / 2 };
  }

  function points(start, stop) {
    const found = [];
    for (let at = start; at < stop; at += 1) if (map.x[at] >= 0) found.push(map.x[at], map.y[at]);
    return new Float32Array(found);
  }

  function middleOf(cluster) {
    const sorted = (axis) => Array.from(map[axis].slice(cluster.start, cluster.stop))
      .filter((value) => value >= 0).sort((a, b) => a - b);
    const xs = sorted("x");
    const ys = sorted("y");
    return xs.length ? [xs[xs.length >> 1], ys[ys.length >> 1]] : null;
  }

  function size() {
    const zoomed = 100 / span();
    const base = Reelhouse.catalogue.overview().shown > 30000 ? 2 : place.clientWidth < 600 ? 2.5 : 3.5;
    return Math.min(12, base * Math.sqrt(zoomed));
  }

  function span() {
    const zooms = chart && chart.getOption() && chart.getOption().dataZoom;
    return zooms && zooms.length ? zooms[0].end - zooms[0].start : 100;
  }

  function series() {
    const clusters = Reelhouse.catalogue.overview().clusters.filter((one) => one.stop > one.start);
    const lit = (cluster) => !shown.clusters || shown.clusters.has(cluster.id);
    const drawn = clusters.map((cluster) => ({
      id: `cluster ${cluster.id}`, type: "scatter", large: true, largeThreshold: 0, silent: true,
      data: points(cluster.start, cluster.stop), dimensions: ["x", "y"], symbolSize: size(),
      itemStyle: { color: Reelhouse.colours.of(cluster.id), opacity: lit(cluster) ? 0.85 : 0.1 },
      z: lit(cluster) ? 3 : 2,
    }));
    const surface = Reelhouse.colours.named("surface");
    const ink = Reelhouse.colours.named("ink");
    const labels = [...clusters].sort((a, b) => b.size - a.size).map((cluster) => {
      const at = middleOf(cluster);
      return at && { value: at, name: cluster.name, label: { opacity: lit(cluster) ? 1 : 0.25 } };
    }).filter(Boolean);
    drawn.push({ id: "names", type: "scatter", silent: true, symbolSize: 0.01, data: labels, z: 6,
      labelLayout: { hideOverlap: true },
      label: { show: true, position: "inside", formatter: "{b}", color: ink, fontSize: 12, fontWeight: 600,
        fontFamily: Reelhouse.charts.font(), textBorderColor: surface, textBorderWidth: 3,
        width: 130, overflow: "break", lineHeight: 15 } });
    const ring = (numbers, radius, width) => ({ type: "scatter", silent: true, symbolSize: radius, z: 5,
      data: numbers.filter((at) => map.x[at] >= 0).map((at) => [map.x[at], map.y[at]]),
      itemStyle: { color: "transparent", borderColor: ink, borderWidth: width } });
    drawn.push({ id: "next", ...ring(shown.next, 10, 1.25) });
    drawn.push({ id: "title", ...ring(shown.title === null ? [] : [shown.title], 18, 3) });
    return drawn;
  }

  function draw() {
    if (!chart || !map) return;
    const { x, y, middle } = extents();
    const hidden = { show: false, type: "value" };
    chart.setOption({
      animation: false,
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { ...hidden, min: middle - x, max: middle + x },
      yAxis: { ...hidden, min: middle - y, max: middle + y },
      dataZoom: [
        { id: "across", type: "inside", xAxisIndex: 0, filterMode: "none", minSpan: LEAST_SPAN },
        { id: "up", type: "inside", yAxisIndex: 0, filterMode: "none", minSpan: LEAST_SPAN },
      ],
      series: series(),
    });
  }

  function resize() {
    // Points grow with the zoom: many far away, few and easy to hit near by.
    if (frame !== null) return;
    frame = window.requestAnimationFrame(() => {
      frame = null;
      const symbolSize = size();
      chart.setOption({ series: Reelhouse.catalogue.overview().clusters
        .filter((one) => one.stop > one.start)
        .map((one) => ({ id: `cluster ${one.id}`, symbolSize })) });
    });
  }

  /* ---- moving ---- */

  function window_() {
    const [across, up] = chart.getOption().dataZoom;
    return [[across.start, across.end], [up.start, up.end]];
  }

  function move(change) {
    if (!chart) return;
    const ids = ["across", "up"];
    window_().map(change).forEach(([start, end], axis) => {
      chart.dispatchAction({ type: "dataZoom", dataZoomId: ids[axis], start: Math.max(0, start), end: Math.min(100, end) });
    });
  }

  function zoom(factor) {
    move(([start, end]) => {
      const half = (Math.max(LEAST_SPAN, Math.min(100, (end - start) * factor))) / 2;
      const middle = Math.min(100 - half, Math.max(half, (start + end) / 2));
      return [middle - half, middle + half];
    });
  }

  const whole = () => move(() => [0, 100]);

  function shift(axis, part) {
    move(([start, end], at) => {
      if (at !== axis) return [start, end];
      const by = Math.max(-start, Math.min(100 - end, part * (end - start)));
      return [start + by, end + by];
    });
  }

  function onKey(event) {
    const acts = {
      "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6), 0: whole,
      ArrowLeft: () => shift(0, -0.2), ArrowRight: () => shift(0, 0.2),
      ArrowDown: () => shift(1, -0.2), ArrowUp: () => shift(1, 0.2),
    };
    if (event.target !== event.currentTarget || !acts[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    acts[event.key]();
  }

  /* ---- pointing ---- */

  function nearest(x, y) {
    const [left, bottom] = chart.convertFromPixel({ gridIndex: 0 }, [x - NEAR, y + NEAR]);
    const [right, top] = chart.convertFromPixel({ gridIndex: 0 }, [x + NEAR, y - NEAR]);
    const [middleX, middleY] = [(left + right) / 2, (bottom + top) / 2];
    let best = -1;
    let least = ((right - left) / 2) ** 2;
    for (const cluster of Reelhouse.catalogue.overview().clusters) {
      if (shown.clusters && !shown.clusters.has(cluster.id)) continue;
      for (let at = cluster.start; at < cluster.stop; at += 1) {
        if (map.x[at] < 0) continue;
        const apart = (map.x[at] - middleX) ** 2 + (map.y[at] - middleY) ** 2;
        if (apart < least) { least = apart; best = at; }
      }
    }
    return best;
  }

  async function showHint(at, x, y) {
    hint.dataset.at = at;
    const { name, year } = await Reelhouse.catalogue.named(at);
    if (hint.dataset.at !== String(at)) return; // The pointer is elsewhere by now.
    const cluster = Reelhouse.catalogue.clusterOf(at);
    hint.replaceChildren(
      el("strong", {}, name), year ? ` ${year}` : "",
      el("span", { class: "hint-cluster" }, Reelhouse.colours.dot(cluster.id), cluster.name));
    hint.hidden = false;
    hint.style.left = `${Math.max(4, Math.min(x + 14, place.clientWidth - hint.offsetWidth - 4))}px`;
    hint.style.top = `${y + 18 + hint.offsetHeight > place.clientHeight ? y - hint.offsetHeight - 10 : y + 18}px`;
  }

  function hideHint() {
    hint.dataset.at = "";
    hint.hidden = true;
    place.classList.remove("pointing");
  }

  function listen() {
    const canvas = chart.getZr();
    canvas.on("mousemove", (event) => {
      const at = nearest(event.offsetX, event.offsetY);
      place.classList.toggle("pointing", at >= 0);
      if (at < 0) hideHint();
      else showHint(at, event.offsetX, event.offsetY);
    });
    canvas.on("globalout", hideHint);
    canvas.on("click", async (event) => {
      const at = nearest(event.offsetX, event.offsetY);
      if (at >= 0) window.location.hash = `#/title/${(await Reelhouse.catalogue.named(at)).id}`;
    });
    chart.on("datazoom", resize);
    Reelhouse.theme.onChange(draw);
  }

  /** Show some clusters before the others, and mark a title and its next ones. */
  function mark(marked) {
    shown = { clusters: null, title: null, next: [], ...marked };
    draw();
  }

  return { build, mark };
})();
