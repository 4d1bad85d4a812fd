/* The map: titles as points, coloured by cluster. Wheel and drag, buttons and keys move it. */
"use strict";

Reelhouse.map = (function () {
  const { el } = Reelhouse;
  const NEAR = 14; // pixels from a point within which it is meant
  const LEAST_SPAN = 2; // per cent of the map's width that fill the screen at most
  let place;
  let hint;
  let names;
  let chart = null;
  let map = null;
  let shown = { clusters: null, title: null, next: [] };
  let frame = null;
  let middles = new Map();

  const filled = () => Reelhouse.catalogue.overview().clusters.filter((one) => one.stop > one.start);
  const isLit = (cluster) => !shown.clusters || shown.clusters.has(cluster.id);

  function build() {
    place = el("div", { class: "map-canvas" });
    hint = el("div", { class: "hint", hidden: true, "aria-hidden": "true" });
    names = el("div", { class: "map-names", "aria-hidden": "true" });
    const view = el("section", { class: "map", tabindex: "0", role: "application",
      "aria-label": "Map of the titles. Plus and minus zoom, arrow keys move, zero shows all. The same titles are listed beside it." },
      place, names, hint,
      el("div", { class: "map-buttons" },
        button("+", "Zoom in", () => zoom(0.6)),
        button("−", "Zoom out", () => zoom(1 / 0.6)),
        button("All", "Show the whole map", whole)),
      el("p", { class: "map-note" }, note()));
    view.addEventListener("keydown", onKey);
    Promise.all([Reelhouse.charts.library(), Reelhouse.data.load("map")]).then(([echarts, loaded]) => {
      map = loaded;
      chart = echarts.init(place);
      middles = new Map(filled().map((cluster) => [cluster.id, middleOf(cluster)]));
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
    const base = Reelhouse.catalogue.overview().shown > 30000 ? 2 : place.clientWidth < 600 ? 2.5 : 4;
    return Math.min(12, base * Math.sqrt(zoomed));
  }

  function span() {
    const zooms = chart && chart.getOption() && chart.getOption().dataZoom;
    return zooms && zooms.length ? zooms[0].end - zooms[0].start : 100;
  }

  function series() {
    const drawn = filled().map((cluster) => ({
      id: `cluster ${cluster.id}`, type: "scatter", large: true, largeThreshold: 0, silent: true,
      data: points(cluster.start, cluster.stop), dimensions: ["x", "y"], symbolSize: size(),
      ...look(cluster),
    }));
    return [...drawn, ...rings()];
  }

  const look = (cluster) => ({ z: isLit(cluster) ? 3 : 2,
    itemStyle: { color: Reelhouse.colours.of(cluster.id), opacity: isLit(cluster) ? 0.8 : 0.13 } });

  /** The title that is opened, and those that come next to it. */
  function rings() {
    const ink = Reelhouse.colours.named("ink");
    const ring = (numbers, radius, width) => ({ type: "scatter", silent: true, symbolSize: radius, z: 5,
      data: numbers.filter((at) => map.x[at] >= 0).map((at) => ({ value: [map.x[at], map.y[at]],
        itemStyle: { color: Reelhouse.colours.of(Reelhouse.catalogue.clusterOf(at).id) } })),
      itemStyle: { borderColor: ink, borderWidth: width, opacity: 1 } });
    return [{ id: "next", ...ring(shown.next, 8, 1) },
      { id: "title", ...ring(shown.title === null ? [] : [shown.title], 14, 3) }];
  }

  /** Other colours or other marks: the points stay where they are. */
  function recolour() {
    if (!chart) return;
    chart.setOption({ series: [...filled().map((one) => ({ id: `cluster ${one.id}`, ...look(one) })), ...rings()] });
    writeNames();
  }

  /** Names of clusters at their middles: the larger first, none over another or over an edge. */
  function writeNames() {
    const buttons = place.parentNode.querySelector(".map-buttons");
    const taken = [{ left: 0, right: buttons.offsetLeft + buttons.offsetWidth, top: 0,
      bottom: buttons.offsetTop + buttons.offsetHeight }];
    const free = (box) => taken.every((other) => box.right < other.left || box.left > other.right
      || box.bottom < other.top || box.top > other.bottom);
    const order = filled().sort((a, b) => isLit(b) - isLit(a) || b.size - a.size);
    names.replaceChildren(...order.map((cluster) =>
      el("span", { class: isLit(cluster) ? null : "faint" },
        // Such a hyphen breaks no line.
        cluster.name.replace(/-/g, "\u2011"))));
    // A name of several lines is as wide as its longest line, its element wider.
    const widths = [...names.children].map((node) => {
      const text = document.createRange();
      text.selectNodeContents(node);
      return Math.ceil(text.getBoundingClientRect().width) + 1;
    });
    [...names.children].forEach((node, at) => { node.style.width = `${widths[at]}px`; });
    const sizes = [...names.children].map((node) => [node.offsetWidth, node.offsetHeight]);
    [...names.children].forEach((node, at) => {
      const middle = middles.get(order[at].id);
      if (!middle) return node.remove();
      const [width, height] = sizes[at];
      const [x, y] = chart.convertToPixel({ gridIndex: 0 }, middle);
      const within = x > 0 && y > 0 && x < place.clientWidth && y < place.clientHeight;
      const left = Math.max(6, Math.min(x - width / 2, place.clientWidth - width - 6));
      const box = [0, -0.3, 0.3, -0.6, 0.6, -0.9, 0.9].map((shift) => {
        const top = Math.max(4, Math.min(y + (shift - 0.5) * height, place.clientHeight - height - 4));
        return { left: left - 2, right: left + width + 2, top, bottom: top + height };
      }).find(free);
      if (!within || !box) return node.remove();
      taken.push(box);
      node.style.left = `${left}px`;
      node.style.top = `${box.top}px`;
      return undefined;
    });
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
    writeNames();
  }

  /** After a move: points grow with the zoom, and there is room for other names. */
  function moved() {
    if (frame !== null) return;
    frame = window.requestAnimationFrame(() => {
      frame = null;
      const symbolSize = size();
      chart.setOption({ series: filled().map((one) => ({ id: `cluster ${one.id}`, symbolSize })) });
      writeNames();
    });
  }

  /* ---- moving ---- */

  function spans() {
    const [across, up] = chart.getOption().dataZoom;
    return [[across.start, across.end], [up.start, up.end]];
  }

  function move(change) {
    if (!chart) return;
    const ids = ["across", "up"];
    spans().map(change).forEach(([start, end], axis) => {
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
    for (let at = 0; at < map.x.length; at += 1) {
      if (map.x[at] >= 0) {
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
    chart.on("datazoom", moved);
    Reelhouse.theme.onChange(recolour);
  }

  /** Show some clusters before the others, and mark a title and its next ones. */
  function mark(marked) {
    shown = { clusters: null, title: null, next: [], ...marked };
    recolour();
  }

  return { build, mark };
})();
