/* Which part of the page is shown: what stands after the # of the address says it. */
"use strict";

(function () {
  const { el, catalogue } = Reelhouse;
  const overview = catalogue.start();
  const title = document.title;
  const content = document.getElementById("content");
  let panel = null;
  let first = true;

  /** The map with a panel beside it; the map stays as it is from one title to the next. */
  function beside() {
    if (!panel || !panel.isConnected) {
      panel = el("div", { class: "panel" });
      content.className = "explore";
      content.replaceChildren(...(overview.hasMap ? [Reelhouse.map.build()] : []), panel);
    }
    return panel;
  }

  function alone() {
    const sheet = el("div", { class: "sheet" });
    content.className = "";
    content.replaceChildren(sheet);
    return sheet;
  }

  const sections = {
    "": () => [beside, Reelhouse.clusters.overview(), "map"],
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

  function lost(text) {
    return { name: "Not found", nodes: [el("h1", { tabindex: "-1" }, "Not found"),
      el("p", { class: "lead" }, text), el("p", {}, el("a", { href: "#/" }, "All clusters"))] };
  }

  async function show() {
    const address = window.location.hash;
    const [section, argument] = address.replace(/^#\/?/, "").split("/");
    const build = Object.hasOwn(sections, section) ? sections[section] : () => [beside, lost("There is no such page."), ""];
    let found;
    try {
      found = await build(decodeURIComponent(argument || ""));
    } catch (error) {
      found = [beside, lost(`A part of the page cannot be loaded: ${error.message}`), ""];
    }
    if (address !== window.location.hash) return; // Somebody went on meanwhile.
    const [frame, { name, nodes }, tab] = found;
    const target = frame();
    content.classList.toggle("opened", frame === beside && Boolean(section));
    target.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
    target.scrollTop = 0;
    document.title = name ? `${name} · ${title}` : title;
    document.querySelectorAll(".tabs a").forEach((link) => {
      if (link.dataset.section === tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    if (!section) Reelhouse.map.mark({});
    arrive(target);
  }

  /** Readers begin at the heading of what was opened, not where the link was. */
  function arrive(target) {
    const heading = target.querySelector("h1");
    if (!first && heading) heading.focus({ preventScroll: true });
    if (!first) window.scrollTo(0, 0);
    first = false;
    document.documentElement.dataset.shown = window.location.hash || "#/";
  }

  function startTheme() {
    const button = document.getElementById("theme");
    const told = () => button.setAttribute("aria-label", `Switch to ${Reelhouse.theme.isDark() ? "light" : "dark"} colours`);
    button.addEventListener("click", Reelhouse.theme.toggle);
    Reelhouse.theme.onChange(told);
    told();
  }

  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // The address says what is shown.
    content.focus();
  });
  window.addEventListener("hashchange", show);
  Reelhouse.search.start();
  startTheme();
  show();
})();
