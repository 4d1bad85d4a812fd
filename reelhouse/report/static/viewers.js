/* The page of clusters of users: its parts. */
"use strict";

(function () {
  const { catalogue, preferences, tastes } = Reelhouse;
  const { alone, lost } = Reelhouse.router;
  catalogue.start();

  const sections = {
    "": async () => [alone, await preferences.cards(), "clusters"],
    cluster: async (id) => {
      const cluster = catalogue.cluster(Number(id));
      return [alone, cluster ? await preferences.one(cluster) : lost(`This version has no cluster ${id}.`), "clusters"];
    },
    title: async (id) => [alone, (await preferences.title(id)) || lost(`No cluster prefers a title ${id}; titles.parquet holds all.`), "clusters"],
    genres: async () => [alone, await tastes.genres(), "genres"],
    likeness: async () => [alone, await tastes.likeness(), "likeness"],
    ratings: async () => [alone, await tastes.ratings(), "ratings"],
    changes: async () => [alone, await Reelhouse.lineage.changes(), "changes"],
    quality: async () => [alone, await Reelhouse.records.quality(), "quality"],
    choice: async () => [alone, await Reelhouse.records.choice(), "choice"],
  };

  async function names() {
    const { titles } = await preferences.load();
    return titles.ids.map((id, at) => ({ at, id, plain: Reelhouse.search.plain(preferences.nameOf(titles, at)) }));
  }

  const held = () => Reelhouse.data.held("titles");
  const title = {
    name: ({ at }) => preferences.nameOf(held(), at),
    about: ({ at }) => [held().years[at], Reelhouse.counted(held().ratings[at], "rating")].filter(Boolean).join(", "),
    address: ({ id }) => `#/title/${id}`,
  };

  Reelhouse.search.start({ names, title, members: "user", early: true });
  Reelhouse.router.start(sections);
})();
