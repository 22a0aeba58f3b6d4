// Language, theme, and where there is one, the help.
import { prefs } from "./prefs";
import { t } from "../texts";

export function Switches({ help }: { help?: () => void }) {
  const other = prefs.language === "zh" ? "en" : "zh";
  const theme = prefs.theme === "dark" ? "light" : "dark";
  return (
    <span class="switches">
      <button type="button" lang={other === "zh" ? "zh-CN" : "en"} data-switch="language" onClick={() => prefs.setLanguage(other)}>
        {t("language")}
      </button>
      <button type="button" data-switch="theme" onClick={() => prefs.setTheme(theme)}>
        {t(theme === "light" ? "theme_light" : "theme_dark")}
      </button>
      {help && (
        <button type="button" data-switch="help" aria-label={t("help")} title={`${t("help")} (?)`} onClick={help}>
          ?
        </button>
      )}
    </span>
  );
}
