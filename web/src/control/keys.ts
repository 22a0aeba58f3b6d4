// The keyboard: letters go to a part of the page, arrows move in a list, Escape closes.

export type KeyActions = {
  escape: () => void;
  help: () => void;
  alarm: () => void;
  language: () => void;
  theme: () => void;
};

const PLACES: Record<string, string> = {
  r: "[data-list=rescues] [data-row], .held [data-row], #rescues-title",
  d: "[data-list=decisions] [data-row], #decisions-title",
  f: "[data-list=fleet] [data-row], #fleet-title",
  m: ".map canvas",
};

export function listenToKeys(actions: KeyActions): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, select")) return;
    if (document.querySelector("dialog[open]")) return; // a dialog has its own keys
    if (act(event.key, target, actions)) event.preventDefault();
  });
}

function act(key: string, target: HTMLElement, actions: KeyActions): boolean {
  if (key === "ArrowDown" || key === "ArrowUp") return step(target, key === "ArrowDown" ? 1 : -1);
  if (key === "Home" || key === "End") return ends(target, key === "End");
  if (key === "Escape") return done(actions.escape);
  if (key === "?") return done(actions.help);
  switch (key.toLowerCase()) {
    case "a":
      return done(actions.alarm);
    case "p":
      return press("[data-assign]");
    case "l":
      return done(actions.language);
    case "t":
      return done(actions.theme);
  }
  const selector = PLACES[key.toLowerCase()];
  const place = selector?.split(", ").map((one) => document.querySelector<HTMLElement>(one)).find(Boolean);
  place?.focus();
  return place !== undefined;
}

function done(action: () => void): boolean {
  action();
  return true;
}

function press(selector: string): boolean {
  const button = document.querySelector<HTMLElement>(selector);
  button?.click();
  return button !== null;
}

function rowsAround(target: HTMLElement): HTMLElement[] {
  const panel = target.closest<HTMLElement>(".panel");
  if (!panel || !target.matches("[data-row], h2")) return [];
  return [...panel.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.offsetParent !== null);
}

function step(target: HTMLElement, by: number): boolean {
  const rows = rowsAround(target);
  if (rows.length === 0) return false;
  const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(target) + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

function ends(target: HTMLElement, last: boolean): boolean {
  const rows = rowsAround(target);
  rows[last ? rows.length - 1 : 0]?.focus();
  return rows.length > 0;
}
