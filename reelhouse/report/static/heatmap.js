/* Heatmaps as tables: a keyboard and a screen reader find every figure, and paper keeps the colours. */
"use strict";

Reelhouse.heatmap = (function () {
  const { el } = Reelhouse;

  /* Colour Brewer's ends, mixed with the paper: as much colour as there is to say. */
  const LESS = { light: [178, 86, 24], dark: [232, 150, 92] };
  const MORE = { light: [24, 94, 160], dark: [96, 165, 250] };

  /** Colour a cell by a strength from -1 to 1; the ink is the one that can be read on it. */
  function paint(cell) {
    const strength = Math.max(-1, Math.min(1, Number(cell.dataset.strength)));
    const dark = Reelhouse.theme.isDark();
    const [red, green, blue] = (strength < 0 ? LESS : MORE)[dark ? "dark" : "light"];
    const share = Math.abs(strength) * (dark ? 0.8 : 0.88);
    const paper = dark ? [28, 32, 38] : [255, 255, 255];
    const mixed = [red, green, blue].map((one, at) => Math.round(one * share + paper[at] * (1 - share)));
    cell.style.backgroundColor = `rgb(${mixed.join(" ")})`;
    cell.style.color = inkOn(mixed);
  }

  /** Black or white, whichever stands out more on a colour. */
  function inkOn(colour) {
    const [red, green, blue] = colour.map((one) => {
      const value = one / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#111";
  }

  Reelhouse.theme.onChange(() => document.querySelectorAll("td[data-strength]").forEach(paint));

  /** A heatmap.
   *
   * Columns are texts or nodes. A row has a `head`, perhaps a `number`, and `cells` of `{ text, strength, told }`
   * or null. Heads of columns that are `upright` are not turned. */
  function table(caption, corner, columns, rows, upright) {
    const cell = (one) => {
      if (!one) return el("td", { class: "blank" });
      const node = el("td", { "data-strength": one.strength, title: one.told }, one.text);
      paint(node);
      return node;
    };
    return el("div", { class: "table-frame heat-frame", tabindex: "0", role: "region", "aria-label": caption },
      el("table", { class: upright ? "heat upright" : "heat" }, el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, corner),
          columns.map((head) => el("th", { scope: "col" }, el("span", {}, head))))),
        el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" },
          el("span", { class: "heat-head" }, row.number === undefined ? null : el("span", { class: "about" }, String(row.number)), row.head)),
        row.cells.map(cell))))));
  }

  return { table };
})();
