/**
 * Starts the page.
 */
import { mount } from "svelte";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("The page has no place for the studio.");
mount(App, { target });
