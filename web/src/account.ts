// Pages of the account: everything works without this file.
import "./style/identity.css";
import { frame } from "./frame";

frame();
