// A shape for every status, so that colour is never the only difference. Drawn in a box of 24, the centre at 12, 12;
// those of driving trucks point up and are turned by their heading.
import type { TruckStatus } from "../api";
import type { Phase } from "../control/rules";

const TRUCKS: Record<TruckStatus, { path: string; turns: boolean }> = {
  standby: { path: "M12 5.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z", turns: false },
  repositioning: { path: "M12 3.5a3 3 0 0 1 2.6 1.5A7.2 7.2 0 1 1 9.4 5A3 3 0 0 1 12 3.5z", turns: true },
  offered: { path: "M12 3.5L20.5 12L12 20.5L3.5 12z", turns: false },
  en_route: { path: "M12 2.5L19.5 20.5L12 16.8L4.5 20.5z", turns: true },
  on_scene: { path: "M5 5h14v14H5z", turns: false },
  loaded: { path: "M12 2.5L18.5 9.5V20.5H5.5V9.5z", turns: true },
  at_shop: { path: "M12 3.5L19.5 7.75v8.5L12 20.5L4.5 16.25v-8.5z", turns: false },
  off_duty: { path: "M12 8.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7z", turns: false },
  out_of_service: {
    path: "M6.5 4.5L12 10L17.5 4.5L19.5 6.5L14 12L19.5 17.5L17.5 19.5L12 14L6.5 19.5L4.5 17.5L10 12L4.5 6.5z",
    turns: false,
  },
};

export function turns(status: TruckStatus): boolean {
  return TRUCKS[status].turns;
}

export function TruckShape({ status, size = 16 }: { status: TruckStatus; size?: number }) {
  return (
    <svg class={`shape truck-${status}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={TRUCKS[status].path} />
    </svg>
  );
}

const LATE = "M12 2L23 21H1z M11 9h2v6h-2z M11 16.5h2v2h-2z";
const SCENES: Record<Exclude<Phase, "ended">, string> = {
  waiting: "M12 2L23 21H1z M12 6.6L4.7 19H19.3z M11.1 10.5h1.8v4h-1.8z M11.1 15.7h1.8v1.8h-1.8z",
  coming: "M12 3L22 20.5H2z M12 9.2L7.6 17.4h8.8z",
  attended: "M12 3L22 20.5H2z M10.9 17L7.9 14l1.3-1.3l1.7 1.7l3.9-3.9l1.3 1.3z",
};

export function SceneShape({ phase, late, size = 20 }: { phase: Phase; late: boolean; size?: number }) {
  if (phase === "ended") return null;
  return (
    <svg class={`shape scene-${late ? "late" : phase}`} viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path fill-rule="evenodd" d={late ? LATE : SCENES[phase]} />
    </svg>
  );
}

export function ShopShape({ size = 14 }: { size?: number }) {
  return (
    <svg class="shape shop" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path fill-rule="evenodd" d="M12 2L22 9v13H2V9z M7 12h10v10H7z" />
    </svg>
  );
}

export function PlaceShape({ size = 28 }: { size?: number }) {
  return (
    <svg class="shape own-place" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path fill-rule="evenodd" d="M12 1.5a7.5 7.5 0 0 1 7.5 7.5c0 5.2-7.5 13.5-7.5 13.5S4.5 14.2 4.5 9A7.5 7.5 0 0 1 12 1.5zM12 6a3 3 0 1 0 0 6a3 3 0 1 0 0-6z" />
    </svg>
  );
}
