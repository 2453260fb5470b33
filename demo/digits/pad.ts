// The pad: strokes of a pointer or of the arrow keys, or an image of a test digit in their place.

import { announce } from "../announce.js";
import { cssOf, mix, type Palette } from "../colors.js";
import { SIDE } from "./digits.js";
import { imageOf, type Point, type Stroke } from "./drawing.js";
import { paint } from "./pictures.js";

/** Of the pad's width: a stroke's, and a step of an arrow key. */
const PEN = 0.085;
const STEP = 1 / SIDE;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

const within = (value: number) => Math.min(1 - PEN / 2, Math.max(PEN / 2, value));

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #onChange: () => void;
  #strokes: Stroke[];
  /** What is shown instead of strokes. */
  #example: Float32Array | null = null;
  /** Where the keys have the pen, and whether it is down. */
  #pen: Point = { x: 0.5, y: 0.5 };
  #isDown = false;
  #pointer: number | null = null;

  constructor(canvas: HTMLCanvasElement, strokes: readonly Stroke[], onChange: () => void) {
    this.#canvas = canvas;
    this.#strokes = [...strokes];
    this.#onChange = onChange;
    canvas.addEventListener("pointerdown", (event) => this.#lower(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(name, () => (this.#pointer = null));
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    canvas.addEventListener("blur", () => {
      this.#isDown = false;
      onChange();
    });
    canvas.addEventListener("focus", onChange);
  }

  /** What the classifier gets. */
  get image(): Float32Array {
    return this.#example ?? imageOf(this.#strokes);
  }

  get isEmpty(): boolean {
    return this.#example === null && this.#strokes.length === 0;
  }

  get showsExample(): boolean {
    return this.#example !== null;
  }

  clear(): void {
    this.#strokes = [];
    this.#example = null;
    this.#isDown = false;
    this.#onChange();
  }

  showExample(image: Float32Array): void {
    this.clear();
    this.#example = image;
    this.#onChange();
  }

  draw({ raised, ink, accent }: Palette): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const size = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (this.#canvas.width !== size) this.#canvas.width = this.#canvas.height = size;
    context.fillStyle = cssOf(raised);
    context.fillRect(0, 0, size, size);
    if (this.#example !== null) {
      const example = this.#example;
      const small = document.createElement("canvas");
      small.width = small.height = SIDE;
      paint(small, (pixel) => mix(raised, ink, example[pixel]));
      context.imageSmoothingQuality = "high";
      context.drawImage(small, 0, 0, size, size);
    }
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = PEN * size;
    context.strokeStyle = cssOf(ink);
    for (const stroke of this.#strokes) {
      context.beginPath();
      context.moveTo(stroke[0].x * size, stroke[0].y * size);
      // Also to the first point, where a stroke of one point is a dot.
      for (const { x, y } of stroke) context.lineTo(x * size, y * size);
      context.stroke();
    }
    if (!this.#canvas.matches(":focus-visible")) return;
    context.beginPath();
    context.arc(this.#pen.x * size, this.#pen.y * size, 0.75 * PEN * size, 0, 2 * Math.PI);
    context.lineWidth = 2.5 * devicePixelRatio;
    context.strokeStyle = cssOf(accent);
    context.stroke();
    if (this.#isDown) {
      context.fillStyle = cssOf(accent);
      context.fill();
    }
  }

  #lower(event: PointerEvent): void {
    if (event.button !== 0 || this.#pointer !== null) return;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#isDown = false;
    this.#begin(this.#placeOf(event));
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    // Browsers give one event a frame, with what came since the last one.
    const events = event.getCoalescedEvents();
    this.#extend((events.length > 0 ? events : [event]).map((one) => this.#placeOf(one)));
  }

  #press(event: KeyboardEvent): void {
    const way = ARROWS[event.key] as Point | undefined;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (way !== undefined) {
      this.#pen = { x: within(this.#pen.x + way.x), y: within(this.#pen.y + way.y) };
      if (this.#isDown) this.#extend([this.#pen]);
      else this.#onChange();
    } else if (event.key === " ") {
      this.#isDown = !this.#isDown;
      if (this.#isDown) this.#begin(this.#pen);
      else this.#onChange();
      announce(this.#isDown ? "Pen down." : "Pen lifted.");
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      announce("Cleared.");
    } else {
      return;
    }
    event.preventDefault();
  }

  #begin(place: Point): void {
    this.#example = null;
    this.#strokes.push([place]);
    this.#onChange();
  }

  #extend(places: readonly Point[]): void {
    const last = this.#strokes.pop() ?? [];
    this.#strokes.push([...last, ...places]);
    this.#onChange();
  }

  #placeOf(event: PointerEvent): Point {
    const box = this.#canvas.getBoundingClientRect();
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
  }
}
