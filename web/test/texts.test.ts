import { expect, it } from "vitest";
import { said, setLanguage, t, TEXTS, word } from "../src/texts";

const gaps = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

it("says everything in both languages", () => {
  expect(Object.keys(TEXTS.zh).sort()).toEqual(Object.keys(TEXTS.en).sort());
});

it("leaves the same gaps for values in both, and nothing empty", () => {
  for (const key of Object.keys(TEXTS.en) as (keyof typeof TEXTS.en)[]) {
    expect(TEXTS.zh[key].trim(), key).not.toBe("");
    expect(TEXTS.en[key].trim(), key).not.toBe("");
    expect(gaps(TEXTS.zh[key]), key).toEqual(gaps(TEXTS.en[key]));
  }
});

it("has no Chinese in the English page but the names of things that have none", () => {
  const meant = new Set(["language", "driver_name"]);
  for (const [key, text] of Object.entries(TEXTS.en)) if (!meant.has(key)) expect(text, key).not.toMatch(/[一-鿿]/);
});

it("punctuates Chinese as Chinese", () => {
  for (const [key, text] of Object.entries(TEXTS.zh)) expect(text, key).not.toMatch(/[一-鿿][,;:?!]/);
});

it("fills values in, and shows what it does not know as it is", () => {
  setLanguage("en");
  expect(t("queue_place", { n: 3 })).toBe("#3 in queue");
  expect(word("job", "some_new_status")).toBe("some new status");
  expect(said({ zh: "派车", en: "" })).toBe("派车");
});
