// Where we are: the browser's own address, and nothing else.
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";

const MOVED = "breakglass:moved";

const subscribe = (changed: () => void) => {
  window.addEventListener("popstate", changed);
  window.addEventListener(MOVED, changed);
  return () => {
    window.removeEventListener("popstate", changed);
    window.removeEventListener(MOVED, changed);
  };
};

export const usePlace = () => useSyncExternalStore(subscribe, () => window.location.pathname);

export function go(place: string) {
  window.history.pushState(null, "", place);
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}

/** A link inside the page. Opens elsewhere as any link does when asked to. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
