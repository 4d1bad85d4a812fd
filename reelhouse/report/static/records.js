/* What changed, data quality, and how the number of clusters was chosen. */
"use strict";

Reelhouse.records = (function () {
  const { el, lists, catalogue } = Reelhouse;
  const empty = (text) => el("p", { class: "quiet" }, text);

  /* ---- changes ---- */

  const KINDS = {
    added: "Added", removed: "Removed", edited: "Edited", moved: "Moved to another cluster",
  };

  function changeRow(kind, row) {
    const name = row.at < 0 ? row.title : lists.titleLink(row.at)[0];
    const cluster = (id) => (id === null ? "" : lists.clusterLink(id));
    if (kind === "added") return [name, cluster(row.to)];
    if (kind === "removed") return [name, cluster(row.from)];
    if (kind === "moved") return [name, cluster(row.from), cluster(row.to)];
    return [name, row.fields.map((field) => field.replace(/_/g, " ")).join(", "), row.reason];
  }

  const COLUMNS = {
    added: ["Title", "Cluster"], removed: ["Title", "Was in"],
    moved: ["Title", "From", "To"], edited: ["Title", "Fields", "How it was recognised"],
  };

  function kindOf(changes, kind) {
    const rows = changes.rows[kind] || [];
    const n = changes.counts[kind] || 0;
    if (!n) return null;
    const some = rows.length < n ? el("p", { class: "quiet" }, `The first ${Reelhouse.count(rows.length)} are listed; changes.parquet holds all.`) : null;
    return el("details", { class: "fold", open: n <= 100 },
      el("summary", {}, el("h2", {}, KINDS[kind] || kind), el("span", { class: "about" }, Reelhouse.counted(n, "title"))), some,
      lists.table(KINDS[kind] || kind, COLUMNS[kind] || COLUMNS.edited, rows.map((row) => changeRow(kind, row))));
  }

  /** What became of clusters that were not simply kept. */
  function clusters() {
    const { clusters: living, died } = catalogue.overview();
    const rows = living.filter((one) => one.event !== "kept").map((one) => [lists.clusterLink(one.id), lists.EVENTS[one.event] || one.event,
      one.parents.filter((id) => id !== one.id).map(catalogue.clusterName).join(", "), Reelhouse.count(one.size)]);
    died.forEach((one) => rows.push([one.name, lists.EVENTS.died, "", ""]));
    return rows.length ? el("section", {}, el("h2", {}, "Clusters"),
      lists.table("Clusters that changed", ["Cluster", "What became of it", "From", "Titles"], rows, ["Titles"])) : null;
  }

  function versions(history) {
    const flows = { catalogue: "Refit", nightly: "Night" };
    const rows = [...history].reverse().map((one) => [
      String(one.version), Reelhouse.day(one.date), flows[one.flow] || one.flow,
      ...["", "_added", "_removed", "_edited"].map((name) => Reelhouse.count(one.counts[name])),
      Reelhouse.count(one.moved), Reelhouse.count(one.quarantined),
      one.outliers === null ? "" : Reelhouse.share(one.outliers)]);
    const figures = ["Version", "Titles", "Added", "Removed", "Edited", "Moved", "Put aside", "Fit no cluster"];
    return [
      history.length > 1 ? Reelhouse.charts.line({ name: "Titles",
        points: history.map((one) => [one.version, one.counts[""]]),
        told: `Titles by version, from ${history[0].counts[""]} to ${history[history.length - 1].counts[""]}` }) : null,
      lists.table("The last versions", ["Version", "Day", "Made by", ...figures.slice(1)], rows, figures)];
  }

  async function changes() {
    const [found, history] = await Promise.all([Reelhouse.data.load("changes"), Reelhouse.data.load("history")]);
    const kinds = ["removed", "moved", "edited", "added"].map((kind) => kindOf(found, kind)).filter(Boolean);
    const first = history.length === 1;
    return { name: "Changes", nodes: [
      el("h1", { tabindex: "-1" }, first ? "The first version" : "What changed since the last version"),
      first ? el("p", { class: "lead" }, "All its titles are new.") : null,
      kinds.length ? kinds : empty("Nothing changed."),
      first ? null : clusters(),
      el("section", {}, el("h2", {}, first ? "Versions" : `The last ${history.length} versions`), versions(history))] };
  }

  /* ---- data quality ---- */

  function rowsRead(counts) {
    return lists.facts([
      ["Rows read", Reelhouse.count(counts.rows_read || 0)],
      ["Good", Reelhouse.count(counts.rows_good || 0)],
      ["Repaired among them", Reelhouse.count(counts.rows_repaired || 0)],
      ["Put aside", Reelhouse.count(counts.rows_quarantined || 0)],
    ]);
  }

  const words = (text) => text.replace(/_/g, " ");

  function verdict(success, level) {
    if (success) return el("span", { class: "good" }, "Passed");
    return el("span", { class: level === "row" ? "fair" : "bad" }, level === "row" ? "Rows put aside" : level === "watch" ? "Reported" : "Failed");
  }

  function rules(quality) {
    return lists.table("Every rule", ["Checked", "Rule", "Column", "Broken by", "Result"], quality.rules.map((one) => [
      words(one.suite), one.rule, words(one.column), Reelhouse.count(one.unexpected), verdict(one.success, one.level)]), ["Broken by"]);
  }

  function quarantine(quality) {
    if (!quality.quarantined) return empty("No row was put aside.");
    const some = quality.quarantine.length < quality.quarantined
      ? `The first ${quality.quarantine.length} of ${Reelhouse.count(quality.quarantined)}; quarantine.parquet holds all.` : null;
    return [some && el("p", { class: "quiet" }, some),
      lists.table("Rows put aside", ["Row", "Title", "Column", "Value", "Why"], quality.quarantine.map((row) => [
        Reelhouse.count(row.row), row.title, row.column && words(row.column), row.value, row.reason]), ["Row"])];
  }

  async function quality() {
    const found = await Reelhouse.data.load("quality");
    const { counts } = catalogue.overview();
    const repairs = Object.entries(found.repairs);
    const section = (title, ...nodes) => el("section", {}, el("h2", {}, title), nodes);
    return { name: "Data quality", nodes: [
      el("h1", { tabindex: "-1" }, "Data quality"),
      rowsRead(counts),
      section("Checks", lists.table("Checks", ["Checked", "Rules", "Put aside", "Result"], found.checks.map((one) => [
        words(one.suite), String(one.evaluated), Reelhouse.count(one.quarantined), verdict(one.success, one.level)]), ["Rules", "Put aside"]),
        found.rules.length ? el("details", { class: "fold" }, el("summary", {}, "Every rule"), rules(found)) : null),
      section("Rows put aside", quarantine(found)),
      repairs.length ? section("Repaired while read", lists.table("Repairs", ["Field", "Rows"],
        repairs.map(([field, n]) => [words(field), Reelhouse.count(n)]), ["Rows"])) : null,
      found.drift.length ? section("Drift of the added titles", lists.table("Drift", ["Figure", "Value", "Limit"],
        found.drift.map((one) => [words(one.name), one.value.toFixed(3), one.limit.toFixed(3)]), ["Value", "Limit"])) : null,
      found.fit.length ? section("What the clusters are worth", lists.table("Worth of the clusters", ["Measure", "Value", "How to read it"],
        found.fit.map((one) => [one.measure, one.value, one.meaning]), ["Value"])) : null,
      found.weak.length ? section("Weak clusters", lists.table("Weak clusters", ["Cluster", "Weak in", "Blurs into", "On that border"],
        found.weak.map((one) => [lists.clusterLink(one.cluster), one.weak, one["blurs into"], one["on that border"]]), ["On that border"])) : null,
      section("Read from", lists.table("Inputs", ["Input", "Rows", "File", "SHA-256"], found.inputs.map((one) => [
        one.name, Reelhouse.count(one.rows), one.file, `${one.sha256.slice(0, 12)}…`]), ["Rows"])),
    ] };
  }

  /* ---- the number of clusters ---- */

  const CRITERIA = [
    ["silhouette", "Silhouette", "High is good"],
    ["simplified_silhouette", "Simplified silhouette", "High is good"],
    ["stability", "Stability", "Same clusters from resamples; 1 is the same"],
    ["davies_bouldin", "Davies–Bouldin", "Low is good"],
    ["calinski_harabasz", "Calinski–Harabasz", "High is good"],
    ["inertia", "Elbow", "Sum of distances; look for the bend"],
  ];

  function curve(found, [column, name, how]) {
    const points = found.curve.filter((row) => row[column] !== null).map((row) => [row.n_clusters, row[column]]);
    if (points.length < 2) return null;
    return el("figure", { class: "card" }, el("figcaption", {}, el("h2", {}, name), el("p", { class: "quiet" }, how)),
      Reelhouse.charts.line({ name, points, told: `${name} from ${points[0][0]} to ${points[points.length - 1][0]} clusters; the table below has the figures` }, found.chosen));
  }

  async function choice() {
    const found = await Reelhouse.data.load("choice");
    const curves = CRITERIA.map((one) => curve(found, one)).filter(Boolean);
    const reason = found.reason ? found.reason.charAt(0).toUpperCase() + found.reason.slice(1) : "";
    const cell = (value) => (value === null ? "" : Math.abs(value) >= 100 ? Reelhouse.count(Math.round(value)) : value.toFixed(3));
    return { name: "Number of clusters", nodes: [
      el("h1", { tabindex: "-1" }, found.chosen ? `Why ${Reelhouse.counted(found.chosen, "cluster")}` : "The number of clusters"),
      reason ? el("p", { class: "lead" }, `${reason}.`) : null,
      curves.length ? el("div", { class: "cards curves" }, curves) : empty("Their number was asked for: no other was tried."),
      curves.length ? el("details", { class: "fold" }, el("summary", {}, "The figures"),
        lists.table("Criteria", ["Clusters", ...CRITERIA.map(([, name]) => name)],
          found.curve.map((row) => [String(row.n_clusters), ...CRITERIA.map(([column]) => cell(row[column]))]),
          ["Clusters", ...CRITERIA.map(([, name]) => name)])) : null] };
  }

  return { changes, quality, choice };
})();
