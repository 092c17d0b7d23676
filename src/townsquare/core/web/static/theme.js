// Before the first paint: follow the device where the person has not chosen a theme.
if (document.documentElement.dataset.theme === "device") {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => (document.documentElement.dataset.bsTheme = device.matches ? "dark" : "light");
  follow();
  device.addEventListener("change", follow); // Also when it turns dark in the evening.
}
