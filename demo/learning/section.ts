// Training, as the page shows it: buttons, the map, the curve, and one point's way through a step.

import { announce } from "../announce.js";
import { palette } from "../colors.js";
import { choice, part } from "../elements.js";
import { logSlider } from "../logSlider.js";
import { drawLossCurve } from "../lossCurve.js";
import { niceCeiling } from "../niceCeiling.js";
import { countText, numberText, showNumber } from "../numberText.js";
import { onThemeChange } from "../theme.js";
import { BUMPS, bumpsAt } from "./bumps.js";
import { Flow } from "./flow.js";
import { ClassMap } from "./map.js";
import { CLASSES, pointsOf, type PointsName } from "./points.js";
import { partRight, Regression } from "./regression.js";

/** A run stops after this many steps. */
const STEPS_A_RUN = 1000;

/** Steps and milliseconds between two frames, by default and where readers prefer reduced motion. */
const SMOOTH = { steps: 2, ms: 0 };
const CALM = { steps: 100, ms: 1000 };

export function showLearning(): void {
  const kind = choice<PointsName>("points", ["spiral", "blobs"], () => reset());
  const rate = logSlider("rate", { from: 0.1, to: 100, start: 10 }, () => draw());
  const map = new ClassMap(part("map", HTMLCanvasElement));
  const curve = part("curve", HTMLElement);
  const flow = new Flow();
  const point = part("point", HTMLInputElement);
  const runButton = part("run", HTMLButtonElement);

  let training = start(kind.current());
  let colors = palette();
  let stepsLeft = 0;

  part("step", HTMLButtonElement).addEventListener("click", () => {
    pause();
    advance(1);
    draw();
    sayWhere();
  });
  part("reset", HTMLButtonElement).addEventListener("click", () => reset());
  runButton.addEventListener("click", () => {
    if (stepsLeft > 0) pause();
    else run();
  });
  point.addEventListener("input", () => draw());
  part("map", HTMLCanvasElement).addEventListener("click", (event) => {
    point.valueAsNumber = map.pointAt(event, training.points) + 1;
    draw();
  });
  onThemeChange(() => {
    colors = palette();
    draw();
  });
  new ResizeObserver(() => draw()).observe(curve);

  point.max = String(training.points.count);
  point.valueAsNumber = 50;
  draw();

  function reset(): void {
    pause();
    training = start(kind.current());
    draw();
    sayWhere();
  }

  function advance(steps: number): void {
    for (let i = 0; i < steps; i++) {
      training.model.step(training.lessons, rate.value());
      training.losses.push(training.model.lossAndGrad(training.lessons).loss);
    }
  }

  function run(): void {
    stepsLeft = STEPS_A_RUN;
    runButton.textContent = "Pause";
    const pace = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : SMOOTH;
    let drawnAt = -Infinity;
    const frame = (now: number) => {
      if (stepsLeft === 0) return;
      if (now - drawnAt >= pace.ms) {
        drawnAt = now;
        advance(Math.min(pace.steps, stepsLeft));
        stepsLeft -= Math.min(pace.steps, stepsLeft);
        draw();
        if (stepsLeft === 0) pause();
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  function pause(): void {
    if (runButton.textContent === "Pause") sayWhere();
    stepsLeft = 0;
    runButton.textContent = "Run";
  }

  function draw(): void {
    const { points, model, lessons, losses } = training;
    const i = point.valueAsNumber - 1;
    map.draw(model, points, i, colors);
    const steps = losses.length - 1;
    drawLossCurve(
      curve,
      losses.map((loss, step) => [step, loss]),
      { end: niceCeiling(Math.max(20, steps)), label: "The mean loss after each step so far" },
    );
    const label = points.labels[i];
    const features = lessons.features.subarray(i * BUMPS, (i + 1) * BUMPS);
    flow.show(model, { features, label }, rate.value() / points.count, colors);
    const pointText = `${i + 1}, of class ${label + 1}`;
    part("point-value", HTMLOutputElement).textContent = pointText;
    point.setAttribute("aria-valuetext", pointText);

    showNumber(part("steps", HTMLDataElement), steps, countText(steps));
    showNumber(part("training-loss", HTMLDataElement), losses[steps]);
    const right = rightPart(training);
    showNumber(part("accuracy", HTMLDataElement), right, percent(right));
  }

  function sayWhere(): void {
    const { losses } = training;
    const loss = numberText(losses[losses.length - 1]);
    announce(`Step ${losses.length - 1}: mean loss ${loss}, accuracy ${percent(rightPart(training))}.`);
  }
}

type Training = ReturnType<typeof start>;

function start(name: PointsName) {
  const points = pointsOf(name);
  const model = new Regression(BUMPS, CLASSES);
  const lessons = { features: bumpsAt(points.x, points.y), labels: points.labels };
  return { points, model, lessons, losses: [model.lossAndGrad(lessons).loss] };
}

function rightPart({ points, model, lessons }: Training): number {
  return partRight(model.logits(lessons.features, new Float32Array(points.count * CLASSES)), points.labels);
}

const percent = (part: number) => `${(100 * part).toFixed(0)} %`;
