// Numbers as a person reads them. Spans are in seconds, distances in metres.
import { currentLanguage, t } from "../texts";

const two = (value: number): string => String(value).padStart(2, "0");

/** `4:05`, `1:02:03`; the sign is kept: `-0:30` has passed by half a minute. */
export function countdown(seconds: number): string {
  const whole = seconds < 0 ? Math.floor(-seconds) : Math.ceil(seconds);
  const sign = seconds < 0 && whole > 0 ? "−" : "";
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${sign}${hours}:${two(minutes)}:${two(whole % 60)}` : `${sign}${minutes}:${two(whole % 60)}`;
}

/** Whole minutes, rounded up while they last: 61 s is 2, 60 s is 1, nothing left is 0. */
export function minutesLeft(seconds: number): number {
  return Math.max(0, Math.ceil(seconds / 60));
}

/** The two ends of an arrival in minutes; the far one is never before the near one. */
export function interval(nearSeconds: number, farSeconds: number): [number, number] {
  const near = minutesLeft(nearSeconds);
  return [near, Math.max(near, minutesLeft(farSeconds))];
}

/** A short age: `12 s`, `3 min`, `2 h`. */
export function age(seconds: number): string {
  if (seconds < 90) return t("unit_s", { n: Math.floor(seconds) });
  if (seconds < 5400) return t("unit_min", { n: Math.round(seconds / 60) });
  return t("unit_h", { n: Math.round(seconds / 3600) });
}

export function distance(metres: number): string {
  return metres < 950 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(metres < 9950 ? 1 : 0)} km`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const language = currentLanguage() === "zh" ? "zh-CN" : "en-GB";
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, found);
  }
  return found;
}

/** `08:15` in the city's own time zone. */
export function timeOfDay(at: string | number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** `08:15:30` in the city's own time zone. */
export function timeWithSeconds(at: string | number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at));
}

/** Weekday and date in the city's own time zone. */
export function day(at: string | number, zone: string): string {
  return format(zone, { weekday: "short", month: "short", day: "numeric" }).format(new Date(at));
}
