/* Which part of the page is shown: what stands after the # of the address says it. */
"use strict";

Reelhouse.router = (function () {
  const { el } = Reelhouse;
  const title = document.title;
  const content = document.getElementById("content");
  let sections = {};
  let home = null;
  let first = true;

  /** A frame: the whole width for one part. */
  function alone() {
    const sheet = el("div", { class: "sheet" });
    content.className = "";
    content.replaceChildren(sheet);
    return sheet;
  }

  function lost(text) {
    return { name: "Not found", nodes: [el("h1", { tabindex: "-1" }, "Not found"),
      el("p", { class: "lead" }, text), el("p", {}, el("a", { href: "#/" }, "Back to the beginning"))] };
  }

  /** Show what the address asks for.
   *
   * A section makes its frame, what stands in it and the name of its tab. */
  async function show() {
    const address = window.location.hash;
    const [section, ...told] = address.replace(/^#\/?/, "").split("/");
    const build = Object.hasOwn(sections, section) ? sections[section] : () => [home, lost("There is no such page."), ""];
    let found;
    try {
      found = await build(...told.map(decodeURIComponent));
    } catch (error) {
      found = [home, lost(`A part of the page cannot be loaded: ${error.message}`), ""];
    }
    if (address !== window.location.hash) return; // Somebody went on meanwhile.
    const [frame, { name, nodes }, tab] = found;
    const target = frame();
    content.classList.toggle("opened", Boolean(section));
    target.replaceChildren(...nodes.flat(Infinity).filter(Boolean));
    target.scrollTop = 0;
    document.title = name ? `${name} · ${title}` : title;
    document.querySelectorAll(".tabs a").forEach((link) => {
      if (link.dataset.section === tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
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

  /** Begin: sections by name, and the frame of what cannot be found. */
  function start(named, frame) {
    sections = named;
    home = frame || alone;
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault(); // The address says what is shown.
      content.focus();
    });
    window.addEventListener("hashchange", show);
    startTheme();
    show();
  }

  return { start, alone, lost };
})();
