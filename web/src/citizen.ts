// The citizen pages: everything works without this file; it adds position, theme and the offline bar.
import "./style/citizen.css";
import "./style/search.css";
import { frame } from "./frame";
import { pushButton } from "./push";
import { suggestions } from "./suggest";

frame();
pushButton();
suggestions();

const place = document.querySelector<HTMLFormElement>("[data-place]");
const locate = document.querySelector<HTMLButtonElement>("[data-locate]");
if (place) place.querySelector("select")?.addEventListener("change", () => place.requestSubmit());
if (locate && "geolocation" in navigator) {
  locate.hidden = false;
  locate.addEventListener("click", () => {
    locate.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => location.assign(`/?lon=${coords.longitude.toFixed(4)}&lat=${coords.latitude.toFixed(4)}`),
      () => {
        locate.removeAttribute("aria-busy");
        document.querySelector<HTMLElement>("[data-locate-wrong]")!.hidden = false;
      },
      { timeout: 10_000, maximumAge: 300_000 },
    );
  });
}
