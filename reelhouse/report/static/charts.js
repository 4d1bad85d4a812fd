/* Line charts, and the plotting library that they and the map load when they are first drawn. */
"use strict";

Reelhouse.charts = (function () {
  const { el } = Reelhouse;
  let loading = null;

  /** Promise of the plotting library. */
  function library() {
    if (!loading) {
      loading = Reelhouse.data.script("static/vendor/echarts.common.min.js").then(() => window.echarts);
    }
    return loading;
  }

  const font = () => getComputedStyle(document.body).fontFamily;

  function option(lines, marked) {
    const ink = Reelhouse.colours.named("quiet");
    const rule = Reelhouse.colours.named("rule");
    const accent = Reelhouse.colours.named("accent");
    return {
      animation: false,
      textStyle: { fontFamily: font(), color: ink },
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true,
        backgroundColor: Reelhouse.colours.named("raised"), borderColor: rule,
        textStyle: { color: Reelhouse.colours.named("ink"), fontSize: 12 } },
      xAxis: { type: "value", min: "dataMin", max: "dataMax", minInterval: 1,
        axisLine: { lineStyle: { color: rule } }, axisTick: { show: false },
        axisLabel: { color: ink, fontSize: 11, hideOverlap: true }, splitLine: { show: false } },
      yAxis: { type: "value", scale: true, splitNumber: 3, axisLabel: { color: ink, fontSize: 11 },
        splitLine: { lineStyle: { color: rule } } },
      series: [{ type: "line", name: lines.name, data: lines.points, symbolSize: 4, lineStyle: { width: 2 },
        color: accent,
        markLine: marked === null || marked === undefined ? undefined : { silent: true, symbol: "none",
          data: [{ xAxis: marked }], lineStyle: { color: ink, type: "dashed" },
          label: { formatter: String(marked), color: ink, fontSize: 11 } } }],
    };
  }

  /** A chart of one line that is drawn when it is in the page, and anew with other colours. */
  function line(lines, marked) {
    const place = el("div", { class: "chart", role: "img", "aria-label": lines.told });
    let chart = null;
    const draw = () => chart && chart.setOption(option(lines, marked), true);
    library().then((echarts) => {
      if (!place.isConnected) return;
      chart = echarts.init(place);
      draw();
      new ResizeObserver(() => chart.resize()).observe(place);
    });
    Reelhouse.theme.onChange(() => place.isConnected && draw());
    return place;
  }

  return { library, line, font };
})();
