/* A colour for every cluster: the same in every version, since a cluster keeps its number.
 *
 * Hues follow the golden angle in OKLCH, so that those of consecutive numbers are far apart, on five
 * levels of lightness. Björn Ottosson (2020), A perceptual color space for image processing.
 */
"use strict";

Reelhouse.colours = (function () {
  const GOLDEN = 137.508;
  const LIGHT = [[0.58, 0.15], [0.72, 0.12], [0.46, 0.11], [0.66, 0.14], [0.53, 0.06]];
  const DARK = [[0.68, 0.14], [0.82, 0.10], [0.6, 0.13], [0.75, 0.13], [0.66, 0.06]];

  function channel(linear) {
    const value = Math.min(1, Math.max(0, linear));
    const encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * encoded).toString(16).padStart(2, "0");
  }

  function hex(lightness, chroma, hue) {
    const a = chroma * Math.cos((hue * Math.PI) / 180);
    const b = chroma * Math.sin((hue * Math.PI) / 180);
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    return `#${channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)}${
      channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)}${
      channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)}`;
  }

  function of(clusterId) {
    const levels = Reelhouse.theme.isDark() ? DARK : LIGHT;
    const [lightness, chroma] = levels[clusterId % levels.length];
    return hex(lightness, chroma, (25 + clusterId * GOLDEN) % 360);
  }

  /** A dot of a cluster's colour, which follows the theme. */
  function dot(clusterId) {
    const node = Reelhouse.el("span", { class: "dot", "aria-hidden": "true", "data-cluster": clusterId });
    node.style.backgroundColor = of(clusterId);
    return node;
  }

  /** A colour of the style sheet, for what is drawn on a canvas. */
  const named = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  Reelhouse.theme.onChange(() => {
    document.querySelectorAll("[data-cluster]").forEach((node) => {
      node.style.backgroundColor = of(Number(node.dataset.cluster));
    });
  });

  return { of, dot, named };
})();
