// What the server tells the pages. Mirrors the JSON of /api/v1/operations/wall, /live and the data blocks in the pages.

export type State = "ok" | "tendency" | "preparing" | "exceed" | "stale" | "broken";
export type Trend = "up" | "down" | "flat";

export interface Index {
  kind: "aqi" | "wqi";
  value: number;
  band: string;
  colour: string;
  word: string;
}

export interface Value {
  ds: number;
  parameter: string;
  symbol: string;
  name: string;
  unit: string;
  value: number | null;
  at: string | null;
  trend: Trend;
  limit: number | null;
  tier: State | null;
}

export interface Station {
  id: number;
  code: string;
  name: string;
  name_en: string;
  kind: string;
  lon: number;
  lat: number;
  unit: string;
  state: State;
  simulated: boolean;
  values: Value[];
  index: Index | null;
}

export interface Alert {
  id: number;
  state: string;
  tier: State;
  title: string;
  title_en: string;
  at: string;
  thing: string;
  case_id: number | null;
}

export interface Tile {
  id: string;
  title: string;
  value: number | null;
  unit: string;
  digits: number | null;
  trend: (number | null)[];
  target: number | null;
  state: State;
  word: string;
  href: string;
  since: string | null;
}

/** A public report that waits for an answer. */
export interface Report {
  code: string;
  title: string;
  text: string;
  lon: number | null;
  lat: number | null;
  href: string;
  due_state: string;
  state_word: string;
  unit_name: string;
  at: string;
}

export interface Wall {
  at: string;
  live: boolean;
  stations: Station[];
  alerts: Alert[];
  tiles: Tile[];
  layers?: { reports?: Report[] };
  cases: { open: number; late: number; mine: number };
  notice: string;
  bounds?: [number, number, number, number];
}

/** One reading as pushed: datastream, epoch milliseconds, value, quality flags (0 = good). */
export type Pushed = [datastream: number, epoch_ms: number, value: number | null, flags: number];

export interface LiveEvents {
  readings: { d: Pushed[] };
  alerts: Partial<Alert> & { id: number; refetch?: boolean };
  cases: { id: number };
  warnings: { id: string };
}
export type Topic = keyof LiveEvents;

export interface MapStation {
  code: string;
  name: string;
  kind: string;
  lon: number;
  lat: number;
  state: State;
  colour: string;
}

/** Something that happened at a place; `n` of them when they were counted together. `state` is a deadline's. */
export interface Spot {
  lon: number;
  lat: number;
  n?: number;
  state?: string;
  href?: string;
  title?: string;
  word?: string;
}

export interface Series {
  ds: number;
  name: string;
  unit: string;
  points: [number, number | null][];
  limits: { value: number; title: string; source: string }[];
  days: number;
}
