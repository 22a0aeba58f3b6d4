// How the city is drawn, by day and by night: its own vector tiles, and nothing from another host.
// Without `glyphs` in the style MapLibre writes names in the system's fonts, Chinese ones too.
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../kit/prefs";

type Palette = {
  land: string;
  street: string;
  collector: string;
  secondary: string;
  primary: string;
  trunk: string;
  casing: string;
  name: string;
  halo: string;
  poi: string;
  ahead: string;
  tow: string;
  driven: string;
  closure: string;
};

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    land: "#11181f",
    street: "#222d37",
    collector: "#2a3743",
    secondary: "#34434f",
    primary: "#3f505d",
    trunk: "#54636d",
    casing: "#0c1217",
    name: "#8b9cab",
    halo: "#11181f",
    poi: "#7d8fa0",
    ahead: "#5aa9ff",
    tow: "#ff9f5a",
    driven: "#6f8191",
    closure: "#ff6b63",
  },
  light: {
    land: "#e9edf0",
    street: "#ffffff",
    collector: "#ffffff",
    secondary: "#ffffff",
    primary: "#fdf3d9",
    trunk: "#f8dfa4",
    casing: "#c6d0d8",
    name: "#4c5a66",
    halo: "#f4f6f8",
    poi: "#5b6a77",
    ahead: "#0b63c5",
    tow: "#c2500b",
    driven: "#7f8e9b",
    closure: "#c3271d",
  },
};

const FONT = ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"];
const WIDEST: Record<number, number> = { 1: 10, 2: 10, 3: 9, 4: 7.5, 5: 6, 6: 5, 7: 4.5, 8: 4, 9: 2.5 };

function width(extra: number): LayerSpecification["paint"] {
  const wide = (factor: number): unknown => [
    "+",
    extra,
    ["*", factor, ["match", ["get", "class"], ...Object.entries(WIDEST).flatMap(([k, w]) => [Number(k), w]), 3]],
  ];
  return {
    "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, wide(0.14), 12, wide(0.26), 15, wide(0.75), 18, wide(2.4)],
  } as LayerSpecification["paint"];
}

function roadColour(p: Palette): unknown {
  return ["match", ["get", "class"], [1, 2], p.trunk, 3, p.primary, 4, p.secondary, 5, p.collector, p.street];
}

function roadLayers(p: Palette): LayerSpecification[] {
  const line = { "line-cap": "round", "line-join": "round", "line-sort-key": ["-", 10, ["get", "class"]] };
  return [
    {
      id: "road-casing", type: "line", source: "city", "source-layer": "roads", minzoom: 11, layout: line,
      paint: { ...width(1.6), "line-color": p.casing },
    },
    {
      id: "road", type: "line", source: "city", "source-layer": "roads", layout: line,
      paint: { ...width(0.4), "line-color": roadColour(p) },
    },
  ] as LayerSpecification[];
}

function nameLayers(p: Palette): LayerSpecification[] {
  const paint = { "text-color": p.name, "text-halo-color": p.halo, "text-halo-width": 1.4 };
  const roadName = (id: string, minzoom: number, filter: unknown, size: number): unknown => ({
    id, type: "symbol", source: "city", "source-layer": "roads", minzoom,
    filter: ["all", ["has", "name"], filter],
    layout: {
      "symbol-placement": "line", "symbol-spacing": 320, "text-field": ["get", "name"], "text-font": FONT,
      "text-size": size, "text-max-angle": 28, "text-padding": 6,
    },
    paint,
  });
  return [
    roadName("name-street", 14.5, [">", ["get", "class"], 5], 11),
    roadName("name-collector", 13, ["all", [">", ["get", "class"], 3], ["<=", ["get", "class"], 5]], 11),
    roadName("name-primary", 11, ["<=", ["get", "class"], 3], 12),
    {
      id: "name-poi", type: "symbol", source: "city", "source-layer": "pois", minzoom: 13.5,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-padding": 4 },
      paint: { ...paint, "text-color": p.poi },
    },
  ] as LayerSpecification[];
}

function ownLayers(p: Palette): LayerSpecification[] {
  const line = { "line-cap": "round", "line-join": "round" };
  const strong = ["case", ["boolean", ["get", "chosen"], false], 1, 0.55];
  const leg = (id: string, filter: unknown, paint: object): unknown => ({
    id, type: "line", source: "legs", filter, layout: line,
    paint: { "line-width": ["case", ["boolean", ["get", "chosen"], false], 4.5, 2.5], "line-opacity": strong, ...paint },
  });
  const area = ["==", ["geometry-type"], "Polygon"];
  return [
    {
      id: "closure-area", type: "fill", source: "closures", filter: area,
      paint: { "fill-color": p.closure, "fill-opacity": ["case", ["get", "active"], 0.22, 0.08] },
    },
    {
      id: "closure-line", type: "line", source: "closures", layout: line,
      paint: {
        "line-color": p.closure, "line-width": 4, "line-dasharray": [1, 1.6],
        "line-opacity": ["case", ["get", "active"], 1, 0.4],
      },
    },
    leg("leg-driven", ["==", ["get", "kind"], "driven"], {
      "line-color": p.driven, "line-dasharray": [0.4, 2], "line-opacity": 0.8,
    }),
    leg("leg-tow", ["all", ["==", ["get", "kind"], "ahead"], ["==", ["get", "leg"], "tow"]], {
      "line-color": p.tow, "line-dasharray": [2, 1.4],
    }),
    leg("leg-ahead", ["all", ["==", ["get", "kind"], "ahead"], ["==", ["get", "leg"], "to_scene"]], { "line-color": p.ahead }),
  ] as LayerSpecification[];
}

export function layers(theme: Theme, hasTiles: boolean): LayerSpecification[] {
  const p = PALETTES[theme];
  return [
    { id: "land", type: "background", paint: { "background-color": p.land } },
    ...(hasTiles ? roadLayers(p) : []),
    ...ownLayers(p),
    ...(hasTiles ? nameLayers(p) : []),
  ];
}

export function style(theme: Theme, tiles: string | null): StyleSpecification {
  const empty = { type: "geojson" as const, data: { type: "FeatureCollection" as const, features: [] } };
  return {
    version: 8,
    sources: {
      ...(tiles ? { city: { type: "vector" as const, url: `pmtiles://${tiles}` } } : {}),
      legs: empty,
      closures: empty,
    },
    layers: layers(theme, tiles !== null),
  };
}
