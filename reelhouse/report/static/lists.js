/* Lists of titles and clusters, tables, figures with their names, and choices. */
"use strict";

Reelhouse.lists = (function () {
  const { el } = Reelhouse;
  const AT_ONCE = 40;

  /** A link to a title by its number; the name appears when it is loaded. */
  function titleLink(at) {
    const link = el("a", { class: "title-link", href: "#/" }, "…");
    const about = el("span", { class: "about" });
    Reelhouse.catalogue.named(at).then((found) => {
      link.textContent = found.name;
      link.href = `#/title/${found.id}`;
      about.textContent = [found.show ? "TV show" : "Movie", found.year].filter(Boolean).join(", ");
    });
    return [link, about];
  }

  function clusterLink(id) {
    if (!Reelhouse.catalogue.cluster(id)) return el("span", {}, Reelhouse.catalogue.clusterName(id));
    return el("a", { class: "cluster-link", href: `#/cluster/${id}` }, Reelhouse.colours.dot(id),
      el("span", {}, Reelhouse.catalogue.clusterName(id)));
  }

  /** The titles from one number to another, some at a time. */
  function titles(start, stop) {
    const list = el("ul", { class: "plain-list" });
    const more = el("button", { type: "button", class: "more", onclick: () => add() });
    let next = start;

    function add() {
      const end = Math.min(stop, next + AT_ONCE);
      for (; next < end; next += 1) list.append(el("li", {}, titleLink(next)));
      more.textContent = `Show more, ${Reelhouse.count(stop - next)} left`;
      more.hidden = next >= stop;
    }

    add();
    return [list, more];
  }

  /** What stands in a cell: several nodes are one, beside the name of the column on a narrow screen. */
  const inside = (cell) => (Array.isArray(cell) ? el("div", {}, cell) : cell ?? "");

  /** A table; columns are names, cells texts or nodes, `right` the columns of figures.
   *
   * On a narrow screen every row becomes a list of its cells, each after the name of its column. */
  function table(caption, columns, rows, right) {
    const numeric = new Set(right || []);
    const side = (at) => (numeric.has(columns[at]) ? "figure" : null);
    return el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": caption },
      el("table", {}, el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, columns.map((name, at) => el("th", { scope: "col", class: side(at) }, name)))),
        el("tbody", {}, rows.map((row) => el("tr", {},
          row.map((cell, at) => el("td", { class: side(at), "data-column": columns[at] }, inside(cell))))))));
  }

  /** Figures with what they are. */
  function facts(pairs) {
    return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  /** A bar of a share of the whole. */
  function bar(share, clusterId) {
    const filled = el("span", { class: "bar-filled", "data-cluster": clusterId });
    filled.style.width = `${Math.max(0, Math.min(100, 100 * share))}%`;
    if (clusterId !== undefined) filled.style.backgroundColor = Reelhouse.colours.of(clusterId);
    return el("span", { class: "bar", "aria-hidden": "true" }, filled);
  }

  /** Buttons of which one is pressed; `choose` is told which. */
  function choice(name, options, chosen, choose) {
    const buttons = options.map(([key, text]) => el("button", { type: "button", "aria-pressed": String(key === chosen),
      onclick: (event) => {
        buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === event.currentTarget)));
        choose(key);
      } }, text));
    return el("div", { class: "choice", role: "group", "aria-label": name }, buttons);
  }

  /** What became of a cluster since the version before, by the code of clusters.parquet. */
  const EVENTS = { born: "New", kept: "Kept", split: "Split off", merged: "Merged", died: "Gone" };

  return { EVENTS, titleLink, clusterLink, titles, table, facts, bar, choice, inside };
})();
