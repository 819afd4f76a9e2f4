// The staff admin's own few lines. unfold's templates name functions of its app.js; Alpine's CSP
// build looks only at what was registered, so they are registered here, and what its templates
// want of `window` and `localStorage` is handed to them by name.
document.addEventListener("alpine:init", () => {
  for (const [name, made] of Object.entries({ theme, searchForm })) {
    Alpine.data(name, made);
  }

  Alpine.data("staffPage", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",

    init() {
      this.activeTab = getCurrentTab() || this.$el.dataset.activeTab || "";
    },
    toggleSidebar() {
      this.sidebarDesktopOpen = !this.sidebarDesktopOpen;
      localStorage.setItem("sidebarDesktopOpen", this.sidebarDesktopOpen ? "1" : "0");
    },
    // Where a saved form comes back to: the tab it was on.
    window: { location: { pathname: location.pathname, search: location.search } },
  }));
});
