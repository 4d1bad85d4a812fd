/* Charts, and the plotting library that they and the map load when they are first drawn. */
"use strict";

Reelhouse.charts = (function () {
  const { el } = Reelhouse;
  let loading = null;

  /** Promise of the plotting library. */
  function library() {
    if (!loading) {
      loading = Reelhouse.data.script("static/vendor/echarts.common.min.js").then(() => window.echarts);
    }
    // What asks is put into the page first, also when the library is there already.
    return loading.then((echarts) => new Promise((resolve) => { window.setTimeout(() => resolve(echarts)); }));
  }

  const font = () => getComputedStyle(document.body).fontFamily;

  /** A chart that is drawn when it is in the page, and anew with other colours. */
  function chart(told, option, look, after) {
    const place = el("div", { class: `chart ${look || ""}`.trim(), role: "img", "aria-label": told });
    let drawn = null;
    const draw = () => {
      if (!drawn) return;
      drawn.setOption(option(place), true);
      if (after) after(drawn, place);
    };
    library().then((echarts) => {
      if (!place.isConnected) return;
      drawn = echarts.init(place);
      draw();
      place.dataset.drawn = "";
      new ResizeObserver(() => { drawn.resize(); draw(); }).observe(place);
    });
    Reelhouse.theme.onChange(() => place.isConnected && draw());
    return place;
  }

  /* ---- what all have in common ---- */

  function base() {
    const rule = Reelhouse.colours.named("rule");
    return {
      animation: false,
      textStyle: { fontFamily: font(), color: Reelhouse.colours.named("quiet") },
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      tooltip: { renderMode: "richText", confine: true,
        backgroundColor: Reelhouse.colours.named("raised"), borderColor: rule,
        textStyle: { color: Reelhouse.colours.named("ink"), fontSize: 12 } },
    };
  }

  function across(more) {
    const ink = Reelhouse.colours.named("quiet");
    return { type: "value", axisLine: { lineStyle: { color: Reelhouse.colours.named("rule") } }, axisTick: { show: false },
      axisLabel: { color: ink, fontSize: 11, hideOverlap: true }, splitLine: { show: false },
      nameLocation: "middle", nameGap: 26, nameTextStyle: { color: ink, fontSize: 11 }, ...more };
  }

  function upward(more) {
    const ink = Reelhouse.colours.named("quiet");
    return { type: "value", scale: true, splitNumber: 4, axisLabel: { color: ink, fontSize: 11 },
      nameTextStyle: { color: ink, fontSize: 11, align: "left" },
      splitLine: { lineStyle: { color: Reelhouse.colours.named("rule") } }, ...more };
  }

  /* ---- one line ---- */

  /** A line, with a mark at one place of it. */
  function line(lines, marked) {
    const ink = () => Reelhouse.colours.named("quiet");
    return chart(lines.told, () => ({
      ...base(),
      tooltip: { ...base().tooltip, trigger: "axis" },
      xAxis: across({ min: "dataMin", max: "dataMax", minInterval: 1 }),
      yAxis: upward({ splitNumber: 3 }),
      series: [{ type: "line", name: lines.name, data: lines.points, symbolSize: 4, lineStyle: { width: 2 },
        color: Reelhouse.colours.named("accent"),
        markLine: marked === null || marked === undefined ? undefined : { silent: true, symbol: "none",
          data: [{ xAxis: marked }], lineStyle: { color: ink(), type: "dashed" },
          label: { formatter: String(marked), color: ink(), fontSize: 11 } } }],
    }));
  }

  /* ---- several lines ---- */

  const DASHES = ["solid", "dashed", "dotted"];

  /** Lines with a legend; `low` and `high` bound what is seen of them, `log` spreads the beginnings. */
  function lines(told, series, { name, low, high, log }) {
    return chart(told, (place) => ({
      ...base(),
      grid: { left: 8, right: 16, top: 34, bottom: 64, containLabel: true },
      legend: { type: "scroll", bottom: 0, left: 8, right: 8, itemWidth: 18, itemHeight: 12,
        textStyle: { color: Reelhouse.colours.named("ink"), fontSize: place.clientWidth < 500 ? 11 : 12 },
        inactiveColor: Reelhouse.colours.named("rule"), pageIconColor: Reelhouse.colours.named("accent"),
        pageIconInactiveColor: Reelhouse.colours.named("rule"), pageTextStyle: { color: Reelhouse.colours.named("quiet") } },
      tooltip: { ...base().tooltip, trigger: "item", formatter: ({ seriesName, value }) => `${seriesName}\nepoch ${value[0]}: ${value[1].toPrecision(4)}` },
      xAxis: across({ type: log ? "log" : "value", min: "dataMin", max: "dataMax", minInterval: 1, name: "epoch" }),
      yAxis: upward({ name, min: low, max: high, axisLabel: { color: Reelhouse.colours.named("quiet"), fontSize: 11,
        showMinLabel: false, showMaxLabel: false } }),
      series: series.map((one, at) => ({
        type: "line", name: one.name, data: one.points, color: Reelhouse.colours.of(at), clip: true,
        symbol: "circle", symbolSize: one.points.length > 30 ? 3 : 5, showSymbol: true, emphasis: { focus: "series" },
        lineStyle: { width: 1.8, type: DASHES[Math.floor(at / 6) % DASHES.length] } })),
    }), "tall");
  }

  /* ---- points with whiskers ---- */

  const SHAPES = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];

  /** Where names can stand beside their points without covering another name or point.
   *
   * A name that has room on no side is left out: the tooltip and the table have it. */
  function places(points, size, wide) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${size}px ${font()}`;
    const taken = points.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
    const free = (box, own) => box[0] >= 0 && box[2] <= wide && taken.every((other, at) => at === own
      || box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
    return points.map(({ x, y, name }, own) => {
      const width = pen.measureText(name).width;
      const boxes = { right: [x + 8, y - 6, x + 13 + width, y + 6], left: [x - 13 - width, y - 6, x - 8, y + 6],
        top: [x - width / 2, y - 22, x + width / 2, y - 9], bottom: [x - width / 2, y + 9, x + width / 2, y + 22] };
      const side = Object.keys(boxes).find((one) => free(boxes[one], own));
      if (side) taken.push(boxes[side]);
      return side;
    });
  }

  /** Points by group; each has `x`, `y`, `low`, `high` and `name`, x is logarithmic. */
  function scatter(told, groups, { xName, yName, low, high, tell, open }) {
    const size = (box) => (box.clientWidth < 500 ? 10 : 11);
    const whiskers = (points, colour) => ({ type: "line", silent: true, symbol: "none", tooltip: { show: false },
      data: points.flatMap((one) => (one.low === undefined ? [] : [[one.x, one.low], [one.x, one.high], [one.x, null]])),
      lineStyle: { width: 1, color: colour, opacity: 0.55 }, connectNulls: false });
    const dots = (group, sides, box) => group.points.map((point) => ({ value: [point.x, point.y], point,
      label: { show: sides.has(point), position: sides.get(point), formatter: point.name, color: Reelhouse.colours.named("ink"), fontSize: size(box) } }));

    function name(drawn, box) {
      const points = groups.flatMap((group) => group.points);
      const pixels = points.map((point) => {
        const [x, y] = drawn.convertToPixel({ gridIndex: 0 }, [point.x, point.y]);
        return { x, y, name: point.name };
      });
      const found = places(pixels, size(box), box.clientWidth);
      const sides = new Map(points.map((point, at) => [point, found[at]]).filter(([, side]) => side));
      drawn.setOption({ series: groups.flatMap((group) => [{ data: dots(group, sides, box) }, {}]) });
    }

    const place = chart(told, (box) => ({
      ...base(),
      grid: { left: 8, right: 24, top: box.clientWidth < 500 ? 78 : 60, bottom: 34, containLabel: true },
      legend: { top: 0, left: 8, itemWidth: 12, itemHeight: 12, textStyle: { color: Reelhouse.colours.named("ink"), fontSize: 12 },
        data: groups.map((group) => group.name), inactiveColor: Reelhouse.colours.named("rule") },
      tooltip: { ...base().tooltip, trigger: "item", formatter: ({ data }) => tell(data.point) },
      xAxis: across({ type: "log", name: xName,
        axisLabel: { color: Reelhouse.colours.named("quiet"), fontSize: 11, hideOverlap: true, formatter: String } }),
      yAxis: upward({ name: yName, min: low, max: high, axisLabel: { color: Reelhouse.colours.named("quiet"), fontSize: 11,
        showMinLabel: false, showMaxLabel: false } }),
      series: groups.flatMap((group, at) => {
        const colour = Reelhouse.colours.of(at);
        return [{ type: "scatter", name: group.name, color: colour, symbol: SHAPES[at % SHAPES.length], symbolSize: 11, cursor: "pointer",
          data: dots(group, new Map(), box) }, { ...whiskers(group.points, colour), name: group.name }];
      }),
    }), "tall", name);
    library().then((echarts) => {
      const drawn = place.isConnected && echarts.getInstanceByDom(place);
      if (drawn) drawn.on("click", ({ data }) => data && data.point && open(data.point));
    });
    return place;
  }

  /* ---- bars ---- */

  /** Bars with their names below. */
  function bars(told, names, values, yName) {
    return chart(told, () => ({
      ...base(),
      grid: { left: 8, right: 8, top: 30, bottom: 8, containLabel: true },
      tooltip: { ...base().tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: across({ type: "category", data: names }),
      yAxis: upward({ scale: false, splitNumber: 3, name: yName }),
      series: [{ type: "bar", data: values, color: Reelhouse.colours.named("accent"), barCategoryGap: "12%" }],
    }));
  }

  return { library, line, lines, scatter, bars, font };
})();
