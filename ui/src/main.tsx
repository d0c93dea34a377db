import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./style/base.css";
import "./style/parts.css";
import "./style/views.css";

const desk = document.getElementById("desk");
if (desk === null) throw new Error("the page has no place for the desk");
createRoot(desk).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
