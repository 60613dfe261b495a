// Loads the page anew when the workshop has built the book again, and shows what is wrong when a build has failed.
// It asks once a second, and only while somebody looks: an open connection a tab would soon use up those that a
// browser allows.
(() => {
  const build = document.currentScript.dataset.build;
  let banner = null;

  function show(problem) {
    if (!problem) {
      banner?.remove();
      banner = null;
      return;
    }
    if (!banner) {
      banner = document.createElement("pre");
      banner.setAttribute("role", "status");
      banner.style.cssText =
        "position:fixed;inset:auto 0 0 0;z-index:1000;margin:0;padding:1em;max-height:40vh;overflow:auto;" +
        "white-space:pre-wrap;background:#5c0000;color:#fff;font-size:1.4rem";
      document.body.append(banner);
    }
    if (banner.textContent !== problem) banner.textContent = problem;
  }

  async function ask() {
    if (document.hidden) return;
    try {
      const state = await (await fetch("/-/workshop/state.json")).json();
      if (state.build !== build) location.reload();
      else show(state.problem);
    } catch {
      // The workshop has stopped; the page stays as it is, and follows again when it is back.
    }
  }

  setInterval(ask, 1000);
  document.addEventListener("visibilitychange", ask);
})();
