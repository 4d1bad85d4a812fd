/* The page of clusters of titles: its parts, and the map beside some of them. */
"use strict";

(function () {
  const { el, catalogue } = Reelhouse;
  const { alone, lost } = Reelhouse.router;
  const overview = catalogue.start();
  const content = document.getElementById("content");
  let panel = null;

  /** The map with a panel beside it; the map stays as it is from one title to the next. */
  function beside() {
    if (!panel || !panel.isConnected) {
      panel = el("div", { class: "panel" });
      content.className = "explore";
      content.replaceChildren(...(overview.hasMap ? [Reelhouse.map.build()] : []), panel);
    }
    return panel;
  }

  const sections = {
    "": () => {
      Reelhouse.map.mark({});
      return [beside, Reelhouse.clusters.overview(), "map"];
    },
    cluster: (id) => {
      const cluster = catalogue.cluster(Number(id));
      return [beside, cluster ? Reelhouse.clusters.one(cluster) : lost(`This version has no cluster ${id}.`), "map"];
    },
    title: async (id) => {
      const at = await catalogue.find(id);
      if (at >= 0) return [beside, await Reelhouse.title.build(at), "map"];
      const sample = overview.shown < overview.titles ? " The page holds a sample; the command reelhouse title knows all." : "";
      return [beside, lost(`This version has no title ${id}.${sample}`), "map"];
    },
    clusters: () => [alone, Reelhouse.clusters.cards(), "clusters"],
    tree: async () => [alone, await Reelhouse.clusters.tree(), "tree"],
    changes: async () => [alone, await Reelhouse.records.changes(), "changes"],
    quality: async () => [alone, await Reelhouse.records.quality(), "quality"],
    choice: async () => [alone, await Reelhouse.records.choice(), "choice"],
  };
  if (Reelhouse.classifiers) {
    sections.classifiers = async () => [alone, await Reelhouse.classifiers.build(), "classifiers"];
  }

  /* ---- search: the names are loaded before somebody types, or with the first letter ---- */

  async function names() {
    const files = await catalogue.allNames();
    const found = [];
    files.forEach((file, number) => file.names.forEach((name, inside) => found.push({
      at: number * overview.namesPerFile + inside, plain: Reelhouse.search.plain(name || file.ids[inside]), file, inside })));
    return found;
  }

  const title = {
    name: ({ file, inside }) => file.names[inside] || file.ids[inside],
    about: ({ file, inside }) => [file.shows[inside] ? "TV show" : "Movie", file.years[inside]].filter(Boolean).join(", "),
    cluster: ({ at }) => catalogue.clusterOf(at).id,
    address: ({ file, inside }) => `#/title/${file.ids[inside]}`,
  };

  Reelhouse.search.start({ names, title, members: "title", early: overview.shown <= 20000 });
  Reelhouse.router.start(sections, beside);
})();
