// Before the first paint: follow the device where the person has not chosen a theme.
if (document.documentElement.dataset.theme === "device") {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
}
