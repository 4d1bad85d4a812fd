/* What clusters of users prefer: the cards, a cluster, and which clusters like a title. */
"use strict";

Reelhouse.preferences = (function () {
  const { el, lists, catalogue } = Reelhouse;
  const EVENTS = {
    born: "New in this version", kept: "Kept from the version before",
    split: "Split off in this version", merged: "Merged in this version",
  };

  const load = async () => {
    const [preferences, titles] = await Promise.all(["preferences", "titles"].map(Reelhouse.data.load));
    return { preferences, titles };
  };
  const bySize = () => [...catalogue.overview().clusters].sort((a, b) => b.size - a.size || a.id - b.id);
  const times = (lift) => `${lift >= 9.95 ? Math.round(lift) : lift.toFixed(1)}\u00a0×`;
  const mean = (value) => (value === null || value === undefined ? "" : value.toFixed(2));
  const of = (preferences, id) => preferences.clusters[id] || { titles: [], genres: [] };
  const nameOf = (titles, at) => titles.names[at] || `Title ${titles.ids[at]}`;

  function titleLink(titles, at) {
    return el("a", { class: "title-link", href: `#/title/${titles.ids[at]}` }, nameOf(titles, at));
  }

  const nearest = (cluster, most) => el("ul", { class: "plain-list" }, cluster.nearest.slice(0, most).map(([id, cosine]) =>
    el("li", {}, lists.clusterLink(id), el("span", { class: "about" }, `likeness ${cosine.toFixed(2)}`))));

  /* ---- cards ---- */

  function card(cluster, { preferences, titles }) {
    const liked = of(preferences, cluster.id);
    const above = liked.genres.filter(([, , , , lift]) => lift > 1);
    return el("li", { class: "card" },
      el("h2", {}, lists.clusterLink(cluster.id)),
      el("p", { class: "quiet" }, `${Reelhouse.counted(cluster.size, "user")}, ${Reelhouse.share(cluster.share)} of all`,
        cluster.mean === null ? null : `; mean rating ${mean(cluster.mean)}`),
      lists.bar(cluster.share / Math.max(...catalogue.overview().clusters.map((one) => one.share)), cluster.id),
      el("ul", { class: "terms" }, above.slice(0, 4).map(([at, , , , lift]) => el("li", {}, `${preferences.genres[at]} ${times(lift)}`))),
      el("h3", {}, "Titles it prefers"),
      el("ul", { class: "plain-list" }, liked.titles.slice(0, 4).map(([at, , , , lift]) =>
        el("li", {}, titleLink(titles, at), el("span", { class: "about" }, times(lift))))),
      el("h3", {}, "Nearest clusters"),
      nearest(cluster, 3));
  }

  async function cards() {
    const found = await load();
    const { counts, died } = catalogue.overview();
    const clusters = bySize();
    return { name: null, nodes: [
      el("h1", { tabindex: "-1" }, `${Reelhouse.counted(counts.users, "user")} in ${Reelhouse.counted(clusters.length, "cluster")}`),
      el("p", { class: "lead" }, `Made of ${Reelhouse.count(counts.rows_good)} ratings of ${Reelhouse.count(counts.titles)} titles. 2\u00a0× says that a cluster's ratings hold a title or genre twice as often as all ratings do. The largest first; a cluster keeps its number and its colour from version to version.`),
      el("ul", { class: "cards" }, clusters.map((cluster) => card(cluster, found))),
      died.length ? el("p", { class: "quiet" }, `Gone since the version before: ${died.map((one) => one.name).join(", ")}.`) : null] };
  }

  /* ---- a cluster ---- */

  const FIGURES = ["Ratings", "Mean", "Share", "Lift"];

  function column(name, at, figure, cell) {
    return { name, figure, down: figure, value: (row) => row[at], cell };
  }

  function figureColumns() {
    return [column("Ratings", 1, true, (row) => Reelhouse.count(row[1])), column("Mean", 2, true, (row) => mean(row[2])),
      column("Share", 3, true, (row) => `${(100 * row[3]).toFixed(row[3] < 0.01 ? 2 : 1)} %`),
      column("Lift", 4, true, (row) => times(row[4]))];
  }

  async function one(cluster) {
    const { preferences, titles } = await load();
    const liked = of(preferences, cluster.id);
    const section = (title, about, nodes) => el("section", {}, el("h2", {}, title), el("p", { class: "quiet" }, about), nodes);
    const parents = cluster.parents.map((id) => catalogue.clusterName(id));
    return { name: cluster.name, nodes: [
      el("p", { class: "crumbs" }, el("a", { href: "#/" }, "All clusters")),
      el("h1", { tabindex: "-1" }, Reelhouse.colours.dot(cluster.id), " ", cluster.name),
      lists.facts([
        ["Users", Reelhouse.count(cluster.size)],
        ["Of all", Reelhouse.share(cluster.share)],
        ["Ratings", Reelhouse.count(cluster.ratings)],
        ["Mean rating", mean(cluster.mean)],
        ["Mean likeness", cluster.meanDistance === null ? null : (1 - cluster.meanDistance).toFixed(2)],
        ["Silhouette", cluster.silhouette === null ? null : cluster.silhouette.toFixed(2)],
        ["Cluster number", String(cluster.id)],
      ]),
      el("p", { class: "lead" }, EVENTS[cluster.event] || cluster.event,
        ["split", "merged"].includes(cluster.event) && parents.length ? `; it came from ${Reelhouse.listed(parents)}` : null, "."),
      el("div", { class: "pair" },
      liked.titles.length ? section("Titles it prefers", "By lift: the title's share of the cluster's ratings over its share of all ratings.",
        Reelhouse.sortable.table("Titles it prefers", [
          column("Title", 0, false, (row) => titleLink(titles, row[0])),
          { name: "Year", figure: true, value: (row) => titles.years[row[0]], cell: (row) => titles.years[row[0]] }, ...figureColumns()],
        liked.titles, { name: "Lift", down: true })) : null,
      el("div", {}, liked.genres.length ? section("Genres", "Above 1\u00a0× the cluster takes more of it than others do.",
        Reelhouse.sortable.table("Genres", [column("Genre", 0, false, (row) => preferences.genres[row[0]]), ...figureColumns()],
          liked.genres, { name: "Lift", down: true })) : null,
      cluster.nearest.length ? el("section", {}, el("h2", {}, "Nearest clusters"), nearest(cluster, 10)) : null))] };
  }

  /* ---- a title ---- */

  /** Clusters that list a title among those they prefer, with its figures there, the fondest first. */
  function likers(preferences, at) {
    return catalogue.overview().clusters.map((cluster) => [cluster, of(preferences, cluster.id).titles.find((row) => row[0] === at)])
      .filter(([, row]) => row).sort((a, b) => b[1][4] - a[1][4]);
  }

  async function title(id) {
    const { preferences, titles } = await load();
    const at = titles.ids.indexOf(Number(id));
    if (at < 0) return null;
    const liked = likers(preferences, at);
    return { name: nameOf(titles, at), nodes: [
      el("p", { class: "crumbs" }, el("a", { href: "#/" }, "All clusters")),
      el("h1", { tabindex: "-1" }, nameOf(titles, at)),
      el("p", { class: "lead" }, [titles.years[at], ...(titles.genres[at] || [])].filter(Boolean).join(", ")),
      lists.facts([["Ratings", Reelhouse.count(titles.ratings[at])], ["Mean rating", mean(titles.means[at])]]),
      el("section", {}, el("h2", {}, `${Reelhouse.counted(liked.length, "cluster")} that ${liked.length === 1 ? "prefers" : "prefer"} it`),
        lists.table("Clusters that prefer it", ["Cluster", ...FIGURES], liked.map(([cluster, row]) => [
          lists.clusterLink(cluster.id), ...figureColumns().map((one_) => one_.cell(row))]), FIGURES))] };
  }

  return { load, cards, one, title, bySize, times, mean, of, nameOf };
})();
