/** Attributes of an element; numbers are rounded to what an eye can see. */
export type Attributes = Readonly<Record<string, string | number>>;

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it may stand in an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

function printed(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : escaped(value);
}

/** An element with its children, which are elements already. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly string[] = [],
): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${printed(value)}"`);
  const open = `<${name}${list.join("")}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join("")}</${name}>`;
}

/** Where a text stands, and how. */
export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  /** Classes of the style sheet. */
  readonly kind?: string;
}

/** A line of text. */
export function textAt(text: string, place: TextPlace): string {
  const { x, y, anchor = "start", kind } = place;
  const attributes = {
    x,
    y,
    "text-anchor": anchor,
    ...(kind === undefined ? {} : { class: kind }),
  };
  return element("text", attributes, [escaped(text)]);
}

/** A straight line. */
export function lineBetween(
  from: readonly [x: number, y: number],
  to: readonly [x: number, y: number],
  kind: string,
): string {
  return element("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: kind });
}

/**
 * Colours for light and dark, chosen by whoever looks. The background is drawn, so that the picture
 * can be read wherever it is put. No font is loaded, and no colour stands alone for a meaning.
 */
const styleSheet = `
text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}.head{font-weight:600}.faint{fill:#59636e}
.back{fill:#ffffff}.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#59636e;stroke-width:1.5}
.ours{fill:#0969da}.other{fill:#8c959f}.less{fill:#ffffff;stroke:#8c959f;stroke-width:1.5;stroke-dasharray:4 2}
.met{fill:#1a7f37}.missed{fill:#bc4c00}.mark{stroke:#1f2328;stroke-width:2.5}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.faint{fill:#9198a1}.back{fill:#0d1117}.grid{stroke:#30363d}.axis{stroke:#9198a1}
.ours{fill:#4493f8}.other{fill:#6e7681}.less{fill:#0d1117;stroke:#9198a1}
.met{fill:#3fb950}.missed{fill:#db6d28}.mark{stroke:#e6edf3}}`;

/** What a picture is called, for those who see it and those who have it read to them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** One or two lines beneath the title: how to read it. */
  readonly reading: readonly string[];
  /** Rules of its own, added to the common ones. */
  readonly style?: string;
}

/** Where the drawing of a picture with so many lines of reading begins. */
export function topOf(reading: readonly string[]): number {
  return 34 + 17 * reading.length + 12;
}

/** A whole file. */
export function pictureOf(picture: Picture, drawing: readonly string[]): string {
  const { width, height, title, reading, style = "" } = picture;
  const head = [
    element("title", {}, [escaped(title)]),
    element("desc", {}, [escaped(reading.join(" "))]),
    element("style", {}, [styleSheet + style]),
    element("rect", { class: "back", width, height }),
    textAt(title, { x: 16, y: 26, kind: "title" }),
    ...reading.map((line, at) => textAt(line, { x: 16, y: 46 + 17 * at, kind: "faint" })),
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
    width: Math.round(width),
    height: Math.round(height),
    role: "img",
  };
  return `${element(
    "svg",
    attributes,
    [...head, ...drawing].map((part) => `\n${part}`),
  )}\n`;
}
