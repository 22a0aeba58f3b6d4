// Language, theme and the dispatcher's name: from the browser's own wishes until somebody chooses, then remembered.
import { setLanguage, type Language } from "../texts";

export type Theme = "dark" | "light";

const heard = new Set<() => void>();

function recall(key: string): string | null {
  try {
    return localStorage.getItem(`towline.${key}`);
  } catch {
    return null; // storage is switched off: nothing is remembered, everything else works
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`towline.${key}`, value);
  } catch {
    // see recall
  }
}

export const prefs = {
  language: "en" as Language,
  theme: "dark" as Theme,
  operator: "control",

  /** Call once, before anything is drawn. `usual` is the theme where the page has one of its own. */
  begin(usual: Theme | null): void {
    const asked = recall("language");
    const native = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
    this.language = asked === "zh" || asked === "en" ? asked : native;
    const wished = recall("theme");
    const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
    this.theme = wished === "dark" || wished === "light" ? wished : (usual ?? system);
    this.operator = recall("operator") || "control";
    show();
  },

  setLanguage(language: Language): void {
    this.language = language;
    remember("language", language);
    changed();
  },

  setTheme(theme: Theme): void {
    this.theme = theme;
    remember("theme", theme);
    changed();
  },

  setOperator(name: string): void {
    this.operator = name.trim() || "control";
    remember("operator", this.operator);
  },

  onChange(listener: () => void): void {
    heard.add(listener);
  },
};

function show(): void {
  setLanguage(prefs.language);
  document.documentElement.lang = prefs.language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset["theme"] = prefs.theme;
}

function changed(): void {
  show();
  for (const listener of heard) listener();
}

export function stillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
