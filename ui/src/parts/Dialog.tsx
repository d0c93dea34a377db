import { type ReactNode, useEffect, useRef } from "react";

/** The browser's own modal dialog: it holds the focus, and Escape leaves it. */
export function Dialog({ title, onLeave, children }: { title: string; onLeave: () => void; children: ReactNode }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const held = box.current;
    held?.showModal();
    return () => held?.close();
  }, []);
  return (
    <dialog
      ref={box}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onLeave();
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
