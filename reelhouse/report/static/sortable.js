/* A table that is sorted by any of its columns: by its heads, and on a narrow screen by a list of them. */
"use strict";

Reelhouse.sortable = (function () {
  const { el } = Reelhouse;

  /** Compare two values; what is not there comes last, whichever way. */
  function compared(a, b, down) {
    const gone = (value) => value === null || value === undefined;
    if (gone(a) || gone(b)) return gone(a) - gone(b);
    const order = typeof a === "string" ? a.localeCompare(b, "en") : a - b;
    return down ? -order : order;
  }

  /** A table.
   *
   * A column has a `name`, a `value` and a `cell` of a row, and perhaps `figure`, `about` and `down`: whether
   * large comes first. `order` is kept by the caller, so that other columns of the same rows keep it. */
  function table(caption, columns, rows, order) {
    const body = el("tbody");
    const heads = columns.map((column) => el("th", { scope: "col", class: column.figure ? "figure" : null },
      el("button", { type: "button", class: "sorter", title: column.about, onclick: () => by(column.name) }, column.name,
        el("span", { class: "arrow", "aria-hidden": "true" }))));
    const chooser = el("select", { onchange: (event) => by(event.target.value) },
      columns.map((column) => el("option", { value: column.name }, column.name)));

    function by(name) {
      const column = columns.find((one) => one.name === name);
      order.down = order.name === name ? !order.down : Boolean(column.down);
      order.name = name;
      fill();
    }

    function fill() {
      const column = columns.find((one) => one.name === order.name) || columns[0];
      const sorted = [...rows].sort((a, b) => compared(column.value(a), column.value(b), order.down));
      body.replaceChildren(...sorted.map((row) => el("tr", {}, columns.map((one) =>
        el("td", { class: [one.figure && "figure", one.look && one.look(row)].filter(Boolean).join(" ") || null,
          "data-column": one.name }, Reelhouse.lists.inside(one.cell(row)))))));
      heads.forEach((head, at) => {
        if (columns[at] === column) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      chooser.value = column.name;
    }

    fill();
    return [
      el("p", { class: "sort-by" }, el("label", {}, "Sorted by ", chooser),
        el("button", { type: "button", onclick: () => by(order.name) }, "Turn round")),
      el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": caption },
        el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, heads)), body))];
  }

  return { table };
})();
