/* Clusters by genre, the likeness of clusters, and the ratings that they were made of. */
"use strict";

Reelhouse.tastes = (function () {
  const { el, lists, catalogue } = Reelhouse;

  /* ---- clusters by genre ---- */

  const capped = (value, most) => Math.max(-1, Math.min(1, value / most));
  const pieces = (row) => ({ mean: row[2], share: row[3], lift: row[4] });

  /** What a cell of the heatmap says: text, strength and the whole in words. */
  const SHOWN = {
    lift: ["Lift", "Blue: more than all users rate, orange: less.",
      ({ lift }) => [lift.toFixed(1), capped(Math.log2(Math.max(lift, 1e-3)), 2)]],
    mean: ["Mean rating", "Blue: rated above the mean of all cells, orange: below.",
      ({ mean }, middle) => (mean === null ? null : [mean.toFixed(1), capped(mean - middle, 1)])],
    share: ["Share of ratings", "Shares may add to more than 100 %: a title has several genres.",
      ({ share }) => [String(Math.round(100 * share)), capped(share, 0.6)]],
  };

  function heatmap(preferences, kind) {
    const [, , look] = SHOWN[kind];
    const clusters = Reelhouse.preferences.bySize();
    const rows = clusters.map((cluster) => new Map(Reelhouse.preferences.of(preferences, cluster.id).genres.map((row) => [row[0], pieces(row)])));
    const means = rows.flatMap((row) => [...row.values()].map((one) => one.mean)).filter((one) => one !== null);
    const middle = means.reduce((sum, one) => sum + one, 0) / (means.length || 1);
    return Reelhouse.heatmap.table(`Clusters by genre: ${SHOWN[kind][0].toLowerCase()}`, "Cluster", preferences.genres,
      clusters.map((cluster, at) => ({ head: lists.clusterLink(cluster.id), cells: preferences.genres.map((genre, number) => {
        const one = rows[at].get(number);
        const shown = one && look(one, middle);
        return shown && { text: shown[0], strength: shown[1].toFixed(3),
          told: `${genre}: lift ${one.lift.toFixed(2)}, ${one.mean === null ? "" : `mean ${one.mean.toFixed(2)}, `}${(100 * one.share).toFixed(1)} % of the ratings` };
      }) })));
  }

  async function genres() {
    const { preferences } = await Reelhouse.preferences.load();
    if (!preferences.genres.length) {
      return { name: "Genres", nodes: [el("h1", { tabindex: "-1" }, "Clusters by genre"), el("p", { class: "lead" }, "No genres are known of these titles.")] };
    }
    const place = el("div");
    const about = el("p", { class: "quiet" });
    const fill = (kind) => { about.textContent = SHOWN[kind][1]; place.replaceChildren(heatmap(preferences, kind)); };
    fill("lift");
    return { name: "Genres", nodes: [
      el("h1", { tabindex: "-1" }, "Clusters by genre"),
      el("p", { class: "lead" }, "Lift: a genre's share of a cluster's ratings over its share of all ratings."),
      lists.choice("What is shown", Object.entries(SHOWN).map(([kind, [name]]) => [kind, name]), "lift", fill), about, place] };
  }

  /* ---- the likeness of clusters ---- */

  async function likeness() {
    const { ids, rows } = await Reelhouse.data.load("likeness");
    const { clusters } = catalogue.overview();
    const pairs = rows.length > 1 ? Reelhouse.heatmap.table("Likeness of clusters", "Cluster", ids.map((id) => el("a", { href: `#/cluster/${id}`, title: catalogue.clusterName(id) }, String(id))),
      ids.map((id, row) => ({ head: lists.clusterLink(id), number: id, cells: ids.map((other, column) => (row === column ? null : {
        text: rows[row][column].toFixed(2), strength: capped(rows[row][column], 1).toFixed(3),
        told: `${catalogue.clusterName(id)} and ${catalogue.clusterName(other)}: ${rows[row][column].toFixed(3)}` })) })), true) : null;
    const nearest = clusters.filter((one) => one.nearest.length).map((one) => [lists.clusterLink(one.id),
      lists.clusterLink(one.nearest[0][0]), one.nearest[0][1].toFixed(2)]);
    return { name: "Likeness", nodes: [
      el("h1", { tabindex: "-1" }, "How like the clusters are"),
      el("p", { class: "lead" }, "The cosine of the angle between two centroids: 1 is the same taste, 0 has nothing in common."),
      pairs || (clusters.length > 1 ? el("p", { class: "quiet" }, "So many clusters that only the nearest of each are listed.") : null),
      el("section", {}, el("h2", {}, "The nearest of each"), nearest.length ? lists.table("Nearest clusters", ["Cluster", "Nearest", "Likeness"], nearest, ["Likeness"])
        : el("p", { class: "quiet" }, "There is one cluster."))] };
  }

  /* ---- the ratings ---- */

  const TITLES = { "ratings per user": ["Ratings per user", "users"], "ratings per title": ["Ratings per title", "titles"], "rating values": ["Ratings by value", "ratings"] };
  const figure = (name, value) => (name === "density" ? `${(100 * value).toFixed(2)} %` : Number.isInteger(value) ? Reelhouse.count(value) : value.toFixed(2));
  const between = ({ lower, upper }) => (lower === upper ? String(lower) : `${lower} to ${upper}`);

  function histogram(rows, section) {
    const [title, unit] = TITLES[section] || [section, ""];
    const bins = rows.filter((row) => row.section === section && row.name === "bin");
    const figures = rows.filter((row) => row.section === section && row.name !== "bin");
    const firstFilled = bins.findIndex((bin) => bin.value > 0);
    const shown = firstFilled < 0 ? [] : bins.slice(firstFilled);
    return el("section", {}, el("h2", {}, title),
      figures.length ? el("p", { class: "quiet" }, figures.map((row) => `${row.name} ${figure(row.name, row.value)}`).join(", ")) : null,
      shown.length ? [Reelhouse.charts.bars(`${title}; the table below has the figures`, shown.map(between), shown.map((bin) => bin.value), unit),
        el("details", { class: "fold" }, el("summary", {}, "The figures"), lists.table(title, [title, unit.charAt(0).toUpperCase() + unit.slice(1)],
          shown.map((bin) => [between(bin), Reelhouse.count(bin.value)]), [unit.charAt(0).toUpperCase() + unit.slice(1)]))] : null);
  }

  async function ratings() {
    const rows = await Reelhouse.data.load("profile");
    const sections = [...new Set(rows.map((row) => row.section))].filter((section) => section !== "matrix");
    const matrix = rows.filter((row) => row.section === "matrix");
    const { newest } = catalogue.overview();
    return { name: "Ratings", nodes: [
      el("h1", { tabindex: "-1" }, "The ratings"),
      lists.facts([...matrix.map((row) => [row.name.charAt(0).toUpperCase() + row.name.slice(1), figure(row.name, row.value)]),
        ["Newest rating", newest && Reelhouse.day(newest)]]),
      sections.map((section) => histogram(rows, section))] };
  }

  return { genres, likeness, ratings };
})();
